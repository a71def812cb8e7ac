import type { KubeConfig } from "@kubernetes/client-node";
import type { Ask } from "../../kube/http";
import { addressOf, reachVault, reasonOf, said, type ReachedVault } from "../shared/vault";
import type { DesiredVault, Unanswered } from "./vaultTypes";

/** Asks Vault something; where there is no answer, why. */
export async function withVault<T>(
  config: KubeConfig,
  vault: DesiredVault,
  work: (vault: ReachedVault) => Promise<T>,
): Promise<T | Unanswered> {
  try {
    const reached = await reachVault(config, await addressOf(config, vault));
    try {
      return await work(reached);
    } finally {
      await reached.close();
    }
  } catch (error) {
    return { reason: reasonOf(error), asked: false };
  }
}

/** The names directly below a path. */
export async function list(ask: Ask, path: string): Promise<string[]> {
  const answer = await ask("GET", `/v1/${path}?list=true`);
  // There is nothing below it.
  if (answer.status === 404) return [];
  if (answer.status !== 200) throw new Error(`Vault does not list ${path}${said(answer)}`);
  return (answer.body as { data: { keys: string[] } }).data.keys;
}

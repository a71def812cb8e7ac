import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import type { Ask } from "../../vault/bootstrap/http";
import { reachVault, said, type ReachedVault, type VaultAddress } from "../vault";
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

async function addressOf(config: KubeConfig, { address, ca, caSecret }: DesiredVault): Promise<VaultAddress> {
  if (caSecret === undefined) return { address, ...(ca === undefined ? {} : { ca }) };
  const { data } = await config.makeApiClient(CoreV1Api).readNamespacedSecret(caSecret);
  return { address, ca: Buffer.from(data?.["ca.crt"] ?? "", "base64").toString("utf8") };
}

/** The names directly below a path. */
export async function list(ask: Ask, path: string): Promise<string[]> {
  const answer = await ask("GET", `/v1/${path}?list=true`);
  // There is nothing below it.
  if (answer.status === 404) return [];
  if (answer.status !== 200) throw new Error(`Vault does not list ${path}${said(answer)}`);
  return (answer.body as { data: { keys: string[] } }).data.keys;
}

/** In one line. What fails before it reaches anybody has codes of other kinds. */
function reasonOf(error: unknown): string {
  const { message, code, body, cause } = error as Error & { code?: unknown; body?: unknown };
  const text =
    typeof code === "number" && code >= 100
      ? `Kubernetes answers ${code}${messageIn(body)}`
      : ((cause as Error | undefined)?.message ?? message);
  return (text || String(code)).replace(/\s+/g, " ").trim();
}

/** The API server's own words. */
function messageIn(body: unknown): string {
  try {
    const { message } = JSON.parse(body as string) as { message?: string };
    return message === undefined ? "" : `: ${message}`;
  } catch {
    return "";
  }
}

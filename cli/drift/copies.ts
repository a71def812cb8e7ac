import type { KubeConfig } from "@kubernetes/client-node";
import { AUDIENCE } from "../../vault/access";
import type { Ask } from "../../kube/http";
import { asServiceAccount, said } from "../shared/vault";
import { inParallel } from "./sessions";
import type { Copies, Copy, DesiredMirror, DesiredVault, Unanswered } from "./vaultTypes";
import { list, withVault } from "./withVault";

const AT_A_TIME = 8;

/**
 * Reads every copy as the mirror's reader, which may do nothing else. What cannot be read says why.
 */
export async function readCopies(config: KubeConfig, vault: DesiredVault, mirror: DesiredMirror): Promise<Copies | Unanswered> {
  const { namespace, reader: account, authMount } = mirror;
  const login = { namespace, account, authMount, audience: AUDIENCE };
  return withVault(config, vault, (reached) => asServiceAccount(config, reached, login, (ask) => read(ask, mirror)));
}

async function read(ask: Ask, { mount, copies }: DesiredMirror): Promise<Copies> {
  const found = await inParallel(copies, AT_A_TIME, async ({ name, key }) => [name, await readCopy(ask, `${mount}/data/${key}`)] as const);
  const keys = new Set(copies.map(({ key }) => key));
  const folders = [...new Set([...keys].map((key) => key.slice(0, key.lastIndexOf("/"))))];
  const others = await Promise.all(
    folders.map(async (folder) => (await list(ask, `${mount}/metadata/${folder}`)).map((name) => `${folder}/${name}`)),
  );
  return { found: new Map(found), others: others.flat().filter((key) => !keys.has(key)) };
}

async function readCopy(ask: Ask, path: string): Promise<Copy> {
  const answer = await ask("GET", `/v1/${path}`);
  const { data } = (answer.body ?? {}) as { data?: { data?: Record<string, unknown>; metadata?: { version: number; destroyed: boolean } } };
  if (answer.status === 200 && data?.data) return { data: data.data };
  if (answer.status !== 404) throw new Error(`Vault does not give ${path}${said(answer)}`);
  const { metadata } = data ?? {};
  return metadata === undefined ? "missing" : { deleted: metadata.version, destroyed: metadata.destroyed };
}

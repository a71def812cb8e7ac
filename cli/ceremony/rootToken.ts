import { createHash } from "node:crypto";
import { isObject, VaultError, type VaultApi } from "../../vault/bootstrap/vaultApi";
import type { CeremonyContext } from "./context";
import { FixableError } from "../../config/fixableError";
import { BOOTSTRAP } from "./policy";

/** What Vault knows of a token, by what is no secret of it. */
interface TokenInfo {
  readonly accessor: string;
  readonly policies: readonly string[];
  /** Seconds since 1970. */
  readonly created: number;
}

/**
 * Makes sure that Vault takes the token for its root, and writes down which one it is, so that it
 * is known later whether that one was revoked.
 * @returns Its accessor; `undefined` when it is the token that a former run was about to revoke,
 * and has.
 * @throws {FixableError} For any other token.
 */
export async function acceptRootToken(context: CeremonyContext, api: VaultApi, token: string): Promise<string | undefined> {
  const { file, log } = context;
  const digest = digestOf(token);
  const info = await ownToken(api);
  if (!info) {
    if (file.record.rootToken?.digest === digest) return undefined;
    throw new FixableError(
      "Vault does not know the token on standard input: it is not this Vault's, or was revoked. Nothing was changed",
      "decrypt the root token of this ceremony (--show root-token | gpg --decrypt); once that is revoked, the recovery keys make another (docs/runbooks/vault-recovery.md)",
    );
  }
  if (!info.policies.includes("root")) {
    throw new FixableError(
      `the token on standard input is not a root token: its policies are ${info.policies.join(", ")}. Nothing was changed`,
      "the bootstrap token goes to Pulumi, in VAULT_TOKEN; this command wants the root token",
    );
  }
  if (file.record.rootToken?.digest !== digest) {
    await file.note("root token accepted", `accessor ${info.accessor}`, { rootToken: { accessor: info.accessor, digest } });
    log("accepted the root token");
  }
  return info.accessor;
}

/**
 * Revokes what former runs have left: bootstrap tokens but the one that is kept.
 * @returns Root tokens beside this one.
 */
export async function sweepTokens(
  { log }: CeremonyContext,
  api: VaultApi,
  own: string,
  kept: string | undefined,
): Promise<readonly TokenInfo[]> {
  const others: TokenInfo[] = [];
  for (const accessor of await listAccessors(api)) {
    if (accessor === own || accessor === kept) continue;
    const info = await lookUp(api, accessor);
    if (info?.policies.includes("root")) others.push(info);
    if (info?.policies.includes(BOOTSTRAP)) {
      await revokeAccessor(api, accessor);
      log(`revoked an earlier bootstrap token, accessor ${accessor}`);
    }
  }
  return others;
}

/**
 * With other root tokens about, revoking this one would end nothing.
 * @throws {FixableError} Unless they are to be revoked, too.
 */
export async function settleOtherRoots(
  { log }: CeremonyContext,
  api: VaultApi,
  others: readonly TokenInfo[],
  revoke: boolean,
): Promise<void> {
  if (others.length > 0 && !revoke) {
    const list = others.map(({ accessor, created }) => `accessor ${accessor}, made ${new Date(created * 1000).toISOString()}`).join("; ");
    throw new FixableError(
      `Vault has ${others.length} root ${others.length === 1 ? "token" : "tokens"} beside the one on standard input: ${list}. None was revoked`,
      "find out whose they are, and run this again with the same token: with --revoke-other-root-tokens where nobody needs them",
    );
  }
  for (const { accessor } of others) {
    await revokeAccessor(api, accessor);
    log(`revoked another root token, accessor ${accessor}`);
  }
}

/**
 * Revokes the root token, and sees that Vault refuses it.
 * @throws {FixableError} When it still works.
 */
export async function revokeRootToken({ file, log }: CeremonyContext, api: VaultApi): Promise<void> {
  try {
    await api.write("auth/token/revoke-self", {});
  } catch (error) {
    // Revoked already, and the answer lost on its way: what counts is what Vault says next.
    if (!(error instanceof VaultError) || error.status !== 403) throw error;
  }
  if (await ownToken(api)) {
    throw new FixableError(
      "Vault was told to revoke the root token, and still takes it",
      "see its log, and run this again with the same token",
    );
  }
  await file.note("root token revoked", "Vault refuses it", { rootToken: undefined });
  log("revoked the root token, and saw that Vault refuses it");
}

/** Whether Vault knows a token by its accessor. */
export async function isAlive(api: VaultApi, accessor: string): Promise<boolean> {
  return (await lookUp(api, accessor)) !== undefined;
}

/** Tells tokens apart; of 143 random bits, it gives none away. */
function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex").slice(0, 16);
}

async function ownToken(api: VaultApi): Promise<TokenInfo | undefined> {
  return await unlessRefused(async () => parse(await api.read("auth/token/lookup-self")));
}

async function lookUp(api: VaultApi, accessor: string): Promise<TokenInfo | undefined> {
  return await unlessRefused(async () => parse(await api.write("auth/token/lookup-accessor", { accessor })));
}

/** It may expire in this moment. */
async function revokeAccessor(api: VaultApi, accessor: string): Promise<void> {
  await unlessRefused(async () => void (await api.write("auth/token/revoke-accessor", { accessor })));
}

async function listAccessors(api: VaultApi): Promise<string[]> {
  const body = await api.read("auth/token/accessors?list=true");
  const keys = isObject(body?.data) ? body.data.keys : [];
  return Array.isArray(keys) ? keys.map(String) : [];
}

async function unlessRefused<T>(question: () => Promise<T>): Promise<T | undefined> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof VaultError && error.status >= 400 && error.status < 500) return undefined;
    throw error;
  }
}

function parse(body: Record<string, unknown> | undefined): TokenInfo {
  const {
    accessor,
    policies,
    creation_time: created,
  } = (body?.data ?? {}) as { accessor: string; policies: string[]; creation_time: number };
  return { accessor, policies, created };
}

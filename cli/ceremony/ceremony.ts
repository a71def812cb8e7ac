import { setTimeout as sleep } from "node:timers/promises";
import { accessSteps, configureAudit, configurePolicy } from "../../vault/bootstrap/configure";
import { auditDevices } from "../../config/auditDevices";
import { persistent } from "../../kube/http";
import { vaultApi, type VaultApi } from "../../vault/bootstrap/vaultApi";
import { makeBootstrapToken } from "./bootstrapToken";
import type { CeremonyContext } from "./context";
import type { Recipient } from "./pgp";
import { BOOTSTRAP, bootstrapPolicy } from "./policy";
import type { StackRights } from "./rights";
import { acceptRootToken, isAlive, revokeRootToken, settleOtherRoots, sweepTokens } from "./rootToken";
import { strangersIn } from "./strangers";

/** What the root token is for, before it is revoked. */
export interface RootWork extends StackRights {
  /**
   * Where the audit devices write: `stdout`, a file that Vault can write, or two of them with a
   * comma between.
   */
  readonly audit: string;
  /** Whom the bootstrap token is encrypted to. */
  readonly recipient: Recipient;
  readonly tokenSeconds: number;
  /** Whether root tokens of others are revoked, too. */
  readonly revokeOthers: boolean;
}

/** With less of its life left, a bootstrap token of a former run is made anew. */
const SHORTEST_REST = 0.5;

/**
 * What takes the root token: the audit devices, everybody's rights, the bootstrap token, and the
 * end of the root token itself. Each looks before it writes, so that a run that is ended anywhere
 * is finished by another with the same token.
 * @throws {FixableError} For a token that is not this Vault's root.
 */
export async function useRootToken(context: CeremonyContext, token: string, work: RootWork): Promise<void> {
  const { file, vault, log } = context;
  const ask = vault(token);
  const api = vaultApi(persistent(ask));
  const own = await acceptRootToken(context, api, token);
  if (own === undefined) {
    await file.note("root token revoked", "by a run that was ended before it could say so; Vault refuses it", { rootToken: undefined });
    log("the root token was revoked by a former run: Vault refuses it");
    return;
  }
  // First, so that all that follows is in it.
  const devices = auditDevices(work.audit);
  const places = Object.entries(devices).map(([name, { file: place }]) => `${name}: ${place}`);
  await noted(context, "audit", places.join(", "), (changed) => configureAudit({ vault: api, changed }, devices));
  await noted(context, "rights", Object.keys(work.rights.policies).join(", "), async (changed) => {
    const waiting = (what: string) => log(`waiting for ${what}`);
    for (const step of accessSteps({ vault: api, changed, waiting, sleep: async (ms) => void (await sleep(ms)) }, work.rights))
      await step();
  });
  for (const stranger of await strangersIn(api, work.rights)) log(`not this stack's: ${stranger}`);
  await noted(context, "policy", BOOTSTRAP, (changed) => configurePolicy({ vault: api, changed }, BOOTSTRAP, bootstrapPolicy(work.owned)));
  const kept = await keptToken(context, api, work);
  const others = await sweepTokens(context, api, own, kept);
  await settleOtherRoots(context, api, others, work.revokeOthers);
  if (kept === undefined) await makeBootstrapToken(context, ask, work.recipient, work.tokenSeconds);
  await revokeRootToken(context, api);
}

/** Does something that looks before it writes, and writes down that it is done, once. */
async function noted(
  { file, log }: CeremonyContext,
  step: "audit" | "rights" | "policy",
  detail: string,
  work: (changed: (what: string) => void) => Promise<void>,
): Promise<void> {
  const changes: string[] = [];
  await work((what) => changes.push(what));
  for (const what of changes) log(what);
  if (changes.length > 0 || file.when(step) === undefined) await file.note(step, detail);
}

/**
 * The accessor of a bootstrap token that this same root token has made, in a run that was ended,
 * and that has enough of its life left.
 */
async function keptToken({ file }: CeremonyContext, api: VaultApi, { recipient, tokenSeconds }: RootWork): Promise<string | undefined> {
  const { bootstrapToken } = file.record;
  const accepted = file.when("root token accepted") ?? "";
  const made = file.when("bootstrap token") ?? "";
  if (!bootstrapToken || made < accepted || bootstrapToken.fingerprint !== recipient.fingerprint) return undefined;
  const rest = (Date.parse(bootstrapToken.expires) - Date.now()) / 1000;
  if (rest < tokenSeconds * SHORTEST_REST || !(await isAlive(api, bootstrapToken.accessor))) return undefined;
  return bootstrapToken.accessor;
}

import type { Ask } from "../../kube/http";
import { isObject, vaultApi, VaultError, type VaultApi } from "../../vault/bootstrap/vaultApi";
import type { CeremonyContext } from "./context";
import { encrypt, type Recipient } from "./pgp";
import { BOOTSTRAP } from "./policy";

/**
 * Makes a bootstrap token and writes it down, encrypted. It has the one policy, outlives the root
 * token that has made it, and cannot be renewed. In clear it is in this function only: a run that
 * is ended in it leaves a token that nobody knows, for its short life or until the next run revokes
 * it.
 * @param ask With the root token.
 * @param seconds How long it lives.
 */
export async function makeBootstrapToken(
  { file, vault, log }: CeremonyContext,
  ask: Ask,
  recipient: Recipient,
  seconds: number,
): Promise<void> {
  const { status, body } = await ask("POST", "/v1/auth/token/create-orphan", {
    policies: [BOOTSTRAP],
    display_name: BOOTSTRAP,
    no_default_policy: true,
    renewable: false,
    ttl: `${seconds}s`,
    explicit_max_ttl: `${seconds}s`,
  });
  const auth = isObject(body) && isObject(body.auth) ? body.auth : {};
  if (status !== 200 || typeof auth.client_token !== "string") throw new VaultError("POST auth/token/create-orphan", status, []);
  const expires = await checkToken(vaultApi(vault(auth.client_token)), seconds);
  const accessor = String(auth.accessor);
  const bootstrapToken = { ...(await encrypt(auth.client_token, recipient)), accessor, expires };
  await file.note("bootstrap token", `accessor ${accessor}, expires ${expires}`, { bootstrapToken });
  log(`made a bootstrap token that expires at ${expires}, encrypted to ${recipient.fingerprint}`);
}

/**
 * What Vault has made, as Vault says: its settings can make a token's life shorter, and nothing may
 * make it longer.
 */
async function checkToken(api: VaultApi, seconds: number): Promise<string> {
  const body = await api.read("auth/token/lookup-self");
  const info = (body?.data ?? {}) as { policies: string[]; orphan: boolean; renewable: boolean; ttl: number; expire_time: string };
  const { policies, orphan, renewable, ttl, expire_time: expires } = info;
  if (policies.join() !== BOOTSTRAP || !orphan || renewable || ttl > seconds) {
    throw new Error(`Vault made a token that is not what was asked for: ${JSON.stringify({ policies, orphan, renewable, ttl })}`);
  }
  return new Date(expires).toISOString();
}

import { vaultApi, type VaultApi } from "../../../vault/bootstrap/vaultApi";
import { kubectl } from "./lab";
import { secretData, VAULT, VAULT_NAMESPACE, withVault } from "./vault";
import { apply } from "./workloads";

/** What Azure Key Vault is elsewhere: a key that another Vault keeps, dev's, and somebody who may use it. */
export interface KeyServiceInLab {
  /** The `seal` of a stack's configuration. */
  readonly seal: Readonly<Record<string, string>>;
  /** The token, as it is in the Secret. */
  readonly token: string;
  /** Nobody may use the key, or whoever has the token may again. */
  refuse(): Promise<void>;
  allow(): Promise<void>;
  remove(): Promise<void>;
}

const MOUNT = "transit";
const KEY = "vault-unseal";
const POLICY = "unseal-staging";
const SECRET = "key-service";
const RULES = ["encrypt", "decrypt"].map((act) => `path "${MOUNT}/${act}/${KEY}" { capabilities = ["update"] }`).join("\n");
const RENEW = `path "auth/token/renew-self" { capabilities = ["update"] }\npath "auth/token/lookup-self" { capabilities = ["read"] }\n`;

/** @param namespace Where the Vault is that it unseals. */
export async function startKeyServiceInLab(namespace: string): Promise<KeyServiceInLab> {
  const asRoot = <T>(work: (api: VaultApi) => Promise<T>) => withVault((ask) => work(vaultApi(ask)));
  const policy = (text: string) => asRoot((api) => api.write(`sys/policies/acl/${POLICY}`, { policy: text }, "PUT"));
  const token = await asRoot(async (api) => {
    await api.write(`sys/mounts/${MOUNT}`, { type: "transit" });
    await api.write(`${MOUNT}/keys/${KEY}`, {});
    await api.write(`sys/policies/acl/${POLICY}`, { policy: RENEW + RULES }, "PUT");
    const request = { policies: [POLICY], no_default_policy: true, period: "24h" };
    return ((await api.write("auth/token/create-orphan", request)) as { auth: { client_token: string } }).auth.client_token;
  });
  await apply({ apiVersion: "v1", kind: "Secret", metadata: { name: SECRET, namespace }, stringData: { token } });
  const { "ca.crt": ca = "" } = await secretData("vault-tls");
  return {
    seal: { type: "transit", address: `https://${VAULT}.${VAULT_NAMESPACE}.svc:8200`, mount: MOUNT, key: KEY, tokenSecret: SECRET, ca },
    token,
    refuse: async () => void (await policy(RENEW)),
    allow: async () => void (await policy(RENEW + RULES)),
    async remove() {
      await withVault(async (ask) => {
        await ask("DELETE", `/v1/sys/mounts/${MOUNT}`);
        await ask("DELETE", `/v1/sys/policies/acl/${POLICY}`);
        await ask("POST", "/v1/auth/token/revoke", { token });
      });
      await kubectl("-n", namespace, "delete", "secret", SECRET, "--ignore-not-found");
    },
  };
}

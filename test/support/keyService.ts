import * as fs from "node:fs/promises";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { initialise, unseal, vaultApi, type VaultApi } from "../../vault/bootstrap/vaultApi";
import { startVault, type VaultServer } from "./vaultServer";

/** A Vault whose transit engine unseals others: what Azure Key Vault is elsewhere. */
export interface KeyService {
  readonly server: VaultServer;
  /** As its root. */
  readonly api: VaultApi;
  /** The seal of a Vault that it unseals, in Vault's language. */
  readonly seal: string;
  /** Starts it again after it was killed. */
  restart(): Promise<void>;
}

const KEY = "unseal";
const POLICY = `path "transit/encrypt/${KEY}" { capabilities = ["update"] }
path "transit/decrypt/${KEY}" { capabilities = ["update"] }`;

export async function startKeyService(): Promise<KeyService> {
  const server = await startVault();
  const { keys_base64: keys, root_token: root } = await initialise(server.ask(), 60_000);
  const api = vaultApi(server.ask(root));
  const open = async () => {
    await unseal(vaultApi(server.ask()), keys[0]);
    while (!(await api.isActive())) await sleep(50);
  };
  await open();
  await api.write("sys/mounts/transit", { type: "transit" });
  await api.write(`transit/keys/${KEY}`, {});
  await api.write("sys/policies/acl/unseal", { policy: POLICY }, "PUT");
  const { auth } = (await api.write("auth/token/create-orphan", { policies: ["unseal"], no_default_policy: true, period: "24h" })) as {
    auth: { client_token: string };
  };
  const ca = path.join(server.directory, "ca.pem");
  await fs.writeFile(ca, server.ca);
  return {
    server,
    api,
    seal: `seal "transit" {
      address = "${server.address}"
      token = "${auth.client_token}"
      tls_ca_cert = "${ca}"
      mount_path = "transit/"
      key_name = "${KEY}"
      disable_renewal = "true"
    }`,
    async restart() {
      await server.start();
      await open();
    },
  };
}

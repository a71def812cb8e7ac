import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { VaultApi } from "../../vault/bootstrap/vaultApi";
import { open, startVault, type VaultServer } from "./vaultServer";

/** A Vault whose transit engine unseals others: what Azure Key Vault is elsewhere. */
export interface KeyService {
  readonly server: VaultServer;
  /** As its root. */
  readonly api: VaultApi;
  /** File with the authority of its certificate. */
  readonly ca: string;
  /** The seal of a Vault that it unseals, in Vault's language. */
  readonly seal: string;
}

const KEY = "unseal";
const POLICY = `path "transit/encrypt/${KEY}" { capabilities = ["update"] }
path "transit/decrypt/${KEY}" { capabilities = ["update"] }`;

export async function startKeyService(): Promise<KeyService> {
  const server = await startVault();
  const { api } = await open(server);
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
    ca,
    seal: `seal "transit" {
      address = "${server.address}"
      token = "${auth.client_token}"
      tls_ca_cert = "${ca}"
      mount_path = "transit/"
      key_name = "${KEY}"
      disable_renewal = "true"
    }`,
  };
}

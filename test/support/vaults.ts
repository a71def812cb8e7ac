import assert from "node:assert/strict";
import type { VaultConfig } from "../../config/schema";
import type { DeployedVault } from "../../vault/names";
import { stackConfig } from "./fixtures";
import { set } from "./stackFiles";

export const TRANSIT = { type: "transit", address: "https://kms.example:8200", tokenSecret: "kms-token" };
export const AZURE = {
  type: "azurekeyvault",
  tenantId: "7d0b5a0e-31c5-4b7e-9f5b-0d8f5d3f7c11",
  keyVault: { kind: "existing", name: "kv", clientId: "0b6c0d54-53f8-4c62-9a8e-2b1a4c6f3d22" },
};

/** Vault as dev has it, with changes by path. */
export function vaultConfig(changes: Readonly<Record<string, unknown>> = {}): VaultConfig {
  const vault: Record<string, unknown> = {
    server: { kind: "deployed", image: "vault:1", replicas: 1, storage: { size: "1Gi" }, seal: { type: "shamir" } },
    configuration: { by: "cronJob", image: "node:22" },
  };
  for (const [path, value] of Object.entries(changes)) set(vault, path.split("."), structuredClone(value));
  const { vault: config } = stackConfig({ environment: "dev", vault });
  assert.ok(config);
  return config;
}

export function deployed(changes: Readonly<Record<string, unknown>> = {}): DeployedVault {
  const { server } = vaultConfig(changes);
  assert.ok(server.kind === "deployed");
  return server;
}

/** Somebody else's. */
export const EXISTING = { server: { kind: "existing", address: "https://vault.example" }, configuration: { by: "hand" } };

/** Three replicas that unseal themselves. */
export const REPLICATED = { "configuration.by": "pulumi", "configuration.image": undefined, "server.replicas": 3, "server.seal": TRANSIT };

import type * as pulumi from "@pulumi/pulumi";
import type { AzureKey } from "./azureKey";
import { CLUSTER_PORT, podAddress, PORT, type DeployedVault } from "../../vault/names";

/** What protects Vault's root key, with what is known of it only once it has been made. */
export type Seal =
  { readonly type: "shamir" } | ({ readonly type: "azurekeyvault" } & AzureKey) | Extract<DeployedVault["seal"], { type: "transit" }>;

/** A seal whose values are there. */
export type KnownSeal = pulumi.Unwrap<Seal>;

export const DIRECTORIES = { data: "/vault/data", tls: "/vault/tls", config: "/vault/config", audit: "/vault/audit" } as const;
/** The authority of another Vault that unseals this one, beside the configuration. */
export const TRANSIT_CA = "transit-ca.crt";

/**
 * Vault's configuration file. What differs between replicas (their names and addresses) is in their environment, and so is the token for a
 * transit seal. There is no plaintext listener. Memory is not locked: raft maps its files into memory, and HashiCorp advises against it; the pod gets no swap instead.
 */
export function serverConfig(server: DeployedVault, seal: KnownSeal): string {
  const { tls } = DIRECTORIES;
  const others = server.replicas === 1 ? [] : Array.from({ length: server.replicas }, (_, ordinal) => podAddress(server, ordinal));
  return [
    block('storage "raft"', { path: DIRECTORIES.data }, [
      ...others.map((address) => block("retry_join", { leader_api_addr: address, leader_ca_cert_file: `${tls}/ca.crt` })),
    ]),
    block('listener "tcp"', {
      address: `[::]:${PORT}`,
      cluster_address: `[::]:${CLUSTER_PORT}`,
      tls_cert_file: `${tls}/tls.crt`,
      tls_key_file: `${tls}/tls.key`,
      tls_min_version: "tls12",
    }),
    ...sealBlock(seal),
    settings({
      disable_mlock: true,
      ui: false,
      // Vaults before 2.0 have no such setting: they warn of it, and let everybody in.
      ...(server.unauthenticated.length === 0 ? {} : { enable_unauthenticated_access: server.unauthenticated }),
      ...(server.kubernetesPlugin === undefined ? {} : { plugin_directory: server.kubernetesPlugin.directory }),
    }),
  ].join("\n");
}

function sealBlock(seal: KnownSeal): string[] {
  switch (seal.type) {
    case "shamir":
      return [];
    case "azurekeyvault":
      // No client secret: workload identity, which Vault finds in its environment.
      return [
        block('seal "azurekeyvault"', {
          tenant_id: seal.tenantId,
          vault_name: seal.vaultName,
          key_name: seal.keyName,
          client_id: seal.clientId,
        }),
      ];
    case "transit":
      return [
        block('seal "transit"', {
          address: seal.address,
          mount_path: `${seal.mount}/`,
          key_name: seal.key,
          ...(seal.ca === undefined ? {} : { tls_ca_cert: `${DIRECTORIES.config}/${TRANSIT_CA}` }),
        }),
      ];
  }
}

type Value = string | number | boolean | readonly string[];

function block(head: string, values: Readonly<Record<string, Value>>, inner: readonly string[] = []): string {
  return `${head} {\n${indent(settings(values) + inner.join(""))}}\n`;
}

function settings(values: Readonly<Record<string, Value>>): string {
  // JSON's texts are HCL's, but for templates, which none of these values has.
  return Object.entries(values)
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
    .join("");
}

const indent = (text: string) => text.replace(/^(?=.)/gm, "  ");

import type { VaultConfig } from "../config/schema";

export type DeployedVault = Extract<VaultConfig["server"], { kind: "deployed" }>;

export const PORT = 8200;
export const CLUSTER_PORT = 8201;

/** The CronJob of dev, and what belongs to it. */
export const BOOTSTRAP = "foundation-vault-bootstrap";
/** The Secret that it keeps Vault's unseal key and root token in. */
export const KEYS_SECRET = "vault-auto-credentials";
/** The Secret that it reads the fixtures' values from. */
export const FIXTURES_SECRET = "vault-fixtures";
/** The one key of that. */
export const FIXTURES_KEY = "fixtures.json";

/**
 * The headless service of Vault's pods, which has also those that are sealed. Clients use the other
 * one.
 */
export function internalService({ name }: Pick<DeployedVault, "name">): string {
  return `${name}-internal`;
}

/** Where clients reach Vault: whatever replica is unsealed. */
export function clientAddress({ name, namespace }: Pick<DeployedVault, "name" | "namespace">): string {
  return `https://${name}.${namespace}.svc:${PORT}`;
}

/** Where one replica is reached, sealed or not. */
export function podAddress(server: Pick<DeployedVault, "name" | "namespace">, ordinal: number): string {
  return `https://${podName(server, ordinal)}.${internalService(server)}.${server.namespace}.svc:${PORT}`;
}

export function podName({ name }: Pick<DeployedVault, "name">, ordinal: number): string {
  return `${name}-${ordinal}`;
}

/** Kubernetes' name for the volume claim of a replica. */
export function claimName(server: Pick<DeployedVault, "name">, ordinal: number): string {
  return `data-${podName(server, ordinal)}`;
}

/** The Secret with Vault's certificate: its own, or the one that the stack names. */
export function tlsSecret({ name, tls }: Pick<DeployedVault, "name" | "tls">): string {
  return tls.kind === "secret" ? tls.name : `${name}-tls`;
}

/** The Secrets that Vault and what sets it up keep for themselves, each with its namespace. */
export function ownSecrets({ server, configuration }: Pick<VaultConfig, "server" | "configuration">): string[] {
  if (server.kind !== "deployed") return [];
  const names = [
    tlsSecret(server),
    ...(server.seal.type === "transit" ? [server.seal.tokenSecret] : []),
    ...(configuration.by === "cronJob" ? [KEYS_SECRET, FIXTURES_SECRET] : []),
  ];
  return names.map((name) => `${server.namespace}/${name}`);
}

/**
 * The end of what the resource of a path that is written to Vault is called; with a key, that of a
 * value.
 */
export function fixtureResource(path: string, key?: string): string {
  return `fixture-${path.replace("/", "-")}${key === undefined ? "" : `-${key}`}`;
}

/** The ClusterRoleBinding by which Vault has the API server say whose a token is. */
export function tokenReview({ name, namespace }: Pick<DeployedVault, "name" | "namespace">): string {
  return `${namespace}-${name}-token-review`;
}

/** Every name that Vault's certificate needs. */
export function certificateNames({ name, namespace }: Pick<DeployedVault, "name" | "namespace">): string[] {
  const services = [name, internalService({ name }), `*.${internalService({ name })}`];
  return [...services.flatMap((service) => [`${service}.${namespace}.svc`, `${service}.${namespace}`]), name, "localhost"];
}

/**
 * The NetworkPolicies of Vault's namespace: who reaches it from the beginning, who once it is set
 * up, and its bootstrap's.
 */
export function vaultPolicyObjects({ name }: Pick<DeployedVault, "name">): Readonly<Record<"server" | "clients" | "bootstrap", string>> {
  return { server: name, clients: `${name}-clients`, bootstrap: BOOTSTRAP };
}

/** What Vault's pods are known by. */
export function vaultLabels({ name }: Pick<DeployedVault, "name">): Record<string, string> {
  return { "app.kubernetes.io/name": "vault", "app.kubernetes.io/instance": name };
}

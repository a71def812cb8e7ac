import type { Environment } from "../config/environment";
import type { VaultConfig } from "../config/schema";
import type { KubernetesRole, KvMount } from "./bootstrap/configuration";
import { mirrorPolicy, storePolicy } from "./policies";

/** What a service account's token has to be made for, to log in to Vault with it. */
export const AUDIENCE = "vault";
const TOKEN_SECONDS = 600;

/** Engines, policies and roles of one stack: what both bootstraps make of Vault. */
export interface VaultAccess {
  /** Engines of kind kv, version 2, by their paths. */
  readonly mounts: Readonly<Record<string, KvMount>>;
  /** Policies in Vault's language, by name. */
  readonly policies: Readonly<Record<string, string>>;
  /** Roles of Kubernetes authentication, by name. */
  readonly roles: Readonly<Record<string, KubernetesRole>>;
}

/** The ClusterSecretStore of the mirror, with its service account and its role in Vault. */
export function mirrorStore(config: VaultConfig): string {
  return `${config.store.name}-mirror`;
}

/** Where in the mirror's engine a stack's copies are. */
export function mirrorPath(environment: Environment, namespace: string): string {
  return `${environment}/${namespace}`;
}

/** Where the service accounts are that log in to Vault for the stores. */
export function accountsNamespace({ server }: VaultConfig, namespace: string): string {
  return server.kind === "deployed" ? server.namespace : namespace;
}

/**
 * Who may do what in Vault: the store reads fixtures, the mirror writes its copies, and neither anything else.
 * @param namespace The stack's.
 */
export function vaultAccess(config: VaultConfig, environment: Environment, namespace: string): VaultAccess {
  const { mount, mirror, store } = config;
  const role = (name: string): KubernetesRole => ({
    serviceAccounts: [name],
    namespaces: [accountsNamespace(config, namespace)],
    audience: AUDIENCE,
    policies: [name],
    ttlSeconds: TOKEN_SECONDS,
  });
  const copies = mirrorStore(config);
  const pushed = mirror.mode === "push";
  return {
    mounts: {
      [mount]: { description: "What services fetch" },
      ...(pushed ? { [mirror.mount]: { description: "Copies of what CloudNativePG owns", checkAndSet: true } } : {}),
    },
    policies: {
      [store.name]: storePolicy(mount),
      ...(pushed ? { [copies]: mirrorPolicy(mirror.mount, mirrorPath(environment, namespace), mirror.retention === "delete") } : {}),
    },
    roles: { [store.name]: role(store.name), ...(pushed ? { [copies]: role(copies) } : {}) },
  };
}

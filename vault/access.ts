import type { Environment } from "../config/environment";
import type { VaultConfig } from "../config/schema";
import type { KubernetesRole, KvMount } from "./bootstrap/configuration";
import { mirrorPolicy, mirrorReaderPolicy, storePolicy } from "./policies";

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
export function mirrorStore({ store }: { readonly store: { readonly name: string } }): string {
  return `${store.name}-mirror`;
}

/**
 * Who may read the copies of a mirror, and nothing else: what compares them with the Secrets does not need to be able to write them.
 * @param store The mirror's.
 */
export function mirrorReader(store: string): string {
  return `${store}-reader`;
}

/** Those of the services that are on whose Secrets are copied. */
export function mirrored<T extends { readonly name: string }>({ mirror }: VaultConfig, services: readonly T[]): T[] {
  return mirror.mode === "none" ? [] : services.filter(({ name }) => mirror.services?.includes(name) ?? true);
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
 * Who may do what in Vault: the store reads fixtures, the mirror writes its copies, its reader reads them, and none of them anything else. No application is given a role.
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
  const reader = mirrorReader(copies);
  const below = mirrorPath(environment, namespace);
  const pushed = mirror.mode === "push";
  return {
    mounts: {
      [mount]: { description: "What services fetch" },
      ...(pushed ? { [mirror.mount]: { description: "Copies of what CloudNativePG owns", checkAndSet: true } } : {}),
    },
    policies: {
      [store.name]: storePolicy(mount),
      ...(pushed
        ? {
            [copies]: mirrorPolicy(mirror.mount, below, mirror.retention === "delete"),
            [reader]: mirrorReaderPolicy(mirror.mount, below),
          }
        : {}),
    },
    roles: { [store.name]: role(store.name), ...(pushed ? { [copies]: role(copies), [reader]: role(reader) } : {}) },
  };
}

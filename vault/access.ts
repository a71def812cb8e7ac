import type { Environment } from "../config/environment";
import type { VaultConfig } from "../config/schema";
import type { KubernetesAuth, KubernetesRole, KvMount } from "./bootstrap/configuration";
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

/** By namespace, the paths below the kv mount that are fetched into it. */
export type Fetched = Readonly<Record<string, readonly string[]>>;

/**
 * A ClusterSecretStore for one namespace, with its service account, its role and its policy in
 * Vault, all of one name.
 */
export interface NamespaceStore {
  readonly name: string;
  readonly namespace: string;
  readonly paths: readonly string[];
}

/**
 * The store of a namespace: that of the stack's own bears the name alone. No other store's name has
 * a dot.
 */
export function storeName(name: string, own: string, namespace: string): string {
  return namespace === own ? name : `${name}.${namespace}`;
}

/** One store for each namespace that something is fetched into, and for the stack's own. */
export function namespaceStores({ store }: Pick<VaultConfig, "store">, own: string, fetched: Fetched): NamespaceStore[] {
  const namespaces = [
    own,
    ...Object.keys(fetched)
      .filter((namespace) => namespace !== own)
      .sort(),
  ];
  return namespaces.map((namespace) => ({ name: storeName(store.name, own, namespace), namespace, paths: fetched[namespace] ?? [] }));
}

/** The ClusterSecretStore of the mirror, with its service account and its role in Vault. */
export function mirrorStore({ store }: { readonly store: { readonly name: string } }): string {
  return `${store.name}-mirror`;
}

/**
 * Who may read the copies of a mirror, and nothing else: what compares them with the Secrets does
 * not need to be able to write them.
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
 * Who may do what in Vault: each store reads what its namespace fetches, the mirror writes its
 * copies, its reader reads them, and none of them anything else. No application is given a role.
 * @param namespace The stack's.
 */
export function vaultAccess(config: VaultConfig, environment: Environment, namespace: string, fetched: Fetched): VaultAccess {
  const { mount, mirror } = config;
  const role = (name: string): KubernetesRole => ({
    serviceAccounts: [name],
    namespaces: [accountsNamespace(config, namespace)],
    audience: AUDIENCE,
    policies: [name],
    ttlSeconds: TOKEN_SECONDS,
  });
  const copies = mirrorStore(config);
  const below = mirrorPath(environment, namespace);
  const pushed = mirror.mode === "push";
  const policies = Object.fromEntries([
    ...namespaceStores(config, namespace, fetched).map(({ name, paths }) => [name, storePolicy(mount, paths)] as const),
    ...(pushed
      ? [
          [copies, mirrorPolicy(mirror.mount, below, mirror.retention === "delete")] as const,
          [mirrorReader(copies), mirrorReaderPolicy(mirror.mount, below)] as const,
        ]
      : []),
  ]);
  return {
    mounts: {
      [mount]: { description: "What services fetch" },
      ...(pushed
        ? { [mirror.mount]: { description: "Copies of what CloudNativePG owns", checkAndSet: true, versions: mirror.versions } }
        : {}),
    },
    policies,
    roles: Object.fromEntries(Object.keys(policies).map((name) => [name, role(name)])),
  };
}

/** Kubernetes authentication as the configuration has it. */
export function kubernetesAuth({ kubernetesAuth: { mount, host, ca }, server }: VaultConfig, { roles }: VaultAccess): KubernetesAuth {
  const plugin = server.kind === "deployed" ? server.kubernetesPlugin : undefined;
  return {
    mount,
    host,
    ...(ca === undefined ? {} : { ca }),
    ...(plugin === undefined ? {} : { plugin: { command: plugin.command, sha256: plugin.sha256 } }),
    roles,
  };
}

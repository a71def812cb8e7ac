import type { VaultConfig } from "../config/schema";
import {
  BOOTSTRAP,
  FIXTURES_SECRET,
  internalService,
  tlsSecret,
  tokenReview,
  vaultPolicyObjects,
  type DeployedVault,
} from "../vault/names";
import type { Service } from "../catalog/service";
import { CLUSTER_STORE, PUSH_SECRET } from "../kube/externalSecrets";
import { mirrored, mirrorReader, mirrorStore, namespaceStores, type Fetched } from "../vault/access";
import { NETWORKING, PROMETHEUS } from "../kube/kinds/groups";
import type { Elsewhere, NamedAfter, Resource } from "./types";

const core = (plural: string, kind: string): Resource => ({ group: "", version: "v1", plural, kind });
const RBAC = { group: "rbac.authorization.k8s.io", version: "v1" };
const CONFIG_MAP = core("configmaps", "ConfigMap");
export const SECRET = core("secrets", "Secret");
const SERVICE = core("services", "Service");
export const ACCOUNT = core("serviceaccounts", "ServiceAccount");
export const ROLE = { ...RBAC, plural: "roles", kind: "Role" };
export const BINDING = { ...RBAC, plural: "rolebindings", kind: "RoleBinding" };
const CLUSTER_BINDING = { ...RBAC, plural: "clusterrolebindings", kind: "ClusterRoleBinding" };
const STATEFUL_SET = { group: "apps", version: "v1", plural: "statefulsets", kind: "StatefulSet" };
const BUDGET = { group: "policy", version: "v1", plural: "poddisruptionbudgets", kind: "PodDisruptionBudget" };
export const NETWORK_POLICY = { ...NETWORKING, plural: "networkpolicies", kind: "NetworkPolicy" };
export const PROMETHEUS_RULE = { ...PROMETHEUS, plural: "prometheusrules", kind: "PrometheusRule" };
export const CRON_JOB = { group: "batch", version: "v1", plural: "cronjobs", kind: "CronJob" };
const JOB = { group: "batch", version: "v1", plural: "jobs", kind: "Job" };

/**
 * What Vault and its stores are, outside the stack's namespace, and what copies Secrets into Vault, in it.
 * @param namespace The stack's, which holds the stores' accounts where Vault is somebody else's.
 * @param services Those that are on.
 * @param fetched What they and the bundles fetch.
 * @param network Whether it is closed off.
 */
export function vaultElsewhere(
  vault: VaultConfig,
  namespace: string,
  services: readonly Pick<Service, "name" | "secret">[],
  fetched: Fetched,
  network: "none" | "policies" = "none",
): Elsewhere[] {
  const { server, configuration } = vault;
  const copies = vault.mirror.mode === "push" ? [mirrorStore(vault)] : [];
  const stores = [...namespaceStores(vault, namespace, fetched).map(({ name }) => name), ...copies];
  const accounts = [...stores, ...copies.map(mirrorReader)].map((name) => ({ resource: ACCOUNT, name, of: STORE }));
  const clusterWide = stores.map((name) => ({ resource: CLUSTER_STORE, name, of: STORE }));
  const pushes = mirrored(vault, services).map(({ name, secret }) => ({
    resource: PUSH_SECRET,
    name: secret,
    of: { what: `the copy of ${name}`, path: `services.${name}` },
  }));
  if (server.kind === "existing") return [{ objects: clusterWide }, { namespace, objects: [...accounts, ...pushes] }];
  return [
    ...(pushes.length > 0 ? [{ namespace, objects: pushes }] : []),
    {
      namespace: server.namespace,
      setting: "vault.server.namespace",
      objects: [
        ...accounts,
        ...serverObjects(server),
        ...(configuration.by === "cronJob" ? BOOTSTRAP_OBJECTS : []),
        ...(network === "none"
          ? []
          : Object.values(vaultPolicyObjects(server)).map((name) => ({ resource: NETWORK_POLICY, name, of: SERVER }))),
      ],
    },
    { objects: [...clusterWide, { resource: CLUSTER_BINDING, name: tokenReview(server), of: SERVER }] },
  ];
}

const STORE: NamedAfter = { what: "a store", path: "vault.store.name" };
const SERVER: NamedAfter = { what: "Vault's server", path: "vault.server.name" };

function serverObjects(server: DeployedVault): Elsewhere["objects"] {
  const objects: { resource: Resource; name: string }[] = [
    { resource: STATEFUL_SET, name: server.name },
    { resource: SERVICE, name: server.name },
    { resource: SERVICE, name: internalService(server) },
    { resource: CONFIG_MAP, name: `${server.name}-config` },
    { resource: ACCOUNT, name: server.name },
    ...(server.tls.kind === "generated" ? [{ resource: SECRET, name: tlsSecret(server) }] : []),
    ...(server.replicas > 1 ? [{ resource: BUDGET, name: server.name }] : []),
  ];
  return objects.map((one) => ({ ...one, of: SERVER }));
}

const BOOTSTRAP_OBJECTS = [
  { resource: ACCOUNT, name: BOOTSTRAP },
  { resource: ROLE, name: BOOTSTRAP },
  { resource: BINDING, name: BOOTSTRAP },
  { resource: SECRET, name: FIXTURES_SECRET },
  { resource: CRON_JOB, name: BOOTSTRAP },
  { resource: JOB, name: BOOTSTRAP },
].map((one) => ({ ...one, of: { what: "Vault's bootstrap", path: "vault.configuration.by" } }));

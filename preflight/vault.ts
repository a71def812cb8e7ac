import type { VaultConfig } from "../config/schema";
import { BOOTSTRAP, internalService, tokenReview, type DeployedVault } from "../components/vault/names";
import { mirrorStore } from "../vault/access";
import type { Elsewhere, Resource } from "./elsewhere";

const core = (plural: string, kind: string): Resource => ({ group: "", version: "v1", plural, kind });
const RBAC = { group: "rbac.authorization.k8s.io", version: "v1" };
const CONFIG_MAP = core("configmaps", "ConfigMap");
const SECRET = core("secrets", "Secret");
const SERVICE = core("services", "Service");
const ACCOUNT = core("serviceaccounts", "ServiceAccount");
const ROLE = { ...RBAC, plural: "roles", kind: "Role" };
const BINDING = { ...RBAC, plural: "rolebindings", kind: "RoleBinding" };
const CLUSTER_BINDING = { ...RBAC, plural: "clusterrolebindings", kind: "ClusterRoleBinding" };
const STATEFUL_SET = { group: "apps", version: "v1", plural: "statefulsets", kind: "StatefulSet" };
const BUDGET = { group: "policy", version: "v1", plural: "poddisruptionbudgets", kind: "PodDisruptionBudget" };
const CRON_JOB = { group: "batch", version: "v1", plural: "cronjobs", kind: "CronJob" };
const JOB = { group: "batch", version: "v1", plural: "jobs", kind: "Job" };
const STORE = { group: "external-secrets.io", version: "v1", plural: "clustersecretstores", kind: "ClusterSecretStore" };

/**
 * What Vault and its stores are, outside the stack's namespace.
 * @param namespace The stack's, which holds the stores' accounts where Vault is somebody else's.
 */
export function vaultElsewhere(vault: VaultConfig, namespace: string): Elsewhere[] {
  const { server, configuration } = vault;
  const stores = [vault.store.name, ...(vault.mirror.mode === "push" ? [mirrorStore(vault)] : [])];
  const accounts = stores.map((name) => ({ resource: ACCOUNT, name }));
  const clusterWide = stores.map((name) => ({ resource: STORE, name }));
  if (server.kind === "existing") return [{ objects: clusterWide }, { namespace, objects: accounts }];
  return [
    {
      namespace: server.namespace,
      setting: "vault.server.namespace",
      objects: [...accounts, ...serverObjects(server), ...(configuration.by === "cronJob" ? BOOTSTRAP_OBJECTS : [])],
    },
    { objects: [...clusterWide, { resource: CLUSTER_BINDING, name: tokenReview(server) }] },
  ];
}

function serverObjects(server: DeployedVault): { resource: Resource; name: string }[] {
  return [
    { resource: STATEFUL_SET, name: server.name },
    { resource: SERVICE, name: server.name },
    { resource: SERVICE, name: internalService(server) },
    { resource: CONFIG_MAP, name: `${server.name}-config` },
    { resource: ACCOUNT, name: server.name },
    ...(server.tls.kind === "generated" ? [{ resource: SECRET, name: `${server.name}-tls` }] : []),
    ...(server.replicas > 1 ? [{ resource: BUDGET, name: server.name }] : []),
  ];
}

const BOOTSTRAP_OBJECTS = [
  { resource: ACCOUNT, name: BOOTSTRAP },
  { resource: ROLE, name: BOOTSTRAP },
  { resource: BINDING, name: BOOTSTRAP },
  { resource: CONFIG_MAP, name: BOOTSTRAP },
  { resource: SECRET, name: "vault-fixtures" },
  { resource: CRON_JOB, name: BOOTSTRAP },
  { resource: JOB, name: BOOTSTRAP },
];

import { CustomObjectsApi, PatchStrategy, setHeaderOptions, type KubeConfig } from "@kubernetes/client-node";
import type { ServiceOutput } from "../../catalog/outputs";
import { inlineRole, objectStatus, roleObjectStatus, type ClusterStatus, type Custom, type ObjectStatus } from "../../rotation/status";
import { CNPG, objectsPath } from "../../kube/kinds/groups";
import { GENERATION_ANNOTATION, LOGIN_ANNOTATION, RECONCILIATION_ANNOTATION } from "../../kube/marks";
import { find, list, listOrFind, type Get } from "../../kube/live";
import { clientOf, METADATA_ONLY, METADATA_ONLY_ONE } from "../../kube/client";
import { connectionOf } from "../../kube/kubeconfig";
import { primaryOf } from "../../kube/primary";

/** What CloudNativePG says of one service's role and database. `waiting` empty: reconciled. */
export interface Reconciliation {
  service: string;
  /** What is not yet as it should be, in CloudNativePG's words where it has any. */
  waiting: string[];
}

/** Observed state of a cluster's roles and databases. */
export interface Observation {
  /** Pod of the primary; absent until there is one. */
  primary?: string;
  phase: string;
  services: Reconciliation[];
}

interface SecretVersion {
  metadata: { name: string; resourceVersion: string };
}
/** The Secret of an application, by its marks. */
interface Marked {
  metadata: { annotations?: Readonly<Record<string, string>> };
}
interface Status extends ClusterStatus {
  phase?: string;
  currentPrimary?: string;
  conditions?: { type: string; status: string }[];
}

/**
 * Compares what CloudNativePG has applied with what is asked of it: each role's password must be the Secret's present version (the operator
 * records the version it applied last), each Database and DatabaseRole applied in its present generation; and each Secret of an application's namespace is to name the same login.
 *
 * @param cluster `namespace/name`
 */
export async function observe(
  config: KubeConfig,
  cluster: string,
  services: Readonly<Record<string, ServiceOutput>>,
): Promise<Observation> {
  const [namespace, name] = cluster.split("/") as [string, string];
  const ask = clientOf(await connectionOf(config));
  const get: Get = (path) => ask("GET", path);
  // The version says enough: no password crosses the network.
  const getMarks: Get = (path) => ask("GET", path, { accept: METADATA_ONLY });
  const getOne: Get = (path) => ask("GET", path, { accept: METADATA_ONLY_ONE });
  const roleSecrets = Object.values(services).map(({ roleSecret }) => roleSecret);
  const versions = async () => {
    const found = await listOrFind<SecretVersion>(getMarks, `/api/v1/namespaces/${namespace}/secrets`, roleSecrets, getOne);
    return new Map(found.map((secret) => [secret.metadata.name, secret]));
  };
  const byName = async <T extends { metadata: { name: string } }>(path: string) =>
    new Map((await list<T>(get, path)).map((item) => [item.metadata.name, item]));
  const copies = async () => {
    const all = Object.entries(services).flatMap(([service, { secret, namespaces = [] }]) =>
      namespaces.map((namespace) => ({ service, id: `${namespace}/${secret}`, path: `/api/v1/namespaces/${namespace}/secrets/${secret}` })),
    );
    return Promise.all(all.map(async (one) => ({ ...one, found: await find<Marked>(getOne, one.path) })));
  };
  const [live, databases, roles, secrets, elsewhere] = await Promise.all([
    find<Custom<Status>>(get, objectsPath(CNPG, namespace, "clusters", name)),
    byName<Custom<ObjectStatus>>(objectsPath(CNPG, namespace, "databases")),
    byName<Custom<ObjectStatus>>(objectsPath(CNPG, namespace, "databaseroles")),
    versions(),
    copies(),
  ]);
  const { status = {} } = live ?? {};
  const primary = primaryOf(name, status);
  const ready = status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
  return {
    ...(primary === undefined ? {} : { primary }),
    phase: status.phase ?? "unknown",
    services: Object.entries(services).map(([service, output]) => {
      const version = secrets.get(output.roleSecret)?.metadata.resourceVersion;
      return {
        service,
        waiting: [
          ...(ready ? [] : [`Cluster: ${status.phase ?? "no status yet"}`]),
          ...(version === undefined
            ? [`Secret ${output.roleSecret} does not exist`]
            : output.roleObject === undefined
              ? inlineRole(output.login, version, status)
              : roleObjectStatus(roles.get(output.roleObject), version)),
          ...objectStatus("Database", databases.get(output.profile?.of ?? service)),
          ...elsewhere.filter((one) => one.service === service).flatMap(({ id, found }) => behind(id, found, output)),
        ],
      };
    }),
  };
}

/** What a Secret in an application's namespace waits for: to name the login in use. */
function behind(id: string, found: Marked | undefined, { login, generation }: ServiceOutput): string[] {
  if (found === undefined) return [`Secret ${id} does not exist`];
  const { [LOGIN_ANNOTATION]: names, [GENERATION_ANNOTATION]: of } = found.metadata.annotations ?? {};
  return names === login && of === generation ? [] : [`Secret ${id} does not name ${login} in the generation ${generation}`];
}

/**
 * Makes CloudNativePG compare roles and passwords with what is declared, now. By itself it does so when the Cluster or one of its Secrets changes, at
 * restarts, and otherwise only every ten hours (controller-runtime's resynchronisation); any annotation is such a change.
 *
 * @param cluster `namespace/name`
 */
export async function requestReconciliation(config: KubeConfig, cluster: string): Promise<void> {
  const [namespace, name] = cluster.split("/") as [string, string];
  const body = { metadata: { annotations: { [RECONCILIATION_ANNOTATION]: new Date().toISOString() } } };
  const custom = config.makeApiClient(CustomObjectsApi);
  const request = { ...CNPG, namespace, plural: "clusters", name, body };
  await custom.patchNamespacedCustomObject(request, setHeaderOptions("Content-Type", PatchStrategy.MergePatch));
}

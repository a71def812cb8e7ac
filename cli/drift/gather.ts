import { AppsV1Api, CoreV1Api, CustomObjectsApi, type KubeConfig, type V1ObjectMeta } from "@kubernetes/client-node";
import { writers, type LiveExternalSecret, EXTERNAL_SECRET, PUSH_SECRET } from "../../kube/externalSecrets";
import { CliError } from "../shared/command";
import { CNPG } from "../../kube/kinds/groups";
import { openSessions } from "./sessions";
import { readCopies } from "./copies";
import type { Desired, Facts, LiveObject, LiveSecret } from "./types";
import { readVaultLogins } from "./vaultLogins";
import type { LivePushSecret, WithToken } from "./vaultTypes";

const OPERATOR_LABEL = "app.kubernetes.io/name=cloudnative-pg";

/** What to look at beside what is always looked at, and what not. */
export interface Asked {
  noLogin: boolean;
  /** Whether copies in Vault are left alone. */
  noVault: boolean;
  /** With which to look at Vault's database engines. */
  withToken?: WithToken;
}

/**
 * Asks the cluster, Postgres and Vault, reading only: seven lists whatever the number of services, a login and a copy for each.
 *
 * @throws CliError when the cluster does not answer, or the account may not ask
 */
export async function gather(config: KubeConfig, desired: Desired, { noLogin, noVault, withToken }: Asked): Promise<Facts> {
  const { namespace } = desired;
  const custom = config.makeApiClient(CustomObjectsApi);
  const list = async (plural: string): Promise<LiveObject[]> =>
    ((await custom.listNamespacedCustomObject({ ...CNPG, namespace, plural })) as { items: LiveObject[] }).items;
  const here = (items: LiveObject[]) =>
    new Map(
      items
        .filter(({ spec }) => (spec.cluster as { name?: string } | undefined)?.name === desired.cluster)
        .map((item) => [item.metadata.name, item]),
    );
  const [clusters, databases, roleObjects, secrets, operators, externalSecrets, pushSecrets] = await Promise.all([
    list("clusters"),
    list("databases"),
    list("databaseroles"),
    listSecrets(config, namespace),
    listOperators(config),
    listOptional<LiveExternalSecret>(config, { ...EXTERNAL_SECRET, namespace }),
    desired.mirror === undefined ? [] : listOptional<LivePushSecret & LiveObject>(config, { ...PUSH_SECRET, namespace }),
  ]).catch((error: unknown) => refuse(error, namespace));
  const cluster = clusters.find(({ metadata }) => metadata.name === desired.cluster) as Facts["cluster"];
  const primary = cluster?.status?.currentPrimary;
  const [sessions, vault] = await Promise.all([
    noLogin || primary === undefined ? { logins: [] } : openSessions(config, desired, secrets, primary),
    askVault(config, desired, noVault, withToken),
  ]);
  return {
    at: new Date(),
    ...(cluster === undefined ? {} : { cluster: { spec: cluster.spec, status: cluster.status ?? {} } }),
    secrets,
    databases: here(databases),
    roleObjects: here(roleObjects),
    operators,
    externalSecrets: externalSecrets === "unknown" ? externalSecrets : writers(externalSecrets),
    pushSecrets:
      pushSecrets === "unknown"
        ? pushSecrets
        : new Map(pushSecrets.map(({ metadata, spec, status }) => [metadata.name, { spec, status: status ?? {} }])),
    ...sessions,
    ...vault,
    noLogin,
  };
}

/** All of the namespace: one whose labels were taken away is not gone. */
async function listSecrets(config: KubeConfig, namespace: string): Promise<Map<string, LiveSecret>> {
  const { items } = await config.makeApiClient(CoreV1Api).listNamespacedSecret({ namespace });
  return new Map(
    items.map(({ metadata = {}, data = {} }) => [
      metadata.name!,
      {
        labels: metadata.labels ?? {},
        annotations: metadata.annotations ?? {},
        data,
        resourceVersion: metadata.resourceVersion ?? "",
        ...writtenAt(metadata),
      },
    ]),
  );
}

/** The last time that somebody who writes its data has changed something. */
function writtenAt({ managedFields = [] }: V1ObjectMeta): { writtenAt?: Date } {
  const writers = managedFields.filter(({ fieldsV1, time }) => time !== undefined && fieldsV1 !== undefined && "f:data" in fieldsV1);
  const times = writers.map(({ time }) => time!.getTime());
  return times.length === 0 ? {} : { writtenAt: new Date(Math.max(...times)) };
}

/** Of a kind that a cluster need not have. */
async function listOptional<T>(
  config: KubeConfig,
  request: { group: string; version: string; plural: string; namespace: string },
): Promise<T[] | "unknown"> {
  try {
    return ((await config.makeApiClient(CustomObjectsApi).listNamespacedCustomObject(request)) as { items: T[] }).items;
  } catch (error) {
    const { code } = error as { code?: number };
    if (code === 404) return [];
    if (code === 403) return "unknown";
    throw error;
  }
}

async function askVault(
  config: KubeConfig,
  { vault, mirror }: Desired,
  noVault: boolean,
  withToken: WithToken | undefined,
): Promise<Pick<Facts, "copies" | "vaultLogins">> {
  const readable = vault !== undefined && mirror !== undefined;
  const copies = !readable ? undefined : noVault ? { reason: "--no-vault", asked: true } : await readCopies(config, vault, mirror);
  const vaultLogins = withToken === undefined ? undefined : await readVaultLogins(config, withToken);
  return { ...(copies === undefined ? {} : { copies }), ...(vaultLogins === undefined ? {} : { vaultLogins }) };
}

async function listOperators(config: KubeConfig): Promise<Facts["operators"]> {
  try {
    const { items } = await config.makeApiClient(AppsV1Api).listDeploymentForAllNamespaces({ labelSelector: OPERATOR_LABEL });
    return items.map(({ metadata, spec, status }) => ({
      namespace: metadata!.namespace!,
      name: metadata!.name!,
      replicas: spec?.replicas ?? 1,
      available: status?.availableReplicas ?? 0,
    }));
  } catch (error) {
    if ((error as { code?: number }).code === 403) return "unknown";
    throw error;
  }
}

function refuse(error: unknown, namespace: string): never {
  const { code, message, cause } = error as Error & { code?: unknown };
  if (code === 401 || code === 403)
    throw new CliError(
      `this account may not list what is in the namespace ${namespace} (${String(code)})`,
      "it needs `list` on secrets, clusters, databases and databaseroles",
    );
  const reason = (cause as Error | undefined)?.message ?? message.split("\n")[0];
  throw new CliError(`the cluster does not answer as expected: ${reason}`, "see that `npm run kubectl -- get namespaces` works");
}

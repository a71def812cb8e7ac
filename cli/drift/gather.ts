import { AppsV1Api, CoreV1Api, CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";
import { CliError } from "../command";
import { CNPG } from "../observe";
import { openSessions } from "./sessions";
import type { Desired, Facts, LiveObject, LiveSecret } from "./types";

const OPERATOR_LABEL = "app.kubernetes.io/name=cloudnative-pg";

/**
 * Asks the cluster and Postgres, reading only: five lists whatever the number of services, and a login for each.
 *
 * @throws CliError when the cluster does not answer, or the account may not ask
 */
export async function gather(config: KubeConfig, desired: Desired, noLogin: boolean): Promise<Facts> {
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
  const [clusters, databases, roleObjects, secrets, operators] = await Promise.all([
    list("clusters"),
    list("databases"),
    list("databaseroles"),
    listSecrets(config, namespace),
    listOperators(config),
  ]).catch((error: unknown) => refuse(error, namespace));
  const cluster = clusters.find(({ metadata }) => metadata.name === desired.cluster) as Facts["cluster"];
  const primary = cluster?.status?.currentPrimary;
  const sessions = noLogin || primary === undefined ? { logins: [] } : await openSessions(config, desired, secrets, primary);
  return {
    at: new Date(),
    ...(cluster === undefined ? {} : { cluster: { spec: cluster.spec, status: cluster.status ?? {} } }),
    secrets,
    databases: here(databases),
    roleObjects: here(roleObjects),
    operators,
    ...sessions,
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
      },
    ]),
  );
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

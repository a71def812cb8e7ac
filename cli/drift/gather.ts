import type { KubeConfig } from "@kubernetes/client-node";
import { writers, type LiveExternalSecret } from "../../kube/externalSecrets";
import { CNPG, EXTERNAL_SECRETS, objectsPath, PUSH_SECRETS } from "../../kube/kinds/groups";
import { openSessions } from "./sessions";
import { readCopies } from "./copies";
import { idOf, type Desired, type Facts, type LiveObject, type LiveSecret } from "./types";
import { readVaultLogins } from "./vaultLogins";
import type { LivePushSecret, WithToken } from "./vaultTypes";
import { find, known, lastWritten, list, listOrFind, type Get, type Written } from "../../kube/live";
import { clientOf } from "../../kube/client";
import { connectionOf } from "../../kube/kubeconfig";
import { primaryOf } from "../../kube/primary";
import { asked } from "../shared/askCluster";
import { distinct } from "../shared/sort";

const OPERATOR_LABEL = "app.kubernetes.io/name=cloudnative-pg";

interface SecretObject extends Written {
  readonly metadata: Written["metadata"] &
    Partial<Pick<LiveSecret, "labels" | "annotations" | "resourceVersion" | "finalizers">> & {
      readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
    };
  readonly data?: LiveSecret["data"] | null;
  readonly immutable?: boolean;
}
interface DeploymentObject {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly availableReplicas?: number };
}

/** What to look at beside what is always looked at, and what not. */
export interface Asked {
  noLogin: boolean;
  /** Whether copies in Vault are left alone. */
  noVault: boolean;
  /** With which to look at Vault's database engines. */
  withToken?: WithToken;
}

/**
 * Asks the cluster, Postgres and Vault, reading only: nine lists whatever the number of services, a login and a copy for each.
 *
 * @throws FixableError when the cluster does not answer, or the account may not ask
 */
export async function gather(config: KubeConfig, desired: Desired, { noLogin, noVault, withToken }: Asked): Promise<Facts> {
  const { namespace } = desired;
  const ask = clientOf(await connectionOf(config));
  const get: Get = (path) => ask("GET", path);
  const here = (items: LiveObject[]) =>
    new Map(
      items
        .filter(({ spec }) => (spec.cluster as { name?: string } | undefined)?.name === desired.cluster)
        .map((item) => [item.metadata.name, item]),
    );
  const namespaces = distinct(desired.secrets.flatMap((one) => one.namespace ?? []));
  const [clusters, databases, roleObjects, publications, subscriptions, secrets, operators, externalSecrets, pushSecrets, elsewhere] =
    await asked(
      () =>
        Promise.all([
          list<LiveObject>(get, objectsPath(CNPG, namespace, "clusters")),
          list<LiveObject>(get, objectsPath(CNPG, namespace, "databases")),
          list<LiveObject>(get, objectsPath(CNPG, namespace, "databaseroles")),
          known(list<LiveObject>(get, objectsPath(CNPG, namespace, "publications"))),
          known(list<LiveObject>(get, objectsPath(CNPG, namespace, "subscriptions"))),
          listSecrets(get, desired),
          known(listOperators(get)),
          known(list<LiveExternalSecret>(get, objectsPath(EXTERNAL_SECRETS, namespace, "externalsecrets"))),
          desired.mirror === undefined
            ? []
            : known(list<LivePushSecret & LiveObject>(get, objectsPath(PUSH_SECRETS, namespace, "pushsecrets"))),
          Promise.all(
            namespaces.map(async (one) => {
              const found = await known(list<LiveExternalSecret>(get, objectsPath(EXTERNAL_SECRETS, one, "externalsecrets")));
              return [one, found === "unknown" ? found : writers(found)] as const;
            }),
          ),
        ]),
      "it needs `list` on clusters, databases and databaseroles, and to `get` the stack's Secrets: `npm run rbac -- --for drift` prints what it needs",
    );
  const cluster = clusters.find(({ metadata }) => metadata.name === desired.cluster) as Facts["cluster"];
  const primary = primaryOf(desired.cluster, cluster?.status);
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
    ...(publications === "unknown" || subscriptions === "unknown"
      ? {}
      : {
          replications: [
            ...[...here(publications).values()].map((object) => ({ kind: "publications" as const, object })),
            ...[...here(subscriptions).values()].map((object) => ({ kind: "subscriptions" as const, object })),
          ],
        }),
    operators,
    externalSecrets: externalSecrets === "unknown" ? externalSecrets : writers(externalSecrets),
    ...(elsewhere.length === 0 ? {} : { externalSecretsElsewhere: new Map(elsewhere) }),
    pushSecrets:
      pushSecrets === "unknown"
        ? pushSecrets
        : new Map(pushSecrets.map(({ metadata, spec, status }) => [metadata.name, { spec, status: status ?? {} }])),
    ...sessions,
    ...vault,
    noLogin,
  };
}

/** All of the namespace: one whose labels were taken away is not gone. In applications' namespaces those alone that are the stack's. */
async function listSecrets(get: Get, { namespace, cluster, secrets, services }: Desired): Promise<Map<string, LiveSecret>> {
  const ofServices = Object.values(services).flatMap(({ secret, roleSecret }) => [secret, roleSecret]);
  const path = (of: string) => `/api/v1/namespaces/${of}/secrets`;
  const names = [...secrets.flatMap((one) => (one.namespace === undefined ? one.name : [])), ...ofServices, `${cluster}-superuser`];
  const [items, others] = await Promise.all([
    listOrFind<SecretObject>(get, path(namespace), names),
    Promise.all(
      secrets.map(async (one) => {
        const found = one.namespace === undefined ? undefined : await find<SecretObject>(get, `${path(one.namespace)}/${one.name}`);
        return found === undefined ? [] : ([[idOf(one), found]] as [string, SecretObject][]);
      }),
    ),
  ]);
  return new Map(
    [...items.map((secret): [string, SecretObject] => [secret.metadata.name, secret]), ...others.flat()].map(([id, secret]) => {
      const { labels = {}, annotations = {}, resourceVersion = "", ownerReferences = [], finalizers = [] } = secret.metadata;
      const writtenAt = lastWritten(secret);
      const written = writtenAt === undefined ? {} : { writtenAt: new Date(writtenAt) };
      // Who has an ExternalSecret's is told of by what looks at those.
      const owners = ownerReferences.filter(({ kind }) => kind !== "ExternalSecret").map((owner) => `${owner.kind}/${owner.name}`);
      const held = {
        ...(secret.immutable === true ? { immutable: true } : {}),
        ...(owners.length === 0 ? {} : { owners }),
        ...(finalizers.length === 0 ? {} : { finalizers }),
      };
      return [id, { labels, annotations, data: secret.data ?? {}, resourceVersion, ...written, ...held }];
    }),
  );
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

async function listOperators(get: Get): Promise<Exclude<Facts["operators"], "unknown">> {
  const items = await list<DeploymentObject>(get, `/apis/apps/v1/deployments?labelSelector=${encodeURIComponent(OPERATOR_LABEL)}`);
  return items.map(({ metadata: { namespace, name }, spec, status }) => ({
    namespace,
    name,
    replicas: spec?.replicas ?? 1,
    available: status?.availableReplicas ?? 0,
  }));
}

import { CHANGED_ANNOTATION, STACK_LABEL } from "../../kube/marks";
import { writers, type LiveExternalSecret } from "../../kube/externalSecrets";
import { find, list, type Get, lastWritten, type Written } from "../../kube/live";
import { distinct, sortBy } from "../shared/sort";
import type { Found, FoundLink, FoundSecret, Inventory } from "./types";
import { CNPG, EXTERNAL_SECRETS, objectsPath, PUSH_SECRETS } from "../../kube/kinds/groups";

interface Metadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly controller?: boolean }[];
  readonly creationTimestamp?: string;
}
interface LiveSecret extends Written {
  readonly metadata: Metadata & Written["metadata"];
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>> | null;
}
interface LivePushSecret {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly selector?: { readonly secret?: { readonly name?: string } };
    readonly data?: readonly { readonly match?: { readonly remoteRef?: { readonly remoteKey?: string } } }[];
  };
}

/** What a cluster has of an environment. */
export interface LiveFacts extends Found {
  /** `undefined` where there is no such Cluster. */
  readonly cluster?: { readonly spec: Readonly<Record<string, unknown>> };
  /** Of bundles: the namespaces that are not there. */
  readonly missingNamespaces: readonly string[];
}

/**
 * Reads what there is of Secrets, in every namespace that the program has one in: names, types,
 * keys, marks. Values go no further than this function.
 * @throws {Refused} Where the account may not look.
 */
export async function lookAtCluster(get: Get, inventory: Inventory): Promise<LiveFacts> {
  const { namespace, cluster, secrets } = inventory;
  const namespaces = distinct([...inventory.ownNamespaces, ...secrets.map((one) => one.namespace)]);
  const others = namespaces.filter((one) => !inventory.ownNamespaces.includes(one));
  const [live, there, ...found] = await Promise.all([
    find<{ spec: Record<string, unknown> }>(get, objectsPath(CNPG, namespace, "clusters", cluster)),
    Promise.all(others.map(async (one) => ((await find(get, `/api/v1/namespaces/${one}`)) === undefined ? [one] : []))),
    ...namespaces.map((one) => lookAtNamespace(get, one)),
  ]);
  return {
    ...(live === undefined ? {} : { cluster: { spec: live.spec } }),
    missingNamespaces: there.flat(),
    secrets: found.flatMap((one) => one.secrets),
    links: found.flatMap((one) => one.links),
  };
}

async function lookAtNamespace(get: Get, namespace: string): Promise<Found> {
  const [secrets, externalSecrets, pushes] = await Promise.all([
    list<LiveSecret>(get, `/api/v1/namespaces/${namespace}/secrets`),
    list<LiveExternalSecret & { metadata: Metadata }>(get, objectsPath(EXTERNAL_SECRETS, namespace, "externalsecrets")),
    list<LivePushSecret>(get, objectsPath(PUSH_SECRETS, namespace, "pushsecrets")),
  ]);
  const stackOf = ({ labels }: Metadata) => (labels?.[STACK_LABEL] === undefined ? {} : { stack: labels[STACK_LABEL] });
  const marks = new Map(externalSecrets.map(({ metadata }) => [metadata.name, stackOf(metadata)]));
  const written = writers(externalSecrets).map(({ name, target }): FoundLink => {
    return { kind: "ExternalSecret", namespace, name, secret: target, remoteKeys: [], ...marks.get(name) };
  });
  const pushed = pushes.map(({ metadata, spec }): FoundLink => {
    const remoteKeys = distinct((spec?.data ?? []).flatMap(({ match }) => match?.remoteRef?.remoteKey ?? []));
    return {
      kind: "PushSecret",
      namespace,
      name: metadata.name,
      secret: spec?.selector?.secret?.name ?? "",
      remoteKeys,
      ...stackOf(metadata),
    };
  });
  const found = secrets.map((one) => ({ ...foundSecret(namespace, one), ...stackOf(one.metadata) }));
  return { secrets: sortBy(found, ({ name }) => name), links: sortBy([...written, ...pushed], ({ kind, name }) => `${kind} ${name}`) };
}

function foundSecret(namespace: string, secret: LiveSecret): FoundSecret {
  const { metadata, type, data } = secret;
  const controller = metadata.ownerReferences?.find((one) => one.controller) ?? metadata.ownerReferences?.[0];
  const at = lastWritten(secret);
  const changedAt =
    metadata.annotations?.[CHANGED_ANNOTATION] ?? (at === undefined ? metadata.creationTimestamp : new Date(at).toISOString());
  return {
    kind: "Secret",
    namespace,
    name: metadata.name,
    ...(type === undefined ? {} : { type }),
    keys: distinct(Object.keys(data ?? {})),
    ...(controller === undefined ? {} : { controller: `${controller.kind}/${controller.name}` }),
    ...(changedAt === undefined ? {} : { changedAt }),
  };
}

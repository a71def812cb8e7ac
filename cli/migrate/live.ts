import { authoredBy, isOfDatabaseEngine } from "../../manifests/objects/authored";
import { asManifest } from "../../manifests/objects/manifest";
import { OWNER_ANNOTATION, STACK_LABEL, VAULT_PATHS_ANNOTATION } from "../../kube/marks";
import { distinct, sortBy } from "../shared/sort";
import { writers as writing } from "../../kube/externalSecrets";
import { parseDocuments } from "../../manifests/parse";
import { find, list, Refused, type Get } from "../../kube/live";
import { primaryOf } from "../../kube/primary";
import { gitOpsOf, type Metadata as Marked } from "./gitOps";
import { nothingRead, readDocument, readersOf, type Read } from "./read";
import type { FoundObject, FoundSecret, LiveFacts, Writer } from "./types";
import {
  apiPath,
  apiVersion,
  CNPG,
  EXTERNAL_SECRETS,
  kubectlKind,
  objectsPath,
  PUSH_SECRETS,
  VAULT_SECRETS,
  type ApiGroup,
} from "../../kube/kinds/groups";

interface Metadata extends Marked {
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
}
interface Live {
  readonly metadata: Metadata;
  readonly spec?: Readonly<Record<string, unknown>>;
}
interface LiveCluster extends Live {
  readonly status?: { readonly currentPrimary?: string };
}
interface LiveSecret extends Live {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>> | null;
}
interface Store {
  readonly kind: string;
  readonly name: string;
}

const WORKLOADS = [
  ["apps", "v1", "Deployment", "deployments"],
  ["apps", "v1", "StatefulSet", "statefulsets"],
  ["apps", "v1", "DaemonSet", "daemonsets"],
  ["batch", "v1", "CronJob", "cronjobs"],
] as const;

/**
 * Reads what a namespace has of a Cluster, of databases' logins, and of whoever writes and reads
 * them. Values of Secrets go no further than this function.
 * @throws {Refused} Where the account may not look.
 */
export async function lookAtNamespace(get: Get, namespace: string, cluster: string): Promise<LiveFacts> {
  const here = (group: ApiGroup, plural: string) => objectsPath(group, namespace, plural);
  const [live, secrets, databases, roles, backups, externalSecrets, pushes, staticSecrets, dynamicSecrets, ...workloads] =
    await Promise.all([
      find<LiveCluster>(get, objectsPath(CNPG, namespace, "clusters", cluster)),
      list<LiveSecret>(get, `/api/v1/namespaces/${namespace}/secrets`),
      list<Live>(get, here(CNPG, "databases")),
      list<Live>(get, here(CNPG, "databaseroles")),
      list<Live>(get, here(CNPG, "scheduledbackups")),
      list<Live>(get, here(EXTERNAL_SECRETS, "externalsecrets")),
      list<Live>(get, here(PUSH_SECRETS, "pushsecrets")),
      list<Live>(get, here(VAULT_SECRETS, "vaultstaticsecrets")),
      list<Live>(get, here(VAULT_SECRETS, "vaultdynamicsecrets")),
      ...WORKLOADS.map(([group, version, , plural]) => list<Live>(get, here({ group, version }, plural))),
    ]);
  const read = nothingRead();
  workloads.forEach((items, index) => {
    const [group, version, kind] = WORKLOADS[index]!;
    // This program's own have their Secrets from it.
    // Of its annotations one is what it was when it was applied last, as a manifest of its own.
    for (const {
      metadata: { name, labels },
      spec,
    } of items)
      if (labels?.[STACK_LABEL] === undefined)
        add(read, { apiVersion: apiVersion({ group, version }), kind, metadata: { name, namespace }, spec });
  });
  const paths = await storePaths(get, namespace, externalSecrets);
  const ofCluster = ({ spec }: Live) => (spec?.cluster as { name?: string } | undefined)?.name === cluster;
  const { status, metadata, spec } = live ?? {};
  const primary = primaryOf(cluster, status);
  return {
    ...(live === undefined
      ? {}
      : {
          cluster: {
            spec: spec ?? {},
            ...marked(metadata!),
            ...(metadata!.labels?.[STACK_LABEL] === undefined ? {} : { stack: metadata!.labels[STACK_LABEL] }),
            ...(primary === undefined ? {} : { primary }),
            gitOps: gitOpsOf(metadata!, [kubectlKind("clusters", CNPG), cluster], namespace),
          },
        }),
    secrets: sortBy(secrets.map(foundSecret), ({ name }) => name),
    writers: sortBy(
      [
        ...externalSecrets.flatMap((one) => externalSecretWriter(namespace, one, paths)),
        ...staticSecrets.flatMap((one) => vaultSecretWriter(namespace, "VaultStaticSecret", one)),
        ...dynamicSecrets.flatMap((one) => vaultSecretWriter(namespace, "VaultDynamicSecret", one)),
      ],
      ({ kind, name }) => `${kind} ${name}`,
    ),
    readers: readersOf(read, namespace),
    objects: [
      ...databases.filter(ofCluster).map((one) => foundObject(namespace, "Database", one)),
      ...roles.filter(ofCluster).map((one) => foundObject(namespace, "DatabaseRole", one)),
      ...backups.filter(ofCluster).map((one) => foundObject(namespace, "ScheduledBackup", one)),
    ],
    pushes: pushes
      .filter(({ metadata: { labels } }) => labels?.[STACK_LABEL] === undefined)
      .map(({ metadata: about, spec: of }) => ({
        name: about.name,
        secret: (of?.selector as { secret?: { name?: string } } | undefined)?.secret?.name ?? "",
        gitOps: gitOpsOf(about, [kubectlKind("pushsecrets", PUSH_SECRETS), about.name], namespace),
      })),
    injections: read.injections,
  };
}

const SCOPE = { file: "", chart: undefined, lineOf: () => 0, text: "" };

/** JSON is YAML: what a manifest would be read with reads what the API server says. */
function add(into: Read, object: object): void {
  for (const document of parseDocuments(JSON.stringify(object)).documents) readDocument(into, document, "other", SCOPE);
}

function marked({ annotations }: Metadata): { mark?: string } {
  const mark = annotations?.[OWNER_ANNOTATION];
  return mark === undefined ? {} : { mark };
}

function foundSecret({ metadata: { name, annotations }, type = "Opaque", data }: LiveSecret): FoundSecret {
  const paths = annotations?.[VAULT_PATHS_ANNOTATION] ?? "";
  return { name, type, keys: distinct(Object.keys(data ?? {})), vaultPaths: paths.split(",").filter((path) => path !== "") };
}

function foundObject(namespace: string, kind: FoundObject["kind"], { metadata, spec = {} }: Live): FoundObject {
  const { name, owner, passwordSecret } = spec as { name?: string; owner?: string; passwordSecret?: { name?: string } };
  return {
    kind,
    name: metadata.name,
    of: name ?? metadata.name,
    ...(owner === undefined ? {} : { owner }),
    ...(passwordSecret?.name === undefined ? {} : { passwordSecret: passwordSecret.name }),
    ...marked(metadata),
    gitOps: gitOpsOf(metadata, [kubectlKind(`${kind.toLowerCase()}s`, CNPG), metadata.name], namespace),
  };
}

/** As the audit reads a manifest of it. */
function authored(object: object): ReturnType<typeof authoredBy> {
  const [node] = parseDocuments(JSON.stringify(object)).documents;
  const manifest = node?.kind === "mapping" ? asManifest(node, SCOPE) : undefined;
  return manifest && authoredBy(manifest);
}

function externalSecretWriter(namespace: string, one: Live, paths: ReadonlyMap<string, string>): Writer[] {
  const { metadata, spec = {} } = one;
  const [written] = writing([one]);
  const said = authored({ apiVersion: apiVersion(EXTERNAL_SECRETS), kind: "ExternalSecret", ...one });
  if (written === undefined || said === undefined || metadata.labels?.[STACK_LABEL] !== undefined) return [];
  const mount = said.stores.map(({ kind, name }) => paths.get(`${kind} ${name}`)).find((path) => path !== undefined);
  const maker = metadata.ownerReferences?.find(({ kind }) => kind === "ClusterExternalSecret");
  return [
    {
      kind: "ExternalSecret",
      name: metadata.name,
      secret: written.target,
      isFrozen: isFrozen(spec),
      // A path of the database engine begins with its mount.
      sources: said.sources.map((source) => (isOfDatabaseEngine(source) ? source : `${mount ?? "MOUNT"}/${source}`)),
      ...(said.isPostgres === undefined ? {} : { isPostgres: said.isPostgres }),
      ...(maker === undefined ? {} : { maker: `${maker.kind}/${maker.name}` }),
      gitOps: gitOpsOf(metadata, [kubectlKind("externalsecrets", EXTERNAL_SECRETS), metadata.name], namespace),
    },
  ];
}

/**
 * What External Secrets fetches once only. It still writes over what somebody else has changed in
 * the Secret (`isSecretValid` of its controller).
 */
function isFrozen({ refreshPolicy, refreshInterval }: { refreshPolicy?: unknown; refreshInterval?: unknown }): boolean {
  if (refreshPolicy === "CreatedOnce") return true;
  return refreshPolicy !== "OnChange" && typeof refreshInterval === "string" && /^(0[a-zµ]*)+$/.test(refreshInterval);
}

/** Vault Secrets Operator looks for as long as its object is there. */
function vaultSecretWriter(namespace: string, kind: "VaultStaticSecret" | "VaultDynamicSecret", one: Live): Writer[] {
  const said = authored({ apiVersion: apiVersion(VAULT_SECRETS), kind, ...one });
  if (said === undefined) return [];
  const { name } = one.metadata;
  return [
    {
      kind,
      name,
      secret: said.name.text,
      isFrozen: false,
      sources: said.sources,
      ...(said.isPostgres === undefined ? {} : { isPostgres: said.isPostgres }),
      gitOps: gitOpsOf(one.metadata, [kubectlKind(`${kind.toLowerCase()}s`, VAULT_SECRETS), name], namespace),
    },
  ];
}

/** The mount in Vault of each store, by its kind and name, as far as this account may see them. */
async function storePaths(get: Get, namespace: string, externalSecrets: readonly Live[]): Promise<ReadonlyMap<string, string>> {
  const stores = new Map(
    externalSecrets.flatMap(({ spec }): [string, Store][] => {
      const { kind = "SecretStore", name } = (spec?.secretStoreRef ?? {}) as Partial<Store>;
      return name === undefined ? [] : [[`${kind} ${name}`, { kind, name }]];
    }),
  );
  const found = await Promise.all(
    [...stores].map(async ([id, { kind, name }]): Promise<[string, string][]> => {
      const path =
        kind === "ClusterSecretStore"
          ? `${apiPath(EXTERNAL_SECRETS)}/clustersecretstores/${name}`
          : objectsPath(EXTERNAL_SECRETS, namespace, "secretstores", name);
      const store = await find<{ spec?: { provider?: { vault?: { path?: string } } } }>(get, path).catch((error: unknown) => {
        if (!(error instanceof Refused)) throw error;
        return undefined;
      });
      const mount = store?.spec?.provider?.vault?.path;
      return mount === undefined ? [] : [[id, mount]];
    }),
  );
  return new Map(found.flat());
}

import { apiPath, CNPG, EXTERNAL_SECRETS, objectsPath, PUSH_SECRETS, VAULT_SECRETS, type ApiGroup } from "../../kube/kinds/groups";
import type { Get } from "../../kube/live";
import { isName, mayBeSame } from "../../manifests/named";
import { entriesOf, type Node } from "../../manifests/nodes";
import type { ProvidedSecret } from "../../manifests/objects/provided";
import type { Manifest } from "../../manifests/objects/types";

/**
 * An object of a file, in the namespace that whoever applies it gives it; absent where no file
 * says.
 */
export interface FileObject {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly object: Readonly<Record<string, unknown>>;
}

const APPS = { group: "apps", version: "v1" };
const KINDS: Readonly<Record<string, readonly [of: ApiGroup, plural: string]>> = {
  Cluster: [CNPG, "clusters"],
  Database: [CNPG, "databases"],
  DatabaseRole: [CNPG, "databaseroles"],
  ScheduledBackup: [CNPG, "scheduledbackups"],
  ExternalSecret: [EXTERNAL_SECRETS, "externalsecrets"],
  SecretStore: [EXTERNAL_SECRETS, "secretstores"],
  ClusterSecretStore: [EXTERNAL_SECRETS, "clustersecretstores"],
  PushSecret: [PUSH_SECRETS, "pushsecrets"],
  VaultStaticSecret: [VAULT_SECRETS, "vaultstaticsecrets"],
  VaultDynamicSecret: [VAULT_SECRETS, "vaultdynamicsecrets"],
  Deployment: [APPS, "deployments"],
  StatefulSet: [APPS, "statefulsets"],
  DaemonSet: [APPS, "daemonsets"],
  CronJob: [{ group: "batch", version: "v1" }, "cronjobs"],
};

/**
 * An object that a migration asks for; nothing for another, for one whose name a template makes,
 * and for one that is larger than any.
 */
export function fileObject({ apiVersion, kind, name, namespace, node }: Manifest): FileObject | undefined {
  const [of] = KINDS[kind] ?? [];
  // Whatever version of the group a file has.
  if (of === undefined || !isName(name) || !apiVersion.startsWith(`${of.group}/`)) return undefined;
  const budget = { left: MOST_NODES };
  const object = valueOf(node, budget) as Record<string, unknown>;
  return budget.left < 0 ? undefined : { kind, namespace: isName(namespace) ? namespace : undefined, object };
}

/** Anchors of anchors may make anything of a few lines. */
const MOST_NODES = 100_000;

function valueOf(node: Node, budget: { left: number }): unknown {
  if (budget.left-- < 0) return undefined;
  if (node.kind === "sequence") return node.items.map((item) => valueOf(item, budget));
  if (node.kind === "mapping") return Object.fromEntries(entriesOf(node).map(({ key, value }) => [key, valueOf(value, budget)]));
  const { value, isQuoted, isBlock } = node;
  if (isQuoted || isBlock) return value;
  if (value === "true" || value === "false") return value === "true";
  if (value === "null" || value === "~") return null;
  return /^-?(?:0|[1-9]\d{0,14})(?:\.\d+)?$/.test(value) ? Number(value) : value;
}

/**
 * Answers for a namespace as an API server would that had all of the files applied. Secrets have
 * their keys, and no values.
 */
export function filesAsCluster(objects: readonly FileObject[], secrets: readonly ProvidedSecret[], namespace: string): Get {
  const lists = new Map<string, unknown[]>();
  const add = (path: string, item: unknown) => lists.set(path, [...(lists.get(path) ?? []), item]);
  for (const { kind, namespace: where, object } of objects) {
    const [of, plural] = KINDS[kind]!;
    if (kind === "ClusterSecretStore") add(`${apiPath(of)}/${plural}`, object);
    else if (mayBeSame(where, namespace)) add(objectsPath(of, namespace, plural), object);
  }
  for (const { name, namespace: where, keys, place } of secrets)
    if (place !== undefined && !name.isUnknown && !name.text.includes("*") && mayBeSame(where, namespace))
      add(`/api/v1/namespaces/${namespace}/secrets`, {
        metadata: { name: name.text },
        data: Object.fromEntries([...(keys ?? [])].map((key) => [key, ""])),
      });
  return (path) => {
    const items = lists.get(path);
    const at = path.lastIndexOf("/");
    const body = items === undefined ? lists.get(path.slice(0, at))?.find((item) => nameOf(item) === path.slice(at + 1)) : { items };
    return Promise.resolve(body === undefined ? { status: 404, body: {} } : { status: 200, body });
  };
}

function nameOf(item: unknown): string | undefined {
  return (item as { metadata?: { name?: string } }).metadata?.name;
}

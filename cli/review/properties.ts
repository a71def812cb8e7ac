import { findCredential } from "../../manifests/credentials/credentials";
import {
  GENERATION_ANNOTATION,
  LOGIN_ANNOTATION,
  PREVIOUS_ANNOTATION,
  SERVICE_LABEL,
  BUNDLE_LABEL,
  TLS_ANNOTATION,
} from "../../kube/marks";

/** The part of a property that a review may show. */
export type Known = string | number | boolean | readonly string[];

/**
 * The only properties whose values are ever told, whatever the kind: names of things, who they
 * belong to, and how large they are. What the engine knows to be secret it shows as `[secret]`;
 * this is for what nobody has told it about.
 */
const TOLD = new Set([
  ...["metadata.name", "metadata.namespace", `metadata.labels.${SERVICE_LABEL}`, `metadata.labels.${BUNDLE_LABEL}`],
  ...[LOGIN_ANNOTATION, PREVIOUS_ANNOTATION, GENERATION_ANNOTATION, TLS_ANNOTATION].map((name) => `metadata.annotations.${name}`),
  // Cluster
  ...["spec.instances", "spec.imageName", "spec.storage.size", "spec.walStorage.size", "spec.enableSuperuserAccess"],
  // DatabaseRole, and the roles of a Cluster, each by itself
  ...[
    ...["name", "ensure", "login", "disablePassword", "connectionLimit", "inRoles"],
    ...["superuser", "createdb", "createrole", "replication", "bypassrls"],
  ].flatMap((field) => [`spec.${field}`, `role.${field}`]),
  // Database
  ...["spec.owner", "spec.databaseReclaimPolicy"],
  // ExternalSecret, PushSecret, ClusterSecretStore
  ...["spec.target.name", "spec.secretStoreRef.name", "spec.deletionPolicy", "spec.provider.vault.path", "condition.namespaces"],
  "spec.replicas",
]);

/**
 * A word as names, sizes, images and generations are; a token is longer or has other characters,
 * and a sentence spaces.
 */
const PLAIN = /^[A-Za-z0-9](?:[\w.:/@+-]{0,118}[A-Za-z0-9])?$/;

/**
 * Whether a review can show a name as it is: no markup, no mention, nothing that only looks like
 * a name.
 */
export function isPlain(text: string): boolean {
  return PLAIN.test(text) && !/^@|\/\/[^/]*:[^/]*@/.test(text) && findCredential("", text) === undefined;
}

/**
 * The value of a property that a review may show. Undefined where there is none, where it is not
 * known yet, and where it does not look like what it is to be.
 *
 * @param path dotted, of one that is told; labels and annotations with their names as the last part
 * @throws Error when it is none that is told
 */
export function property(inputs: Readonly<Record<string, unknown>> | undefined, path: string): Known | undefined {
  if (!TOLD.has(path)) throw new Error(`${path} is not among the properties that a review shows`);
  const [, group, rest] = /^(metadata\.(?:labels|annotations))\.(.+)$/.exec(path) ?? [];
  const keys = group === undefined ? path.split(".") : [...group.split("."), rest!];
  return known(keys.reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], inputs));
}

function known(value: unknown): Known | undefined {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string") return isPlain(value) && !UNKNOWN.test(value) ? value : undefined;
  if (Array.isArray(value) && value.every((one) => typeof one === "string" && isPlain(one))) return value as string[];
  return undefined;
}

/** How the engine writes what is not known before an `up`. */
const UNKNOWN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

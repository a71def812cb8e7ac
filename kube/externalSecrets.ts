import { EXTERNAL_SECRETS, kubectlKind, PUSH_SECRETS } from "./kinds/groups";
import { storesNamed, type Reader } from "./kinds/secretFields";

/** As far as it says which Secret it writes. */
export interface LiveExternalSecret {
  metadata: { name: string };
  spec?: { target?: { name?: string; creationPolicy?: string } };
}

/** One that writes a Secret. */
export interface Writer {
  readonly name: string;
  readonly target: string;
  /** The ClusterSecretStores that it fetches through. */
  readonly stores: readonly string[];
}

const PLAIN: Reader<unknown> = {
  at: (value, key) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined),
  items: (value) => (Array.isArray(value) ? (value as unknown[]) : []),
  text: (value) => (typeof value === "string" ? value : undefined),
};

function clusterStores(spec: unknown): string[] {
  const named = storesNamed(PLAIN, spec).map(({ value }) => value as { name?: unknown; kind?: unknown });
  return [...new Set(named.flatMap(({ name, kind }) => (kind === "ClusterSecretStore" && typeof name === "string" ? [name] : [])))];
}

/** What a cluster has kinds of that group from. */
const FROM = "External Secrets 0.16 or later";

/** Its kinds, as questions to the API server and what is said of their absence name them. */
export const EXTERNAL_SECRET = { ...EXTERNAL_SECRETS, plural: "externalsecrets", kind: "ExternalSecret", from: FROM } as const;
export const CLUSTER_STORE = { ...EXTERNAL_SECRETS, plural: "clustersecretstores", kind: "ClusterSecretStore", from: FROM } as const;
export const PUSH_SECRET = { ...PUSH_SECRETS, plural: "pushsecrets", kind: "PushSecret", from: FROM } as const;

/** Label of every Secret that External Secrets writes. */
export const MANAGED_LABEL = `reconcile.${EXTERNAL_SECRETS.group}/managed`;

/** Those that write a Secret, which, and from where. */
export function writers(externalSecrets: readonly LiveExternalSecret[]): Writer[] {
  return externalSecrets
    .filter(({ spec }) => spec?.target?.creationPolicy !== "None")
    .map(({ metadata: { name }, spec }) => ({ name, target: spec?.target?.name ?? name, stores: clusterStores(spec) }));
}

/**
 * What kubectl is told, word by word, to remove an ExternalSecret and leave the Secret, which may
 * belong to it, as it is.
 */
export function releaseCommands(namespace: string, name: string): [retain: string[], remove: string[]] {
  const patch = JSON.stringify({ spec: { target: { deletionPolicy: "Retain" } } });
  const object = ["-n", namespace, kubectlKind("externalsecrets", EXTERNAL_SECRETS), name];
  return [
    ["patch", ...object, "--type=merge", "-p", patch],
    ["delete", ...object, "--cascade=orphan"],
  ];
}

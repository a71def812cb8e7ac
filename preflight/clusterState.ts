import { AUTHORITIES_ANNOTATION } from "../kube/marks";

/** Why CloudNativePG applies nothing in a Cluster. */
export type Held = "hibernated" | "fenced" | "replica";

/** What the checks have to know of the Cluster that is there. */
export interface LiveCluster {
  readonly storageSize?: string;
  readonly walStorageSize?: string;
  /** The Secret with the authority that it was given, where that is not CloudNativePG's own. */
  readonly serverCaSecret?: string;
  /** Our mark with the authorities that it has. */
  readonly mark?: string;
  /** Whether the operator says that it is not ready. */
  readonly isPending?: true;
  readonly held?: Held;
  /** Whether it was made from a backup or another server: a Cluster has one way of having been made. */
  readonly isCopy?: true;
  /** The roles that its inline list has, but those that it is to drop. */
  readonly managedRoles?: readonly string[];
  /** What it was bootstrapped with. */
  readonly initdb?: { readonly owner?: string; readonly secret?: string };
}

/** A Cluster as the API server has it, as far as it is read here. */
export interface ClusterObject {
  metadata?: { name?: string; annotations?: Record<string, string> };
  spec?: {
    storage?: { size?: string };
    walStorage?: { size?: string };
    certificates?: { serverCASecret?: string };
    managed?: { roles?: { name: string; ensure?: string }[] };
    replica?: { enabled?: boolean; primary?: string; self?: string };
    bootstrap?: { initdb?: { owner?: string; secret?: { name?: string } } } & Record<string, unknown>;
  };
  status?: { currentPrimary?: string; conditions?: { type: string; status: string }[] };
}

export function liveCluster(object: ClusterObject): LiveCluster {
  const { spec = {}, status = {} } = object;
  const held = heldBy(object);
  const initdb = spec.bootstrap?.initdb;
  const { serverCASecret } = spec.certificates ?? {};
  const mark = object.metadata?.annotations?.[AUTHORITIES_ANNOTATION];
  return {
    ...(spec.storage?.size === undefined ? {} : { storageSize: spec.storage.size }),
    ...(spec.walStorage?.size === undefined ? {} : { walStorageSize: spec.walStorage.size }),
    ...(serverCASecret === undefined ? {} : { serverCaSecret: serverCASecret }),
    ...(mark === undefined ? {} : { mark }),
    ...(status.conditions?.some(({ type, status: is }) => type === "Ready" && is !== "True") ? { isPending: true } : {}),
    ...(held === undefined ? {} : { held }),
    ...(Object.keys(spec.bootstrap ?? {}).some((way) => way !== "initdb") ? { isCopy: true } : {}),
    ...(spec.managed?.roles === undefined
      ? {}
      : { managedRoles: spec.managed.roles.flatMap(({ name, ensure }) => (ensure === "absent" ? [] : [name])) }),
    ...(initdb === undefined
      ? {}
      : {
          initdb: {
            ...(initdb.owner === undefined ? {} : { owner: initdb.owner }),
            ...(initdb.secret?.name === undefined ? {} : { secret: initdb.secret.name }),
          },
        }),
  };
}

/** In words that follow "is". */
export function appliesNothing(held: Held): string {
  return { hibernated: "hibernated", fenced: "fenced (`cnpg.io/fencedInstances`)", replica: "a replica of another Cluster" }[held];
}

/** CloudNativePG's documentation, "Declarative hibernation", "Fencing" and "Replica clusters". */
function heldBy({ metadata = {}, spec = {}, status = {} }: ClusterObject): Held | undefined {
  const { annotations = {}, name } = metadata;
  if (annotations["cnpg.io/hibernation"] === "on") return "hibernated";
  const fenced = fencedInstances(annotations["cnpg.io/fencedInstances"]);
  if (fenced.includes("*") || (status.currentPrimary !== undefined && fenced.includes(status.currentPrimary))) return "fenced";
  const { enabled, primary, self = name } = spec.replica ?? {};
  return (enabled ?? (primary !== undefined && primary !== self)) ? "replica" : undefined;
}

function fencedInstances(annotation = "[]"): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(annotation);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

import { firstOwner, type Bootstrap, type FirstOwner } from "../kube/bootstrap";
import { AUTHORITIES_ANNOTATION } from "../kube/marks";
import { primaryOf } from "../kube/primary";

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
  /** The same with what it says of them. */
  readonly declaredRoles?: readonly DeclaredRole[];
  /** Pod of the primary. */
  readonly primary?: string;
  /** Whose password it sets by itself, and from what. */
  readonly firstOwner?: FirstOwner;
  /** The Secret with the authority by which the server is proven, as the operator says it. */
  readonly provenBy?: string;
  /** The Secret with the server's own certificate, where somebody else has made that. */
  readonly ownCertificate?: string;
  /** Of its own services (`rw`, `ro`, `r`), those that it is to be without. */
  readonly withoutServices?: readonly string[];
}

/** An entry of a Cluster's inline list. What it leaves out is off. */
export interface DeclaredRole {
  name: string;
  ensure?: string;
  login?: boolean;
  superuser?: boolean;
  createdb?: boolean;
  createrole?: boolean;
  replication?: boolean;
  bypassrls?: boolean;
  inherit?: boolean;
  connectionLimit?: number;
  validUntil?: string;
  inRoles?: string[];
}

/** A Cluster as the API server has it, as far as it is read here. */
export interface ClusterObject {
  metadata?: { name?: string; annotations?: Record<string, string> };
  spec?: {
    storage?: { size?: string };
    walStorage?: { size?: string };
    certificates?: { serverCASecret?: string; serverTLSSecret?: string };
    managed?: { roles?: DeclaredRole[]; services?: { disabledDefaultServices?: string[] } };
    replica?: { enabled?: boolean; primary?: string; self?: string };
    bootstrap?: Bootstrap;
  };
  status?: { currentPrimary?: string; certificates?: { serverCASecret?: string }; conditions?: { type: string; status: string }[] };
}

export function liveCluster(object: ClusterObject): LiveCluster {
  const { spec = {}, status = {} } = object;
  const held = heldBy(object);
  const name = object.metadata?.name ?? "";
  const first = firstOwner(name, spec.bootstrap);
  const primary = primaryOf(name, status);
  const { serverCASecret, serverTLSSecret } = spec.certificates ?? {};
  const provenBy = status.certificates?.serverCASecret ?? serverCASecret;
  const without = spec.managed?.services?.disabledDefaultServices ?? [];
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
      : {
          managedRoles: spec.managed.roles.flatMap(({ name: role, ensure }) => (ensure === "absent" ? [] : [role])),
          declaredRoles: spec.managed.roles.filter(({ ensure }) => ensure !== "absent"),
        }),
    ...(primary === undefined ? {} : { primary }),
    ...(first === undefined ? {} : { firstOwner: first }),
    ...(provenBy === undefined ? {} : { provenBy }),
    ...(serverTLSSecret === undefined || serverTLSSecret === "" ? {} : { ownCertificate: serverTLSSecret }),
    ...(without.length === 0 ? {} : { withoutServices: without }),
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

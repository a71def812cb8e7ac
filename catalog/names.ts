import type { ServiceConfig, Workload } from "../config/schema";
import type { ServiceRecord } from "./record";

/**
 * A login of a service. Its role `owner` owns the database, and is the one that logs in unless the service alternates: then two members of it do, `a` and `b`, in turns.
 */
export type Slot = "owner" | "a" | "b";
export const SLOTS: readonly Slot[] = ["owner", "a", "b"];

/** The names that a record leaves to the defaults. */
export function resolveNames(record: ServiceRecord): {
  role: string;
  database: string;
  secret: string;
} {
  const role = record.role ?? record.name.replaceAll("-", "_");
  return {
    role,
    database: record.database ?? role,
    secret: record.secret?.name ?? `${record.name}-db-auth`,
  };
}

/**
 * The namespaces beside the stack's own in which a service's Secret is written.
 *
 * @param own the stack's
 */
export function otherNamespaces(
  record: Pick<ServiceRecord, "namespaces">,
  set: Pick<ServiceConfig, "namespaces"> | undefined,
  own: string,
): string[] {
  return [...new Set(set?.namespaces ?? record.namespaces ?? [])].filter((namespace) => namespace !== own);
}

/** The resource of a service's Secret in another namespace. No name of Kubernetes' has a `/`: it is no other service's. */
export function copyOf(service: string, namespace: string): string {
  return `${service}/${namespace}`;
}

/** The Postgres role of a slot. */
export function loginRole(role: string, slot: Slot): string {
  return slot === "owner" ? role : `${role}_${slot}`;
}

/** The Secret that CloudNativePG reads a slot's password from. */
export function roleSecret(service: string, slot: Slot): string {
  return slot === "owner" ? `${service}-db-role` : `${service}-db-role-${slot}`;
}

/** Every Secret that a service's database credential is in: what the application reads, and what CloudNativePG does. */
export function databaseSecrets(record: ServiceRecord): string[] {
  return [resolveNames(record).secret, ...SLOTS.map((slot) => roleSecret(record.name, slot))];
}

/** What CloudNativePG puts behind a Cluster's name, for the Secrets that it makes for it by itself. */
export const OPERATOR_SECRETS = ["app", "superuser", "ca", "server", "replication", "pooler"] as const;

/** The names of those Secrets. */
export function operatorSecrets(cluster: string): string[] {
  return OPERATOR_SECRETS.map((suffix) => `${cluster}-${suffix}`);
}

/** The DatabaseRole object of a slot, where there are such objects. */
export function roleObject(service: string, slot: Slot): string {
  return slot === "owner" ? service : `${service}-${slot}`;
}

/** The Job that proves a service's credential. */
export function proofJob(service: string): string {
  return `${service}-db-proof`;
}

/** The resource that restarts a workload of a service. */
export function restartOf(service: string, { kind, namespace, name }: Required<Workload>): string {
  return `restarts-${service}-${kind}-${namespace}-${name}`.toLowerCase();
}

/** The end of what the resource of an ExternalSecret of a service or bundle is called. */
export function fetchedResource(owner: string, name: string): string {
  return `${owner}-${name}`;
}

/** What a gate's objects are called. */
export function gateObject(gate: string): string {
  return `secrets-smoke-${gate}`;
}

/** The NetworkPolicies of a stack's namespace, by what they are for. */
export function policyObjects(cluster: string): Readonly<Record<"instances" | "poolers" | "clients" | "gates", string>> {
  return { instances: `${cluster}-instances`, poolers: `${cluster}-poolers`, clients: `${cluster}-clients`, gates: "secrets-smoke" };
}

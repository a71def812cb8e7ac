/**
 * The part of a Cluster's status that speaks of roles (CloudNativePG's API reference,
 * `ManagedRoles`).
 */
export interface ClusterStatus {
  managedRolesStatus?: {
    byStatus?: Record<string, string[]>;
    cannotReconcile?: Record<string, string[]>;
    passwordStatus?: Record<string, { resourceVersion?: string }>;
  };
}

/** A Database or DatabaseRole. */
export interface Custom<Status> {
  metadata: { name: string; generation?: number };
  status?: Status;
}
export interface ObjectStatus {
  applied?: boolean;
  message?: string;
  observedGeneration?: number;
  secretResourceVersion?: string;
}

/**
 * What an inline role waits for, in CloudNativePG's words where it has any; nothing when the
 * Secret's version is the one it has applied.
 */
export function inlineRole(role: string, secretVersion: string, { managedRolesStatus = {} }: ClusterStatus): string[] {
  const failed = managedRolesStatus.cannotReconcile?.[role];
  if (failed) return failed.map((message) => `role ${role}: ${message}`);
  if (!managedRolesStatus.byStatus?.reconciled?.includes(role)) return [`role ${role} is not reconciled yet`];
  return managedRolesStatus.passwordStatus?.[role]?.resourceVersion === secretVersion
    ? []
    : [`role ${role}: the Secret's present version is not applied yet`];
}

/**
 * What a former role waits for: to be dropped, or for long enough that CloudNativePG would have
 * said that it cannot.
 */
export function droppedRole(role: string, { managedRolesStatus = {} }: ClusterStatus, isLongAgo: boolean): string[] {
  const failed = managedRolesStatus.cannotReconcile?.[role];
  if (failed) return failed.map((message) => `role ${role}: ${message}`);
  return isLongAgo || managedRolesStatus.byStatus?.reconciled?.includes(role) ? [] : [`role ${role} is not dropped yet`];
}

/** The same of a DatabaseRole object. */
export function roleObjectStatus(role: Custom<ObjectStatus> | undefined, secretVersion: string): string[] {
  const waiting = objectStatus("DatabaseRole", role);
  return waiting.length > 0 || role?.status?.secretResourceVersion === secretVersion
    ? waiting
    : ["DatabaseRole: the Secret's present version is not applied yet"];
}

/** Whether an object is applied in its present generation. */
export function objectStatus(kind: string, item: Custom<ObjectStatus> | undefined): string[] {
  if (item === undefined) return [`${kind} does not exist`];
  const { applied, message, observedGeneration } = item.status ?? {};
  if (applied === true && observedGeneration === item.metadata.generation) return [];
  return [`${kind}: ${message ?? "not applied yet"}`];
}

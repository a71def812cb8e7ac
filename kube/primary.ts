/**
 * Whether a pod is one of a Cluster's instances, by its name. `status.currentPrimary` is written by
 * the instances' own account, which a Postgres that somebody has broken into has, too.
 */
export function isInstance(cluster: string, pod: string): boolean {
  return pod.startsWith(`${cluster}-`) && /^[1-9]\d{0,8}$/.test(pod.slice(cluster.length + 1));
}

/** The primary that a status names, as long as that is an instance of the Cluster. */
export function primaryOf(cluster: string, status: { readonly currentPrimary?: string } | undefined): string | undefined {
  const pod = status?.currentPrimary;
  return pod !== undefined && isInstance(cluster, pod) ? pod : undefined;
}

/** Where a Service is called by whatever runs in the cluster, from any namespace. */
export const serviceHost = (service: string, namespace: string): string => `${service}.${namespace}.svc`;

/**
 * Where a Cluster's primary is called by whatever runs in the cluster: the Service that
 * CloudNativePG makes for it.
 */
export const primaryHost = (cluster: string, namespace: string): string => serviceHost(`${cluster}-rw`, namespace);

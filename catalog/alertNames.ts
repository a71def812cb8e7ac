/** The PrometheusRule of a Cluster's credentials. */
export function ruleObject(cluster: string): string {
  return `${cluster}-credentials`;
}

/** The PrometheusRule of Vault's certificate. */
export function vaultRuleObject(cluster: string): string {
  return `${cluster}-vault-certificate`;
}

/** The ConfigMap with the queries that the Cluster's instances export. */
export function queriesObject(cluster: string): string {
  return `${cluster}-credential-queries`;
}

/** Its one key. */
export const QUERIES_KEY = "queries";

/**
 * CloudNativePG's own queries. Its webhook puts them before whatever a Cluster asks for; a Cluster that does not name them itself differs from what it was asked to be, and every
 * `up` would change it. An operator that is set up without them has no such ConfigMap, and the instances go on without it.
 */
export const DEFAULT_QUERIES = { name: "cnpg-default-monitoring", key: "queries" };

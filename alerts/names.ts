/** The PrometheusRule of a Cluster's credentials. */
export function ruleObject(cluster: string): string {
  return `${cluster}-credentials`;
}

/** The ConfigMap with the queries that the Cluster's instances export. */
export function queriesObject(cluster: string): string {
  return `${cluster}-credential-queries`;
}

/** Its one key. */
export const QUERIES_KEY = "queries";

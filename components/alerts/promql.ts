/** Where the credentials are of which rules speak. */
export interface Scope {
  readonly namespace: string;
  readonly cluster: string;
  readonly stack: string;
  /** Address of docs/alerts.md, for `runbook_url`. @default none */
  readonly runbookUrl?: string;
}

/** Labels that tell one stack's credentials from another's, in a Prometheus that sees many. Not `cluster`: that is often the Kubernetes cluster. */
export function scopeLabels({ namespace, cluster, stack }: Scope): Record<string, string> {
  return { namespace, cnpg_cluster: cluster, stack };
}

/** A series that a recording rule of ours makes. */
export function own({ namespace, cluster }: Scope, metric: string, ...matchers: readonly string[]): string {
  return `${metric}{${[`namespace="${namespace}"`, `cnpg_cluster="${cluster}"`, ...matchers].join(",")}}`;
}

/**
 * A series that an exporter (kube-state-metrics, External Secrets) makes of an object of the namespace. Where it is scraped without `honorLabels`, as External Secrets'
 * chart has it, the object's namespace is in `exported_namespace`, and `namespace` is the exporter's.
 */
export function ofObject({ namespace }: Scope, metric: string, ...matchers: readonly string[]): string {
  const honored = [`namespace="${namespace}"`, 'exported_namespace=""', ...matchers];
  const renamed = [`exported_namespace="${namespace}"`, ...matchers];
  return `(${metric}{${honored.join(",")}} or ${metric}{${renamed.join(",")}})`;
}

/** A series that an instance of the Cluster exports; `namespace` and `pod` are what a PodMonitor's targets have. */
export function ofInstance({ namespace, cluster }: Scope, metric: string, ...matchers: readonly string[]): string {
  return `${metric}{${[`namespace="${namespace}"`, `pod=~"${cluster}-[0-9]+"`, ...matchers].join(",")}}`;
}

/** Any of these names, none of which has a character that means something in a regular expression. */
export function anyOf(names: readonly string[]): string {
  return names.join("|");
}

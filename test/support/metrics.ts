import { QUERY_METRICS } from "../../components/alerts/queries";
import { RECORDED } from "../../components/alerts/recordings";

/** Who exports a metric. What is said of each is in docs/alerts.md. */
export type Source =
  | "this program (recording rules)"
  | "CloudNativePG's instances (custom queries)"
  | "kube-state-metrics"
  | "kube-state-metrics (docs/monitoring/kube-state-metrics.yaml)"
  | "External Secrets"
  | "Prometheus";

interface Metric {
  readonly source: Source;
  /** Labels that its source gives it, beside those of the target. */
  readonly labels: readonly string[];
}

const scope = ["namespace", "cnpg_cluster", "stack", "service", "role"];
const ofRole = ["namespace", "cnpg_cluster", "databaserole", "role"];
const ksm = (...labels: string[]): Metric => ({ source: "kube-state-metrics", labels: ["namespace", ...labels] });
const custom = (...labels: string[]): Metric => ({ source: "kube-state-metrics (docs/monitoring/kube-state-metrics.yaml)", labels });
const eso = (...labels: string[]): Metric => ({ source: "External Secrets", labels: ["name", "namespace", ...labels] });

/**
 * Every metric that rules and dashboard may use. kube-state-metrics:
 * docs/metrics/{storage/secret,workload/job}-metrics.md and internal/store. External Secrets 0.20:
 * pkg/controllers/{externalsecret/esmetrics,pushsecret/psmetrics,metrics/labels.go}. Prometheus:
 * `ALERTS`, of its own alerts.
 */
export const METRICS: Readonly<Record<string, Metric>> = {
  ...Object.fromEntries(
    RECORDED.map((name): [string, Metric] => [
      name,
      { source: "this program (recording rules)", labels: [...scope, "secret", "state", "certificate"] },
    ]),
  ),
  ...Object.fromEntries(
    QUERY_METRICS.map((name): [string, Metric] => [name, { source: "CloudNativePG's instances (custom queries)", labels: ["role"] }]),
  ),
  kube_secret_info: ksm("secret"),
  kube_secret_metadata_resource_version: ksm("secret"),
  kube_job_failed: ksm("job_name", "condition"),
  kube_job_status_succeeded: ksm("job_name"),
  kube_cnpg_cluster_role_password_resource_version: custom("namespace", "cnpg_cluster", "role"),
  kube_cnpg_cluster_role_cannot_reconcile_info: custom("namespace", "cnpg_cluster", "role"),
  kube_cnpg_cluster_role_status_info: custom("namespace", "cnpg_cluster", "role", "status"),
  kube_cnpg_databaserole_applied: custom(...ofRole),
  kube_cnpg_databaserole_generation: custom(...ofRole),
  kube_cnpg_databaserole_observed_generation: custom(...ofRole),
  kube_cnpg_databaserole_secret_resource_version: custom(...ofRole),
  kube_cnpg_database_applied: custom("namespace", "cnpg_cluster", "database"),
  kube_externalsecret_refresh_timestamp_seconds: custom("namespace", "name", "refresh_policy", "refresh_interval"),
  kube_pushsecret_refresh_timestamp_seconds: custom("namespace", "name", "secret"),
  externalsecret_status_condition: eso("condition", "status"),
  externalsecret_sync_calls_error: eso(),
  pushsecret_status_condition: eso("condition", "status"),
  ALERTS: { source: "Prometheus", labels: ["alertname", "alertstate", "namespace", "cnpg_cluster"] },
};

/**
 * Labels that Prometheus gives a target: of a PodMonitor's, and in place of an exporter's own of
 * that name.
 */
const TARGET_LABELS = ["namespace", "pod", "exported_namespace"];

// What PromQL has of words, as far as it is used here.
const WORDS =
  /^(and|or|unless|on|by|group_left|group_right|max|min|sum|count|time|vector|absent|increase|label_replace|label_values|Inf|\d+[smhd]?|m)$/;

/**
 * What an expression says of metrics that no source has, or of labels that a metric does not have:
 * none, or a typing error.
 */
export function unknownIn(expression: string): string[] {
  const problems: string[] = [];
  // Without strings, in which anything may stand.
  const bare = expression.replace(/"(\\.|[^"\\])*"/g, '""');
  const rest = bare.replace(/([A-Za-z_:][\w:]*)\{([^}]*)\}/g, (_, name: string, matchers: string) => {
    const metric = METRICS[name];
    if (metric === undefined) problems.push(name);
    for (const [, label = ""] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
      if (metric && ![...metric.labels, ...TARGET_LABELS].includes(label)) problems.push(`${name}{${label}}`);
    return " ";
  });
  const grouping = rest.replace(/\b(on|by|group_left|group_right)\s*\([^)]*\)/g, " ");
  for (const [word] of grouping.matchAll(/[A-Za-z_:][\w:]*/g)) if (!WORDS.test(word)) problems.push(word);
  return problems;
}

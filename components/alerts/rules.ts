import { proofJob } from "../../catalog/names";
import { REWRITE } from "../../config/commandLine";
import type { AlertingRule, RuleGroup } from "../../kube/kinds/prometheusRule";
import { anyOf, ofInstance, ofObject, own, scopeLabels, type Scope } from "./promql";
import { CHANGED, DUE, endings, ENDS, ENDS_NEAR, LOGIN, recordings, type Ending, type WatchedCredential } from "./recordings";

/** `critical`: an application cannot log in, or will not be able to. `warning`: somebody is to look at it in working hours. */
type Severity = "critical" | "warning";

/** An ExternalSecret that is to be refreshed and has not been for so long is stale. Longer than any usual `refreshInterval`, which PromQL cannot read. */
const STALE_SECONDS = 86_400;
/** An expiry is warned of so long before. Nothing of this program sets one. */
const EXPIRY_NOTICE_SECONDS = 3 * 86_400;

/** A role with so much of its connections in use is told of before it has none left. */
const NEAR = 0.8;

/** The rules of a stack's credentials: what the program knows, and what is wrong. Each alert and its metrics: docs/alerts.md. */
export function ruleGroups(scope: Scope, credentials: readonly WatchedCredential[], certificates: readonly Ending[] = []): RuleGroup[] {
  return [
    {
      name: `${scope.namespace}-${scope.cluster}-credentials.known`,
      rules: [...recordings(scope, credentials), ...endings(scope, certificates)],
    },
    {
      name: `${scope.namespace}-${scope.cluster}-credentials.alerts`,
      rules: [
        ...roles(scope),
        ...secrets(scope),
        ...rotations(scope, credentials),
        ...ends(scope),
        ...sessions(scope),
        ...external(scope),
        ...missing(scope),
      ],
    },
  ];
}

function alert(
  scope: Scope,
  name: string,
  rule: { expr: string; for?: string; severity: Severity; summary: string; description: string; labels?: Record<string, string> },
): AlertingRule {
  const { expr, severity, summary, description } = rule;
  return {
    alert: `Credential${name}`,
    expr,
    ...(rule.for === undefined ? {} : { for: rule.for }),
    labels: { ...scopeLabels(scope), severity, ...rule.labels },
    annotations: { summary, description, ...runbook(scope, `#credential${name.toLowerCase()}`) },
  };
}

/** The place in docs/alerts.md, and its address where the stack names one: `runbook_url` is what Alertmanager and Grafana link. */
function runbook({ runbookUrl }: Scope, anchor: string): Record<string, string> {
  return { runbook: `docs/alerts.md${anchor}`, ...(runbookUrl === undefined ? {} : { runbook_url: `${runbookUrl}${anchor}` }) };
}

/** Roles as CloudNativePG and Postgres have them. */
function roles(scope: Scope): AlertingRule[] {
  const object = (metric: string, ...matchers: string[]) => ofObject(scope, metric, `cnpg_cluster="${scope.cluster}"`, ...matchers);
  const role = (metric: string, ...matchers: string[]) => ofInstance(scope, `cnpg_credentials_role_${metric}`, ...matchers);
  const refused = `(max by (role) (${object("kube_cnpg_cluster_role_cannot_reconcile_info")}) or max by (role) (${object("kube_cnpg_databaserole_applied")} == 0))`;
  const reconciled = `(max by (role) (${object("kube_cnpg_cluster_role_status_info", 'status="reconciled"')}) or max by (role) (${object("kube_cnpg_databaserole_applied")} == 1 and ${object("kube_cnpg_databaserole_observed_generation")} == ${object("kube_cnpg_databaserole_generation")}))`;
  const reported = `(${object("kube_cnpg_cluster_role_status_info")} or ${object("kube_cnpg_databaserole_applied")})`;
  return [
    alert(scope, "RoleCannotReconcile", {
      expr: refused,
      for: "10m",
      severity: "critical",
      summary: "CloudNativePG cannot reconcile the role {{ $labels.role }}",
      description:
        "Its password and attributes stay as they are; a new password does not take effect. The reason is in the status of the Cluster (`managedRolesStatus.cannotReconcile`) or of the DatabaseRole (`message`).",
    }),
    alert(scope, "RoleNotReconciled", {
      expr: `${own(scope, LOGIN)} unless on (role) ${reconciled} unless on (role) ${refused} and on () count(${reported}) > 0`,
      for: "15m",
      severity: "warning",
      summary: "CloudNativePG has not reconciled the role {{ $labels.role }} of {{ $labels.service }}",
      description: "It reports no error either. See whether the operator and the primary run.",
    }),
    alert(scope, "DatabaseNotApplied", {
      expr: `max by (database) (${object("kube_cnpg_database_applied")}) == 0`,
      for: "15m",
      severity: "warning",
      summary: "CloudNativePG cannot apply the database {{ $labels.database }}",
      description: "Its owner, extensions or schemas are not what they should be. The reason is in the Database's status (`message`).",
    }),
    alert(scope, "RoleMissing", {
      expr: `${own(scope, LOGIN, 'state=~"current|previous"')} unless on (role) (max by (role) (${role("login")}) == 1) and on () count(${role("login")}) > 0`,
      for: "5m",
      severity: "critical",
      summary: "The role {{ $labels.role }} of {{ $labels.service }} is not in Postgres, or may not log in",
      description: "Somebody dropped or changed it by hand, or CloudNativePG has not made it. Every login with the credential fails.",
    }),
    alert(scope, "RoleExpires", {
      expr: `${own(scope, LOGIN, 'state=~"current|previous"')} * on (role) group_left () min by (role) (${role("valid_until_timestamp_seconds")}) < time() + ${EXPIRY_NOTICE_SECONDS}`,
      for: "5m",
      severity: "critical",
      summary: "The password of {{ $labels.role }} ({{ $labels.service }}) expires or has expired: {{ $value | humanizeTimestamp }}",
      description: "Somebody set `VALID UNTIL` by hand; this program sets none. Logins fail from then on.",
    }),
    alert(scope, "UnexpectedPrivileges", {
      expr: `max by (role) (${role("superuser", 'role!="postgres"')}) == 1 or max by (role) (${role("elevated", 'role!~"postgres|streaming_replica"')}) == 1`,
      for: "5m",
      severity: "critical",
      summary: "The role {{ $labels.role }} is a superuser, or may create roles or databases, replicate, or pass by row security",
      description: "No role of the catalogue may, and CloudNativePG's own that may are left out: somebody gave it these rights by hand.",
    }),
  ];
}

/** The Secrets, and whether what they say is what Postgres accepts. */
function secrets(scope: Scope): AlertingRule[] {
  const present = ofObject(scope, "kube_secret_info");
  const version = `max by (secret) (${ofObject(scope, "kube_secret_metadata_resource_version")})`;
  const applied = ["kube_cnpg_cluster_role_password_resource_version", "kube_cnpg_databaserole_secret_resource_version"].map((metric) =>
    ofObject(scope, metric, `cnpg_cluster="${scope.cluster}"`),
  );
  return [
    alert(scope, "VersionsApart", {
      expr: `${own(scope, LOGIN)} * on (secret) group_left () ${version} != on (role) group_left () max by (role) (${applied.join(" or ")})`,
      for: "10m",
      severity: "critical",
      summary: "CloudNativePG has not applied the present version of {{ $labels.secret }} to the role {{ $labels.role }}",
      description:
        "The password in the Secret is not, or may not be, the one that Postgres accepts. In place, applications that read it cannot log in.",
    }),
    alert(scope, "SecretMissing", {
      expr: `max by (service, secret) (${own(scope, LOGIN)} or ${own(scope, CHANGED)}) unless on (secret) max by (secret) (${present}) and on () count(${present}) > 0`,
      for: "5m",
      severity: "critical",
      summary: "The Secret {{ $labels.secret }} of {{ $labels.service }} is gone",
      description: `Pods that need it do not start. ${REWRITE} makes it again, with the same password, which is in the state.`,
    }),
  ];
}

/** Rotations: due, proven, finished. */
function rotations(scope: Scope, credentials: readonly WatchedCredential[]): AlertingRule[] {
  const jobs = anyOf(credentials.map(({ service }) => proofJob(service.name)));
  const failed = ofObject(scope, "kube_job_failed", 'condition="true"', `job_name=~"${jobs}"`);
  return [
    alert(scope, "ProofFailed", {
      expr: `label_replace(max by (job_name) (${failed}) == 1, "service", "$1", "job_name", "${proofJob("(.+)")}")`,
      severity: "critical",
      summary: "The proof of {{ $labels.service }}'s credential failed",
      description: "The Job {{ $labels.job_name }} could not log in with it; its log has what Postgres said, and what holds meanwhile.",
    }),
    alert(scope, "RotationOverdue", {
      expr: `${own(scope, DUE)} < time()`,
      severity: "warning",
      summary: "The password of {{ $labels.service }} was due for rotation on {{ $value | humanizeTimestamp }}",
      description:
        "It is older than `rotation.maxAgeDays` allows. Nothing rotates by itself: change the service's generation and run `pulumi up`.",
    }),
  ];
}

/** Authorities by which Postgres and Vault are proven, and whose end nobody else tells of. */
function ends(scope: Scope): AlertingRule[] {
  return [
    alert(scope, "CertificateEnds", {
      expr: `${own(scope, ENDS)} and on (certificate) ${own(scope, ENDS_NEAR)} < time()`,
      for: "5m",
      severity: "warning",
      summary: "The authority of {{ $labels.certificate }}'s certificate ends {{ $value | humanizeTimestamp }}",
      description:
        "From then on nobody who proves {{ $labels.certificate }} connects. Vault: an `up` issues another. Postgres: the next authority is trusted first, and signs in a later `up`.",
    }),
  ];
}

/** Who is logged in as what. */
function sessions(scope: Scope): AlertingRule[] {
  const role = (metric: string) => ofInstance(scope, `cnpg_credentials_role_${metric}`);
  return [
    alert(scope, "ConnectionsExhausted", {
      expr: `max by (pod, role) (${role("sessions")}) >= on (pod, role) (max by (pod, role) (${role("connection_limit")}) > 0)`,
      for: "5m",
      severity: "critical",
      summary: "The role {{ $labels.role }} has as many connections to {{ $labels.pod }} as it may have: {{ $value }}",
      description:
        "Postgres refuses further logins with `too many connections for role`. Raise `connectionLimit`, or find what holds them.",
    }),
    alert(scope, "ConnectionsNearLimit", {
      expr: `max by (pod, role) (${role("sessions")}) >= on (pod, role) (max by (pod, role) (${role("connection_limit")}) > 0) * ${NEAR}`,
      for: "15m",
      severity: "warning",
      summary: "The role {{ $labels.role }} has {{ $value }} connections to {{ $labels.pod }}, four fifths or more of what it may have",
      description: "Raise its `connectionLimit` where others leave room, or find what opens them: further logins will be refused.",
    }),
    alert(scope, "PreviousInUse", {
      expr: `${own(scope, LOGIN, 'state="previous"')} * on (role) group_left () sum by (role) (${role("sessions")}) > 0`,
      for: "1d",
      severity: "warning",
      summary: "{{ $labels.service }} still has sessions of its previous login {{ $labels.role }}, a day long",
      description: "Something has not taken up the new credential. Restart it, and retire the previous one when nothing uses it any more.",
    }),
    alert(scope, "RetiredInUse", {
      expr: `sum by (role) (${role("sessions")}) > 0 and on (role) max by (role) (${role("login")}) == 0`,
      for: "15m",
      severity: "warning",
      summary: "There are sessions of the role {{ $labels.role }}, which may not log in any more",
      description: "They began before it was retired, and last until they end or are ended (`pg_terminate_backend`).",
    }),
  ];
}

/** ExternalSecrets and PushSecrets of the namespace, where there are any. */
function external(scope: Scope): AlertingRule[] {
  const notReady = (metric: string) => `max by (name) (${ofObject(scope, metric, 'condition="Ready"', 'status="False"')}) == 1`;
  const refreshed = ofObject(
    scope,
    "kube_externalsecret_refresh_timestamp_seconds",
    'refresh_policy!~"CreatedOnce|OnChange"',
    'refresh_interval!~"0|(0h)?(0m)?0s"',
  );
  const pushed = ofObject(scope, "kube_pushsecret_refresh_timestamp_seconds");
  return [
    alert(scope, "ExternalSecretFailing", {
      expr: notReady("externalsecret_status_condition"),
      for: "15m",
      severity: "warning",
      summary: "The ExternalSecret {{ $labels.name }} cannot be synchronised",
      description: "Its Secret keeps what it last got. The reason is in its events and conditions.",
    }),
    alert(scope, "PushSecretFailing", {
      expr: notReady("pushsecret_status_condition"),
      for: "15m",
      severity: "warning",
      summary: "The PushSecret {{ $labels.name }} cannot be pushed",
      description: "The store keeps what was last pushed. The reason is in its events and conditions.",
    }),
    alert(scope, "ExternalSecretStale", {
      expr: `max by (name) (${refreshed}) < time() - ${STALE_SECONDS}`,
      for: "15m",
      severity: "warning",
      summary: "The ExternalSecret {{ $labels.name }} was last refreshed {{ $value | humanizeTimestamp }}",
      description:
        "It has a refresh interval and was not refreshed for a day, although its condition may say that it is ready. See whether External Secrets runs.",
    }),
    alert(scope, "PushSecretBehind", {
      expr: `max by (name, secret) (${pushed}) < on (secret) group_left (service) max by (service, secret) (${own(scope, CHANGED)})`,
      for: "2h",
      severity: "warning",
      summary: "The PushSecret {{ $labels.name }} has not pushed {{ $labels.service }}'s present password",
      description: "It was last pushed {{ $value | humanizeTimestamp }}, before the rotation: who reads the store has the old password.",
    }),
  ];
}

/** What the other alerts cannot see without: an alert whose metric is not there is silent. */
function missing(scope: Scope): AlertingRule[] {
  const roleStatus = ["kube_cnpg_cluster_role_status_info", "kube_cnpg_databaserole_applied"].map((metric) =>
    ofObject(scope, metric, `cnpg_cluster="${scope.cluster}"`),
  );
  const sources: [source: string, series: string, blind: string][] = [
    ["kube-state-metrics", ofObject(scope, "kube_secret_metadata_resource_version"), "Secrets and versions"],
    ["kube-state-metrics (jobs)", ofObject(scope, "kube_job_status_succeeded"), "proofs"],
    ["kube-state-metrics (custom resources)", roleStatus.join(" or "), "what CloudNativePG says of roles"],
    ["instances", ofInstance(scope, "cnpg_credentials_role_login"), "roles and sessions in Postgres"],
  ];
  return sources.map(([source, series, blind]) =>
    alert(scope, "MetricsMissing", {
      expr: `absent(${series})`,
      for: "15m",
      severity: "warning",
      summary: `Prometheus has no metrics of ${source}: nobody watches ${blind}`,
      description: "The alerts that use them cannot fire. docs/alerts.md says how each source is set up.",
      labels: { source },
    }),
  );
}

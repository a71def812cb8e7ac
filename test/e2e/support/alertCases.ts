/** Series as promtool's tests write them: by name and labels, the values. */
export type Series = Readonly<Record<string, string>>;

/** One alert that fires for a change of what is healthy. */
export interface AlertCase {
  readonly alert: string;
  readonly when: string;
  /** What is other than in `healthy`; undefined takes a series away. */
  readonly change: Readonly<Record<string, string | undefined>>;
  /** When it must fire, and a moment at which its `for` has not passed yet. */
  readonly at: string;
  readonly notYet?: string;
  /** Labels of each alert that fires, beside the rule's own. */
  readonly labels: readonly Readonly<Record<string, string>>[];
  /** What the first says. */
  readonly summary: string;
  /** Where there is more in it than labels. */
  readonly description?: string;
}

/** A day and an hour of samples, one a minute. */
const LENGTH = 1500;
const steady = (value: number) =>
  Number.isFinite(value)
    ? `${value}x${LENGTH}`
    : Array<string>(LENGTH + 1)
        .fill("Inf")
        .join(" ");
const labelled = (metric: string, labels: Readonly<Record<string, string>>) =>
  `${metric}{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(",")}}`;

/** Of an object: what kube-state-metrics and External Secrets export. `{ns}` is filled in as the exporter is scraped. */
const object = (metric: string, labels: Readonly<Record<string, string>> = {}) => labelled(metric, { "{ns}": "apps", ...labels });
const cnpg = (metric: string, labels: Readonly<Record<string, string>> = {}) =>
  object(`kube_cnpg_${metric}`, { cnpg_cluster: "pg", ...labels });
const instance = (metric: string, role: string, pod = "pg-1") =>
  labelled(`cnpg_credentials_role_${metric}`, { namespace: "apps", pod, role });

/** A login and the versions of its Secret that the cluster and CloudNativePG have. */
const login = (role: string, secret: string, version: number): Series => ({
  [object("kube_secret_info", { secret })]: steady(1),
  [object("kube_secret_metadata_resource_version", { secret })]: steady(version),
  [cnpg("cluster_role_password_resource_version", { role })]: steady(version),
  [cnpg("cluster_role_status_info", { role, status: "reconciled" })]: steady(1),
  ...inPostgres(role),
});
const inPostgres = (role: string, values: Readonly<Record<string, number>> = {}): Series =>
  Object.fromEntries(
    Object.entries({
      login: 1,
      superuser: 0,
      elevated: 0,
      connection_limit: -1,
      valid_until_timestamp_seconds: Infinity,
      sessions: 2,
      ...values,
    }).map(([metric, value]) => [instance(metric, role), steady(value)]),
  );
const proof = (service: string): Series => ({
  [object("kube_job_status_succeeded", { job_name: `${service}-db-proof` })]: steady(1),
});
const external = (kind: "externalsecret" | "pushsecret", name: string): Series => ({
  [object(`${kind}_status_condition`, { name, condition: "Ready", status: "True" })]: steady(1),
  [object(`${kind}_status_condition`, { name, condition: "Ready", status: "False" })]: steady(0),
});
const REFRESHED = object("kube_externalsecret_refresh_timestamp_seconds", { name: "license", refresh_interval: "1h" });
const PUSHED = object("kube_pushsecret_refresh_timestamp_seconds", { name: "agents-push", secret: "agents-db-secret" });

/** The metrics of the credentials in `watched.ts` with nothing amiss, and of what is none of this stack's business with everything amiss. */
export const healthy: Series = {
  ...login("agents", "agents-db-role", 101),
  ...login("temporal_a", "temporal-db-role-a", 102),
  ...login("temporal_b", "temporal-db-role-b", 103),
  [instance("sessions", "temporal_a")]: steady(0),
  [object("kube_secret_info", { secret: "agents-db-secret" })]: steady(1),
  [object("kube_secret_info", { secret: "temporal-db-env" })]: steady(1),
  [cnpg("database_applied", { database: "agents" })]: steady(1),
  ...inPostgres("postgres", { superuser: 1, elevated: 1 }),
  ...inPostgres("streaming_replica", { elevated: 1 }),
  ...inPostgres("by_hand", { connection_limit: 10, sessions: 3 }),
  ...inPostgres("off", { login: 0, sessions: 0, connection_limit: 0 }),
  ...proof("agents"),
  ...proof("temporal"),
  ...external("externalsecret", "license"),
  ...external("pushsecret", "agents-push"),
  // Minutes are seconds' multiples here: refreshed at each of them.
  [REFRESHED]: `0+60x${LENGTH}`,
  [object("kube_externalsecret_refresh_timestamp_seconds", { name: "once", refresh_policy: "CreatedOnce", refresh_interval: "1h" })]:
    steady(0),
  [object("kube_externalsecret_refresh_timestamp_seconds", { name: "never", refresh_interval: "0s" })]: steady(0),
  [PUSHED]: steady(7200),
  [labelled("kube_job_failed", { namespace: "elsewhere", job_name: "agents-db-proof", condition: "true" })]: steady(1),
  [object("kube_job_failed", { job_name: "import", condition: "true" })]: steady(1),
  [labelled("cnpg_credentials_role_superuser", { namespace: "apps", pod: "pg2-1", role: "mallory" })]: steady(1),
  [labelled("kube_cnpg_cluster_role_cannot_reconcile_info", { namespace: "apps", cnpg_cluster: "pg2", role: "agents" })]: steady(1),
  [labelled("externalsecret_status_condition", { namespace: "elsewhere", name: "x", condition: "Ready", status: "False" })]: steady(1),
};

const without = (...keys: readonly string[]): Readonly<Record<string, undefined>> =>
  Object.fromEntries(keys.map((key) => [key, undefined]));
const all = (pattern: RegExp) => without(...Object.keys(healthy).filter((key) => pattern.test(key)));
const agents = { service: "agents", role: "agents", secret: "agents-db-role", state: "current" };
const temporalA = { service: "temporal", role: "temporal_a", secret: "temporal-db-role-a", state: "previous" };
/** `agents` as a DatabaseRole instead. */
const asObject = (values: Readonly<Record<string, number>>): Readonly<Record<string, string | undefined>> => ({
  ...without(
    cnpg("cluster_role_status_info", { role: "agents", status: "reconciled" }),
    cnpg("cluster_role_password_resource_version", { role: "agents" }),
  ),
  ...Object.fromEntries(
    Object.entries({ applied: 1, generation: 2, observed_generation: 2, secret_resource_version: 101, ...values }).map(
      ([metric, value]) => [cnpg(`databaserole_${metric}`, { databaserole: "agents", role: "agents" }), steady(value)],
    ),
  ),
});

export const cases: readonly AlertCase[] = [
  {
    alert: "CredentialRoleCannotReconcile",
    when: "CloudNativePG says so of an inline role",
    change: { [cnpg("cluster_role_cannot_reconcile_info", { role: "agents" })]: steady(1) },
    notYet: "9m",
    at: "11m",
    labels: [{ role: "agents" }],
    summary: "CloudNativePG cannot reconcile the role agents",
  },
  {
    alert: "CredentialRoleCannotReconcile",
    when: "a DatabaseRole is not applied",
    change: asObject({ applied: 0 }),
    notYet: "9m",
    at: "11m",
    labels: [{ role: "agents" }],
    summary: "CloudNativePG cannot reconcile the role agents",
  },
  {
    alert: "CredentialRoleNotReconciled",
    when: "an inline role is pending",
    change: {
      ...without(cnpg("cluster_role_status_info", { role: "agents", status: "reconciled" })),
      [cnpg("cluster_role_status_info", { role: "agents", status: "pending-reconciliation" })]: steady(1),
    },
    notYet: "14m",
    at: "16m",
    labels: [agents],
    summary: "CloudNativePG has not reconciled the role agents of agents",
  },
  {
    alert: "CredentialRoleNotReconciled",
    when: "a DatabaseRole's newest generation has not been looked at",
    change: asObject({ observed_generation: 1 }),
    notYet: "14m",
    at: "16m",
    labels: [agents],
    summary: "CloudNativePG has not reconciled the role agents of agents",
  },
  {
    alert: "CredentialDatabaseNotApplied",
    when: "a Database is not applied",
    change: { [cnpg("database_applied", { database: "agents" })]: steady(0) },
    notYet: "14m",
    at: "16m",
    labels: [{ database: "agents" }],
    summary: "CloudNativePG cannot apply the database agents",
  },
  {
    alert: "CredentialRoleMissing",
    when: "a role was dropped, another may not log in",
    change: { ...all(/^cnpg_.*role="agents"/), [instance("login", "temporal_a")]: steady(0) },
    notYet: "4m",
    at: "6m",
    labels: [agents, temporalA],
    summary: "The role agents of agents is not in Postgres, or may not log in",
  },
  {
    alert: "CredentialRoleExpires",
    when: "somebody set an end to a password",
    change: { [instance("valid_until_timestamp_seconds", "agents")]: steady(3600) },
    notYet: "4m",
    at: "6m",
    labels: [agents],
    summary: "The password of agents (agents) expires or has expired: 1970-01-01 01:00:00 +0000 UTC",
  },
  {
    alert: "CredentialUnexpectedPrivileges",
    when: "a role that nobody declared is a superuser, a service's may create roles",
    change: { ...inPostgres("mallory", { superuser: 1 }), [instance("elevated", "agents")]: steady(1) },
    notYet: "4m",
    at: "6m",
    labels: [{ role: "mallory" }, { role: "agents" }],
    summary: "The role mallory is a superuser, or may create roles or databases, replicate, or pass by row security",
  },
  {
    alert: "CredentialVersionsApart",
    when: "CloudNativePG has applied another version of the Secret to an inline role",
    change: { [object("kube_secret_metadata_resource_version", { secret: "agents-db-role" })]: steady(110) },
    notYet: "9m",
    at: "11m",
    labels: [agents],
    summary: "CloudNativePG has not applied the present version of agents-db-role to the role agents",
  },
  {
    alert: "CredentialVersionsApart",
    when: "the same of a DatabaseRole",
    change: asObject({ secret_resource_version: 99 }),
    notYet: "9m",
    at: "11m",
    labels: [agents],
    summary: "CloudNativePG has not applied the present version of agents-db-role to the role agents",
  },
  {
    alert: "CredentialSecretMissing",
    when: "the application's Secret and CloudNativePG's were deleted",
    change: without(
      object("kube_secret_info", { secret: "agents-db-secret" }),
      object("kube_secret_info", { secret: "temporal-db-role-a" }),
    ),
    notYet: "4m",
    at: "6m",
    labels: [
      { service: "agents", secret: "agents-db-secret" },
      { service: "temporal", secret: "temporal-db-role-a" },
    ],
    summary: "The Secret agents-db-secret of agents is gone",
  },
  {
    alert: "CredentialProofFailed",
    when: "the proof's Job failed",
    change: {
      [object("kube_job_failed", { job_name: "agents-db-proof", condition: "true" })]: steady(1),
      [object("kube_job_failed", { job_name: "agents-db-proof", condition: "false" })]: steady(0),
    },
    at: "1m",
    labels: [{ job_name: "agents-db-proof", service: "agents" }],
    summary: "The proof of agents's credential failed",
  },
  {
    alert: "CredentialRotationOverdue",
    when: "a password is older than a day and a service wants no older",
    change: {},
    notYet: "1499m",
    at: "1501m",
    labels: [{ service: "agents", role: "agents" }],
    summary: "The password of agents was due for rotation on 1970-01-02 01:00:00 +0000 UTC",
  },
  {
    alert: "CredentialCertificateEnds",
    when: "an authority has less than its notice left",
    change: {},
    notYet: "1454m",
    at: "1457m",
    labels: [{ certificate: "Postgres" }],
    summary: "The authority of Postgres's certificate ends 1970-04-02 00:10:00 +0000 UTC",
  },
  {
    alert: "CredentialConnectionsNearLimit",
    when: "a role has four fifths of the sessions that it may have",
    change: {
      [instance("connection_limit", "agents")]: steady(5),
      [instance("sessions", "agents")]: steady(4),
      [instance("connection_limit", "temporal_b")]: steady(5),
      [instance("sessions", "temporal_b")]: steady(3),
    },
    notYet: "14m",
    at: "16m",
    labels: [{ role: "agents", pod: "pg-1" }],
    summary: "The role agents has 4 connections to pg-1, four fifths or more of what it may have",
  },
  {
    alert: "CredentialConnectionsExhausted",
    when: "a role has as many sessions on one instance as it may have",
    change: {
      [instance("connection_limit", "agents", "pg-2")]: steady(5),
      [instance("sessions", "agents", "pg-2")]: steady(5),
      [instance("connection_limit", "agents")]: steady(5),
    },
    notYet: "4m",
    at: "6m",
    labels: [{ role: "agents", pod: "pg-2" }],
    summary: "The role agents has as many connections to pg-2 as it may have: 5",
  },
  {
    alert: "CredentialPreviousInUse",
    when: "the previous login has sessions for a day",
    change: { [instance("sessions", "temporal_a")]: steady(4) },
    notYet: "1439m",
    at: "1441m",
    labels: [temporalA],
    summary: "temporal still has sessions of its previous login temporal_a, a day long",
  },
  {
    alert: "CredentialRetiredInUse",
    when: "a role that may not log in has sessions",
    change: { [instance("sessions", "off")]: steady(1) },
    notYet: "14m",
    at: "16m",
    labels: [{ role: "off" }],
    summary: "There are sessions of the role off, which may not log in any more",
  },
  {
    alert: "CredentialExternalSecretFailing",
    when: "an ExternalSecret is not ready",
    change: { [object("externalsecret_status_condition", { name: "license", condition: "Ready", status: "False" })]: steady(1) },
    notYet: "14m",
    at: "16m",
    labels: [{ name: "license" }],
    summary: "The ExternalSecret license cannot be synchronised",
  },
  {
    alert: "CredentialPushSecretFailing",
    when: "a PushSecret is not ready",
    change: { [object("pushsecret_status_condition", { name: "agents-push", condition: "Ready", status: "False" })]: steady(1) },
    notYet: "14m",
    at: "16m",
    labels: [{ name: "agents-push" }],
    summary: "The PushSecret agents-push cannot be pushed",
  },
  {
    alert: "CredentialExternalSecretStale",
    when: "an ExternalSecret that is to be refreshed was not for a day",
    change: { [REFRESHED]: steady(60) },
    notYet: "1450m",
    at: "1460m",
    labels: [{ name: "license" }],
    summary: "The ExternalSecret license was last refreshed 1970-01-01 00:01:00 +0000 UTC",
  },
  {
    alert: "CredentialPushSecretBehind",
    when: "a PushSecret was last pushed before the rotation",
    change: { [PUSHED]: steady(3599) },
    notYet: "119m",
    at: "121m",
    labels: [{ name: "agents-push", secret: "agents-db-secret", service: "agents" }],
    summary: "The PushSecret agents-push has not pushed agents's present password",
    description: "It was last pushed 1970-01-01 00:59:59 +0000 UTC, before the rotation: who reads the store has the old password.",
  },
  {
    alert: "CredentialMetricsMissing",
    when: "kube-state-metrics is not scraped",
    change: all(/^kube_secret/),
    notYet: "14m",
    at: "16m",
    labels: [{ source: "kube-state-metrics" }],
    summary: "Prometheus has no metrics of kube-state-metrics: nobody watches Secrets and versions",
  },
  {
    alert: "CredentialMetricsMissing",
    when: "kube-state-metrics does not export Jobs",
    change: all(/^kube_job_status/),
    notYet: "14m",
    at: "16m",
    labels: [{ source: "kube-state-metrics (jobs)" }],
    summary: "Prometheus has no metrics of kube-state-metrics (jobs): nobody watches proofs",
  },
  {
    alert: "CredentialMetricsMissing",
    when: "kube-state-metrics is not told of CloudNativePG's objects",
    change: all(/^kube_cnpg/),
    notYet: "14m",
    at: "16m",
    labels: [{ source: "kube-state-metrics (custom resources)" }],
    summary: "Prometheus has no metrics of kube-state-metrics (custom resources): nobody watches what CloudNativePG says of roles",
  },
  {
    alert: "CredentialMetricsMissing",
    when: "the instances are not scraped",
    change: all(/^cnpg_.*pod="pg-1"/),
    notYet: "14m",
    at: "16m",
    labels: [{ source: "instances" }],
    summary: "Prometheus has no metrics of instances: nobody watches roles and sessions in Postgres",
  },
];

import type { Commands } from "../shared/shellCommands";
import type { Desired, DesiredRole, Facts, Finding, LiveObject, Note } from "./types";
import { CNPG, kubectlKind } from "../../kube/kinds/groups";
import { primaryOf } from "../../kube/primary";

/** Judges the operator, and the Cluster as far as credentials depend on it. */
export function checkCluster(desired: Desired, facts: Facts, commands: Commands): { findings: Finding[]; notes: Note[] } {
  const findings: Finding[] = [];
  const notes: Note[] = [];
  const found = (check: "operator" | "cluster", suspect: string, truth: string, mend: string) =>
    findings.push({ service: null, check, suspect, truth, mend });
  if (facts.operators === "unknown") {
    const text = "this account may not list the Deployments of all namespaces, so that whether the operator runs is not known";
    notes.push({ service: null, check: "operator", text, command: null });
  } else if (facts.operators.length > 0 && facts.operators.every(({ available }) => available === 0)) {
    const { namespace, name, replicas } = facts.operators[0]!;
    found(
      "operator",
      `CloudNativePG does not run: Deployment ${namespace}/${name} has no running pod of ${replicas}`,
      "without it no Secret that changes is applied, and what was reported before it stopped still stands",
      commands.startOperator(namespace, name, replicas),
    );
  }
  const object = [kubectlKind("clusters", CNPG), desired.cluster] as const;
  if (facts.cluster === undefined) {
    found(
      "cluster",
      `Cluster ${desired.cluster} does not exist`,
      desired.clusterIs === undefined
        ? "the state has it; its data is in its volumes, or in a backup"
        : "the stack has its roles and databases in it",
      desired.clusterIs === undefined ? commands.rewrite() : commands.describe(object),
    );
    return { findings, notes };
  }
  const { spec, status } = facts.cluster;
  const isReady = status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
  const primary = primaryOf(desired.cluster, status);
  if (status.currentPrimary !== undefined && primary === undefined)
    found(
      "cluster",
      `the status of Cluster ${desired.cluster} names ${status.currentPrimary} as its primary, which is none of its instances`,
      "the operator writes it, and so may the account of an instance that somebody else works in: see who has (metadata.managedFields)",
      commands.describe(object),
    );
  else if (!isReady || primary === undefined)
    found(
      "cluster",
      `Cluster ${desired.cluster} is not ready: ${status.phase ?? "no status yet"}`,
      "it is ready",
      commands.describe(object),
    );
  if (desired.clusterIs !== undefined) {
    const listed = (spec.managed?.roles ?? [])
      .map(({ name }) => name)
      .filter((name) => desired.roles.some((role) => role.spec.name === name));
    if (listed.length > 0)
      found(
        "cluster",
        `Cluster ${desired.cluster} has ${listed.join(", ")} in its own \`spec.managed.roles\`, which wins against a DatabaseRole`,
        "one role has one writer: the Cluster's owner takes them out of that list",
        commands.describe(object),
      );
    return { findings, notes };
  }
  const edited = [
    ...(sameList(spec.postgresql?.pg_hba ?? [], desired.clusterSpec.pgHba) ? [] : ["postgresql.pg_hba"]),
    ...((spec.enableSuperuserAccess ?? false) === desired.clusterSpec.superuserAccess ? [] : ["enableSuperuserAccess"]),
    ...editedRoles(desired, spec.managed?.roles ?? []),
  ];
  // Who else may log in as whom. The program writes none of it, and so takes none of it away.
  const added = [
    ...((spec.postgresql?.pg_ident ?? []).length === 0 ? [] : ["pg_ident"]),
    ...(spec.postgresql?.ldap === undefined ? [] : ["ldap"]),
  ];
  if (added.length > 0)
    found(
      "cluster",
      `Cluster ${desired.cluster} has ${added.map((field) => `postgresql.${field}`).join(" and ")}, which Pulumi has not written: others log in by it`,
      "roles log in with the passwords that the state has",
      commands.patch(object, { spec: { postgresql: Object.fromEntries(added.map((field) => [field, null])) } }),
    );
  if (edited.length > 0)
    found(
      "cluster",
      `Cluster ${desired.cluster} has another ${edited.join(", ")} than Pulumi wrote`,
      "the state has what it wrote",
      commands.rewrite(),
    );
  return { findings, notes };
}

function editedRoles(desired: Desired, live: readonly { name: string }[]): string[] {
  const wanted = desired.roles.filter(({ object }) => object === undefined).map(({ spec }) => spec);
  const names = [...new Set([...wanted, ...live].map(({ name }) => name))];
  return names
    .filter((name) => {
      const [one, other] = [wanted.find((role) => role.name === name), live.find((role) => role.name === name)];
      return one === undefined || other === undefined || !isAsWritten(other, one);
    })
    .map((name) => `managed.roles[${name}]`);
}

/** Judges what CloudNativePG says of every role that the stack declares. */
export function checkReconciliation(desired: Desired, facts: Facts, commands: Commands): Finding[] {
  return desired.roles.flatMap((role) => (role.object === undefined ? inline(role, facts, commands) : object(role, facts, commands)));
}

function inline({ service, spec }: DesiredRole, facts: Facts, commands: Commands): Finding[] {
  if (facts.cluster === undefined) return [];
  const { cannotReconcile, byStatus, passwordStatus } = facts.cluster.status.managedRolesStatus ?? {};
  const found = (suspect: string, truth: string): Finding[] => [
    { service, check: "reconciliation", suspect, truth, mend: commands.look() },
  ];
  const errors = cannotReconcile?.[spec.name];
  if (errors) return found(`CloudNativePG cannot reconcile role ${spec.name}: ${errors.join("; ")}`, "the Cluster declares the role");
  if (!byStatus?.reconciled?.includes(spec.name))
    return found(`CloudNativePG has not reconciled role ${spec.name}`, "the Cluster declares the role");
  const secret = spec.passwordSecret?.name as string | undefined;
  const version = facts.secrets.get(secret ?? "")?.resourceVersion;
  if (version === undefined || passwordStatus?.[spec.name]?.resourceVersion === version) return [];
  return found(
    `CloudNativePG has not applied the present version of Secret ${secret} to role ${spec.name}`,
    "the Secret has the role's password",
  );
}

function object({ service, object: name, spec }: DesiredRole, facts: Facts, commands: Commands): Finding[] {
  const live = facts.roleObjects.get(name!);
  const found = (suspect: string, truth: string, mend: string): Finding[] => [{ service, check: "roleObject", suspect, truth, mend }];
  if (live === undefined) return found(`DatabaseRole ${name} does not exist`, "the state has it", commands.rewrite());
  const reason = notApplied(live);
  if (!isAsWritten(live.spec, spec))
    return found(
      `DatabaseRole ${name} ${ANOTHER_SPEC}${because(reason)}`,
      "the state has it",
      commands.specify("databaseroles", name!, asWritten(live.spec, spec)),
    );
  const again = commands.reapply("databaseroles", name!);
  if (reason !== undefined)
    return found(`CloudNativePG has not applied DatabaseRole ${name}: ${reason}`, "the object declares the role", again);
  const secret = spec.passwordSecret?.name as string | undefined;
  const version = facts.secrets.get(secret ?? "")?.resourceVersion;
  if (version === undefined || live.status?.secretResourceVersion === version) return [];
  return found(
    `CloudNativePG has not applied the present version of Secret ${secret} to role ${spec.name}`,
    "the Secret has the role's password",
    again,
  );
}

/** Judges every Database object, and the database that it stands for. */
export function checkDatabases(desired: Desired, facts: Facts, commands: Commands): Finding[] {
  return desired.databases.flatMap(({ name, service, spec }) => {
    const live = facts.databases.get(name);
    const found = (suspect: string, truth: string, mend: string): Finding[] => [{ service, check: "database", suspect, truth, mend }];
    if (live === undefined)
      return found(`Database ${name} does not exist`, "the state has it; its data stays in Postgres", commands.rewrite());
    const stale = staleParts(live, spec);
    const again = commands.reapply("databases", name, stale);
    const reason = notApplied(live);
    if (!isAsWritten(live.spec, spec)) {
      const specify = commands.specify("databases", name, asWritten(live.spec, spec));
      const mend = stale.length === 0 ? specify : `${specify} && ${again}`;
      return found(`Database ${name} ${ANOTHER_SPEC}${because(reason)}`, "the state has it", mend);
    }
    if (reason !== undefined)
      return found(`CloudNativePG has not applied Database ${name}: ${reason}`, "the object declares the database", again);
    if (facts.catalogue === undefined) return [];
    const [database, owner] = [spec.name as string, spec.owner as string];
    const actual = facts.catalogue.databases.find((one) => one.name === database);
    if (actual === undefined)
      return found(`database ${database} is gone from Postgres`, "it is made again, empty: its data is in a backup", again);
    return actual.owner === owner ? [] : found(`database ${database} belongs to ${actual.owner}`, `its owner is ${owner}`, again);
  });
}

const ANOTHER_SPEC = "has another spec than Pulumi wrote";
const because = (reason: string | undefined) => (reason === undefined ? "" : `, which CloudNativePG has not applied: ${reason}`);

/** CloudNativePG's own words; `undefined` when the object is applied in its present generation. */
function notApplied({ metadata, status = {} }: LiveObject): string | undefined {
  if (status.applied === true && status.observedGeneration === metadata.generation) return undefined;
  const parts = [...(status.extensions ?? []), ...(status.schemas ?? [])]
    .filter(({ applied }) => !applied)
    .map((part) => `${part.name}: ${part.message ?? "not applied"}`);
  return [status.message ?? "it has said nothing yet", ...parts].join("; ");
}

/** What a spec has only when somebody asks for it: the API server fills none of these in. */
const ASKED_FOR = ["extensions", "schemas", "fdws", "servers", "inRoles", "validUntil", "disablePassword"];

/**
 * What a Database's status says of extensions and the like where its spec wants none. CloudNativePG 1.30 does not look at them again when the last one is taken
 * out of the spec, and takes one that failed for failing ever after.
 */
function staleParts({ status = {} }: LiveObject, wanted: object): string[] {
  return ["extensions", "schemas", "fdws", "servers"].filter((key) => key in status && !(key in wanted));
}

/** Whether a spec is as Pulumi wrote it, what the API server fills in aside. */
export function isAsWritten(live: object, wanted: object): boolean {
  return contains(live, wanted) && ASKED_FOR.every((key) => !(key in live) || key in wanted);
}

/** The patch that makes it so. Pulumi would leave what others have added: it owns, and takes away, only what it wrote. */
function asWritten(live: object, wanted: object): Record<string, unknown> {
  const added = ASKED_FOR.filter((key) => key in live && !(key in wanted));
  return { ...wanted, ...Object.fromEntries(added.map((key) => [key, null])) };
}

/** Whether what is there has everything that is wanted. Lists are compared in whole. */
function contains(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(live) && live.length === wanted.length && wanted.every((item, index) => contains(live[index], item));
  // CloudNativePG leaves out what is false when it writes an object, for its finalizer.
  if (typeof wanted !== "object" || wanted === null) return live === wanted || (wanted === false && live === undefined);
  const fields = (live ?? {}) as Record<string, unknown>;
  return Object.entries(wanted).every(([key, value]) => contains(fields[key], value));
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return contains(one, other);
}

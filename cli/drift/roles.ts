import type { RoleConfiguration } from "../../kube/kinds/cluster";
import { CNPG, kubectlKind } from "../../kube/kinds/groups";
import { operatorRole, POWERS, reaches, revocations } from "../shared/roleRights";
import type { LiveRole } from "../../preflight/postgres/catalogue";
import type { Commands } from "../shared/shellCommands";
import { identifier } from "../shared/sql";
import { checkOther } from "./otherRoles";
import type { Desired, DesiredRole, Facts, Finding, Note } from "./types";

const ATTRIBUTES = [["login", "LOGIN"], ["inherit", "INHERIT"], ...POWERS] as const;

/** The first major in which a login may not give others membership of itself (release notes of 15). */
const OLDEST_MAJOR = 15;

/** Compares the roles in Postgres with those that are declared, and names those that nobody declares. */
export function checkRoles(desired: Desired, facts: Facts, commands: Commands): { findings: Finding[]; notes: Note[] } {
  const { catalogue } = facts;
  if (catalogue === undefined) return { findings: [], notes: [] };
  const live = new Map(catalogue.roles.map((role) => [role.name, role]));
  // In a Cluster that is somebody else's there are others' roles: those alone that work with ours.
  const isOfConcern = (role: LiveRole) => desired.clusterIs === undefined || [...reaches(role, live)].some((name) => declared.has(name));
  const declared = new Set(desired.roles.map(({ spec }) => spec.name));
  const others = catalogue.roles.filter((role) => !declared.has(role.name) && operatorRole(role.name) === undefined && isOfConcern(role));
  const outcomes = others.map((role) => checkOther(role, live, desired, facts, commands));
  return {
    findings: [
      ...checkVersion(catalogue.version, desired, commands),
      ...desired.roles.flatMap((role) => checkRole(role, live.get(role.spec.name), commands)),
      ...(desired.clusterIs === undefined ? catalogue.roles.flatMap((role) => checkOperatorRole(role, live, commands)) : []),
      ...outcomes.flatMap((one) => one.findings),
    ],
    notes: outcomes.flatMap((one) => one.notes),
  };
}

function checkVersion(version: number | undefined, { cluster, clusterIs }: Desired, commands: Commands): Finding[] {
  if (version === undefined || version >= OLDEST_MAJOR * 10_000) return [];
  const whose = clusterIs === undefined ? "set `cluster.image`" : "the Cluster's owner raises it";
  return [
    {
      service: null,
      check: "cluster",
      suspect: `Postgres ${Math.floor(version / 10_000)} lets every login make others members of itself`,
      truth: `the roles' memberships are the Cluster's to give, which Postgres ${OLDEST_MAJOR} and later see to: ${whose}`,
      mend: clusterIs === undefined ? commands.up() : commands.describe([kubectlKind("clusters", CNPG), cluster]),
    },
  ];
}

function checkRole({ service, object, spec }: DesiredRole, live: LiveRole | undefined, commands: Commands): Finding[] {
  const mend = object === undefined ? commands.look() : commands.reapply("databaseroles", object);
  const found = (suspect: string, truth: string): Finding[] => [{ service, check: "role", suspect, truth, mend }];
  if (spec.ensure === "absent")
    return live === undefined ? [] : found(`role ${spec.name} is still in Postgres`, "the Cluster has it dropped");
  if (live === undefined) return found(`role ${spec.name} does not exist in Postgres`, `${declarer(object)} declares it`);
  const differences = [...compare(spec, live)];
  const giving = givenOn(spec, live).map(({ of, statements }): Finding => ({
    service,
    check: "role",
    suspect: `role ${spec.name} may make others members of ${of} (ADMIN OPTION)`,
    truth: "memberships are the Cluster's to give; CloudNativePG looks at the membership alone, and does not take this back",
    mend: commands.sql(...statements),
  }));
  if (differences.length === 0) return [...giving, ...weak(service, spec, live, commands)];
  return [
    ...found(
      `role ${spec.name} in Postgres: ${differences.map(([actual]) => actual).join(", ")}`,
      `${declarer(object)} declares ${differences.map(([, wanted]) => wanted).join(", ")}`,
    ),
    ...giving,
  ];
}

function weak(service: string | null, spec: RoleConfiguration, live: LiveRole, commands: Commands): Finding[] {
  return weakMemberships(spec, live).flatMap(([of, missing]) => [
    {
      service,
      check: "role" as const,
      suspect: `role ${spec.name} is a member of ${of} without ${missing}`,
      truth: "a login works as the owner that it is a member of, and has its rights; CloudNativePG looks at the membership alone",
      mend: commands.sql(`GRANT ${identifier(of)} TO ${identifier(spec.name)} WITH INHERIT TRUE, SET TRUE`),
    },
  ]);
}

/** Declared memberships that their member may give on, and what takes that away. */
function givenOn({ name, inRoles = [] }: RoleConfiguration, { grants = [] }: LiveRole): { of: string; statements: string[] }[] {
  return inRoles.flatMap((of) => {
    const own = grants.filter(({ role, admin }) => role === of && admin === true);
    const statements = own.map(
      ({ grantor }) =>
        `REVOKE ADMIN OPTION FOR ${identifier(of)} FROM ${identifier(name)}${grantor === null ? "" : ` GRANTED BY ${identifier(grantor)}`} CASCADE`,
    );
    return statements.length === 0 ? [] : [{ of, statements }];
  });
}

/** Of several grants of one membership, by several grantors, each gives what it says. */
function weakMemberships({ inRoles = [] }: RoleConfiguration, { grants = [] }: LiveRole): [of: string, missing: string][] {
  return inRoles.flatMap((of): [string, string][] => {
    const own = grants.filter(({ role }) => role === of);
    const lacks = (option: "inherit" | "set") => own.length > 0 && own.every((grant) => grant[option] === false);
    const missing = [...(lacks("inherit") ? ["INHERIT"] : []), ...(lacks("set") ? ["SET"] : [])];
    return missing.length === 0 ? [] : [[of, missing.join(" and ")]];
  });
}

const declarer = (object: string | undefined) => (object === undefined ? "the Cluster" : `DatabaseRole ${object}`);

/** What is there, and what should be. */
function* compare(spec: RoleConfiguration, live: LiveRole): Generator<[actual: string, wanted: string]> {
  for (const [attribute, sql] of ATTRIBUTES) {
    const word = (value: boolean) => (value ? sql : `NO${sql}`);
    if (live[attribute] !== spec[attribute]) yield [word(live[attribute]), word(spec[attribute])];
  }
  if (live.connectionLimit !== spec.connectionLimit)
    yield [`CONNECTION LIMIT ${live.connectionLimit}`, `CONNECTION LIMIT ${spec.connectionLimit}`];
  if (live.validUntil !== null) yield [`VALID UNTIL ${live.validUntil}${live.expired ? ", which is past" : ""}`, "no VALID UNTIL"];
  const member = (of: readonly string[]) => (of.length === 0 ? "no membership" : `membership of ${of.join(", ")}`);
  const wanted = [...(spec.inRoles ?? [])].sort();
  const actual = [...live.memberOf].sort();
  if (actual.join("\n") !== wanted.join("\n")) yield [member(actual), member(wanted)];
}

/**
 * The operator's own role with more than it makes it with, which it does not take back. It is let in
 * by lines of pg_hba.conf that nobody but the operator writes.
 */
function checkOperatorRole(role: LiveRole, live: ReadonlyMap<string, LiveRole>, commands: Commands): Finding[] {
  const known = operatorRole(role.name);
  if (known === undefined) return [];
  const more = POWERS.filter(([power]) => role[power] && !known.powers.includes(power)).map(([, sql]) => sql);
  const memberships = role.memberOf.filter((name) => !known.memberOf.includes(name));
  if (more.length === 0 && memberships.length === 0) return [];
  const through = [...reaches(role, live)].filter((name) => !known.memberOf.includes(name) && !memberships.includes(name));
  const has = [
    ...more,
    ...(memberships.length === 0
      ? []
      : [`membership of ${[...memberships].sort().join(", ")}${through.length === 0 ? "" : `, and so of ${through.sort().join(", ")}`}`]),
  ];
  return [
    {
      service: null,
      check: "operatorRole",
      suspect: `CloudNativePG's own role ${role.name} has ${has.join(" and ")}`,
      truth: "CloudNativePG makes it without, and does not take it back",
      mend: commands.sql(
        ...(more.length === 0 ? [] : [`ALTER ROLE ${identifier(role.name)} ${more.map((power) => `NO${power}`).join(" ")}`]),
        ...revocations(role, memberships),
      ),
    },
  ];
}

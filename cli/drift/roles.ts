import { catalogue as records } from "../../catalog/services";
import { loginRole, resolveNames, SLOTS } from "../../catalog/names";
import type { RoleConfiguration } from "../../kube/kinds/cluster";
import { identifier, type Commands } from "../shared/shellCommands";
import type { Desired, DesiredRole, Facts, Finding, Note } from "./types";
import type { LiveRole } from "../shared/postgresCatalogue";
import { CNPG, kubectlKind } from "../../kube/kinds/groups";

/** What gives a role more than its own database, as SQL has it. */
const POWERS = [
  ["superuser", "SUPERUSER"],
  ["createrole", "CREATEROLE"],
  ["createdb", "CREATEDB"],
  ["bypassrls", "BYPASSRLS"],
  ["replication", "REPLICATION"],
] as const;
const ATTRIBUTES = [["login", "LOGIN"], ["inherit", "INHERIT"], ...POWERS] as const;

/** CloudNativePG's own and Postgres's own. */
const RESERVED = /^(postgres|streaming_replica|cnpg_.*|pg_.*)$/;

/** Compares the roles in Postgres with those that are declared, and names those that nobody declares. */
export function checkRoles(desired: Desired, facts: Facts, commands: Commands): { findings: Finding[]; notes: Note[] } {
  const roles = facts.catalogue?.roles;
  if (roles === undefined) return { findings: [], notes: [] };
  const live = new Map(roles.map((role) => [role.name, role]));
  const declared = new Set(desired.roles.map(({ spec }) => spec.name));
  const findings = desired.roles.flatMap((role) => checkRole(role, live.get(role.spec.name), commands));
  const others = roles.filter(({ name }) => !declared.has(name) && !RESERVED.test(name) && name !== initialOwner(facts));
  const outcomes = others.map((role) => checkOther(role, desired, facts, commands));
  return { findings: [...findings, ...outcomes.flatMap((one) => one.findings)], notes: outcomes.flatMap((one) => one.notes) };
}

function checkRole({ service, object, spec }: DesiredRole, live: LiveRole | undefined, commands: Commands): Finding[] {
  const mend = object === undefined ? commands.look() : commands.reapply("databaseroles", object);
  const found = (suspect: string, truth: string): Finding[] => [{ service, check: "role", suspect, truth, mend }];
  if (spec.ensure === "absent")
    return live === undefined ? [] : found(`role ${spec.name} is still in Postgres`, "the Cluster has it dropped");
  if (live === undefined) return found(`role ${spec.name} does not exist in Postgres`, `${declarer(object)} declares it`);
  const differences = [...compare(spec, live)];
  if (differences.length === 0) return [];
  return found(
    `role ${spec.name} in Postgres: ${differences.map(([actual]) => actual).join(", ")}`,
    `${declarer(object)} declares ${differences.map(([, wanted]) => wanted).join(", ")}`,
  );
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

/** A role that the stack does not declare: of a service that is off, another's, nobody's. */
function checkOther(role: LiveRole, desired: Desired, facts: Facts, commands: Commands): { findings: Finding[]; notes: Note[] } {
  const { name } = role;
  const powers = POWERS.filter(([attribute]) => role[attribute]).map(([, sql]) => sql);
  const has = [...(role.login ? ["LOGIN"] : []), ...powers, ...(role.expired ? [`VALID UNTIL ${role.validUntil}, which is past`] : [])];
  const having = has.length === 0 ? "" : ` (${has.join(", ")})`;
  const off = serviceThatIsOff(name, desired);
  const found = (service: string | null, suspect: string, truth: string, mend: string) => ({
    findings: [{ service, check: "unmanagedRole" as const, suspect, truth, mend }],
    notes: [],
  });
  const noted = (service: string | null, text: string) => ({
    findings: [],
    notes: [{ service, check: "unmanagedRole" as const, text, command: null }],
  });
  if (off !== undefined && powers.length === 0)
    return noted(off, `role ${name}${having} stays in Postgres: ${off} is off, and nobody can connect with it`);
  if (off !== undefined) {
    const without = powers.map((power) => `NO${power}`).join(" ");
    const mend = commands.sql(`ALTER ROLE ${identifier(name)} ${without}`);
    return found(
      off,
      `role ${name}${having} has more than a service gets, and ${off} is off`,
      "it stays for its data, with no rights but those",
      mend,
    );
  }
  const manager = [...facts.roleObjects.values()].find(({ spec }) => spec.name === name)?.metadata.name;
  if (manager !== undefined && powers.length === 0)
    return noted(null, `role ${name}${having} is another's: DatabaseRole ${manager} declares it`);
  if (manager !== undefined) {
    const mend = commands.remove(`${kubectlKind("databaseroles", CNPG)} ${manager}`);
    return found(
      null,
      `role ${name}${having} is declared by DatabaseRole ${manager}, which this stack has not made`,
      "no role needs that",
      mend,
    );
  }
  return found(null, `role ${name}${having} is in Postgres, and nobody manages it`, "roles come from the catalogue", drop(role, commands));
}

/** Drops a role. What it owns goes to the superuser, nothing is lost. */
function drop({ name, usedIn }: LiveRole, commands: Commands): string {
  const role = identifier(name);
  const release = usedIn.flatMap((database) => [
    `\\c ${identifier(database)}`,
    `REASSIGN OWNED BY ${role} TO postgres`,
    `DROP OWNED BY ${role}`,
  ]);
  return commands.sql(...release, `DROP ROLE ${role}`);
}

function serviceThatIsOff(role: string, desired: Desired): string | undefined {
  return records.find(
    (record) => !(record.name in desired.services) && SLOTS.some((slot) => loginRole(resolveNames(record).role, slot) === role),
  )?.name;
}

/** Where no service owns the database that initdb made, CloudNativePG made a role for it. */
function initialOwner(facts: Facts): string | undefined {
  return facts.cluster?.spec.bootstrap?.initdb?.owner;
}

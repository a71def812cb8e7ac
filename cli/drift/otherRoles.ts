import { loginRole, resolveNames, SLOTS } from "../../catalog/names";
import { catalogue as records } from "../../catalog/services";
import { firstOwner } from "../../kube/bootstrap";
import { CNPG, kubectlKind } from "../../kube/kinds/groups";
import { isPredefined, mighty, POWERS, reaches, revocations } from "../shared/roleRights";
import type { LiveRole } from "../../preflight/postgres/catalogue";
import type { Commands } from "../shared/shellCommands";
import { identifier } from "../shared/sql";
import { beyond, reasonFor, taking, takingFrom, type Beyond, type Reason } from "./declaredRoles";
import type { Desired, Facts, Finding, LiveObject, Note } from "./types";

interface Outcome {
  readonly findings: Finding[];
  readonly notes: Note[];
}

const NOTHING: Outcome = { findings: [], notes: [] };

/** A role that the stack does not declare: Postgres's own, of a service that is off, another's, nobody's. */
export function checkOther(
  role: LiveRole,
  live: ReadonlyMap<string, LiveRole>,
  desired: Desired,
  facts: Facts,
  commands: Commands,
): Outcome {
  const { name } = role;
  const reached = reaches(role, live);
  const ours = desired.roles.map(({ spec }) => spec.name).filter((one) => reached.has(one));
  if (isPredefined(name)) return checkPredefined(role, ours, commands);
  const powers = POWERS.filter(([attribute]) => role[attribute]).map(([, sql]) => sql);
  const more = mighty(reached, live).filter((one) => !ours.includes(one));
  const has = [
    ...(role.login ? ["LOGIN"] : []),
    ...powers,
    ...(ours.length === 0 ? [] : [`member of ${[...ours].sort().join(", ")}`]),
    ...(more.length === 0 ? [] : [`with the rights of ${more.join(", ")}`]),
    ...(role.expired ? [`VALID UNTIL ${role.validUntil}, which is past`] : []),
  ];
  const about = `role ${name}${has.length === 0 ? "" : ` (${has.join(", ")})`}`;
  const hasMore = powers.length + ours.length + more.length > 0;
  const off = serviceThatIsOff(name, desired);
  if (off !== undefined) return checkOff(role, off, about, hasMore, commands);
  const manager = [...facts.roleObjects.values()].find(({ spec }) => spec.name === name);
  const reason = reasonFor(role, desired, facts);
  const by = manager === undefined ? "" : `; DatabaseRole ${manager.metadata.name} declares it`;
  if (reason !== undefined && (reason.isDeclared || !hasMore)) return declared(role, about, reason, { live, ours, by, manager }, commands);
  if (manager !== undefined && !hasMore) return noted(null, `${about} is another's: DatabaseRole ${manager.metadata.name} declares it`);
  if (manager !== undefined)
    return found(
      null,
      `${about} is declared by DatabaseRole ${manager.metadata.name}, which this stack has not made`,
      `${ours.length > 0 ? "nobody but a service's own logins works with its rights" : "no role needs that"}. This takes that away, and leaves the object and the role`,
      lessen(manager, beyond(role, undefined, live, ours), commands),
    );
  if (name === initialOwner(desired, facts)) return initial(role, about, hasMore, commands);
  return nobodys(role, about, desired, facts, commands);
}

/** A role that the stack lets in, or makes services members of; or a tool's. What accounts for it does not account for everything. */
function declared(
  role: LiveRole,
  about: string,
  reason: Reason,
  {
    live,
    ours,
    by,
    manager,
  }: { live: ReadonlyMap<string, LiveRole>; ours: readonly string[]; by: string; manager: LiveObject | undefined },
  commands: Commands,
): Outcome {
  const more = beyond(role, reason, live, ours);
  if (more.has.length === 0) return noted(null, `${about} ${reason.why}, and is no service's${by}`);
  return found(
    null,
    `${about} ${reason.why}, and has ${more.has.join(" and ")}${by}`,
    "that gives it nothing beyond. This takes it away, and leaves the role",
    manager === undefined ? commands.sql(...taking(role, more)) : lessen(manager, more, commands),
  );
}

function lessen(manager: LiveObject, more: Beyond, commands: Commands): string {
  return commands.patch([kubectlKind("databaseroles", CNPG), manager.metadata.name], takingFrom(manager, more));
}

/** A member of one of Postgres's own roles has the roles that it is a member of. */
function checkPredefined(role: LiveRole, ours: readonly string[], commands: Commands): Outcome {
  if (ours.length === 0) return NOTHING;
  const memberships = role.memberOf.filter((one) => !isPredefined(one));
  return found(
    null,
    `Postgres's own role ${role.name} is a member of ${ours.join(", ")}, and so is everybody who has it`,
    "nobody but a service's own logins works with its rights",
    commands.sql(...revocations(role, memberships)),
  );
}

function checkOff(role: LiveRole, service: string, about: string, hasMore: boolean, commands: Commands): Outcome {
  if (!role.login && !hasMore)
    return noted(service, `${about} stays in Postgres for its data: ${service} is off, and nobody can log in with it`);
  const powers = POWERS.filter(([attribute]) => role[attribute]).map(([, sql]) => `NO${sql}`);
  return found(
    service,
    `${about} ${hasMore ? "has more than a service gets" : "may log in"}, and ${service} is off`,
    "it stays for its data, with neither a login nor a password",
    commands.sql(
      `ALTER ROLE ${identifier(role.name)} ${["NOLOGIN", ...powers, "PASSWORD NULL"].join(" ")}`,
      ...revocations(role, role.memberOf),
    ),
  );
}

/** Where no service owns the database that initdb made, CloudNativePG made a role for it. */
function initial(role: LiveRole, about: string, hasMore: boolean, commands: Commands): Outcome {
  if (!hasMore) return NOTHING;
  return found(
    null,
    `${about} is the owner that the Cluster was made with, and has more than that`,
    "CloudNativePG makes it with nothing but its database",
    disarm(role, commands),
  );
}

function nobodys(role: LiveRole, about: string, desired: Desired, facts: Facts, commands: Commands): Outcome {
  const suspect = `${about} is in Postgres, and nobody manages it`;
  const isDisarmed = !role.login && role.memberOf.length === 0 && POWERS.every(([power]) => !role[power]);
  if (!isDisarmed)
    return found(
      null,
      suspect,
      "roles come from the catalogue, or are let in by a line of `cluster.pgHba`. This takes away what it can do, and leaves the role with what it has made: `ALTER ROLE … LOGIN` gives that back",
      disarm(role, commands),
    );
  const { kept, services, ...plan } = inheritance(role, desired, facts);
  if (kept.length > 0)
    return noted(
      null,
      `${suspect}; it can do nothing, and what it has in ${kept.join(", ")} is no service's: look at it, and drop both by hand`,
    );
  const looks = services.map((service) => `\`${commands.inspect(service)}\``);
  const heir =
    looks.length === 0
      ? ""
      : `. What it has made goes to the database's owner, and runs with the owner's rights from then on: look first (${looks.join(", ")})`;
  return noted(
    null,
    `${suspect}; it can do nothing. Once nobody misses it, and not in an incident, this drops it${heir}`,
    drop(role, plan, commands),
  );
}

/** Who gets what a role leaves. */
interface Inheritance {
  /** The databases with something of it, each with the owner that the stack has declared. */
  readonly heirs: readonly { readonly database: string; readonly owner: string }[];
  /** Those of the stack's databases that it owns itself. */
  readonly owned: readonly { readonly database: string; readonly owner: string }[];
  readonly services: readonly string[];
  /** What nobody is declared to own, or what only a superuser could take. */
  readonly kept: readonly string[];
}

/**
 * What a role has made was made by whoever had it: a function of it that runs with its owner's
 * rights (`security definer`) must never come to a superuser. Its heir is the owner of the database,
 * as the stack declares it and not as Postgres has it now.
 */
function inheritance(role: LiveRole, desired: Desired, facts: Facts): Inheritance {
  const { databases, roles } = facts.catalogue!;
  const heirOf = (database: string) => {
    const declared = desired.databases.find(({ spec }) => spec.name === database);
    const owner = declared?.spec.owner as string | undefined;
    const is = roles.find(({ name }) => name === owner);
    return declared === undefined || owner === undefined || is === undefined || is.superuser
      ? undefined
      : { database, owner, service: declared.service };
  };
  const owns = databases.filter(({ owner }) => owner === role.name).map(({ name }) => name);
  const heirs = role.usedIn.map((database) => heirOf(database) ?? database);
  const owned = owns.map((database) => heirOf(database) ?? database);
  const known = <T>(all: readonly (T | string)[]) => all.filter((one): one is T => typeof one !== "string");
  const unknown = [...new Set([...heirs, ...owned].filter((one): one is string => typeof one === "string"))];
  return {
    heirs: known(heirs),
    owned: known(owned),
    services: [...new Set([...known(heirs), ...known(owned)].map(({ service }) => service))],
    kept: [...unknown, ...(role.hasTablespaces ? ["a tablespace"] : [])],
  };
}

function drop(role: LiveRole, { heirs, owned }: Pick<Inheritance, "heirs" | "owned">, commands: Commands): string {
  const name = identifier(role.name);
  // Else the first `REASSIGN OWNED` would give all of its databases to the owner of one.
  const given = owned.map(({ database, owner }) => `ALTER DATABASE ${identifier(database)} OWNER TO ${identifier(owner)}`);
  const released = heirs.map(({ database, owner }) =>
    commands.sqlIn(database, `REASSIGN OWNED BY ${name} TO ${identifier(owner)}`, `DROP OWNED BY ${name}`),
  );
  // In a database of its own: what it has nothing in.
  const rights = role.hasSharedRights === true && heirs.length === 0 ? [`DROP OWNED BY ${name}`] : [];
  return [...(given.length === 0 ? [] : [commands.sql(...given)]), ...released, commands.sql(...rights, `DROP ROLE ${name}`)].join(" && ");
}

function disarm(role: LiveRole, commands: Commands): string {
  const powers = ["SUPERUSER", "CREATEROLE", "CREATEDB", "BYPASSRLS", "REPLICATION"].map((power) => `NO${power}`);
  return commands.sql(`ALTER ROLE ${identifier(role.name)} ${["NOLOGIN", ...powers].join(" ")}`, ...revocations(role, role.memberOf));
}

function serviceThatIsOff(role: string, desired: Desired): string | undefined {
  return (desired.records ?? records).find(
    (record) => !(record.name in desired.services) && SLOTS.some((slot) => loginRole(resolveNames(record).role, slot) === role),
  )?.name;
}

function initialOwner({ cluster }: Desired, facts: Facts): string | undefined {
  return firstOwner(cluster, facts.cluster?.spec.bootstrap)?.role;
}

function found(service: string | null, suspect: string, truth: string, mend: string): Outcome {
  return { findings: [{ service, check: "unmanagedRole", suspect, truth, mend }], notes: [] };
}

function noted(service: string | null, text: string, command: string | null = null): Outcome {
  return { findings: [], notes: [{ service, check: "unmanagedRole", text, command }] };
}

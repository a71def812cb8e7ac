import { code, entryOf, type Entry } from "../entry";
import { property, type Known } from "../properties";

/** A role as CloudNativePG reads it. */
export type Role = Readonly<Record<string, unknown>>;

const RIGHTS = ["superuser", "createdb", "createrole", "replication", "bypassrls"] as const;

/** @param field one that may be told */
function field(role: Role | undefined, name: string): Known | undefined {
  return property({ role }, `role.${name}`);
}

export function roleName(role: Role): string {
  const name = field(role, "name");
  return typeof name === "string" ? name : "?";
}

/** The role of a service that is off. */
function isClosed(role: Role): boolean {
  // A role that owns what two logins are members of says nothing of `ensure`.
  return field(role, "ensure") === "present" && field(role, "login") === false && field(role, "disablePassword") === true;
}

const CLOSED = "closed, as its service is off: it stays in Postgres for what it owns, with no password, and nobody logs in as it any more";

/** What becomes of a role that stays. */
export function tellRole(before: Role, after: Role): Entry[] {
  const was = (name: string) => field(before, name);
  const is = (name: string) => field(after, name);
  const entry = entryOf(`role ${code(roleName(after))}`);
  if (is("ensure") === "absent") return was("ensure") === "absent" ? [] : [entry("destroys", "dropped from Postgres")];
  if (isClosed(after) && !isClosed(before)) return [entry("destroys", CLOSED)];
  if (isClosed(before) && !isClosed(after))
    return [entry("databases", `the service is on again: the role ${is("login") === true ? "may log in" : "is its logins' once more"}`)];
  // A DatabaseRole leaves out what it does not have.
  const rights = RIGHTS.filter((right) => (was(right) === true) !== (is(right) === true));
  return [
    ...(was("login") === true && is("login") !== true
      ? [entry("destroys", "may not log in any more: whatever still holds the credential is locked out")]
      : []),
    ...(was("login") !== true && is("login") === true ? [entry("databases", "may log in")] : []),
    ...(was("connectionLimit") === is("connectionLimit")
      ? []
      : [entry("databases", `connections: ${limit(was("connectionLimit"))} → ${limit(is("connectionLimit"))}`)]),
    ...rights.map((right) => entry("databases", `${right}: ${yes(was(right))} → ${yes(is(right))}`)),
    ...(JSON.stringify(was("inRoles")) === JSON.stringify(is("inRoles")) ? [] : [entry("databases", "member of other roles")]),
  ];
}

/**
 * A role that CloudNativePG has not been told of before.
 *
 * @param taken roles that are in Postgres all the same
 */
export function tellNewRole(role: Role, taken: ReadonlySet<string> = new Set()): Entry[] {
  const entry = entryOf(`role ${code(roleName(role))}`);
  if (field(role, "ensure") === "absent") return [entry("destroys", "dropped from Postgres")];
  if (isClosed(role)) return [entry("destroys", CLOSED)];
  const rights = RIGHTS.filter((right) => field(role, right) === true);
  const groups = field(role, "inRoles") === undefined ? [] : ["memberships"];
  const has = [...rights, ...groups];
  if (taken.has(roleName(role)))
    return [
      entry(
        "databases",
        `changed, as it is in Postgres already: it has ${has.length === 0 ? "no rights" : has.join(", ")} from then on, and no others (the \`up\` is refused where it would lose one that nobody has given up)`,
      ),
    ];
  return [entry("databases", rights.length === 0 ? "new" : `new, with ${rights.join(", ")}`)];
}

const limit = (value: Known | undefined) => (value === -1 || value === undefined ? "no limit" : String(value));
const yes = (value: Known | undefined) => (value === true ? "yes" : "no");

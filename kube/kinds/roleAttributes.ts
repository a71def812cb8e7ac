import type { RoleConfiguration } from "./cluster";

/** Attributes that a role has only where its object says so. */
const ATTRIBUTES = ["login", "superuser", "createdb", "createrole", "replication", "bypassrls"] as const;
type Attribute = (typeof ATTRIBUTES)[number];

/** A role as a DatabaseRole says it. */
export type ObjectRole = Omit<RoleConfiguration, "ensure" | Attribute> & Partial<Pick<RoleConfiguration, Attribute>>;

/**
 * A role as its object is to say it: CloudNativePG leaves out what is false when it writes an
 * object, and whatever says it has it to write again at each `up`. A role loses what its object
 * does not have.
 */
export function objectRole(role: RoleConfiguration): ObjectRole {
  const isSaid = ([key, value]: [string, unknown]) => key !== "ensure" && (value !== false || !ATTRIBUTES.some((one) => one === key));
  const said = Object.entries(role).filter(isSaid);
  return Object.fromEntries(said) as unknown as ObjectRole;
}

/** The same with what it does not say. */
export function declaredRole(spec: ObjectRole): Omit<RoleConfiguration, "ensure"> {
  return { login: false, superuser: false, createdb: false, createrole: false, replication: false, bypassrls: false, ...spec };
}

import type { LiveRole } from "../../preflight/postgres/catalogue";
import { identifier } from "./sql";

/** What gives a role more than its own database, as SQL has it. */
export const POWERS = [
  ["superuser", "SUPERUSER"],
  ["createrole", "CREATEROLE"],
  ["createdb", "CREATEDB"],
  ["bypassrls", "BYPASSRLS"],
  ["replication", "REPLICATION"],
] as const;

type Power = (typeof POWERS)[number][0];

/** A role that the operator makes for itself: what it may have, and what it is a member of. */
interface OperatorRole {
  readonly powers: readonly Power[];
  readonly memberOf: readonly string[];
}

/** CloudNativePG 1.30's own roles. Others whose names begin like these are anybody's. */
const OPERATOR_ROLES: Readonly<Record<string, OperatorRole>> = {
  postgres: { powers: ["superuser", "createrole", "createdb", "bypassrls", "replication"], memberOf: [] },
  streaming_replica: { powers: ["replication"], memberOf: [] },
  cnpg_pooler_pgbouncer: { powers: [], memberOf: [] },
  cnpg_metrics_exporter: { powers: [], memberOf: ["pg_monitor"] },
};

export function operatorRole(name: string): OperatorRole | undefined {
  return Object.hasOwn(OPERATOR_ROLES, name) ? OPERATOR_ROLES[name] : undefined;
}

/** Postgres's own: it lets nobody make one of such a name. */
export const isPredefined = (name: string): boolean => name.startsWith("pg_");

/** Membership of these is as good as a superuser's rights, or as an owner's to all data. */
const MIGHTY = new Set([
  "pg_execute_server_program",
  "pg_read_server_files",
  "pg_write_server_files",
  "pg_read_all_data",
  "pg_write_all_data",
  "pg_create_subscription",
]);

/**
 * Every role that a role works with the rights of: those that it is a member of, directly and by
 * way of others.
 */
export function reaches(role: LiveRole, roles: ReadonlyMap<string, LiveRole>): Set<string> {
  const found = new Set<string>();
  const next = [...role.memberOf];
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    next.push(...(roles.get(name)?.memberOf ?? []));
  }
  return found;
}

/** Whether a role gives its members more than a database of one's own. */
export function isMighty(name: string, roles: ReadonlyMap<string, LiveRole>): boolean {
  return MIGHTY.has(name) || POWERS.some(([power]) => roles.get(name)?.[power]);
}

/** Those of them that do. */
export function mighty(names: Iterable<string>, roles: ReadonlyMap<string, LiveRole>): string[] {
  return [...names].filter((name) => isMighty(name, roles)).sort();
}

/** What takes memberships away, by whoever has given them: since Postgres 16, each has its own. */
export function revocations(role: LiveRole, memberships: readonly string[]): string[] {
  return memberships.flatMap((name) => {
    const grants = (role.grants ?? []).filter((grant) => grant.role === name);
    const revoke = `REVOKE ${identifier(name)} FROM ${identifier(role.name)}`;
    if (grants.length === 0) return [`${revoke} CASCADE`];
    return grants.map(({ grantor }) => `${revoke}${grantor === null ? "" : ` GRANTED BY ${identifier(grantor)}`} CASCADE`);
  });
}

import type { Problem } from "../config/problem";
import type { ServiceRecord } from "./record";

/**
 * Extensions that a database's owner may make without a superuser (PostgreSQL's documentation,
 * "trusted"), but for languages, and pgvector: what is in them reads no file, opens no connection and
 * runs nobody's code.
 */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["btree_gin", "btree_gist", "citext", "cube", "dict_int", "fuzzystrmatch", "hstore", "intarray", "isn", "lo", "ltree"],
  ...["pg_trgm", "pgcrypto", "plpgsql", "seg", "tablefunc", "tcn", "tsm_system_rows", "tsm_system_time", "unaccent", "uuid-ossp"],
  "vector",
]);

const NAME = /^[a-z_][a-z0-9_-]*$/;
const VERSION = /^\w[\w.+-]*$/;

/** CloudNativePG makes extensions as the superuser: whatever a record names is there, and what is in it may be called by the service. */
export function checkExtensions(path: string, extensions: NonNullable<ServiceRecord["extensions"]>): Problem[] {
  return extensions.flatMap(({ name, version, reason }): Problem[] => {
    const at = `${path}.extensions`;
    if (!NAME.test(name)) return [{ path: at, message: `\`${name}\` is not the name of an extension`, remedy: "correct it" }];
    const problems: Problem[] = [];
    if (version !== undefined && !VERSION.test(version))
      problems.push({ path: at, message: `\`${version}\` is not a version of ${name}`, remedy: "correct it, or leave it out" });
    if (!HARMLESS.has(name) && (reason === undefined || reason.trim() === ""))
      problems.push({
        path: at,
        message: `\`${name}\` is not made without a reason: functions in it may run code of their own, or reach files, other servers or other databases`,
        remedy: "leave it out, or say in its `reason` why the service has to have it",
      });
    return problems;
  });
}

import { stringify } from "yaml";

/** Each metric is `cnpg_<this>_<column>`. */
const QUERY = "credentials_role";

/**
 * What the instances export of every role but Postgres's own, beyond CloudNativePG's default metrics, which know of no role: CloudNativePG's custom queries. They run as
 * `cnpg_metrics_exporter`, a member of pg_monitor: pg_roles shows it everything but the password (not even whether there is one), and pg_stat_activity the user of every session.
 */
const SQL = `
SELECT r.rolname AS role
     , r.rolcanlogin::pg_catalog.int4 AS login
     , r.rolsuper::pg_catalog.int4 AS superuser
     , (r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls)::pg_catalog.int4 AS elevated
     , r.rolconnlimit AS connection_limit
     , COALESCE(EXTRACT(EPOCH FROM r.rolvaliduntil)::pg_catalog.float8, 'Infinity'::pg_catalog.float8) AS valid_until_timestamp_seconds
     , (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = r.oid AND a.backend_type = 'client backend') AS sessions
  FROM pg_catalog.pg_roles r
 WHERE r.rolname !~ '^pg_'`;

const COLUMNS: readonly [column: string, usage: "LABEL" | "GAUGE", description: string][] = [
  ["role", "LABEL", "Name of the role"],
  ["login", "GAUGE", "1 if the role may log in"],
  ["superuser", "GAUGE", "1 if the role is a superuser"],
  ["elevated", "GAUGE", "1 if the role may create roles or databases, replicate, or pass by row security"],
  ["connection_limit", "GAUGE", "Concurrent connections that the role may have, -1 for no limit"],
  ["valid_until_timestamp_seconds", "GAUGE", "When the role's password expires, infinity for never"],
  ["sessions", "GAUGE", "Sessions of the role on this instance"],
];

/** The metrics that come of it. */
export const QUERY_METRICS: readonly string[] = COLUMNS.filter(([, usage]) => usage === "GAUGE").map(
  ([column]) => `cnpg_${QUERY}_${column}`,
);

/** CloudNativePG's file of custom queries. */
export const QUERIES = stringify({
  [QUERY]: {
    query: SQL.trim(),
    // There in every Cluster; which database is the main one depends on how the Cluster was made.
    target_databases: ["postgres"],
    metrics: COLUMNS.map(([column, usage, description]) => ({ [column]: { usage, description } })),
  },
});

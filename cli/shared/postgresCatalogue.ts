/**
 * Roles and databases as one JSON document. All of it is open to every role; passwords are not (pg_roles has asterisks for them).
 */
export const CATALOGUE_SQL = `
with memberships as (
  select m.member, json_agg(g.rolname order by g.rolname) as names
  from pg_auth_members m join pg_roles g on g.oid = m.roleid group by m.member
), uses as (
  select u.role, json_agg(u.database order by u.database) as databases from (
    select distinct s.refobjid as role, coalesce(d.datname, 'postgres') as database
    from pg_shdepend s left join pg_database d on d.oid = s.dbid
    where s.refclassid = 'pg_authid'::regclass
  ) u group by u.role
)
select json_build_object(
  'roles', (select json_agg(json_build_object(
      'name', r.rolname, 'login', r.rolcanlogin, 'superuser', r.rolsuper, 'createrole', r.rolcreaterole, 'createdb', r.rolcreatedb,
      'bypassrls', r.rolbypassrls, 'replication', r.rolreplication, 'inherit', r.rolinherit, 'connectionLimit', r.rolconnlimit,
      'validUntil', case when isfinite(r.rolvaliduntil) then to_char(r.rolvaliduntil at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end,
      'expired', coalesce(r.rolvaliduntil < now(), false),
      'memberOf', coalesce(m.names, '[]'::json), 'usedIn', coalesce(u.databases, '[]'::json)) order by r.rolname)
    from pg_roles r left join memberships m on m.member = r.oid left join uses u on u.role = r.oid),
  'databases', (select json_agg(json_build_object('name', d.datname, 'owner', r.rolname) order by d.datname)
    from pg_database d join pg_roles r on r.oid = d.datdba)
) as catalogue`;

/** A role as pg_roles has it. */
export interface LiveRole {
  name: string;
  login: boolean;
  superuser: boolean;
  createrole: boolean;
  createdb: boolean;
  bypassrls: boolean;
  replication: boolean;
  inherit: boolean;
  connectionLimit: number;
  /** As Postgres writes it; `null` for never. */
  validUntil: string | null;
  expired: boolean;
  memberOf: readonly string[];
  /** Databases with something that it owns or has rights to. */
  usedIn: readonly string[];
}

/** What Postgres's own catalogue says. */
export interface Catalogue {
  roles: readonly LiveRole[];
  databases: readonly { name: string; owner: string }[];
}

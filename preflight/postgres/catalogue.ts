/**
 * Roles, databases and settings as one JSON document. All of it is open to every role; passwords are not (pg_roles has asterisks for them). Every name is
 * that of the system's own schema: a role that has objects of the same names is not asked. Since
 * Postgres 16, each grant says whether the member has its rights by itself (`inherit`) and may
 * work as that role (`set`).
 */
export const CATALOGUE_SQL = `
with memberships as (
  select m.member,
    pg_catalog.json_agg(distinct g.rolname order by g.rolname) as names,
    pg_catalog.json_agg(pg_catalog.json_build_object('role', g.rolname, 'grantor', b.rolname,
      'admin', m.admin_option, 'inherit', coalesce((pg_catalog.to_jsonb(m) operator(pg_catalog.->>) 'inherit_option')::pg_catalog.bool, true),
      'set', coalesce((pg_catalog.to_jsonb(m) operator(pg_catalog.->>) 'set_option')::pg_catalog.bool, true)) order by g.rolname, b.rolname) as grants
  from pg_catalog.pg_auth_members m
  join pg_catalog.pg_roles g on g.oid operator(pg_catalog.=) m.roleid
  left join pg_catalog.pg_roles b on b.oid operator(pg_catalog.=) m.grantor
  group by m.member
), uses as (
  select u.role, pg_catalog.json_agg(u.database order by u.database) as databases from (
    select distinct s.refobjid as role, d.datname as database
    from pg_catalog.pg_shdepend s join pg_catalog.pg_database d on d.oid operator(pg_catalog.=) s.dbid
    where s.refclassid operator(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
  ) u group by u.role
), shared as (
  select s.refobjid as role, pg_catalog.count(*) as rights
  from pg_catalog.pg_shdepend s
  where s.refclassid operator(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
    and s.dbid operator(pg_catalog.=) 0::pg_catalog.oid and s.deptype operator(pg_catalog.=) 'a'::pg_catalog."char"
  group by s.refobjid
), tablespaces as (
  select t.spcowner as role, pg_catalog.count(*) as owned from pg_catalog.pg_tablespace t group by t.spcowner
)
select pg_catalog.json_build_object(
  'version', pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
  'roles', (select pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', r.rolname, 'login', r.rolcanlogin, 'superuser', r.rolsuper, 'createrole', r.rolcreaterole, 'createdb', r.rolcreatedb,
      'bypassrls', r.rolbypassrls, 'replication', r.rolreplication, 'inherit', r.rolinherit, 'connectionLimit', r.rolconnlimit,
      'validUntil', case when pg_catalog.isfinite(r.rolvaliduntil)
        then pg_catalog.to_char(pg_catalog.timezone('UTC', r.rolvaliduntil), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end,
      'expired', coalesce(r.rolvaliduntil operator(pg_catalog.<) pg_catalog.now(), false),
      'memberOf', coalesce(m.names, '[]'::pg_catalog.json), 'grants', coalesce(m.grants, '[]'::pg_catalog.json),
      'usedIn', coalesce(u.databases, '[]'::pg_catalog.json),
      'hasSharedRights', s.rights is not null, 'hasTablespaces', t.owned is not null) order by r.rolname)
    from pg_catalog.pg_roles r
    left join memberships m on m.member operator(pg_catalog.=) r.oid
    left join uses u on u.role operator(pg_catalog.=) r.oid
    left join shared s on s.role operator(pg_catalog.=) r.oid
    left join tablespaces t on t.role operator(pg_catalog.=) r.oid),
  'databases', (select pg_catalog.json_agg(pg_catalog.json_build_object('name', d.datname, 'owner', r.rolname,
      'publicRights', (select coalesce(pg_catalog.json_agg(distinct a.privilege_type order by a.privilege_type), '[]'::pg_catalog.json)
        from pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
        where a.grantee operator(pg_catalog.=) 0::pg_catalog.oid)) order by d.datname)
    from pg_catalog.pg_database d join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) d.datdba),
  'settings', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('role', r.rolname, 'database', d.datname,
      'names', (select pg_catalog.json_agg(pg_catalog.split_part(c.entry, '=', 1) order by pg_catalog.split_part(c.entry, '=', 1))
        from pg_catalog.unnest(x.setconfig) c(entry))) order by r.rolname, d.datname), '[]'::pg_catalog.json)
    from pg_catalog.pg_db_role_setting x
    left join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) x.setrole
    left join pg_catalog.pg_database d on d.oid operator(pg_catalog.=) x.setdatabase)
) as catalogue`;

/**
 * What the roles' settings are set to, of those that are Postgres's own: what a setting of an
 * application's is set to may be a secret.
 */
export const SETTING_VALUES_SQL = `
select r.rolname as role, d.datname as database, pg_catalog.split_part(c.entry, '=', 1) as name,
  pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') operator(pg_catalog.+) 1) as value
from pg_catalog.pg_db_role_setting x
join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) x.setrole
left join pg_catalog.pg_database d on d.oid operator(pg_catalog.=) x.setdatabase
cross join lateral pg_catalog.unnest(x.setconfig) c(entry)
where pg_catalog.strpos(pg_catalog.split_part(c.entry, '=', 1), '.') operator(pg_catalog.=) 0
order by 1, 2, 3`;

/** A setting of a role's, and what it is set to. */
export interface SettingValue {
  readonly role: string;
  /** `null` for all. */
  readonly database: string | null;
  readonly name: string;
  readonly value: string;
}

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
  /** The same, with who has granted each; `null` for a role that is gone. */
  grants?: readonly {
    readonly role: string;
    readonly grantor: string | null;
    readonly admin?: boolean;
    readonly inherit?: boolean;
    readonly set?: boolean;
  }[];
  /** Databases in which something is its own, or it has rights to something. */
  usedIn: readonly string[];
  /** Whether it has rights to databases and the like themselves. */
  hasSharedRights?: boolean;
  /** Whether it owns a tablespace. */
  hasTablespaces?: boolean;
}

export interface LiveDatabase {
  name: string;
  owner: string;
  /** What everybody may: `CONNECT`, `TEMPORARY`. */
  publicRights?: readonly string[];
}

/** Settings that sessions begin with. What they are set to is not read: it may be a secret of an application's. */
export interface LiveSettings {
  /** Whose sessions; `null` for everybody's. */
  role: string | null;
  /** In which database; `null` for all. */
  database: string | null;
  names: readonly string[];
}

/** What Postgres's own catalogue says. */
export interface Catalogue {
  /** As `server_version_num` has it: 170012. */
  version?: number;
  roles: readonly LiveRole[];
  databases: readonly LiveDatabase[];
  settings?: readonly LiveSettings[];
}

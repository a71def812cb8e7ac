/**
 * The subject of the question, each as an expression of SQL: psql and a driver write variables in
 * different ways.
 */
export interface AskedGrants {
  /** The role that owns the database. */
  readonly owner: string;
  /** The role that needs rights in it. */
  readonly profile: string;
  /** Privileges, as a list of texts: of tables and the like, and of sequences. */
  readonly tables: string;
  readonly sequences: string;
}

/** Names in one line of a message; the rest is counted. */
const MOST = 5;

const not = "operator(pg_catalog.<>)";
const is = "operator(pg_catalog.=)";
const and = "operator(pg_catalog.||)";
const char = (letter: string) => `'${letter}'::pg_catalog."char"`;
const all = (privileges: string) => `pg_catalog.array_to_string(pg_catalog.array_agg(distinct ${privileges}), ', ')`;

/**
 * The rights that a profile lacks in a database, and those that it has beyond: a line for each
 * kind, with the statements that fix it. The role that has given a right, or owns the object, runs
 * them. Objects that are there count, and the owner's default privileges for what is made later,
 * in new schemas, too.
 *
 * PUBLIC's rights are everybody's (`everybody`): the profile's logins have them, and an
 * application may rely on them. A profile lacks nothing of what another role than the database's
 * owner owns. Every name is a name of the system's own schema.
 */
export function grantsSql({ owner, profile, tables, sequences }: AskedGrants): string {
  const list = (privileges: string) => `pg_catalog.array_to_string(${privileges}, ', ')`;
  return `
with me as (
  select r.oid, r.rolname from pg_catalog.pg_roles r where r.rolname ${is} ${profile}::pg_catalog.name
), boss as (
  select r.oid, r.rolname from pg_catalog.pg_roles r where r.rolname ${is} ${owner}::pg_catalog.name
), wanted as (
  select ${char("r")} as type, privilege from pg_catalog.unnest(${tables}) privilege
  union all select ${char("S")}, privilege from pg_catalog.unnest(${sequences}) privilege
  union all select ${char("n")}, 'USAGE'
  union all select ${char("d")}, 'CONNECT'
), schemas as (
  select n.oid, n.nspname, n.nspowner, n.nspacl from pg_catalog.pg_namespace n
  where not pg_catalog.starts_with(n.nspname::pg_catalog.text, 'pg_') and n.nspname ${not} 'information_schema'::pg_catalog.name
), objects as (
  select ${char("d")} as type, d.oid, pg_catalog.format('DATABASE %I', d.datname) as name, d.datdba as owner,
    coalesce(d.datacl, pg_catalog.acldefault(${char("d")}, d.datdba)) as acl
  from pg_catalog.pg_database d where d.datname ${is} pg_catalog.current_database()
  union all
  -- The owner of the database is a member of pg_database_owner.
  select ${char("n")}, s.oid, pg_catalog.format('SCHEMA %I', s.nspname), coalesce(b.oid, s.nspowner),
    coalesce(s.nspacl, pg_catalog.acldefault(${char("n")}, s.nspowner))
  from schemas s
  left join pg_catalog.pg_roles r on r.oid ${is} s.nspowner and r.rolname ${is} 'pg_database_owner'::pg_catalog.name
  left join boss b on r.oid is not null
  union all
  select case when c.relkind ${is} ${char("S")} then ${char("S")} else ${char("r")} end, c.oid,
    pg_catalog.format('%s %I.%I', case when c.relkind ${is} ${char("S")} then 'SEQUENCE' else 'TABLE' end, s.nspname, c.relname), c.relowner,
    coalesce(c.relacl, pg_catalog.acldefault(case when c.relkind ${is} ${char("S")} then ${char("s")} else ${char("r")} end, c.relowner))
  from pg_catalog.pg_class c join schemas s on s.oid ${is} c.relnamespace
  where c.relkind ${is} any (array['r', 'p', 'v', 'm', 'f', 'S']::pg_catalog."char"[])
), entries as (
  select o.type, o.oid, o.name, o.owner, o.acl, true as is_whole from objects o
  union all
  -- To take a right from a table takes it from its columns.
  select o.type, o.oid, o.name, o.owner, t.attacl, false
  from objects o join pg_catalog.pg_attribute t on t.attrelid ${is} o.oid and o.type ${is} ${char("r")} and t.attacl is not null
), given as (
  -- Who has given a right takes it back.
  select e.type, e.oid, e.name, e.owner, a.grantee, a.privilege_type as privilege, a.is_grantable, e.is_whole,
    case when r.rolname ${is} 'pg_database_owner'::pg_catalog.name then e.owner else a.grantor end as grantor
  from entries e cross join lateral pg_catalog.aclexplode(e.acl) a join pg_catalog.pg_roles r on r.oid ${is} a.grantor
), defaults as (
  select f.defaclobjtype as type, f.defaclrole as creator, a.grantee, a.privilege_type as privilege, a.is_grantable,
    pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s', r.rolname, ' IN SCHEMA ' ${and} pg_catalog.quote_ident(n.nspname)) as altering,
    f.defaclnamespace ${is} 0::pg_catalog.oid as is_global
  from pg_catalog.pg_default_acl f join pg_catalog.pg_roles r on r.oid ${is} f.defaclrole
  left join pg_catalog.pg_namespace n on n.oid ${is} f.defaclnamespace
  cross join lateral pg_catalog.aclexplode(f.defaclacl) a
), kinds (type, many) as (
  values (${char("r")}, 'TABLES'), (${char("S")}, 'SEQUENCES'), (${char("n")}, 'SCHEMAS'), (${char("f")}, 'FUNCTIONS'), (${char("T")}, 'TYPES')
), found as (
  select 'missing' as kind, b.oid as actor, o.name, ${all("w.privilege")} as privileges,
    pg_catalog.format('GRANT %s ON %s TO %I', ${all("w.privilege")}, o.name, m.rolname) as statement
  from objects o join boss b on b.oid ${is} o.owner cross join me m join wanted w on w.type ${is} o.type
  where not exists (select from given g where g.oid ${is} o.oid and g.type ${is} o.type and g.grantee ${is} m.oid and g.privilege ${is} w.privilege and g.is_whole)
  group by b.oid, o.name, m.rolname
  union all
  select 'missing', b.oid, pg_catalog.lower(k.many) ${and} ' of tomorrow', ${all("w.privilege")},
    pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT %s ON %s TO %I', b.rolname, ${all("w.privilege")}, k.many, m.rolname)
  from kinds k cross join boss b cross join me m join wanted w on w.type ${is} k.type
  where not exists (select from defaults f where f.type ${is} k.type and f.creator ${is} b.oid and f.grantee ${is} m.oid and f.privilege ${is} w.privilege and f.is_global)
  group by b.oid, b.rolname, k.many, m.rolname
  union all
  select 'extra', g.grantor, g.name, ${all("g.privilege")}, pg_catalog.format('REVOKE %s ON %s FROM %I CASCADE', ${all("g.privilege")}, g.name, m.rolname)
  from given g join me m on m.oid ${is} g.grantee
  where not exists (select from wanted w where w.type ${is} g.type and w.privilege ${is} g.privilege)
  group by g.grantor, g.name, m.rolname
  union all
  select 'extra', g.grantor, g.name, 'the right to give away ' ${and} ${all("g.privilege")},
    pg_catalog.format('REVOKE GRANT OPTION FOR %s ON %s FROM %I CASCADE', ${all("g.privilege")}, g.name, m.rolname)
  from given g join me m on m.oid ${is} g.grantee join wanted w on w.type ${is} g.type and w.privilege ${is} g.privilege
  where g.is_grantable group by g.grantor, g.name, m.rolname
  union all
  select 'extra', f.creator, pg_catalog.lower(k.many) ${and} ' of tomorrow', ${all("f.privilege")},
    pg_catalog.format('%s REVOKE %s ON %s FROM %I', f.altering, ${all("f.privilege")}, k.many, m.rolname)
  from defaults f join me m on m.oid ${is} f.grantee join kinds k on k.type ${is} f.type
  where f.is_grantable or not exists (select from wanted w where w.type ${is} f.type and w.privilege ${is} f.privilege)
  group by f.creator, f.altering, k.many, m.rolname
  union all
  select 'everybody', g.grantor, g.name, ${all("g.privilege")}, pg_catalog.format('REVOKE %s ON %s FROM PUBLIC', ${all("g.privilege")}, g.name)
  from given g join boss b on b.oid ${is} g.owner
  where g.grantee ${is} 0::pg_catalog.oid and g.type ${not} ${char("d")}
    and not exists (select from wanted w where w.type ${is} g.type and w.privilege ${is} g.privilege)
  group by g.grantor, g.name
  union all
  select 'everybody', f.creator, pg_catalog.lower(k.many) ${and} ' of tomorrow', ${all("f.privilege")},
    pg_catalog.format('%s REVOKE %s ON %s FROM PUBLIC', f.altering, ${all("f.privilege")}, k.many)
  from defaults f join boss b on b.oid ${is} f.creator join kinds k on k.type ${is} f.type
  where f.grantee ${is} 0::pg_catalog.oid and f.type ${is} any (array['r', 'S', 'n']::pg_catalog."char"[])
    and not exists (select from wanted w where w.type ${is} f.type and w.privilege ${is} f.privilege)
  group by f.creator, f.altering, k.many
), lines as (
  select f.kind, r.rolname as actor, f.privileges, pg_catalog.array_agg(f.name order by f.name) as names,
    pg_catalog.array_agg(f.statement order by f.name) as statements
  from found f join pg_catalog.pg_roles r on r.oid ${is} f.actor group by f.kind, r.rolname, f.privileges
)
select l.kind, l.actor::pg_catalog.text as actor, l.statements, pg_catalog.concat(
    case l.kind when 'everybody' then 'everybody' else m.rolname::pg_catalog.text end, case l.kind when 'missing' then ' lacks ' else ' has ' end, l.privileges, ' on ',
    case when pg_catalog.cardinality(l.names) operator(pg_catalog.>) ${MOST} then pg_catalog.cardinality(l.names)::pg_catalog.text ${and} ' in all: ' end,
    ${list(`l.names[1:${MOST}]`)}, case when pg_catalog.cardinality(l.names) operator(pg_catalog.>) ${MOST} then ', ...' end) as text
from lines l cross join me m
order by l.kind desc, l.actor, l.privileges`;
}

/**
 * The statements that the database's owner runs so that a profile has its rights, and no others: a
 * row each.
 */
export function grantsToRun(asked: AskedGrants): string {
  return `select statement from (${grantsSql(asked)}) g cross join lateral pg_catalog.unnest(g.statements) statement
  where g.kind ${not} 'everybody' and g.actor ${is} ${asked.owner}`;
}

/** The rights that a profile lacks, as lines of text. */
export function missingGrants(asked: AskedGrants): string {
  return `select g.text from (${grantsSql(asked)}) g where g.kind ${is} 'missing'`;
}

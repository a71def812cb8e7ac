/** What the question is about, each as an expression of SQL: psql and a driver write variables in different ways. */
export interface Asked {
  /** Who the application works as. */
  readonly owner: string;
  /** Names, as a list of texts: the extensions and the schemas that are declared. */
  readonly extensions: string;
  readonly schemas: string;
  /** Roles whose objects are not for the owner to use. */
  readonly foreignOwners: string;
}

/** Names and statements in one line of a message; the rest is counted. */
const MOST = 5;

const not = "operator(pg_catalog.<>)";
const is = "operator(pg_catalog.=)";
const and = "operator(pg_catalog.||)";

/** Objects that an extension has made are the extension's, whatever role owns them. */
const isExtensions = (catalogue: string, oid: string) =>
  `exists (select from pg_catalog.pg_depend d where d.objid ${is} ${oid} and d.deptype ${is} 'e'::pg_catalog."char"
      and d.classid ${is} 'pg_catalog.${catalogue}'::pg_catalog.regclass)`;

/** The first names of many. */
const first = (names: string) =>
  `pg_catalog.array_to_string((${names})[1:${MOST}], ', ') ${and} case when pg_catalog.cardinality(${names}) operator(pg_catalog.>) ${MOST} then ', ...' else '' end`;

/**
 * What sessions of the owner begin with, by settings of its role, and those of who has logged in do
 * not: who works as another begins with its own.
 */
export function ownersSettings(owner: string): string {
  return `select o.setdatabase, split.setting, split.value, g.context,
    case when o.setdatabase ${is} 0::pg_catalog.oid then '' else ' in its database' end as place,
    case when o.setdatabase ${is} 0::pg_catalog.oid then '' else pg_catalog.format('IN DATABASE %I ', pg_catalog.current_database()) end as scope,
    pg_catalog.array_to_string(array (select pg_catalog.quote_ident(part) from pg_catalog.string_to_table(split.setting, '.') part), '.') as written
  from pg_catalog.pg_db_role_setting o
  join pg_catalog.pg_roles r on r.oid ${is} o.setrole and r.rolname ${is} ${owner}::pg_catalog.name and r.rolname ${not} session_user
  cross join lateral pg_catalog.unnest(o.setconfig) c (entry)
  cross join lateral (select pg_catalog.split_part(c.entry, '=', 1) as setting,
    pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') operator(pg_catalog.+) 1) as value) split
  left join pg_catalog.pg_settings g on g.name ${is} split.setting
  where o.setdatabase ${is} any (array (select d.oid from pg_catalog.pg_database d where d.datname ${is} pg_catalog.current_database()) operator(pg_catalog.||) 0::pg_catalog.oid)
    and split.setting ${not} 'role'
    and not exists (select from pg_catalog.pg_db_role_setting l join pg_catalog.pg_roles q on q.oid ${is} l.setrole and q.rolname ${is} session_user
      where l.setdatabase ${is} o.setdatabase and c.entry ${is} any (l.setconfig))`;
}

/**
 * What an application needs of its database beyond a login, and has not: a line each, with the
 * statements that give it to the database's owner. Whoever imports or restores a database may leave
 * its tables to the role that they belonged to, or to a superuser, and \`public\` of a Postgres before
 * 15 with nobody who may make anything in it.
 *
 * A line that is \`meant\`, as it may be, stops nothing: what the owner may use and not change, and a
 * \`public\` that is closed where there are other schemas. Every name is that of the system's own
 * schema. Nothing is given to a superuser, and what belongs to the owner already is left alone.
 */
export function needsSql({ owner, extensions, schemas, foreignOwners }: Asked): string {
  const me = `${owner}::pg_catalog.name`;
  const statement = (what: string, name: string) => `pg_catalog.format('ALTER ${what} %s OWNER TO %I', ${name}, ${me})`;
  return `
with schemas as (
  select n.oid, pg_catalog.quote_ident(n.nspname) as name, r.rolname as owner, n.nspname ${is} 'public'::pg_catalog.name as is_public,
    pg_catalog.pg_has_role(${me}, n.nspowner, 'usage') as is_own,
    pg_catalog.has_schema_privilege(${me}, n.oid, 'usage') as may_use,
    pg_catalog.has_schema_privilege(${me}, n.oid, 'create') as may_create
  from pg_catalog.pg_namespace n join pg_catalog.pg_roles r on r.oid ${is} n.nspowner
  where not pg_catalog.starts_with(n.nspname::pg_catalog.text, 'pg_') and n.nspname ${not} 'information_schema'::pg_catalog.name
    and not ${isExtensions("pg_namespace", "n.oid")}
), relations as (
  select pg_catalog.format('%s.%I', s.name, c.relname) as name, r.rolname as owner,
    s.may_use and case when c.relkind ${is} 'S'::pg_catalog."char"
      then pg_catalog.has_sequence_privilege(${me}, c.oid, 'usage, select, update')
      else pg_catalog.has_table_privilege(${me}, c.oid, 'select, insert, update, delete')
        or pg_catalog.has_any_column_privilege(${me}, c.oid, 'select, insert, update') end as may_use,
    -- A column's sequence goes where its table goes, and nowhere else.
    exists (select from pg_catalog.pg_depend d where d.classid ${is} 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid ${is} c.oid
      and d.refclassid ${is} 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype ${is} any (array['a', 'i']::pg_catalog."char"[])
      and c.relkind ${is} 'S'::pg_catalog."char") as follows
  from pg_catalog.pg_class c join schemas s on s.oid ${is} c.relnamespace
  join pg_catalog.pg_roles r on r.oid ${is} c.relowner
  where c.relkind ${is} any (array['r', 'p', 'v', 'm', 'f', 'S']::pg_catalog."char"[])
    and not pg_catalog.pg_has_role(${me}, c.relowner, 'usage')
    and not ${isExtensions("pg_class", "c.oid")}
), foreign_schemas as (
  select s.owner, pg_catalog.array_agg(s.name order by s.name) as names,
    pg_catalog.array_agg(case when s.is_public then 'ALTER SCHEMA public OWNER TO pg_database_owner' else ${statement("SCHEMA", "s.name")} end
      order by s.name) as statements
  from schemas s where not s.may_use group by s.owner
), foreign_relations as (
  select f.owner, f.may_use, pg_catalog.array_agg(f.name order by f.name) as names,
    pg_catalog.array_agg(${statement("TABLE", "f.name")} order by f.name) filter (where not f.follows) as statements
  from relations f group by f.owner, f.may_use
), owners_settings as (
  ${ownersSettings(owner)}
), lines as (
  select 1 as rank, 'schemas' as kind, owner, pg_catalog.format('%s may not use the schemas of %s: ', ${me}, owner) ${and} ${first("names")} as text,
    statements, false as meant from foreign_schemas
  union all
  select 2, 'relations', owner, pg_catalog.format('%s may not use tables, views and sequences of %s, %s in all: ', ${me}, owner, pg_catalog.cardinality(names))
    ${and} ${first("names")}, statements, false from foreign_relations where not may_use
  union all
  select 3, 'create', s.owner, pg_catalog.format('%s may make nothing in the schema public, which belongs to %s', ${me}, s.owner)
    ${and} case when o.others then '' else ', nor in any other' end,
    array['ALTER SCHEMA public OWNER TO pg_database_owner'], o.others
  from schemas s cross join (select pg_catalog.bool_or(may_create) as others from schemas) o
  where s.is_public and s.may_use and not s.may_create
  union all
  select 4, 'extension', null, pg_catalog.format('the extension %s, which is declared, is not there', wanted), null, false
  from pg_catalog.unnest(${extensions}) wanted
  where not exists (select from pg_catalog.pg_extension e where e.extname ${is} wanted::pg_catalog.name)
  union all
  select 5, 'schema', null, pg_catalog.format('the schema %s, which is declared, is not there', wanted), null, false
  from pg_catalog.unnest(${schemas}) wanted
  where not exists (select from pg_catalog.pg_namespace n where n.nspname ${is} wanted::pg_catalog.name)
  union all
  select 6, 'setting', null, pg_catalog.format('sessions of %s do not begin with %s%s, as those of %s do', session_user, s.setting, s.place, ${me}),
    array[
      pg_catalog.format('SELECT pg_catalog.set_config(%L, pg_catalog.substr(c.e, %s), false) IS NULL FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c(e) WHERE s.setrole = %L::pg_catalog.regrole AND s.setdatabase = %s AND pg_catalog.starts_with(c.e, %L)',
        s.setting, pg_catalog.length(s.setting) operator(pg_catalog.+) 2, pg_catalog.quote_ident(${me}), s.setdatabase, s.setting ${and} '='),
      pg_catalog.format('ALTER ROLE %I %sSET %s FROM CURRENT', session_user, s.scope, s.written)],
    s.context is not null and s.context ${not} 'user'
  from owners_settings s
  union all
  select 7, 'relations', owner, pg_catalog.format('%s may use, and not change, tables, views and sequences of %s, %s in all: ', ${me},
    owner, pg_catalog.cardinality(names)) ${and} ${first("names")}, statements, true from foreign_relations where may_use
)
select kind, text, coalesce (statements, array[]::pg_catalog.text[]) as statements, meant from lines
where owner is null or not owner::pg_catalog.text ${is} any (${foreignOwners})
order by rank, owner`;
}

/** The same as lines of text: what is missing, and the statements that give it, where they are few. */
export function needsAsText(asked: Asked): string {
  const few = `n.statements[1:${MOST}]`;
  return `select pg_catalog.concat(case when n.meant then 'Note: ' end, n.text,
    case when n.kind ${not} 'setting' and pg_catalog.cardinality(n.statements) operator(pg_catalog.>) 0 then ': ' end,
    case when n.kind ${not} 'setting' then pg_catalog.array_to_string(${few}, '; ') end,
    case when n.kind ${not} 'setting' and pg_catalog.cardinality(n.statements) operator(pg_catalog.>) ${MOST} then '; ...' end)
  from (${needsSql(asked)}) n`;
}

/**
 * For psql, as a login that is not the owner: has its sessions begin with what the owner's begin
 * with. What only a superuser may set stays.
 */
export function takeSettings(owner: string): string {
  return `set role none;
select pg_catalog.format('select pg_catalog.set_config(%L, %L, false)', setting, value),
  pg_catalog.format('alter role session_user %s set %s from current', scope, written)
from (${ownersSettings(owner)}) s where s.context ${is} 'user' \\gexec`;
}

/**
 * What in a database runs by itself, or with another's rights, or leads a name somewhere else: what somebody who has had a service's login can have left
 * there. Asked as the service, whose database it is; every name is that of the system's own schema. Newest first: `age(xmin)` counts the transactions since.
 * What belongs to an extension is left out: the operator installs those. Texts within defaults are, too: one may be a secret.
 * Postgres lists no dependency on its own functions: a constraint's are read off its expression.
 */
export const OBJECTS_SQL = `
with own as (
  select d.objid, d.classid from pg_catalog.pg_depend d where d.deptype operator(pg_catalog.=) 'e'::pg_catalog."char"
), schemas as (
  select n.oid, n.nspname from pg_catalog.pg_namespace n
  where n.nspname operator(pg_catalog.<>) all (array['pg_catalog', 'information_schema', 'pg_toast']::pg_catalog.name[])
), found as (
  select 'function'::pg_catalog.text as kind,
    pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) as name,
    pg_catalog.concat_ws(', ', 'in ' operator(pg_catalog.||) l.lanname, case when p.prosecdef then 'runs with its owner''s rights (SECURITY DEFINER)' end,
      case when p.proconfig is not null then 'sets ' operator(pg_catalog.||) pg_catalog.array_to_string(array(
        select pg_catalog.split_part(c.entry, '=', 1) from pg_catalog.unnest(p.proconfig) c(entry)), ', ') end) as what,
    p.proowner as owner, pg_catalog.age(p.xmin) as age
  from pg_catalog.pg_proc p join schemas n on n.oid operator(pg_catalog.=) p.pronamespace
  join pg_catalog.pg_language l on l.oid operator(pg_catalog.=) p.prolang
  where not exists (select from own where own.objid operator(pg_catalog.=) p.oid
    and own.classid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass)
  union all
  select 'trigger', pg_catalog.format('%I on %I.%I', t.tgname, n.nspname, c.relname),
    'calls ' operator(pg_catalog.||) t.tgfoid::pg_catalog.regproc::pg_catalog.text, c.relowner, pg_catalog.age(t.xmin)
  from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) t.tgrelid
  join schemas n on n.oid operator(pg_catalog.=) c.relnamespace
  where not t.tgisinternal
  union all
  select 'rule', pg_catalog.format('%I on %I.%I', r.rulename, n.nspname, c.relname),
    case when c.relkind operator(pg_catalog.=) 'v'::pg_catalog."char" then 'of a view' else 'of a table' end, c.relowner, pg_catalog.age(r.xmin)
  from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) r.ev_class
  join schemas n on n.oid operator(pg_catalog.=) c.relnamespace
  where r.rulename operator(pg_catalog.<>) '_RETURN'::pg_catalog.name
  union all
  select 'view', pg_catalog.format('%I.%I', n.nspname, c.relname), 'reads with its owner''s rights', c.relowner, pg_catalog.age(c.xmin)
  from pg_catalog.pg_class c join schemas n on n.oid operator(pg_catalog.=) c.relnamespace
  where c.relkind operator(pg_catalog.=) any (array['v', 'm']::pg_catalog."char"[])
    and not exists (select from own where own.objid operator(pg_catalog.=) c.oid
      and own.classid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass)
  union all
  select 'default', pg_catalog.format('%I.%I.%I', n.nspname, c.relname, a.attname),
    pg_catalog.regexp_replace(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '''(?:[^'']|'''')*''', '''…''', 'g'), c.relowner, pg_catalog.age(d.xmin)
  from pg_catalog.pg_attrdef d join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) d.adrelid
  join schemas n on n.oid operator(pg_catalog.=) c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid operator(pg_catalog.=) d.adrelid and a.attnum operator(pg_catalog.=) d.adnum
  where pg_catalog.strpos(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '(') operator(pg_catalog.>) 0
    and pg_catalog.strpos(pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'nextval(') operator(pg_catalog.<>) 1
    and pg_catalog.pg_get_expr(d.adbin, d.adrelid) operator(pg_catalog.<>) all (array['now()', 'gen_random_uuid()', 'clock_timestamp()'])
  union all
  select 'policy', pg_catalog.format('%I on %I.%I', p.polname, n.nspname, c.relname), 'decides which rows are seen', c.relowner, pg_catalog.age(p.xmin)
  from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) p.polrelid
  join schemas n on n.oid operator(pg_catalog.=) c.relnamespace
  union all
  select 'event trigger', pg_catalog.format('%I', e.evtname), 'calls ' operator(pg_catalog.||) e.evtfoid::pg_catalog.regproc::pg_catalog.text, e.evtowner,
    pg_catalog.age(e.xmin)
  from pg_catalog.pg_event_trigger e
  union all
  select 'operator', pg_catalog.format('%I.%s', n.nspname, o.oprname), 'takes the place of the system''s where its schema comes first', o.oprowner,
    pg_catalog.age(o.xmin)
  from pg_catalog.pg_operator o join schemas n on n.oid operator(pg_catalog.=) o.oprnamespace
  where not exists (select from own where own.objid operator(pg_catalog.=) o.oid
    and own.classid operator(pg_catalog.=) 'pg_catalog.pg_operator'::pg_catalog.regclass)
  union all
  select 'cast', pg_catalog.format('%s as %s', c.castsource::pg_catalog.regtype::pg_catalog.text, c.casttarget::pg_catalog.regtype::pg_catalog.text), 'calls a function of somebody''s',
    p.proowner, pg_catalog.age(c.xmin)
  from pg_catalog.pg_cast c join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) c.castfunc
  join schemas n on n.oid operator(pg_catalog.=) p.pronamespace
  where not exists (select from own where own.objid operator(pg_catalog.=) c.oid
    and own.classid operator(pg_catalog.=) 'pg_catalog.pg_cast'::pg_catalog.regclass)
  union all
  select 'right', pg_catalog.format('%I.%I', n.nspname, c.relname),
    pg_catalog.format('%s has %s', coalesce(r.rolname::pg_catalog.text, 'everybody'), pg_catalog.string_agg(a.privilege_type, ', ')), c.relowner, pg_catalog.age(c.xmin)
  from pg_catalog.pg_class c join schemas n on n.oid operator(pg_catalog.=) c.relnamespace
  cross join lateral pg_catalog.aclexplode(c.relacl) a
  left join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) a.grantee
  where a.grantee operator(pg_catalog.<>) c.relowner
    and not exists (select from own where own.objid operator(pg_catalog.=) c.oid
      and own.classid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass)
  group by n.nspname, c.relname, r.rolname, c.relowner, c.xmin
  union all
  select 'right', pg_catalog.format('%I.%I.%I', n.nspname, c.relname, t.attname),
    pg_catalog.format('%s has %s', coalesce(r.rolname::pg_catalog.text, 'everybody'), pg_catalog.string_agg(a.privilege_type, ', ')), c.relowner, pg_catalog.age(t.xmin)
  from pg_catalog.pg_attribute t join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) t.attrelid
  join schemas n on n.oid operator(pg_catalog.=) c.relnamespace
  cross join lateral pg_catalog.aclexplode(t.attacl) a
  left join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) a.grantee
  where a.grantee operator(pg_catalog.<>) c.relowner
  group by n.nspname, c.relname, t.attname, r.rolname, c.relowner, t.xmin
  union all
  select 'right', pg_catalog.format('the schema %I', n.nspname),
    pg_catalog.format('%s has %s', coalesce(r.rolname::pg_catalog.text, 'everybody'), pg_catalog.string_agg(a.privilege_type, ', ')), s.nspowner, pg_catalog.age(s.xmin)
  from schemas n join pg_catalog.pg_namespace s on s.oid operator(pg_catalog.=) n.oid
  cross join lateral pg_catalog.aclexplode(s.nspacl) a
  left join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) a.grantee
  where a.grantee operator(pg_catalog.<>) s.nspowner
    and (n.nspname operator(pg_catalog.<>) 'public' or a.grantee operator(pg_catalog.<>) 0::pg_catalog.oid or a.privilege_type operator(pg_catalog.<>) 'USAGE')
  group by n.nspname, r.rolname, s.nspowner, s.xmin
  union all
  select case when k.relation is null then 'constraint' else 'index' end, pg_catalog.format('%I.%I', n.nspname, k.name),
    'calls ' operator(pg_catalog.||) pg_catalog.string_agg(p.oid::pg_catalog.regproc::pg_catalog.text, ', '), k.owner, k.age
  from (
    select 'pg_catalog.pg_constraint'::pg_catalog.regclass as classid, c.oid as objid, c.connamespace as namespace, c.conname as name,
      null::pg_catalog.oid as relation, coalesce(r.relowner, t.typowner) as owner, pg_catalog.age(c.xmin) as age
    from pg_catalog.pg_constraint c left join pg_catalog.pg_class r on r.oid operator(pg_catalog.=) c.conrelid
    left join pg_catalog.pg_type t on t.oid operator(pg_catalog.=) c.contypid
    union all
    select 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, c.relnamespace, c.relname, c.oid, c.relowner, pg_catalog.age(c.xmin)
    from pg_catalog.pg_class c where c.relkind operator(pg_catalog.=) any (array['i', 'I']::pg_catalog."char"[])
  ) k
  join schemas n on n.oid operator(pg_catalog.=) k.namespace
  join pg_catalog.pg_depend e on e.classid operator(pg_catalog.=) k.classid and e.objid operator(pg_catalog.=) k.objid
    and e.refclassid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
  join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) e.refobjid
  join schemas m on m.oid operator(pg_catalog.=) p.pronamespace
  group by k.relation, n.nspname, k.name, k.owner, k.age
  union all
  select 'constraint', pg_catalog.format('%I.%I', n.nspname, x.conname),
    'calls ' operator(pg_catalog.||) pg_catalog.string_agg(distinct p.oid::pg_catalog.regproc::pg_catalog.text, ', '),
    coalesce(r.relowner, t.typowner), pg_catalog.age(x.xmin)
  from pg_catalog.pg_constraint x join schemas n on n.oid operator(pg_catalog.=) x.connamespace
  left join pg_catalog.pg_class r on r.oid operator(pg_catalog.=) x.conrelid
  left join pg_catalog.pg_type t on t.oid operator(pg_catalog.=) x.contypid
  cross join lateral pg_catalog.regexp_matches(x.conbin::pg_catalog.text, ':funcid ([0-9]+)', 'g') c(id)
  join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) c.id[1]::pg_catalog.oid
  where x.contype operator(pg_catalog.=) 'c'::pg_catalog."char" and p.provolatile operator(pg_catalog.=) 'v'::pg_catalog."char"
    and p.pronamespace operator(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace
  group by n.nspname, x.conname, x.oid, r.relowner, t.typowner, x.xmin
  union all
  select 'default', pg_catalog.format('%I.%I', n.nspname, t.typname),
    pg_catalog.regexp_replace(t.typdefault, '''(?:[^'']|'''')*''', '''…''', 'g'), t.typowner, pg_catalog.age(t.xmin)
  from pg_catalog.pg_type t join schemas n on n.oid operator(pg_catalog.=) t.typnamespace
  where t.typtype operator(pg_catalog.=) 'd'::pg_catalog."char" and pg_catalog.strpos(t.typdefault, '(') operator(pg_catalog.>) 0
    and t.typdefault operator(pg_catalog.<>) all (array['now()', 'gen_random_uuid()', 'clock_timestamp()'])
    and not exists (select from own where own.objid operator(pg_catalog.=) t.oid
      and own.classid operator(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass)
  union all
  select 'conversion', pg_catalog.format('%I.%I', n.nspname, c.conname), 'takes the place of the system''s where its schema comes first',
    c.conowner, pg_catalog.age(c.xmin)
  from pg_catalog.pg_conversion c join schemas n on n.oid operator(pg_catalog.=) c.connamespace
  union all
  select 'subscription', pg_catalog.format('%I', s.subname), 'writes what another server says', s.subowner, 0
  from pg_catalog.pg_subscription s join pg_catalog.pg_database d on d.oid operator(pg_catalog.=) s.subdbid
  where d.datname operator(pg_catalog.=) pg_catalog.current_database()
  union all
  select 'right of what is made later', coalesce(n.nspname::pg_catalog.text, 'every schema'), pg_catalog.array_to_string(d.defaclacl, ', '), d.defaclrole, pg_catalog.age(d.xmin)
  from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) d.defaclnamespace
  union all
  select 'foreign server', pg_catalog.format('%I', s.srvname), 'leads to another server', s.srvowner, pg_catalog.age(s.xmin)
  from pg_catalog.pg_foreign_server s
  union all
  select 'publication', pg_catalog.format('%I', p.pubname), 'gives rows to who subscribes', p.pubowner, pg_catalog.age(p.xmin)
  from pg_catalog.pg_publication p
)
select f.kind, f.name, f.what, r.rolname as owner
from found f left join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) f.owner
order by f.age, f.kind, f.name`;

/** Settings that sessions of the database or of its roles begin with, by name; what they are set to may be a secret. */
export const SETTINGS_SQL = `
select 'setting' as kind, pg_catalog.split_part(c.entry, '=', 1) as name,
  pg_catalog.concat_ws(', ', case when r.rolname is not null then 'of role ' operator(pg_catalog.||) r.rolname end,
    case when d.datname is not null then 'in the database ' operator(pg_catalog.||) d.datname end) as what, r.rolname as owner
from pg_catalog.pg_db_role_setting x
left join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) x.setrole
left join pg_catalog.pg_database d on d.oid operator(pg_catalog.=) x.setdatabase
cross join lateral pg_catalog.unnest(x.setconfig) c(entry)
where d.datname operator(pg_catalog.=) pg_catalog.current_database()
  or r.rolname operator(pg_catalog.=) any ($1::pg_catalog.text[])
order by 2, 3`;

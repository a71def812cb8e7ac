import { grantsToRun, missingGrants, type AskedGrants } from "./grantsSql";
import { takeSettings } from "./needsSql";
import { ATTEMPT_POOLED, LAST_WORD, SESSION_AS_TEXT, untilItWorks, worksAs } from "./proofScript";

const list = (variable: string) => `pg_catalog.string_to_array(:'${variable}', pg_catalog.chr(10))`;
const ASKED: AskedGrants = { owner: ":'owner'", profile: ":'profile'", tables: list("tables"), sequences: list("sequences") };

/**
 * Gives a profile its rights as the database's owner, then logs in as the profile until it works or
 * the time is over, and says why as the container's last word, which Pulumi prints.
 *
 * The rights are the owner's to give. One of the owner's logins, with the password that the
 * container has, works as the owner. It finds what is missing and what is too much, and runs those
 * statements in one transaction. Where logins take turns, both are tried. Several proofs of one
 * database wait for one another. A second run finds nothing to do.
 *
 * A proof that a rotation waits for (`NEEDS=told`) is not held up by rights that nobody could give.
 *
 * The rest is as in the proof of a service (proofScript.ts): a login that is not the profile's role
 * itself works as that role, and every name is a name of the system's own schema.
 */
export const PROFILE_SCRIPT = `
ask() {
  psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --set owner="$OWNER" --set profile="$PROFILE" \\
    --set tables="$TABLES" --set sequences="$SEQUENCES" "$@" 2>&1
}
give() {
  for login in FIRST SECOND; do
    eval "user=\\\${\${login}_USER:-} password=\\\${\${login}_PASSWORD:-}"
    [ -n "$user" ] || continue
    PGUSER=$user PGPASSWORD=$password ask <<'SQL' && return 0
set role :"owner";
begin;
select pg_catalog.pg_advisory_xact_lock(1129201991, 1) is null as locked \\gset
${grantsToRun(ASKED)} \\gexec
commit;
SQL
  done
  return 1
}
attempt() {
  ask <<'SQL'
${worksAs("profile")}
-- One that has been a migrator works as the owner by its setting.
select session_user operator(pg_catalog.=) :'profile' and exists (select from pg_catalog.pg_db_role_setting s
  join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) s.setrole and r.rolname operator(pg_catalog.=) session_user
  cross join lateral pg_catalog.unnest(s.setconfig) c (entry) where pg_catalog.starts_with(c.entry, 'role=')) as leftover \\gset
\\if :leftover
alter role session_user reset role;
\\connect
\\endif
select current_user as works_as \\gset
${SESSION_AS_TEXT}
SQL
}
take_settings() {
  psql --no-psqlrc --quiet --tuples-only --no-align --set profile="$PROFILE" <<'SQL' >/dev/null 2>&1
${takeSettings(":'profile'")}
SQL
}
missing() {
  ask <<'SQL'
${missingGrants(ASKED)};
SQL
}
${ATTEMPT_POOLED}
works() {
  failed="$OWNER, who owns the database $PGDATABASE, has not given $PROFILE its rights within $SECONDS_TO_TRY s. Postgres:"
  given=$(give) || {
    said=$given
    [ "\${NEEDS:-}" = told ] || return 1
  }
  failed="no login as role $ROLE within $SECONDS_TO_TRY s. Postgres:"
  said=$(attempt)
  [ "$said" = "$ROLE $PROFILE $PGDATABASE tls" ] || return 1
  if [ -n "\${POOLER:-}" ]; then
    failed="no login as role $ROLE within $SECONDS_TO_TRY s. Its Pooler:"
    said=$(attempt_pooled)
    [ "$said" = "$ROLE $PROFILE $PGDATABASE" ] || return 1
  fi
  [ "$ROLE" = "$PROFILE" ] || take_settings
  said=$(missing)
  failed="$ROLE logs in, and has not all of its rights in the database $PGDATABASE:"
  [ "\${NEEDS:-}" = told ] || [ -z "$said" ]
}
${untilItWorks("PROFILE")}
{
  echo "service $SERVICE: $failed"
  echo "$said" | tail -n 3 | head -c 2500
${LAST_WORD}`;

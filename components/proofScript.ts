import { needsAsText, takeSettings } from "./needsSql";

const list = (variable: string) => `pg_catalog.string_to_array(:'${variable}', pg_catalog.chr(10))`;
const NEEDS = needsAsText({
  owner: ":'owner'",
  extensions: list("extensions"),
  schemas: list("schemas"),
  foreignOwners: list("foreign_owners"),
});

// A profile's proof has the parts from here to `PROOF_SCRIPT`, too (profileScript.ts).

/**
 * Statements by which a session works as a role, from the login's first one on.
 *
 * @param name psql's variable of that role
 */
export const worksAs = (name: string): string => `select current_user operator(pg_catalog.<>) :'${name}' as adjust \\gset
\\if :adjust
select pg_catalog.format('alter role session_user set role = %L', :'${name}') \\gexec
\\connect
\\endif`;

/** Statements that print who has logged in, as whom it works, where, and whether over TLS. */
export const SESSION_AS_TEXT = `-- Who works as another is not told about its own session.
set role none;
select pg_catalog.concat_ws(' ', session_user, :'works_as', pg_catalog.current_database(),
  (select case when ssl then 'tls' end from pg_catalog.pg_stat_ssl where pid operator(pg_catalog.=) pg_catalog.pg_backend_pid()),
  case when pg_catalog.has_database_privilege(:'works_as', pg_catalog.current_database(), 'create') then 'create' end);`;

/** A function of the shell: several logins through the Pooler, each outcome once. */
export const ATTEMPT_POOLED = `# Sets nothing: another client may have the same session next.
attempt_pooled() {
  for login in 1 2 3 4 5 6 7 8 9 10; do
    psql --no-psqlrc --quiet --tuples-only --no-align --dbname "$POOLER" --command "
      select pg_catalog.concat_ws(' ', session_user, current_user, pg_catalog.current_database(),
        case when pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create') then 'create' end)" 2>&1 || break
  done | sort -u
}`;

/**
 * Runs `works` until it succeeds, or the time is over.
 *
 * @param name the shell's variable of the role that the login works as
 */
export const untilItWorks = (name: string): string => `until=$(($(date +%s) + SECONDS_TO_TRY))
while :; do
  if works; then
    echo "service $SERVICE: logged in as $ROLE, working as $${name}, in database $PGDATABASE over TLS\${POOLER:+, and through its Pooler}"
    [ -z "$said" ] || echo "$said"
    exit 0
  fi
  [ "$(date +%s)" -ge "$until" ] && break
  sleep 0.5
done`;

/** The end of a failure's message, without control characters: the container's last word. */
export const LAST_WORD = `  echo "$CONSEQUENCE"
} | tr -d '\\001-\\010\\013-\\037\\177' | tee /dev/termination-log
exit 1
`;

/**
 * Logs in until it works or the time is over, and says why as the container's last word, which Pulumi prints.
 *
 * A login that is not the owner itself works as the owner from its first statement on: that is a setting of the role, which a role may make for itself alone, and
 * which holds behind a connection pooler, too. It is made here, at the role's first login, before any application has the credential.
 *
 * Where the service has a Pooler, the login goes through that as well. PgBouncer cannot read a password: it logs in to Postgres with what the last client proved to know,
 * and one that has outlived its password makes it fail, and with it everybody of that role for a while. After a login with the new password it has that.
 * Each pod of a Pooler keeps its own, and its Service picks one at random: hence several logins.
 *
 * A service's database is for its own logins, whatever pg_hba.conf says: Postgres lets everybody connect to one that is made, no object of CloudNativePG's can
 * say otherwise, and its owner may. The operator's exporter, and whom the stack's own lines let in, keep that right.
 *
 * Sessions begin with the settings of the role that has logged in, and with none of the role that it works as: a login takes over those of the owner, as far as it
 * may. Then it is asked whether the owner may use what is in its database. What it may not is a login that works and an application that does not: it fails the
 * proof, unless the proof keeps a rotation waiting (\`NEEDS=told\`), which is none the worse for it.
 *
 * A role decides by settings of its own what names mean in its sessions: those here begin with the system's, and every name says that it is one.
 *
 * Names of what is missing are a tenant's. A terminal that prints the last word does nothing by
 * them.
 */
export const PROOF_SCRIPT = `
attempt() {
  psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --set owner="$OWNER" --set guests="\${GUESTS:-}" <<'SQL' 2>&1
${worksAs("owner")}
select current_user as works_as \\gset
revoke connect, temporary on database :"DBNAME" from public;
select pg_catalog.format('grant connect on database %I to %I', pg_catalog.current_database(), rolname)
  from pg_catalog.pg_roles where rolname operator(pg_catalog.=) any (pg_catalog.string_to_array(:'guests', pg_catalog.chr(10))) \\gexec
${SESSION_AS_TEXT}
SQL
}
as_login() { psql --no-psqlrc --quiet --tuples-only --no-align --set owner="$OWNER" "$@"; }
take_settings() {
  as_login <<'SQL' >/dev/null 2>&1
${takeSettings(":'owner'")}
SQL
}
missing() {
  as_login --set extensions="\${EXTENSIONS:-}" --set schemas="\${SCHEMAS:-}" --set foreign_owners="\${FOREIGN_OWNERS:-}" <<'SQL' 2>&1
${NEEDS};
SQL
}
${ATTEMPT_POOLED}
works() {
  failed="no login as role $ROLE within $SECONDS_TO_TRY s. Postgres:"
  said=$(attempt)
  [ "$said" = "$ROLE $OWNER $PGDATABASE tls create" ] || return 1
  if [ -n "\${POOLER:-}" ]; then
    failed="no login as role $ROLE within $SECONDS_TO_TRY s. Its Pooler:"
    said=$(attempt_pooled)
    [ "$said" = "$ROLE $OWNER $PGDATABASE create" ] || return 1
  fi
  [ "$ROLE" = "$OWNER" ] || take_settings
  said=$(missing)
  failed="$ROLE logs in, and its application finds in database $PGDATABASE not what it needs. The statements are for \\\`postgres\\\` there; \\\`npm run drift\\\` prints them as commands:"
  [ "\${NEEDS:-}" = told ] || ! echo "$said" | grep -v '^Note: ' | grep -q .
}
${untilItWorks("OWNER")}
{
  echo "service $SERVICE: $failed"
  case "$failed" in
  "no login"*) echo "$said" | tail -n 3 ;;
  *) echo "$said" | head -c 2500 ;;
  esac
${LAST_WORD}`;

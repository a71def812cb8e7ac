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
 * A role decides by settings of its own what names mean in its sessions: those here begin with the system's, and every name says that it is one.
 */
export const PROOF_SCRIPT = `
attempt() {
  psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --set owner="$OWNER" --set guests="\${GUESTS:-}" <<'SQL' 2>&1
select current_user operator(pg_catalog.<>) :'owner' as adjust \\gset
\\if :adjust
select pg_catalog.format('alter role session_user set role = %L', :'owner') \\gexec
\\connect
\\endif
select current_user as works_as \\gset
revoke connect, temporary on database :"DBNAME" from public;
select pg_catalog.format('grant connect on database %I to %I', pg_catalog.current_database(), rolname)
  from pg_catalog.pg_roles where rolname operator(pg_catalog.=) any (pg_catalog.string_to_array(:'guests', pg_catalog.chr(10))) \\gexec
-- Who works as another is not told about its own session.
set role none;
select pg_catalog.concat_ws(' ', session_user, :'works_as', pg_catalog.current_database(),
  (select case when ssl then 'tls' end from pg_catalog.pg_stat_ssl where pid operator(pg_catalog.=) pg_catalog.pg_backend_pid()),
  case when pg_catalog.has_database_privilege(:'works_as', pg_catalog.current_database(), 'create') then 'create' end);
SQL
}
# Sets nothing: another client may have the same session next.
attempt_pooled() {
  for login in 1 2 3 4 5 6 7 8 9 10; do
    psql --no-psqlrc --quiet --tuples-only --no-align --dbname "$POOLER" --command "
      select pg_catalog.concat_ws(' ', session_user, current_user, pg_catalog.current_database(),
        case when pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create') then 'create' end)" 2>&1 || break
  done | sort -u
}
works() {
  by=Postgres
  said=$(attempt)
  [ "$said" = "$ROLE $OWNER $PGDATABASE tls create" ] || return 1
  [ -n "\${POOLER:-}" ] || return 0
  by="Its Pooler"
  said=$(attempt_pooled)
  [ "$said" = "$ROLE $OWNER $PGDATABASE create" ]
}
until=$(($(date +%s) + SECONDS_TO_TRY))
while :; do
  if works; then
    echo "service $SERVICE: logged in as $ROLE, working as $OWNER, in database $PGDATABASE over TLS\${POOLER:+, and through its Pooler}"
    exit 0
  fi
  [ "$(date +%s)" -ge "$until" ] && break
  sleep 0.5
done
{
  echo "service $SERVICE: no login as role $ROLE within $SECONDS_TO_TRY s. $by:"
  echo "$said" | tail -n 3
  echo "$CONSEQUENCE"
} | tee /dev/termination-log
exit 1
`;

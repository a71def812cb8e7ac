/**
 * Logs in until it works or the time is over, and says why as the container's last word, which Pulumi prints.
 *
 * A login that is not the owner itself works as the owner from its first statement on: that is a setting of the role, which a role may make for itself alone, and
 * which holds behind a connection pooler, too. It is made here, at the role's first login, before any application has the credential.
 */
export const PROOF_SCRIPT = `
attempt() {
  psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --set owner="$OWNER" <<'SQL' 2>&1
select current_user <> :'owner' as adjust \\gset
\\if :adjust
select format('alter role session_user set role = %L', :'owner') \\gexec
\\connect
\\endif
select current_user as works_as \\gset
-- Who works as another is not told about its own session.
set role none;
select concat_ws(' ', session_user, :'works_as', current_database(),
  (select case when ssl then 'tls' end from pg_stat_ssl where pid = pg_backend_pid()),
  case when has_database_privilege(:'works_as', current_database(), 'create') then 'create' end);
SQL
}
expected="$ROLE $OWNER $PGDATABASE tls create"
until=$(($(date +%s) + SECONDS_TO_TRY))
while :; do
  said=$(attempt)
  if [ "$said" = "$expected" ]; then
    echo "service $SERVICE: logged in as $ROLE, working as $OWNER, in database $PGDATABASE over TLS"
    exit 0
  fi
  [ "$(date +%s)" -ge "$until" ] && break
  sleep 0.5
done
{
  echo "service $SERVICE: no login as role $ROLE within $SECONDS_TO_TRY s. Postgres:"
  echo "$said" | tail -n 3
  echo "$CONSEQUENCE"
} | tee /dev/termination-log
exit 1
`;

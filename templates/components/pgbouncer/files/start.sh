#!/bin/sh
# Runs PgBouncer: DATABASE_HOST and DATABASE_PORT (5432) say where PostgreSQL is, POOLED_ROLES who
# connects, and of each the password, such as APP_PASSWORD of app; POOL_SIZE, where several run, how much of
# default_pool_size each has. What this writes stays in memory.
set -eu
umask 077
folder=$(dirname "$0")
state=${STATE_DIRECTORY:-/tmp}
timeout=${STATEMENT_TIMEOUT_MS:-5000}

for role in $POOLED_ROLES; do
	password=$(printenv "$(echo "$role" | tr a-z A-Z)_PASSWORD")
	printf '"%s" "%s"\n' "$role" "$password"
done >"$state/roles.txt"

cat >"$state/pgbouncer.ini" <<END
%include $folder/pgbouncer.ini
listen_addr = ${LISTEN_ADDRESS:-*}
listen_port = ${LISTEN_PORT:-6432}
unix_socket_dir =
${POOL_SIZE:+default_pool_size = $POOL_SIZE}
auth_file = $state/roles.txt
stats_users = $(echo "$POOLED_ROLES" | tr ' ' ,)
[databases]
* = host=$DATABASE_HOST port=${DATABASE_PORT:-5432} connect_query='SET statement_timeout = $timeout; SET lock_timeout = $timeout; SET idle_in_transaction_session_timeout = 30000; SET timezone = UTC'
END
exec pgbouncer "$state/pgbouncer.ini"

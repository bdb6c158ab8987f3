#!/bin/sh
# As much of the official image's entrypoint as a project uses.
set -eu
[ "${1#-}" = "$1" ] || set -- postgres "$@"
[ "$1" = postgres ] || exec "$@"
export PGDATA=${PGDATA:-/var/lib/postgresql/18/docker}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    password=$(mktemp)
    printf %s "$POSTGRES_PASSWORD" >"$password"
    # shellcheck disable=SC2086
    initdb --username="${POSTGRES_USER:-postgres}" --pwfile="$password" ${POSTGRES_INITDB_ARGS:-}
    rm -f "$password"
    printf 'host all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
    if [ "${POSTGRES_DB:-postgres}" != postgres ]; then
        pg_ctl -w -o "-c listen_addresses=" start >/dev/null
        PGPASSWORD=$POSTGRES_PASSWORD psql -U "${POSTGRES_USER:-postgres}" -d postgres -c "CREATE DATABASE \"$POSTGRES_DB\"" >/dev/null
        pg_ctl -w -m fast stop >/dev/null
    fi
fi
shift
exec postgres -c listen_addresses='*' "$@"

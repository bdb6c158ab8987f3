#!/bin/sh
# sh restore.sh TIME: the database as it was then, such as '2026-11-29 10:00:00+00', or `latest`: all
# that is in the archive. Into $PGDATA, a folder that is not there yet; from the backups and the WAL in
# $RESTORE_FROM. Nothing is overwritten. A node that is started on the folder, under a new name of the
# cluster, is its primary.
set -eu
umask 077
if test "$1" = latest; then
	moment=latest stamp=99991231T235959Z target=
else
	moment=$(date -u -d "$1" '+%Y-%m-%d %H:%M:%S.%6N+00')
	stamp=$(date -u -d "$1" +%Y%m%dT%H%M%SZ)
	# Where no transaction is later, PostgreSQL cannot know that it is there: `latest`.
	target="-c recovery_target_time='$moment' -c recovery_target_action=promote"
fi
test ! -e "$PGDATA" || { echo "error: $PGDATA is there already" >&2; exit 2; }

chosen=
for backup in "$RESTORE_FROM"/base/*Z; do
	name=${backup##*/}
	if test -d "$backup" && test "$(printf '%s\n' "$name" "$stamp" | sort | head -n 1)" = "$name"; then chosen=$backup; fi
done
test -n "$chosen" || { echo "error: no backup in $RESTORE_FROM/base was finished by $moment" >&2; exit 2; }
echo "from $chosen to $moment"

part=$PGDATA.part
sockets=$(mktemp -d)
log=$sockets/log
trap 'rm -rf "$sockets"' EXIT
rm -rf "$part"
cp -a "$chosen" "$part"
chmod 700 "$part"
rm -f "$part/standby.signal"
touch "$part/recovery.signal"
# Patroni writes it anew; what a standby follows, and up to where, would stand against what follows.
sed -i -E '/^(primary_|recovery_|restore_|synchronous_standby)/d' "$part/postgresql.conf"
# Nobody reaches it, and it archives nothing, until it is a node of a cluster.
settings="-c listen_addresses='' -c unix_socket_directories='$sockets' -c archive_mode=off"
settings="$settings $target -c restore_command='cp \"$RESTORE_FROM/wal/%f\" \"%p\"'"
if ! pg_ctl --pgdata="$part" --log="$log" --wait --silent --options="$settings" start; then
	cat "$log" >&2
	exit 3
fi
until pg_controldata "$part" | grep -q '^Database cluster state: *in production$'; do
	if ! pg_ctl --pgdata="$part" status >/dev/null; then
		# Such as: recovery ended before configured recovery target was reached.
		cat "$log" >&2
		exit 3
	fi
	sleep 0.2
done
pg_ctl --pgdata="$part" --wait --silent stop
mv "$part" "$PGDATA"

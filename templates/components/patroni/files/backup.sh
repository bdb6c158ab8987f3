#!/bin/sh
# sh backup.sh: a base backup into $DATABASE_BACKUPS/base, from the standby where there is one. With
# the archive's WAL it can become any later moment: restore.sh. It is named by the moment of its end.
# Of older ones KEEP_BACKUPS (7) stay, and the WAL that these need.
set -eu
umask 077
base=$DATABASE_BACKUPS/base
part=$base/unfinished
mkdir -p "$base"
rm -rf "$part"
PGTARGETSESSIONATTRS=prefer-standby pg_basebackup --no-password --checkpoint=fast --pgdata="$part"
pg_verifybackup --quiet "$part"
# The next whole second: nothing of the backup is later.
sleep 1
name=$(date -u +%Y%m%dT%H%M%SZ)
mv "$part" "$base/$name"
echo "$base/$name"

find "$base" -mindepth 1 -maxdepth 1 -name '*Z' | sort -r | tail -n +$((${KEEP_BACKUPS:-7} + 1)) |
	while read -r old; do rm -rf "$old"; done
oldest=$(find "$base" -mindepth 1 -maxdepth 1 -name '*Z' | sort | head -n 1)
first=$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\))$/\1/p' "$oldest/backup_label")
mkdir -p "$DATABASE_BACKUPS/wal"
pg_archivecleanup "$DATABASE_BACKUPS/wal" "$first"

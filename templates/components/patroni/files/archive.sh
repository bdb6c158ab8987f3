#!/bin/sh
# sh archive.sh PATH NAME: a finished segment of WAL into the archive; PostgreSQL calls it, and again
# until it succeeds. What is there already and differs is another cluster's: it is an error.
set -eu
umask 077
archive=$DATABASE_BACKUPS/wal
if test -f "$archive/$2"; then exec cmp "$1" "$archive/$2"; fi
mkdir -p "$archive"
cp "$1" "$archive/$2.part"
sync "$archive/$2.part"
mv "$archive/$2.part" "$archive/$2"
sync "$archive"

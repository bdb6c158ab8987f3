#!/bin/sh
# Starts a node. The first one begins the cluster where there is none; after all of them were stopped
# the one that stopped last does. Where all have crashed nobody knows which was last: see README.md.
set -eu
state=/var/lib/mysql/grastate.dat
begin=
if [ -f "$state" ]; then
  if grep -q '^safe_to_bootstrap: 1' "$state"; then begin=--wsrep-new-cluster; fi
elif [ "$NODE" = galera-1 ]; then
  # Its data may be gone while the others go on.
  begin=--wsrep-new-cluster
  for other in galera-2 galera-3; do
    if mariadb-admin --no-defaults --host="$other" --connect-timeout=2 ping 2>/dev/null; then begin=; fi
  done
fi
exec docker-entrypoint.sh mariadbd --wsrep-node-name="$NODE" $begin

#!/bin/sh
# As much of the official image's start as a project uses: KAFKA_NODE_ID is node.id, and so on.
set -euf
properties=/opt/kafka/config/server.properties
env | sed -n 's/^KAFKA_\([A-Z_]*\)=/\1 /p' | while read -r name value; do
    [ "$name" = HEAP_OPTS ] || printf '%s=%s\n' "$(echo "$name" | tr A-Z_ a-z.)" "$value"
done >"$properties"
java="java ${KAFKA_HEAP_OPTS:-} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp /opt/kafka/libs/*"
$java kafka.tools.StorageTool format --ignore-formatted --cluster-id "$CLUSTER_ID" --config "$properties"
exec $java kafka.Kafka "$properties"

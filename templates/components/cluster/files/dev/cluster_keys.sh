#!/bin/sh
# sh dev/cluster_keys.sh NAMESPACE: rotate the keys that tokens are signed with, in the Secret that every
# replica mounts, or make the first ones. The next ones sign after two minutes, when all have them.
# `sh dev/cluster_keys.sh NAMESPACE --compromised` forgets all others at once, see the runbook.
set -eu
umask 077
namespace=${1:?the namespace}
shift
keys=$(mktemp -d)
trap 'rm -r "$keys"' EXIT

verb=create
if kubectl get secret signing-keys --namespace "$namespace" --output name > /dev/null 2>&1; then
	verb=replace
	kubectl get secret signing-keys --namespace "$namespace" \
		--output go-template='{{range $name, $value := .data}}{{$name}} {{$value}}{{"\n"}}{{end}}' > "$keys/.all"
	while read -r name value; do printf %s "$value" | base64 -d > "$keys/$name"; done < "$keys/.all"
fi
# Nothing of it asks the database; the settings want one all the same.
ENVIRONMENT=production PLAINTEXT_ALLOWED=postgres DATABASE_URL=postgresql://nobody:not-used@localhost/none \
	SIGNING_KEYS_DIRECTORY=$keys .venv/bin/python -m identity.commands keys "$(test $verb = create && echo list || echo rotate)" "$@"
rm -f "$keys/.all" "$keys/.lock"
kubectl create secret generic signing-keys --namespace "$namespace" --from-file "$keys" --dry-run=client --output yaml |
	kubectl $verb --filename -

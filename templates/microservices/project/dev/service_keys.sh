#!/bin/sh
# sh dev/service_keys.sh SERVICE...: in .env a private key for each service that has none there, and
# its public half, which joins those that are there: until the service signs with the new key, who it
# calls holds both. What is in the file stays as it is; of several lines of a name the last one counts.
set -eu
umask 077

# Between a name and its value: `=` or `:`, spaces, quotes. Every value here begins with a letter.
value_of() {
	sed -n "s/^[[:space:]]*\(export[[:space:]]\{1,\}\)\{0,1\}$1[^#A-Za-z0-9_]\{1,\}\([A-Za-z0-9+\/=,]*\).*/\2/p" .env | tail -n 1
}

add() {
	if test -n "$(tail -c 1 .env)"; then echo >> .env; fi
	printf '%s=%s\n' "$1" "$2" >> .env
	echo "$1 was missing in .env and has been added"
}

# PEM without its marks, in one line.
body() {
	sed '/-----/d' | tr -d '\n'
}

public_of() {
	kind="PRIVATE KEY" # apart from its marks, by which keys are looked for in files
	{
		echo "-----BEGIN $kind-----"
		printf '%s\n' "$1" | fold -w 64
		echo "-----END $kind-----"
	} | openssl pkey -pubout | body
}

for service; do
	name=$(printf %s "$service" | tr a-z A-Z)
	key=$(value_of "${name}_SERVICE_KEY")
	known=$(value_of "${name}_PUBLIC_KEYS")
	if test -n "$key" && test -n "$known"; then continue; fi
	if ! command -v openssl > /dev/null; then
		echo "make keys needs openssl: install the package of that name" >&2
		exit 1
	fi
	made=
	if test -z "$key"; then
		made=$(openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve | body)
		test -n "$made"
	fi
	public=$(public_of "${made:-$key}")
	if test -z "$public"; then
		echo "${name}_SERVICE_KEY in .env is no private key" >&2
		exit 1
	fi
	# Before its private half: a key that signs is known, whatever ends this in between.
	add "${name}_PUBLIC_KEYS" "${known:+$known,}$public"
	if test -n "$made"; then
		add "${name}_SERVICE_KEY" "$made"
	fi
done

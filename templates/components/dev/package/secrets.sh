#!/bin/sh
# sh dev/secrets.sh NAME...: a secret in .env for each name that has no value there. Compose reads the
# file, git ignores it. What is in it stays as it is, and so do its mode and a link that it may be.
set -eu
umask 077

# As Compose reads it: `export`, spaces, quotes, comments, CRLF; of several lines the last one counts.
has_value() {
	LC_ALL=C awk -v name="$1" '
		NR == 1 { sub(/^\357\273\277/, "") }
		{
			sub(/\r$/, "")
			sub(/^[ \t]*(export[ \t]+)?/, "")
			if (index($0, name) != 1) next
			value = substr($0, length(name) + 1)
			if (value !~ /^[ \t]*(=|:)/) next
			sub(/^[ \t]*(=|:)[ \t]*/, "", value)
			found = value !~ /^(""|'"''"')?[ \t]*(#.*)?$/
		}
		END { exit !found }
	' .env
}

if ! test -e .env; then
	echo "# Letters, digits and -._~ only: they become parts of URLs." > .env
fi
for name; do
	if ! has_value "$name"; then
		if test -n "$(tail -c 1 .env)"; then echo >> .env; fi
		secret=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
		test ${#secret} -eq 48
		printf '%s=%s\n' "$name" "$secret" >> .env
		echo "$name was missing in .env and has been added"
	fi
done

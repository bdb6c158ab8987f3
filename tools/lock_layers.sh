#!/bin/sh
# What functions of a cloud add to an application: locked beside what every application has, and without it.
set -eu
cd "$(dirname "$0")/.."
has="templates/monolith/project/requirements.txt.jinja templates/microservices/service/requirements.txt.jinja templates/event_driven/service/requirements.txt.jinja"
names() { sed -n 's/^\([a-z0-9-]*\)==.*/\1/p' "$1"; }
for file in $has; do names "$file"; done | sort | uniq -c | sed -n 's/^ *3 //p' >common.tmp
# shellcheck disable=SC2086 # several files
sed -n 's/^\([a-z0-9-]*==[^ ]*\).*/\1/p' $has | sort -u >pins.tmp
trap 'rm -f common.tmp pins.tmp' EXIT

# layer TARGET WHAT REQUIREMENT
layer() {
    {
        echo "# Made by \`make lock\`: $2, and what it needs beside what the application has."
        # shellcheck disable=SC2046 # a word each
        echo "$3" | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
            --no-annotate --no-header --constraint pins.tmp $(sed 's/^/--no-emit-package /' common.tmp) -
    } >"templates/components/$1_functions/files/requirements.txt"
}

layer google functions-framework functions-framework
# From version 2 on it needs Python 3.13.
layer azure "the library of Azure Functions" 'azure-functions<2'

#!/usr/bin/env bash
# Puts the oldest git that Debian still has into a folder: DIR/bin/git. For the tests; nothing is installed.
set -euo pipefail
suite=bullseye # git 2.30
folder=$(realpath -m "$1")
[ -x "$folder/bin/git" ] && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/lists/partial "$work"/cache/archives/partial
# The machine's own mirror, with another suite.
archive=$(grep -hoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1 | tr -d "\t " || true)
[ -n "$archive" ] || { echo "this machine has no Debian sources" >&2; exit 1; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $suite main" > "$work/sources.list"
options=(-qq -o APT::Sandbox::User=root -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o "Dir::State::lists=$work/lists" -o Dir::State::status=/dev/null -o "Dir::Cache=$work/cache")
apt-get "${options[@]}" update
mkdir -p "$folder/bin"
(cd "$work" && apt-get "${options[@]}" download git && dpkg -x git_*.deb "$folder/root")
cat > "$folder/bin/git" <<SCRIPT
#!/bin/sh
GIT_EXEC_PATH='$folder/root/usr/lib/git-core' exec '$folder/root/usr/bin/git' "\$@"
SCRIPT
chmod +x "$folder/bin/git"
"$folder/bin/git" version

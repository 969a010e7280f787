#!/bin/sh
# Writes the TypeScript types of the API: types.sh FILE OUT. With --check instead of FILE it
# writes nothing, and fails where OUT is not what FILE, its third argument, makes. It needs
# npx and the npm registry, or what npx has kept of it, and says so where one is missing.
set -eu
generator=openapi-typescript@7.13.0
skip() {
	echo "types: not made: $1"
	exit 0
}
check=
if [ "$1" = --check ]; then
	check=1
	set -- "$3" "$2"
fi
command -v npx >/dev/null 2>&1 || skip "npx is not installed (package npm)"
made=$(mktemp)
trap 'rm -f "$made"' EXIT
timeout 120 npx --yes --prefer-offline --package "$generator" --package typescript@5 openapi-typescript "$1" -o "$made" >/dev/null 2>&1 ||
	skip "the npm registry is not reached, or does not have $generator"
if [ -n "$check" ]; then
	cmp -s "$made" "$2" || { echo "types: $2 is not what $1 makes: make types" && exit 1; }
	echo "types: $2 is what $1 makes"
else
	cat "$made" >"$2"
fi

#!/bin/sh
# Runs every fuzz test of the tree for the given time each: fuzz.sh TIME TAGS.
set -eu
grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r file; do
	grep -oE '^func Fuzz[A-Za-z0-9_]*' "$file" | while read -r _ name; do
		echo "$name ($(dirname "$file"))"
		go test -tags "$2" -run '^$' -fuzz "^$name\$" -fuzztime "$1" "$(dirname "$file")"
	done
done

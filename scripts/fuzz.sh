#!/bin/sh
# Runs every fuzz test of the tree for the given time each: fuzz.sh TIME TAGS.
set -eu
report=$(mktemp)
trap 'rm -f "$report"' EXIT

# fuzz runs one test. If the time ends during an input, go test fails with "context
# deadline exceeded" though nothing was found; a real failure names its input.
fuzz() { # NAME PACKAGE TIME TAGS
	if go test -tags "$4" -run '^$' -fuzz "^$1\$" -fuzztime "$3" "$2" >"$report" 2>&1; then
		tail -n 2 "$report"
		return
	fi
	cat "$report"
	grep -q 'context deadline exceeded' "$report" && ! grep -qE 'Failing input|panic|\.go:[0-9]+' "$report"
}

grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r file; do
	grep -oE '^func Fuzz[A-Za-z0-9_]*' "$file" | while read -r _ name; do
		echo "$name ($(dirname "$file"))"
		fuzz "$name" "$(dirname "$file")" "$1" "$2"
	done
done

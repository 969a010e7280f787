#!/bin/sh
# Checks for Go, a C compiler for SQLite, and espeak-ng, which speaks codes in calls.
# Installs what is missing if it can do so without a password, otherwise prints the
# command. Without espeak-ng everything but calls works.
set -eu

need_go=1.26
here=$(dirname "$0")

if ! command -v go >/dev/null 2>&1; then
	echo "simgate needs Go $need_go or newer: see https://go.dev/doc/install" >&2
	exit 1
fi
have_go=$(go env GOVERSION | sed 's/^go//')
if [ "$(printf '%s\n%s\n' "$need_go" "$have_go" | sort -V | head -n 1)" != "$need_go" ]; then
	echo "simgate needs Go $need_go or newer, and this is $have_go: see https://go.dev/doc/install" >&2
	exit 1
fi

if ! { command -v "$(go env CC)" >/dev/null 2>&1 && printf '#include <stdlib.h>\nint main(void){return 0;}\n' | "$(go env CC)" -x c -o /dev/null - 2>/dev/null; }; then
	"$here/apt.sh" "simgate needs a C compiler for SQLite" gcc libc6-dev
fi

if ! command -v espeak-ng >/dev/null 2>&1; then
	"$here/apt.sh" "simgate needs espeak-ng to speak codes in calls; everything else works without" espeak-ng || true
fi

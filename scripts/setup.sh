#!/bin/sh
# Makes sure that what the build needs is there: Go, and a C compiler for SQLite.
# What is missing is installed where that is allowed, else named in one line.
set -eu

need_go=1.26

if ! command -v go >/dev/null 2>&1; then
	echo "simgate needs Go $need_go or newer: see https://go.dev/doc/install" >&2
	exit 1
fi
have_go=$(go env GOVERSION | sed 's/^go//')
if [ "$(printf '%s\n%s\n' "$need_go" "$have_go" | sort -V | head -n 1)" != "$need_go" ]; then
	echo "simgate needs Go $need_go or newer, and this is $have_go: see https://go.dev/doc/install" >&2
	exit 1
fi

if command -v "$(go env CC)" >/dev/null 2>&1 && printf '#include <stdlib.h>\nint main(void){return 0;}\n' | "$(go env CC)" -x c -o /dev/null - 2>/dev/null; then
	exit 0
fi

install="apt-get install -y gcc libc6-dev"
if command -v apt-get >/dev/null 2>&1; then
	if [ "$(id -u)" = 0 ]; then
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive $install && exit 0
	elif sudo -n true 2>/dev/null; then
		sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive $install && exit 0
	fi
fi
echo "simgate needs a C compiler for SQLite: sudo $install" >&2
exit 1

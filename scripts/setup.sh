#!/bin/sh
# Checks for Go, a C compiler for SQLite, and espeak-ng, which speaks codes in calls.
# Installs what is missing if it can do so without a password, otherwise prints the
# command. Without espeak-ng everything but calls works.
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

# install_packages installs packages if no password is needed.
install_packages() {
	command -v apt-get >/dev/null 2>&1 || return 1
	if [ "$(id -u)" = 0 ]; then
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y "$@"
	elif sudo -n true 2>/dev/null; then
		sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y "$@"
	else
		return 1
	fi
}

if ! { command -v "$(go env CC)" >/dev/null 2>&1 && printf '#include <stdlib.h>\nint main(void){return 0;}\n' | "$(go env CC)" -x c -o /dev/null - 2>/dev/null; }; then
	if ! install_packages gcc libc6-dev; then
		echo "simgate needs a C compiler for SQLite: sudo apt-get install -y gcc libc6-dev" >&2
		exit 1
	fi
fi

if ! command -v espeak-ng >/dev/null 2>&1; then
	if ! install_packages espeak-ng; then
		echo "simgate needs espeak-ng to speak codes in calls; everything else works without: sudo apt-get install -y espeak-ng" >&2
	fi
fi

#!/bin/sh
# Installs Debian packages if that needs no password, or else says with which command:
# apt.sh "simgate needs a C compiler for SQLite" PACKAGE...
set -eu
why=$1
shift

if command -v apt-get >/dev/null 2>&1; then
	if [ "$(id -u)" = 0 ]; then
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" && exit
	elif sudo -n true 2>/dev/null; then
		sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" && exit
	fi
fi
echo "$why: sudo apt-get install -y --no-install-recommends $*" >&2
exit 1

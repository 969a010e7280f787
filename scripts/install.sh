#!/bin/sh
# Installs simgate on Debian or Raspberry Pi OS: install.sh [ADDRESS]. At ADDRESS are the
# packages and SHA256SUMS, as "make deb" leaves them in dist; on a fresh Pi:
#
#   curl -fsSL ADDRESS/install.sh | sudo sh -s -- ADDRESS
#
# Without ADDRESS, or where it has no package for this machine, the package is built of
# the source that this script is part of, which takes several minutes on a Pi.
set -eu

fail() {
	echo "install.sh: $*" >&2
	exit 1
}

root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

command -v dpkg >/dev/null 2>&1 || fail "this is neither Debian nor Raspberry Pi OS: build simgate with \"make build\""
arch=$(dpkg --print-architecture)
case $arch in amd64 | arm64 | armhf) ;; *) fail "there is no package for $arch: build simgate with \"make build\"" ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # apt reads the package as another user

# download fetches the package of this machine, checked against the sums beside it.
download() { # ADDRESS
	command -v curl >/dev/null 2>&1 || root apt-get install -qy curl
	curl -fsSL -o "$work/SHA256SUMS" "$1/SHA256SUMS" || return 1
	line=$(grep -E " \*?simgate_[^/ ]*_$arch\.deb\$" "$work/SHA256SUMS" | head -n 1) || return 1
	name=${line##* }
	curl -fSL --progress-bar -o "$work/${name#\*}" "$1/${name#\*}" || return 1
	(cd "$work" && echo "$line" | sha256sum -c --quiet) || fail "the package at $1 is damaged: it does not have the sum that SHA256SUMS gives"
}

if [ $# -gt 0 ] && download "${1%/}"; then
	echo "Installing $(basename "$work"/simgate_*.deb)"
else
	here=$(cd "$(dirname "$0")" 2>/dev/null && pwd) || here=
	[ -e "$here/deb.sh" ] || fail "there is no package for $arch${1:+ at $1}, and no source beside this script: clone the repository, and run scripts/install.sh in it"
	echo "Building a package for $arch"
	make -C "$here/.." deb ARCHS="$arch"
	cp "$here/../dist"/simgate_*_"$arch".deb "$work/"
fi
root apt-get update -qq
root apt-get install -y --no-install-recommends "$work"/simgate_*_"$arch".deb

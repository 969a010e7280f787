#!/bin/sh
set -eu

usage() {
	cat <<END
Installs simgate on Debian or Raspberry Pi OS, or brings it up to date:

  install.sh [--dry-run] [--build] [ADDRESS]

At ADDRESS are the packages and SHA256SUMS, as "make deb" leaves them in dist. On a fresh Pi:

  curl -fsSL ADDRESS/install.sh | sudo sh -s -- ADDRESS

Without ADDRESS, with --build, or where ADDRESS has no package for this machine, the
package is built of the source that this script is part of, which needs Go and takes
several minutes on a Pi. The configuration and the queue stay as they are, and where the
version is installed already, nothing is done. --dry-run says what would be done.
END
}

fail() {
	echo "install.sh: $*" >&2
	exit 1
}

root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

dry='' build='' address=''
for argument; do
	case $argument in
	-h | --help) usage && exit ;;
	-n | --dry-run) dry=yes ;;
	--build) build=yes ;;
	-*) fail "there is no option $argument; --help lists them" ;;
	*)
		[ -z "$address" ] || fail "give one address, not $address and $argument"
		address=${argument%/}
		;;
	esac
done

command -v dpkg >/dev/null 2>&1 || fail "this is neither Debian nor Raspberry Pi OS: build simgate with \"make build\""
arch=$(dpkg --print-architecture)
case $arch in amd64 | arm64 | armhf) ;; *) fail "there is no package for $arch: build simgate with \"make build\"" ;; esac
here=$(cd "$(dirname "$0")" 2>/dev/null && pwd) || here=
[ -e "$here/deb.sh" ] || here=
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # apt reads the package as another user

# installed tells whether a version is installed, and whole.
installed() { [ "$(dpkg-query -W -f '${Status} ${Version}' simgate 2>/dev/null)" = "install ok installed $1" ]; }

# version is that of a package of this machine by the name of its file.
version() { echo "$1" | sed "s/.*simgate_\(.*\)_$arch\.deb/\1/"; }

# listed finds the package of this machine in the list at the address.
listed() {
	command -v curl >/dev/null 2>&1 || { [ -z "$dry" ] && root apt-get install -qy curl; } || fail "curl is not installed, which would be done first"
	curl -fsSL -o "$work/SHA256SUMS" "$address/SHA256SUMS" || return 1
	line=$(grep -E " \*?simgate_[^/ ]*_$arch\.deb\$" "$work/SHA256SUMS" | head -n 1)
	[ -n "$line" ] || return 1
	name=${line##* }
	name=${name#\*}
}

if [ -z "$build" ] && [ -n "$address" ] && listed; then
	if installed "$(version "$name")"; then
		echo "simgate $(version "$name") is installed already."
		exit
	fi
	if [ -n "$dry" ]; then
		echo "Would install $name from $address."
		exit
	fi
	curl -fSL --progress-bar -o "$work/$name" "$address/$name" || fail "$address/$name cannot be read"
	(cd "$work" && echo "$line" | sha256sum -c --quiet) || fail "the package at $address is damaged: it does not have the sum that SHA256SUMS gives"
else
	[ -n "$here" ] || fail "there is no package for $arch${address:+ at $address}, and no source beside this script: clone the repository, and run scripts/install.sh in it"
	if [ -n "$dry" ]; then
		echo "Would build a package for $arch of the source in $(dirname "$here"), and install it."
		exit
	fi
	echo "Building a package for $arch"
	make -C "$here/.." deb ARCHS="$arch"
	name=$(basename "$here/../dist"/simgate_*_"$arch".deb)
	if installed "$(version "$name")"; then
		echo "simgate $(version "$name") is installed already."
		exit
	fi
	cp "$here/../dist/$name" "$work/"
fi
echo "Installing $name"
root apt-get update -qq
root apt-get install -y --no-install-recommends "$work/$name"

#!/bin/sh
# Makes a signed apt source of packages: apt-repo.sh PACKAGES FOLDER, FOLDER to be put on
# a web server. APT_KEY is the id of a secret key of gpg; without it, one is made once and
# kept in APT_KEY_HOME, ~/.local/share/simgate/apt-key: whoever has it can update every
# machine that uses the source.
set -eu
packages=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
here=$(cd "$(dirname "$0")" && pwd)

missing=
command -v apt-ftparchive >/dev/null 2>&1 || missing=apt-utils
command -v gpg >/dev/null 2>&1 || missing="$missing gnupg"
# shellcheck disable=SC2086 # a list of packages
[ -z "$missing" ] || "$here/apt.sh" "An apt source is made with Debian's tools" $missing

key=${APT_KEY:-}
if [ -z "$key" ]; then
	GNUPGHOME=${APT_KEY_HOME:-$HOME/.local/share/simgate/apt-key}
	export GNUPGHOME
	key=packages@simgate.invalid
	mkdir -p "$GNUPGHOME" && chmod 700 "$GNUPGHOME"
	if ! gpg --batch --list-secret-keys "$key" >/dev/null 2>&1; then
		gpg --batch --quiet --passphrase '' --quick-generate-key "simgate packages <$key>" ed25519 sign never
		echo "A new key is in $GNUPGHOME: keep a copy where nobody else can read it." >&2
	fi
fi

rm -rf "$out/dists" "$out/pool"
mkdir -p "$out/pool"
cp "$packages"/simgate_*.deb "$out/pool/"
cd "$out"
for arch in amd64 arm64 armhf; do
	mkdir -p "dists/stable/main/binary-$arch"
	apt-ftparchive --arch "$arch" packages pool >"dists/stable/main/binary-$arch/Packages"
	gzip -9nk "dists/stable/main/binary-$arch/Packages"
done
release=$(mktemp)
apt-ftparchive -o APT::FTPArchive::Release::Origin=simgate -o APT::FTPArchive::Release::Suite=stable \
	-o APT::FTPArchive::Release::Codename=stable -o APT::FTPArchive::Release::Components=main \
	-o "APT::FTPArchive::Release::Architectures=amd64 arm64 armhf" release dists/stable >"$release"
mv "$release" dists/stable/Release && chmod 644 dists/stable/Release
gpg --batch --yes --local-user "$key" --clearsign -o dists/stable/InRelease dists/stable/Release
gpg --batch --yes --local-user "$key" --armor --detach-sign -o dists/stable/Release.gpg dists/stable/Release
gpg --batch --yes --export -o simgate.gpg "$key"
cat <<END
The apt source is in $out. Put the folder on a web server; then, on a machine that is to
use it, with its address for ADDRESS:

  sudo curl -fo /usr/share/keyrings/simgate.gpg ADDRESS/simgate.gpg
  echo 'deb [signed-by=/usr/share/keyrings/simgate.gpg] ADDRESS stable main' | sudo tee /etc/apt/sources.list.d/simgate.list
  sudo apt update && sudo apt install simgate
END

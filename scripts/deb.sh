#!/bin/sh
# Builds the Debian packages: deb.sh FOLDER [ARCHITECTURE...], for amd64, arm64 and armhf
# if none is named. FOLDER must hold what "make man" writes, man and completion. SOURCE
# in the environment is another work tree to take the program and its files from.
#
# The same commit gives the same bytes: times are those of the commit, and paths are
# left out. The packages run on Debian 12 and later, and on Raspberry Pi OS of that age.
# Debian's own tools for armhf make programs for ARMv7, which a Pi Zero or 1 cannot
# run. So that package holds one static program for ARMv6, which runs on all of them; but
# one that is built on such a machine is for machines of its kind.
set -eu
cd "$(dirname "$0")/.."
out=$(realpath "$1")
here=$PWD
shift
[ $# -gt 0 ] || set -- amd64 arm64 armhf

# compiler prints the C compiler for an architecture, and the packages it is in.
compiler() {
	case $1 in
	"$(dpkg --print-architecture)") echo gcc gcc libc6-dev ;;
	armhf) echo arm-linux-gnueabi-gcc gcc-arm-linux-gnueabi libc6-dev-armel-cross ;;
	amd64) echo x86_64-linux-gnu-gcc gcc-x86-64-linux-gnu libc6-dev-amd64-cross ;;
	arm64) echo aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross ;;
	*)
		echo "deb.sh: there is no package for $1: name amd64, arm64 or armhf" >&2
		return 2
		;;
	esac
}

missing=
command -v dh >/dev/null 2>&1 || missing=debhelper
for arch; do
	tools=$(compiler "$arch")
	command -v "${tools%% *}" >/dev/null 2>&1 || missing="$missing ${tools#* }"
done
if [ -n "$missing" ]; then
	# shellcheck disable=SC2086 # a list of packages
	scripts/apt.sh "The packages are made with Debian's tools" $missing
fi

cd "${SOURCE:-.}"
commit=$(git rev-parse --short=10 HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
# A tag v1.2.3 is version 1.2.3; other commits are before all tagged ones, by time.
version=$(git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null | sed 's/^v//')
[ -n "$version" ] || version="0~$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S).$commit"
flags="-s -w -X main.release=$version"

build() { # ARCHITECTURE STAGE
	export GOARM=6
	case $1-$(compiler "$1") in
	armhf-arm-linux-gnueabi-gcc*)
		# The ABI without registers for floats, with the floating-point unit of ARMv6.
		GOARCH=arm CC=arm-linux-gnueabi-gcc CGO_CFLAGS="$CGO_CFLAGS -march=armv6 -mfpu=vfp -mfloat-abi=softfp" \
			go build -trimpath -buildvcs=false -tags "$TAGS,netgo,osusergo" -ldflags "$flags -linkmode external -extldflags '-static -Wl,-z,relro,-z,now'" -o "$2/simgate" ./cmd/simgate
		;;
	*)
		GOARCH=$(echo "$1" | sed s/armhf/arm/) CC=$(compiler "$1" | cut -d ' ' -f 1) \
			go build -trimpath -buildvcs=false -buildmode=pie -tags "$TAGS" -ldflags "$flags -linkmode external -extldflags '-Wl,-z,relro,-z,now'" -o "$2/simgate" ./cmd/simgate
		;;
	esac
}

rm -f "$out"/simgate_*
for arch; do
	echo "simgate $version for $arch"
	stage=$out/stage-$arch
	rm -rf "$stage"
	mkdir -p "$stage"
	cp -r "$here/packaging/debian" "$stage/debian"
	cp -r "$out/man" "$stage/man"
	cp configs/simgate.yaml "$stage/"
	(cd "$here/configs" && cp simgate-alerts.yaml simgate-grafana.json "$stage/")
	cp configs/70-simgate.rules "$stage/debian/simgate.udev"
	cp systemd/simgate.service "$stage/debian/simgate.service"
	cp systemd/simgate-usb.socket "$stage/debian/simgate.simgate-usb.socket"
	cp systemd/simgate-usb@.service "$stage/debian/simgate.simgate-usb@.service"
	install -D -m 644 CHANGELOG.md "$stage/notes/NEWS.md" # debhelper would take a CHANGELOG for that of the package
	install -D -m 644 "$out/completion/simgate.bash" "$stage/completion/bash/simgate"
	install -D -m 644 "$out/completion/simgate.zsh" "$stage/completion/zsh/_simgate"
	install -D -m 644 "$out/completion/simgate.fish" "$stage/completion/fish/simgate.fish"
	printf 'simgate (%s) stable; urgency=medium\n\n  * Built of commit %s. NEWS.md beside this file tells what changed.\n\n -- The simgate authors <simgate@packages.example>  %s\n' \
		"$version" "$commit" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" >"$stage/debian/changelog"
	libc="libc6 (>= 2.34)"
	if [ "$arch" = armhf ] && [ "$(dpkg --print-architecture)" != armhf ]; then
		libc=
		printf '# Debian has no C library for ARMv6 to link with: see scripts/deb.sh.\nsimgate: statically-linked-binary [usr/bin/simgate]\n' >>"$stage/debian/simgate.lintian-overrides"
	fi
	build "$arch" "$stage"
	(cd "$stage" && LIBC=$libc dpkg-architecture -a"$arch" -f -c debian/rules binary) >"$stage/log" 2>&1 || {
		cat "$stage/log" >&2
		exit 1
	}
	# The modules of the program, which are the same everywhere, with their licences.
	[ -e "$out/simgate_$version.cdx.json" ] || go run "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$SBOM" \
		bin -json -licenses -std -noserial -notimestamp -version "$version" -output "$out/simgate_$version.cdx.json" "$stage/simgate"
	rm -rf "$stage"
done

(cd "$out" && sha256sum simgate_* >SHA256SUMS)

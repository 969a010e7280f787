#!/usr/bin/env bash
# Proves the packages: e2e.sh PART..., all parts if none is named.
#
#   unit       the exposure of the unit, with systemd-analyze; the only part that CI runs
#   content    the files of each package in dist, their owners and modes, and lintian
#   emulated   each program sends a code on a simulated network, under qemu where it must
#   same       a second build in another folder gives the same bytes
#   installed  Debian 12 and 13 with their systemd: install, setup, first code as an
#              ordinary user, upgrade from an old commit with messages waiting, backup,
#              restore, downgrade, purge
#
# All but unit need "make deb" first, and what a part cannot do here it says, with the
# reason. Where systemd-nspawn does not work, the command of the unit is run by hand, as its
# user and without privileges. The roots of Debian are made with debootstrap from the
# mirror that apt uses on this machine, or MIRROR, and kept in E2E_CACHE,
# /var/tmp/simgate-e2e. OLD is the commit to upgrade from.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${E2E_CACHE:-/var/tmp/simgate-e2e}
old=${OLD:-4055f92}
work=$(mktemp -d)
container='' nspawn='' by_hand=''
passed=0 failed=0 skipped=0
anna=+4915112345678

finish() {
	stop_container
	# shellcheck disable=SC2046 # process ids
	kill $(jobs -p) 2>/dev/null || true
	rm -rf --one-file-system "$work"
}
trap finish EXIT

ok() { passed=$((passed + 1)) && echo "ok    $*"; }
no() { failed=$((failed + 1)) && echo "FAIL  $*"; }
skip() { skipped=$((skipped + 1)) && echo "skip  $*"; }

# check runs a command and reports it under a name.
check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@" >"$work/said" 2>&1; then ok "$name"; else no "$name: $(tail -n 5 "$work/said")"; fi
}

# until_true repeats a command for SECONDS until it succeeds.
until_true() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.3
	done
}

unit() {
	command -v systemd-analyze >/dev/null || {
		skip "exposure: systemd-analyze is not installed"
		return
	}
	local exposure
	exposure=$(systemd-analyze security --offline=true --no-pager systemd/simgate.service | sed -n 's/.*Overall exposure level for simgate.service: \([0-9.]*\).*/\1/p')
	if [ -n "$exposure" ] && awk "BEGIN {exit !($exposure <= 1.3)}"; then
		ok "exposure of simgate.service: $exposure"
	else
		no "exposure of simgate.service: ${exposure:-unknown}, at most 1.3 is wanted"
	fi
}

deb() { ls "${2:-dist}"/simgate_*_"$1".deb; }

content() {
	local arch listing
	for arch in amd64 arm64 armhf; do
		listing=$(dpkg-deb -c "$(deb $arch)" | sed 's# \./lib/# ./usr/lib/#') # as they are installed
		for line in "-rwxr-xr-x root/root ./usr/bin/simgate" \
			"-rw-r--r-- root/root ./usr/lib/systemd/system/simgate.service" \
			"-rw-r--r-- root/root ./usr/lib/systemd/system/simgate-usb.socket" \
			"-rw-r--r-- root/root ./usr/lib/systemd/system/simgate-usb@.service" \
			"-rw-r--r-- root/root ./usr/lib/sysusers.d/simgate.conf" \
			"-rw-r--r-- root/root ./usr/lib/tmpfiles.d/simgate.conf" \
			"-rw-r--r-- root/root ./usr/share/simgate/simgate.yaml" \
			"-rw-r--r-- root/root ./usr/share/man/man1/simgate-setup.1.gz" \
			"-rw-r--r-- root/root ./usr/share/bash-completion/completions/simgate"; do
			grep -qxF -- "$line" < <(awk '{print $1, $2, $6}' <<<"$listing") || no "$arch lacks: $line"
		done
		grep -q 'rules.d/70-simgate.rules' <<<"$listing" || no "$arch lacks the udev rules"
		if awk '$2 != "root/root" || $1 ~ /^-.....w|^-........w|^-..s/ {exit 1}' <<<"$listing"; then
			ok "$arch: files, owners and modes"
		else
			no "$arch: owners or modes"
		fi
		if command -v lintian >/dev/null; then
			check "$arch: lintian" lintian --allow-root --fail-on error,warning "$(deb $arch)"
		else
			skip "$arch: lintian is not installed"
		fi
	done
	check "checksums" sh -c 'cd dist && sha256sum -c SHA256SUMS'
	check "bill of materials" grep -q '"bomFormat": "CycloneDX"' dist/simgate_*.cdx.json
}

# sends_code runs "simgate try" and follows one code.
sends_code() { # ARCHITECTURE COMMAND...
	local arch=$1 folder=$work/try-$1 program
	shift
	mkdir -p "$folder"
	dpkg-deb -x "$(deb "$arch")" "$folder/root"
	program=$folder/root/usr/bin/simgate
	"$@" "$program" try --listen 127.0.0.1:0 --state-dir "$folder/state" >"$folder/out" 2>"$folder/err" &
	local pid=$!
	if ! until_true 60 grep -q 'API key' "$folder/out"; then
		no "$arch: does not start: $(tail -n 3 "$folder/err")"
		kill $pid 2>/dev/null || true
		return
	fi
	local address key answer code
	address=$(sed -n 's#^  address *http://##p' "$folder/out")
	key=$(sed -n 's/^  API key *//p' "$folder/out")
	post() { curl -sS -m 30 "http://$address/api/$1" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d "$2"; }
	answer=$(post send-code "{\"phone_number\":\"$anna\"}")
	until_true 60 grep -q "handset $anna" "$folder/out" || true
	code=$(grep -A1 "handset $anna" "$folder/out" | grep -oE '[0-9]{6}' | tail -n 1 || true)
	if [ -n "$code" ] && [ "$(post verify-code "{\"phone_number\":\"$anna\",\"code\":\"$code\"}")" = '{"ok":true}' ]; then
		ok "$arch: starts, sends a code, and knows it again ($*)"
	else
		no "$arch: $answer; $(tail -n 3 "$folder/out" "$folder/err")"
	fi
	kill $pid && wait $pid || true
}

emulated() {
	sends_code "$(dpkg --print-architecture)" env
	if command -v qemu-aarch64 >/dev/null; then
		sends_code arm64 qemu-aarch64 -L /usr/aarch64-linux-gnu
	else
		skip "arm64: qemu-aarch64 is not installed (package qemu-user)"
	fi
	if command -v qemu-arm >/dev/null; then
		sends_code armhf qemu-arm -cpu arm1176 # of a Pi Zero and 1
		sends_code armhf qemu-arm -cpu cortex-a7 # of a Pi 2
	else
		skip "armhf: qemu-arm is not installed (package qemu-user)"
	fi
}

same() {
	local arch
	if [ -n "$(git status --porcelain)" ]; then
		skip "same bytes: the work tree has changes that a second one would lack"
		return
	fi
	git clone -q . "$work/second"
	make -s -C "$work/second" deb >/dev/null
	for arch in amd64 arm64 armhf; do
		check "$arch: the same bytes from another folder" cmp "$(deb $arch)" "$(deb $arch "$work/second/dist")"
	done
	check "the same bill of materials" cmp dist/simgate_*.cdx.json "$work"/second/dist/simgate_*.cdx.json
}

# old_package builds the package of the old commit into the cache.
old_package() {
	if [ ! -e "$cache/old/$old" ]; then
		rm -rf "$cache/old" && mkdir -p "$cache/old"
		git worktree add -qf --detach "$work/old" "$old"
		cp -r dist/man dist/completion "$cache/old/"
		SOURCE=$work/old TAGS=${TAGS:-sqlite_omit_load_extension} SBOM=$(sed -n 's/^SBOM *:= //p' Makefile) CGO_ENABLED=1 \
			CGO_CFLAGS=${CGO_CFLAGS:--O2 -DHAVE_FDATASYNC=1} scripts/deb.sh "$cache/old" "$(dpkg --print-architecture)"
		git worktree remove --force "$work/old"
		touch "$cache/old/$old"
	fi
}

# start_container starts a fresh copy of a root with its own systemd, or by hand.
start_container() { # SUITE
	local root=$work/root why
	stop_container
	rm -rf --one-file-system "$root"
	cp -a "$cache/$1" "$root"
	if [ -n "$by_hand" ] || ! boot "$root"; then
		[ -n "$by_hand" ] || echo "      $1: by hand, as its systemd does not start here: $why"
		by_hand=yes
		stop_container
		isolate "$root"
	fi
}

# leader finds the process of the container whose parent is nspawn.
leader() { # COMMAND
	container=$(ps -o pid=,comm= --ppid "$nspawn" | awk -v name="$1" '$2 == name {print $1}') && [ -n "$container" ]
}

# boot starts the root's systemd.
boot() { # ROOT
	command -v systemd-nspawn >/dev/null || {
		why="systemd-nspawn is not installed (package systemd-container)"
		return 1
	}
	SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn -q -D "$1" --register=no --keep-unit --private-network --console=pipe -b \
		SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 </dev/null >"$work/console" 2>&1 &
	nspawn=$!
	until_true 30 leader systemd && leader systemd && until_true 60 in_ systemctl is-active -q multi-user.target && return
	why=$(tail -n 1 "$work/console")
	return 1
}

# isolate starts namespaces for the root in which nothing runs yet.
isolate() { # ROOT
	# shellcheck disable=SC2016 # expanded inside
	unshare --mount --pid --net --uts --ipc --fork --kill-child sh -c '
		mount -t proc proc "$1/proc" && mount -t tmpfs -o mode=755 run "$1/run" && mount -t devpts -o newinstance,ptmxmode=666 pts "$1/dev/pts" &&
		ip link set lo up && exec chroot "$1" sleep infinity' - "$1" >"$work/console" 2>&1 &
	nspawn=$!
	until_true 10 leader sleep && leader sleep
}

stop_container() {
	if [ -n "$container" ]; then
		# What nsenter has started would be stopped with it and hold the container.
		end /opt/simgate
		# Power off a systemd; by hand there is none.
		[ -n "$by_hand" ] || kill -s RTMIN+4 "$container" 2>/dev/null || true
		[ -z "$by_hand" ] && until_true 30 test ! -d "/proc/$container" || kill -9 "$container" 2>/dev/null || true
	fi
	if [ -n "$nspawn" ]; then
		# It holds the folder as long as it runs.
		until_true 10 sh -c '! kill -0 "$1" || grep -q "^State:.Z" "/proc/$1/status"' - "$nspawn" || kill -9 "$nspawn" 2>/dev/null || true
		wait "$nspawn" 2>/dev/null || true
	fi
	container='' nspawn=''
}

# end ends the processes of a program in the container.
end() { # PROGRAM
	# shellcheck disable=SC2016 # expanded inside
	until_true 45 in_ sh -c 'for p in /proc/[0-9]*; do
			if [ "$(readlink "$p/exe")" = "$1" ]; then kill "${p#/proc/}"; running=yes; fi
		done
		[ -z "${running:-}" ]' - "$1"
}

# service does with the daemon what systemctl does: start, stop, or is-active.
service() { # VERB
	if [ -z "$by_hand" ]; then
		in_ systemctl "$1" -q simgate.service
		return
	fi
	case $1 in
	start)
		in_ install -d -o simgate -g simgate -m 750 /run/simgate
		in_ install -d -o simgate -g simgate -m 700 /var/lib/simgate
		in_ sh -c 'exec setpriv --reuid simgate --regid simgate --init-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
			/usr/bin/simgate serve >>/run/simgate.log 2>&1' &
		;;
	stop)
		end /usr/bin/simgate
		;;
	is-active) in_ test -S /run/simgate/simgate.sock && in_ simgate modems >/dev/null ;;
	esac
}

# log prints what the daemon has said.
log() { if [ -z "$by_hand" ]; then in_ journalctl -q -u simgate.service -o cat; else in_ cat /run/simgate.log; fi; }

# restarting runs a command that installs, and restarts the service where no systemd does.
restarting() { # COMMAND...
	[ -z "$by_hand" ] || service stop
	in_ "$@" || return 1
	[ -z "$by_hand" ] || service start
}
install() { restarting apt-get install -qy --no-install-recommends --allow-downgrades "$@"; } # PACKAGE...

# script runs install.sh with the package in /opt/new.
script() { in_ sh /opt/new/install.sh "$@" file:///opt/new; } # OPTION...
bring_script() {
	mkdir "$work/root/opt/new"
	cp scripts/install.sh dist/SHA256SUMS "$(deb "$(dpkg --print-architecture)")" "$work/root/opt/new/"
}

# in_ runs a command in the container, as as_ does for an ordinary user.
in_() { nsenter -t "$container" -m -u -i -n -p -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@" </dev/null; }
as_() { in_ runuser -u "$@"; }

# simulator starts a modem in the container whose port belongs to dialout, as a real one.
simulator() {
	in_ mount -o remount,gid=20,mode=660 /dev/pts # 20: dialout
	in_ sh -c 'rm -f /run/handsets; exec /opt/simgate simulate --pty /run/tty-sim --latency 50ms --pin 0815 >/run/handsets 2>/dev/null' &
	until_true 30 in_ test -e /run/tty-sim
}
handsets() { in_ sh -c "cat /run/handsets 2>/dev/null | grep -c '$1'"; }
received() { [ "$(handsets "$1")" = "$2" ]; } # TEXT COUNT

bring() { # FILE NAME
	cp "$1" "$work/root/opt/$2"
}

fresh() { # SUITE
	bring "$(deb "$(dpkg --print-architecture)")" simgate.deb
	dpkg-deb --fsys-tarfile "$(deb "$(dpkg --print-architecture)")" | tar -xO ./usr/bin/simgate >"$work/root/opt/simgate"
	chmod 755 "$work/root/opt/simgate"
	local begin=$SECONDS
	APT_KEY='' APT_KEY_HOME=$work/key scripts/apt-repo.sh dist "$work/root/opt/apt" >/dev/null 2>&1
	in_ sh -c 'echo "deb [signed-by=/opt/apt/simgate.gpg] file:/opt/apt stable main" >/etc/apt/sources.list && rm -f /etc/apt/sources.list.d/*'
	check "$1: the apt source is accepted" in_ apt-get update -q --error-on=any
	check "$1: installs from it without a question" install simgate
	check "$1: the service runs" until_true 20 service is-active
	[ -n "$by_hand" ] || check "$1: so does the socket for USB" in_ systemctl is-active -q simgate-usb.socket
	check "$1: configuration is root:simgate 640" test "$(in_ stat -c %U:%G:%a /etc/simgate/simgate.yaml)" = root:simgate:640
	check "$1: it says what is next" sh -c 'grep -q "sudo simgate setup" <<-END
		'"$(in_ simgate)"'
	END'
	simulator
	# Where there is no systemd, setup leaves the restart to its user, and goes on after it:
	# once when the modem is written down, once when the country of its SIM is known.
	for _ in $by_hand $by_hand; do
		in_ simgate setup --port /run/tty-sim --pin 0815 --key shop >/dev/null 2>&1 || true
		service stop && service start && until_true 20 service is-active
	done
	check "$1: setup" in_ simgate setup --port /run/tty-sim --pin 0815 --key shop --to "$anna"
	check "$1: the owner's message arrives" until_true 30 received 'simgate is set up' 1
	in_ useradd -m anna
	check "$1: a user outside of the group is told which to join" sh -c 'echo "$1" | grep -q "usermod -aG simgate anna"' - "$(as_ anna simgate modems 2>&1 || true)"
	in_ usermod -aG simgate anna
	check "$1: an ordinary user sends a code" as_ anna simgate verify start "$anna"
	local code=
	until_true 30 received 'code' 1 || true
	code=$(in_ sh -c "grep code /run/handsets | grep -oE '[0-9]{6}' | tail -n 1")
	check "$1: and the code is right" as_ anna simgate verify check "$anna" "$code"
	echo "      $((SECONDS - begin)) s from the package to a checked code"
	check "$1: doctor finds nothing that must be fixed but the machine's own" in_ sh -c 'simgate doctor | grep -E "^(ok|fail) +(daemon|modem|configuration)" | grep -v "^fail"'
	purge "$1"
}

purge() { # SUITE
	[ -z "$by_hand" ] || service stop
	check "$1: purge" in_ apt-get purge -qy simgate
	local left
	left=$(in_ sh -c "find / -xdev -path /proc -prune -o -name '*simgate*' -not -path '/opt/*' -not -path '/sys/*' -print; find /run -name '*simgate*' -not -name simgate.log -print; getent passwd simgate; getent group simgate" || true)
	if [ -z "$left" ]; then ok "$1: purge leaves nothing"; else no "$1: purge leaves $left"; fi
}

upgrade() { # SUITE
	local n key before
	bring "$(deb "$(dpkg --print-architecture)")" simgate.deb
	bring "$(deb "$(dpkg --print-architecture)" "$cache/old")" old.deb
	dpkg-deb --fsys-tarfile "$work/root/opt/simgate.deb" | tar -xO ./usr/bin/simgate >"$work/root/opt/simgate"
	chmod 755 "$work/root/opt/simgate"
	check "$1: installs $old" install /opt/old.deb
	in_ sed -i 's|^modems: .*|modems: [{name: stick, port: /run/tty-sim, pin: "0815"}] # mine|; s|^country: .*|country: DE|' /etc/simgate/simgate.yaml
	service stop && service start
	until_true 20 in_ test -S /run/simgate/simgate.sock
	key=$(in_ simgate keys create shop)
	for n in 1 2 3 4 5; do in_ simgate send "$anna" "waiting number $n" >/dev/null; done
	before=$(in_ sha256sum /etc/simgate/simgate.yaml)
	bring_script
	check "$1: install.sh says what it would do" sh -c 'echo "$1" | grep -q "^Would install simgate_"' - "$(script --dry-run)"
	check "$1: upgrades from $old without a question" restarting sh /opt/new/install.sh file:///opt/new
	check "$1: install.sh can be run again" sh -c 'echo "$1" | grep -q "is installed already"' - "$(script)"
	check "$1: the new service runs" until_true 60 service is-active
	check "$1: the configuration is as it was" test "$before" = "$(in_ sha256sum /etc/simgate/simgate.yaml)"
	check "$1: a copy of the database is left" in_ sh -c 'ls /var/lib/simgate/simgate.db.v*.bak'
	check "$1: five messages wait" test "$(waiting)" = 5
	check "$1: backup" in_ simgate backup /root/copy.db
	simulator
	check "$1: they are sent" until_true 90 received 'waiting number' 5
	check "$1: the old key works" in_ sh -c "curl -sS -m 20 http://127.0.0.1:8080/api/send-code -H 'Authorization: Bearer $key' -H 'Content-Type: application/json' -d '{\"phone_number\":\"$anna\"}' | grep -q '\"ok\":true'"

	service stop
	check "$1: restore" in_ simgate restore /root/copy.db
	service start
	until_true 20 service is-active
	check "$1: five messages are held" sh -c 'echo "$1" | grep -q "5 messages"' - "$(in_ simgate queue)"
	downgrade "$1"
	check "$1: a new message passes those that are held" in_ simgate send "$anna" "another"
	check "$1: and arrives" until_true 60 received another 1
	check "$1: each of the old has been sent once" received 'waiting number' 5
	check "$1: what is held can be dropped" in_ simgate queue drop
	purge "$1"
}

waiting() { in_ simgate messages --state queued --json | grep -c '"text": "waiting number'; }

# downgrade leaves the new package installed, with the copy of the database that the
# upgrade has left.
downgrade() { # SUITE
	check "$1: goes back to $old" install /opt/old.deb
	check "$1: which does not touch the newer database" until_true 20 said 'written by a newer simgate'
	check "$1: and forward again" install /opt/simgate.deb
	check "$1: to a service that runs" until_true 20 service is-active

	# A version that is newer still has been here.
	service stop
	in_ sh -c 'printf "\0\0\003\347" | dd of=/var/lib/simgate/simgate.db bs=1 seek=60 conv=notrunc status=none'
	service start || true
	check "$1: this one refuses a newer database, too, and says what to restore" until_true 20 said 'its version is 999.*simgate restore /var/lib/simgate/simgate.db.v'
	service stop
	check "$1: what it says works" in_ sh -c "$(log | sed -n 's/.*\(simgate restore [^ "]*bak\).*/\1/p' | tail -n 1)"
	service start
	check "$1: the service runs with the copy" until_true 20 service is-active
	check "$1: and holds what waits in it" sh -c 'echo "$1" | grep -q "5 messages"' - "$(in_ simgate queue)"
}
said() { log | grep -q "$1"; }

# mirror prints the address that apt has Debian from on this machine.
mirror() {
	[ -n "${MIRROR:-}" ] && echo "$MIRROR" && return
	# shellcheck disable=SC2016 # for apt
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null | head -n 1
}

installed() {
	local suite part
	if [ "$(id -u)" != 0 ]; then
		skip "installed: only root can make a root of Debian and start it"
		return
	fi
	for part in debootstrap nsenter; do
		command -v $part >/dev/null || {
			skip "installed: $part is not installed"
			return
		}
	done
	mkdir -p "$cache"
	old_package
	for suite in bookworm trixie; do
		if [ ! -e "$cache/$suite.done" ]; then
			rm -rf --one-file-system "${cache:?}/$suite"
			# shellcheck disable=SC2046 # nothing where apt knows no mirror
			if ! debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,udev,espeak-ng,curl "$suite" "$cache/$suite" $(mirror) >"$work/debootstrap" 2>&1; then
				skip "$suite: debootstrap: $(tail -n 1 "$work/debootstrap")"
				continue
			fi
			touch "$cache/$suite.done"
		fi
		for part in fresh upgrade; do
			if start_container "$suite"; then $part "$suite"; else
				skip "$suite: $(tail -n 1 "$work/console")"
				break
			fi
		done
		stop_container
	done
}

[ $# -gt 0 ] || set -- unit content emulated same installed
for part; do
	case $part in
	unit | content | emulated | same | installed) $part ;;
	*) echo "e2e.sh: there is no part $part" >&2 && exit 2 ;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]

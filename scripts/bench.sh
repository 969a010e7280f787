#!/bin/sh
# Measures the performance: bench.sh TAGS. Each block prints the command that repeats
# it. Timings vary between runs; compare ratios.
set -eu
tags=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bench() { # PACKAGE PATTERN TIME [ENVIRONMENT...]
	package=$1 pattern=$2 count=$3
	shift 3
	echo
	echo "\$ $* go test -run '^\$' -bench '$pattern' -benchtime $count ./$package"
	env "$@" go test -tags "$tags" -run '^$' -bench "$pattern" -benchtime "$count" "./$package" | grep -E '^Benchmark' || true
}

echo "== idle: acceptance to AT+CMGS on the line"
bench gateway BenchmarkAcceptToLine 500x
echo "== sending rate, as a share of what the network allows; 64 modems beside one"
bench gateway BenchmarkRate 1x
echo "== sending rate with an instant network, one modem"
bench gateway BenchmarkInstantNetwork 1x
echo "== accept and claim beside 1,000 and 1,000,000 waiting messages"
bench gateway BenchmarkQueue 2000x
echo "== a message accepted and cancelled while 0 and 50,000 deliveries to webhooks are pending"
bench gateway BenchmarkPending 2000x
echo "== reading the number and asking the guard, as a share of accepting a code or a message"
bench gateway BenchmarkGuardShare 2000x
echo "== a check of a code among 1,000,000 verifications, alone and beside a writer at full speed"
bench gateway 'BenchmarkCheck$' 500x
echo "== pages of a list of 1,000,000 messages, filtered in all ways; the time to find one text among them"
bench gateway 'BenchmarkList$' 300x
echo "== the pages of a gateway with 1,000,000 messages"
bench api/web 'BenchmarkPages$' 200x
echo "== pages of an inbox and of conversations, with 1,000,000 messages each way"
bench gateway 'BenchmarkInbox$' 100x
echo "== idle: from +CMTI on the line to a webhook and to an event on the stream"
bench api 'BenchmarkIncoming$' 100x
echo "== durable acceptance over HTTP, and 64 who check codes at once, beside bare group commit with the same callers"
if command -v gcc >/dev/null 2>&1; then
	gcc -shared -fPIC -O2 -o "$work/slowsync.so" "$(dirname "$0")/slowsync.c" -ldl
	for delay in 5000 20000; do
		bench api 'BenchmarkAccept/callers=1/' 300x LD_PRELOAD="$work/slowsync.so" SLOWSYNC_US="$delay"
		bench api 'BenchmarkAccept/callers=64' 4000x LD_PRELOAD="$work/slowsync.so" SLOWSYNC_US="$delay"
		bench gateway BenchmarkCheckers 4000x LD_PRELOAD="$work/slowsync.so" SLOWSYNC_US="$delay"
	done
fi
echo "== four calls at once beside 64 callers who post messages as fast as they can"
bench api BenchmarkCalls 2x
echo "== 1,000 readers of the stream, and 100 open pages, while 100 messages a second are accepted"
bench cmd/simgate 'BenchmarkFollow$' 3x SIMGATE_BIN="$PWD/bin/simgate"
echo "== the daemon: memory and wake-ups when idle, time to the first answer"
bench cmd/simgate BenchmarkDaemon 1x SIMGATE_BIN="$PWD/bin/simgate"
if command -v strace >/dev/null 2>&1; then
	echo
	echo "== syncs of the disk a commit (calls of fdatasync by the commits/op of 1000 commits)"
	go test -tags "$tags" -c -o "$work/sqlite.test" ./gateway/store/sqlite
	strace -f -c -e trace=fsync,fdatasync -o "$work/syncs" "$work/sqlite.test" -test.run '^$' -test.bench 'BenchmarkWrite/callers=1$' -test.benchtime 1000x | grep -E '^Benchmark'
	awk '/sync$/ {print $4, $NF}' "$work/syncs"
fi

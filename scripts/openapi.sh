#!/bin/sh
# Checks the description of the API with redocly, which must have nothing to say:
# openapi.sh FILE. It needs npx and the npm registry, and says so where one is missing.
set -eu
redocly=@redocly/cli@2.77.0
skip() {
	echo "openapi: not checked: $1"
	exit 0
}
command -v npx >/dev/null 2>&1 || skip "npx is not installed (package npm)"
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
timeout 120 npx --yes "$redocly" --version >/dev/null 2>&1 || skip "the npm registry is not reached, or does not have $redocly"
said=$(npx --yes "$redocly" lint "$1" 2>&1) || { echo "$said" && exit 1; }
case $said in
*"[1] "*) echo "$said" && exit 1 ;;
esac
echo "openapi: nothing to say about $1"

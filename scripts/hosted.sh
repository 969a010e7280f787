#!/bin/sh
# Lets published clients with a built-in host, unpatched, use simgate as docs/developer/hosted.md says:
# hosted.sh SIMGATE. It needs root for a network namespace of its own, node, and the npm
# registry, and says so where one of them is missing.
set -eu
if [ "${1:-}" = --inside ]; then
	# In the namespace: only loopback, and the hosts of the clients are this machine.
	simgate=$2 work=$3
	ip link set lo up
	mount --bind "$work/hosts" /etc/hosts
	cd "$work"
	"$simgate" simulate --pty "$work/tty" >"$work/received" 2>"$work/simulate.log" &
	started=$!
	trap 'kill $started' EXIT
	"$simgate" tls hosted textflow.me rest.textmagic.com --config "$work/simgate.yaml" >"$work/hosted.pem" 2>/dev/null
	key=$("$simgate" keys create shop --scope sms.send,otp.send,otp.check,read --config "$work/simgate.yaml")
	"$simgate" serve --config "$work/simgate.yaml" 2>"$work/serve.log" &
	started="$started $!"
	n=0
	until "$simgate" modems --config "$work/simgate.yaml" 2>/dev/null | grep -q ready; do
		n=$((n + 1))
		[ $n -lt 100 ] || { cat "$work/serve.log"; exit 1; }
		sleep 0.1
	done
	if KEY=$key node "$work/apps.js" textflow >/dev/null 2>&1; then
		echo "hosted: the client trusts simgate without its root" >&2
		exit 1
	fi
	NODE_EXTRA_CA_CERTS="$work/hosted.pem" RECEIVED="$work/received" KEY=$key node "$work/apps.js" textflow textmagic-rest-client textmagic-client
	exit
fi

skip() {
	echo "hosted: not tested: $1"
	exit 0
}
simgate=$(realpath "$1")
[ "$(id -u)" = 0 ] || skip "only root can make a network namespace"
command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || skip "node and npm are not installed"
unshare --net --mount true 2>/dev/null || skip "this machine allows no network namespaces"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && timeout 120 npm install --silent --no-audit --no-fund --ignore-scripts \
	textflow.js@0.1.4 textmagic-rest-client@1.0.11 textmagic-client@3.0.50062) >/dev/null 2>&1 || skip "the npm registry is not reached, or does not have the clients"

printf '127.0.0.1 localhost textflow.me rest.textmagic.com\n' >"$work/hosts"
cat >"$work/simgate.yaml" <<END
listen: [{address: "127.0.0.1:443", dialects: [textflow, textmagic], tls: on}]
socket: $work/socket
state_dir: $work/state
runtime_dir: $work/run
country: DE
modems: [{name: stick, port: $work/tty}]
tls: {}
END
mkdir -m 700 "$work/state"
cat >"$work/apps.js" <<'END'
const fs = require("fs");
const number = "+4915112345678";
const code = async () => { // of the last message to the phone
	for (let i = 0; i < 100; i++) {
		const found = fs.readFileSync(process.env.RECEIVED, "utf8").match(/\d{6}(?=[^\d+]*"?[,}])/g);
		if (found) return found.pop();
		await new Promise((done) => setTimeout(done, 100));
	}
	throw new Error("no code arrives");
};
const apps = {
	textflow: async () => {
		const client = require("textflow.js");
		client.useKey(process.env.KEY);
		const sent = await client.sendVerificationSMS(number, { service_name: "Shop" });
		if (!sent.ok) throw new Error(JSON.stringify(sent));
		const checked = await client.verifyCode(number, await code());
		if (!checked.valid) throw new Error(JSON.stringify(checked));
		return "a code was sent and verified";
	},
	"textmagic-rest-client": () => new Promise((done, fail) => {
		const Client = require("textmagic-rest-client");
		new Client("shop", process.env.KEY).Messages.send({ text: "hello", phones: number }, (err, res) =>
			err || !res || !res.id ? fail(new Error(JSON.stringify(err || res))) : done("message " + res.id + " was accepted"));
	}),
	"textmagic-client": async () => {
		const TextMagic = require("textmagic-client");
		const auth = TextMagic.ApiClient.instance.authentications["BasicAuth"];
		auth.username = "shop";
		auth.password = process.env.KEY;
		const sent = await new TextMagic.TextMagicApi().sendMessage({ text: "hello", phones: number });
		return "message " + sent.id + " was accepted";
	},
};
(async () => {
	for (const name of process.argv.slice(2)) console.log(name + ": " + (await apps[name]()));
})().catch((err) => { console.error(err); process.exit(1); });
END
unshare --net --mount "$0" --inside "$simgate" "$work"

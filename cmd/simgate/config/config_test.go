package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml/parser"
	"github.com/google/go-cmp/cmp"

	"simgate/configs"
	"simgate/gateway/line"
)

func TestDefaultFileIsTheDefault(t *testing.T) {
	got, mistakes := parse(configs.Default)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	want := Default()
	want.Guard.Conversion = "throttle" // of new files; one that does not name it keeps its mode
	want.Listen = Listeners{{Address: "127.0.0.1:8080", Dialects: []string{}, TLS: Off}, {Address: ":8443", TLS: On}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the annotated file is not the default (-default +file):\n%s", diff)
	}
	if _, mistakes := parse(nil); len(mistakes) > 0 {
		t.Errorf("an empty file has the mistakes %v", mistakes)
	}
}

// withExample is the annotated file with its examples in force.
func withExample() []byte {
	return []byte(strings.NewReplacer("modems: []\n#modems:", "modems:", "lines: []\n#lines:", "lines:", "sims: []\n#sims:", "sims:", "apps: []\n#apps:", "apps:", "forward: []\n#forward:", "forward:", "  contacts: []          # who gets a notify entity\n#  contacts:", "  contacts:", "\n#  - ", "\n  - ", "\n#    ", "\n    ").Replace(string(configs.Default)))
}

// Every key stands in the annotated file, in its place: a modem's in the example.
func TestDefaultFileMentionsEveryKey(t *testing.T) {
	r := reading{cfg: Default(), lines: map[string]int{}}
	file, err := parser.ParseBytes(withExample(), 0)
	if err != nil {
		t.Fatal(err)
	}
	r.read(file)
	var mentioned func(prefix string, of reflect.Type)
	mentioned = func(prefix string, of reflect.Type) {
		for name, field := range keysOf(of) {
			switch _, ok := r.lines[prefix+name]; {
			case !ok:
				t.Errorf("%s%s is not mentioned", prefix, name)
			case field.Type.Kind() == reflect.Struct:
				mentioned(prefix+name+".", field.Type)
			case field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.Struct:
				mentioned(prefix+name+"[0].", field.Type.Elem())
			}
		}
	}
	mentioned("", reflect.TypeFor[Config]())
}

// The example of a modem in the annotated file works when the # are removed.
func TestExampleOfTheDefaultFile(t *testing.T) {
	cfg, mistakes := parse(withExample())
	if len(mistakes) > 0 || len(cfg.Modems) != 1 {
		t.Fatal(mistakes, len(cfg.Modems))
	}
	want := Modem{Name: "stick", Port: "/dev/ttyUSB2", Baud: 115200, PIN: "1234", Number: "+4915112345678",
		SMSC: "+491710760000", IMEI: "490154203237518", PDUPause: Duration(100 * time.Millisecond),
		PowerCycle: []string{"uhubctl", "-l", "1-1", "-p", "2", "-a", "cycle"}}
	if !reflect.DeepEqual(cfg.Modems[0], want) {
		t.Errorf("the modem is %+v", cfg.Modems[0])
	}
}

func TestConfigMistakes(t *testing.T) {
	for _, tc := range []struct {
		name, file string
		want       []string // LINE: key: beginning of the text
	}{
		{"unknown key", "listen: 127.0.0.1:80\nlisten_on: x\n", []string{"2: listen_on: there is no such key"}},
		{"unknown keys at two places", "limits:\n  part: 3\nmodems:\n  - name: a\n    port: /dev/x\n    speed: 9\n",
			[]string{"2: limits.part: there is no such key", "6: modems[0].speed: there is no such key"}},
		{"nearly right", "stateDir: /x\n", []string{"1: stateDir: there is no such key; did you mean state_dir?"}},
		{"key of another place", "lifetime: 5m\n", []string{"1: lifetime: there is no such key; there are apps, backup, block, "}},
		{"twice", "country: DE\ncountry: FR\n", []string{"2: country: appears twice, first on line 1"}},
		{"twice in an entry", "modems:\n  - {name: a, port: /dev/x, name: b}\n", []string{"2: modems[0].name: appears twice"}},
		{"text for a number", "limits:\n  parts: many\n", []string{"2: limits.parts: must be a whole number"}},
		{"an app without a name", "apps:\n  - {origin_domain: login.example.com}\n", []string{"2: apps[0].name: is missing"}},
		{"two entries for an app", "apps:\n  - {name: shop}\n  - {name: bank}\n  - {name: shop}\n", []string{"4: apps[2].name: is the name of another entry too"}},
		{"an app that no key can have", "apps:\n  - {name: \"a\\x1b[2J\"}\n  - {name: \"a\\nb\"}\n  - {name: " + strings.Repeat("x", 65) + "}\n",
			[]string{"2: apps[0].name: must be a name that a key can have", "3: apps[1].name: must be a name", "4: apps[2].name: must be a name"}},
		{"two codes for a number", "code:\n  test_numbers: ['+4915100000000=123456', '+4915100000001=123456', '+4915100000000=654321']\n", []string{"2: code.test_numbers[2]: is the number of another entry too"}},
		{"ports that there are not", "notify: {email: {to: me@example.com, server: 'smtp.example.com:65536'}}\n", []string{"1: notify.email.server: must be a host, or a host and a port up to 65535"}},
		{"a service for a port", "notify: {email: {to: me@example.com, server: 'smtp.example.com:smtp'}}\n", []string{"1: notify.email.server: must be a host"}},
		{"a port and no host", "notify: {email: {to: me@example.com, server: ':587'}}\n", []string{"1: notify.email.server: must be a host"}},
		{"a URL for a host", "notify: {email: {to: me@example.com, server: 'smtp://example.com'}}\n", []string{"1: notify.email.server: must be a host"}},
		{"a text that is turned around", "code:\n  texts:\n  - \"de-de={code} \\u202eist Ihr Code\"\n  - \"he-il=\u2067{code}\u2069\"\n",
			[]string{"3: code.texts[0]: it contains the character U+202E, which turns text around", "4: code.texts[1]: it contains the character U+2067"}},
		{"a text in another encoding", "code:\n  texts: [\"de-de={code} f\xfcr Sie\"]\n", []string{"2: code.texts[0]: it is not valid UTF-8"}},
		{"no quiet hours", "apps:\n  - {name: shop, quiet_hours: night}\n", []string{"2: apps[0].quiet_hours: they must be written as 21:00-08:00"}},
		{"an invalid host", "apps:\n  - {name: shop, origin_domain: 'http://x'}\n", []string{"2: apps[0]: this is not the name of a host"}},
		{"a word for yes", "voice:\n  require_key: please\n", []string{"2: voice.require_key: must be true or false"}},
		{"a folder that is not there", "voice:\n  files: /none\n", []string{"2: voice.files: there is no folder /none"}},
		{"a call without an end", "voice:\n  limit: 1h\n", []string{"2: voice.limit: must be between 10s and 5m"}},
		{"a call that is taken", "voice:\n  incoming_calls: answer\n", []string{"2: voice.incoming_calls: must be refuse or ignore"}},
		{"no network", "webhooks:\n  allow: [home]\n", []string{"2: webhooks.allow[0]: must be a network such as 192.168.1.0/24, or an address such as 127.0.0.1/32"}},
		{"a broker without a port", "mqtt: {broker: \"mqtt://home\"}\n", []string{"1: mqtt.broker: must be a URL such as mqtt://192.168.1.10:1883"}},
		{"contacts with one topic", "mqtt:\n  contacts:\n  - {name: Anna, number: \"+4915112345678\"}\n  - {name: anna, number: \"12\"}\n",
			[]string{"4: mqtt.contacts[1].number: must be + and country code", "4: mqtt.contacts[1].name: is too much like"}},
		{"a rule that forwards to nowhere", "forward:\n- {name: a}\n- {name: a, number: \"12\", limit: -1, line: -1}\n",
			[]string{"2: forward[0]: says not where to", "3: forward[1].name: must be 1 to 32", "3: forward[1].number: must be + and", "3: forward[1].limit: must be from 1", "3: forward[1].line: must be"}},
		{"a rule whose mail has no server", "forward:\n- {name: mail, email: me, webhook: x, ntfy_token: t}\n",
			[]string{"2: forward[0].email: must be an address", "2: forward[0].email: needs the mail server", "2: forward[0].webhook: must be a URL", "2: forward[0].ntfy: is missing"}},
		{"a rule that goes round", "forward:\n- {name: round, from: \"+4915112345678\", number: \"+4915112345678\"}\n", []string{"2: forward[0].number: is where the messages come from"}},
		{"a canary every minute", "canary: {every: 1m, to: \"12\"}\n", []string{"1: canary.every: must be between 15m and 30d", "1: canary.to: must be + and"}},
		{"a phone with mistakes", "modems: [{name: a, port: auto}]\nlines:\n- {name: a, phone: {url: 192.168.1.50, sim: 9, number: \"1\", fingerprint: ab, callback: x}}\n",
			[]string{"3: lines[0].phone.url: must be the address that the app shows", "3: lines[0].phone.password: is missing", "3: lines[0].phone.sim: must be the number of a slot",
				"3: lines[0].phone.number: must be + and", "3: lines[0].phone.fingerprint: must be the SHA-256", "3: lines[0].phone.callback: must be the address", "3: lines[0].name: is the name of another"}},
		{"phones that are one", "lines:\n- {name: a, phone: {url: 'http://a', password: x, fingerprint: '" + strings.Repeat("ab", 32) + "'}}\n- {name: b, phone: {url: 'http://a', password: x, sim: 1}}\n- {name: '?'}\n",
			[]string{"2: lines[0].phone.fingerprint: needs a url that begins with https://", "3: lines[1].phone.url: is the phone of another line too", "4: lines[2].name: must be 1 to 32", "4: lines[2].phone: is missing"}},
		{"half a part", "limits:\n  parts: 1.5\n", []string{"2: limits.parts: must be a whole number"}},
		{"value for keys", "limits: 3\n", []string{"1: limits: must hold keys: body, "}},
		{"value for a list", "modems: /dev/x\n", []string{"1: modems: must be a list"}},
		{"value for an entry", "modems: [/dev/x]\n", []string{"1: modems[0]: must hold keys: baud, "}},
		{"list for a value", "country: [a, b]\n", []string{"1: country: must be a single value"}},
		{"an address twice", "listen:\n- 127.0.0.1:80\n- address: 127.0.0.1:80\n", []string{"3: listen[1].address: another entry"}},
		{"no address", "listen:\n- dialects: [textmagic]\n", []string{"2: listen[0].address: is missing"}},
		{"no addresses", "listen: []\n", []string{"1: listen: must have at least one"}},
		{"bad addresses", "listen:\n- here\n- address: 127.0.0.1:99999\n", []string{"2: listen[0]: must be an address and a port", "3: listen[1].address: the port must"}},
		{"dialects that do not exist", "listen:\n- address: :80\n  dialects: [twilio]\n", []string{"3: listen[0].dialects: there is no dialect \"twilio\": use native, 99digital, "}},
		{"dialects with the same paths", "listen: [{address: ':80', dialects: [textlink, textflow]}]\n", []string{"1: listen[0].dialects: textlink and textflow both serve"}},
		{"neither HTTPS nor HTTP", "listen: [{address: ':80', tls: yes}]\n", []string{"1: listen[0].tls: must be on (HTTPS) or off"}},
		{"a certificate without a key", "tls: {cert: /a}\n", []string{"1: tls.cert: needs key"}},
		{"a key without a certificate", "tls:\n  key: /a\n", []string{"2: tls.key: needs cert"}},
		{"names that are none", "tls: {names: [a_b, 192.168.1.2, A.example]}\nhosts: ['*.example.com', a, a, '*']\n",
			[]string{"1: tls.names[0]: must be the name of a host", "1: tls.names[1]: must be", "1: tls.names[2]: must be", "2: hosts[0]: must be", "2: hosts[2]: appears twice"}},
		{"names for an authority, and no HTTPS", "tls: {acme: {names: [sms.example.com], dns: {provider: desec, token: x}}}\n", []string{"1: tls.acme.names: needs an address with HTTPS"}},
		{"names that no authority signs for", "listen: [':8443']\ntls: {acme: {names: [sms, simgate.local, '*.*.example.com', a.example.com, a.example.com], dns: {provider: desec, token: x}}}\n",
			[]string{"2: tls.acme.names[0]: must be a name in a domain of yours", "2: tls.acme.names[1]: must be", "2: tls.acme.names[2]: must be", "2: tls.acme.names[4]: appears twice"}},
		{"a provider that is not known", "listen: [':8443']\ntls:\n  acme:\n    names: ['*.example.com']\n    dns: {provider: strato}\n", []string{"5: tls.acme.dns.provider: must be one of cloudflare, desec"}},
		{"keys of another provider", "listen: [':8443']\ntls:\n  acme:\n    names: [a.example.com]\n    email: me\n    ca: x\n    directory: http://example.com\n    dns:\n      provider: ovh\n      token: x\n      user: y\n      alias: A\n      resolvers: [dns.example.com, 9.9.9.9, '[::1]:53']\n",
			[]string{"5: tls.acme.email: must be", "6: tls.acme.ca: must be a path", "7: tls.acme.directory: must be the URL", "8: tls.acme.dns.password: is missing: ovh needs user, token, password", "12: tls.acme.dns.alias: must be", "13: tls.acme.dns.resolvers[0]: must be the address"}},
		{"any name in a certificate", "tls: {names: ['*']}\n", []string{"1: tls.names[0]: must be"}},
		{"more addresses than connections", "listen: [':80', ':81']\nlimits: {connections: 1}\n", []string{"1: listen: has more addresses"}},
		{"list for a file", "- listen\n", []string{"1: must hold keys: apps, backup, block, "}},
		{"alias", "modems: &x [*x]\n", []string{"1: modems: must be a plain value: tags"}},
		{"tag", "modems: !!seq\n", []string{"1: modems: must be a plain value: tags"}},
		{"two documents", "country: DE\n---\ncountry: FR\n", []string{"3: the file holds more than one document"}},
		{"not YAML", "country: DE\nlisten: [\n", []string{"2: "}},
		{"all kinds, each with its line", "listen: here\ncountry: Germany\nfoo: 1\nlimits:\n  parts: 0\n  queue: many\n  connections: 9999\n",
			[]string{"1: listen: must be", "2: country: must be", "3: foo: there is no", "5: limits.parts: must be", "6: limits.queue: must be a whole", "7: limits.connections: must be between 1 and 512"}},
		{"a length of time", "code:\n  lifetime: soon\n", []string{"2: code.lifetime: must be a length of time"}},
		{"a length of time without end", "retention:\n  messages: 99999999999d\n", []string{"2: retention.messages: must be a length of time"}},
		{"a size", "limits:\n  body: big\n", []string{"2: limits.body: must be a size"}},
		{"a level", "log: {level: loud}\n", []string{"1: log.level: must be debug, info, warn or error"}},
		{"too long a life", "code:\n  lifetime: 48h\n  max_lifetime: 48h\n", []string{"2: code.lifetime: must be between 30s and 1d", "3: code.max_lifetime: must be"}},
		{"longer than the longest", "code: {lifetime: 6m, max_lifetime: 5m}\n", []string{"1: code.lifetime: must not be longer"}},
		{"two modems of one name", "modems:\n  - {name: a, port: /dev/x}\n  - {name: a, port: /dev/y}\n", []string{"3: modems[1].name: is the name of another modem"}},
		{"two modems of one port", "modems:\n  - {name: a, port: /dev/x}\n  - {name: b, port: /dev/x}\n", []string{"3: modems[1].port: is the port of another modem"}},
		{"a SIM that is not named", "sims:\n  - name: red\n", []string{"2: sims[0].iccid: is missing"}},
		{"a PIN without the card it is for", "sims:\n  - imsi: 262010000012345\n    pin: 1234\n", []string{"3: sims[0].pin: needs iccid"}},
		{"two entries for a SIM", "sims:\n  - iccid: 8949020000012345678\n  - iccid: 8949020000012345678\n", []string{"3: sims[1].iccid: is the SIM of another entry"}},
		{"a share above all", "pace:\n  jitter: 130%\n", []string{"2: pace.jitter: must be a share"}},
		{"a share that is no number", "pace: {reserve: nan}\n", []string{"1: pace.reserve: must be a share"}},
		{"a budget below nothing", "sims:\n  - imsi: 262010000012345\n    pace:\n      day: -1\n", []string{"4: sims[0].pace.day: must be between 0"}},
		{"a wrong pace is told once", "sims: [{imsi: 262010000012345}]\npace:\n  day: -1\n", []string{"3: pace.day: must be between 0"}},
		{"a price of too many digits", "sims: [{imsi: 262010000012345, prices: [{prefix: +49, price: 0.0000001}]}]\n", []string{"1: sims[0].prices[0].price: must be an amount"}},
		{"a limit of money without a SIM", "pace: {cost_month: 20}\n", []string{"1: pace.cost_month: counts by the prices"}},
		{"a limit of money without prices", "sims: [{imsi: 262010000012345, pace: {cost_day: 2}}]\n", []string{"1: sims[0].prices: are missing"}},
		{"an invalid prefix", "sims: [{imsi: 262010000012345, prices: [{prefix: 49, price: 1}]}]\n", []string{"1: sims[0].prices[0].prefix: must be +"}},
		{"a window of nothing", "block: {window: 0s}\n", []string{"1: block.window: must be between 1m and 7d"}},
		{"a modem without a port", "modems:\n  - name: a\n", []string{"2: modems[0].port: is missing"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, mistakes := parse([]byte(tc.file))
			var got []string
			for _, m := range mistakes {
				got = append(got, fmt.Sprintf("%d: %s", m.Line, m))
			}
			if len(got) != len(tc.want) {
				t.Fatalf("the mistakes are %q, want %q", got, tc.want)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], tc.want[i]) {
					t.Errorf("mistake %d is %q, want %q", i, got[i], tc.want[i])
				}
			}
		})
	}
}

// Nothing has to be written but what differs, and scalars are read as they are
// written: to YAML the PIN would be an octal number, and Norway a no.
func TestConfigValues(t *testing.T) {
	want := Default()
	want.Hosts = []string{oldHosts} // of a file without the section tls
	if got, mistakes := parse([]byte("# nothing yet\nmodems:\nlimits:\n")); len(mistakes) > 0 || !cmp.Equal(want, got) {
		t.Errorf("keys without values: %v, %v", got, mistakes)
	}
	want.Country, want.Limits.Body, want.Retention.Messages = "NO", 1<<20, Duration(90*day)
	want.Modems = []Modem{
		{Name: "a", Port: "/dev/ttyUSB*", IMEI: "490154203237518", PIN: "012345", Number: "+4915112345678"},
		{Name: "b", Port: "/dev/ttyUSB*", IMEI: "490154203237526"},
	}
	got, mistakes := parse([]byte(`{"country": NO, limits: {body: 1MB}, retention: {messages: 90d}, modems: [
		{name: a, port: /dev/ttyUSB*, imei: 490154203237518, pin: 012345, number: +4915112345678},
		{name: b, port: "/dev/ttyUSB*", imei: 490154203237526}]}`))
	if diff := cmp.Diff(want, got); diff != "" || len(mistakes) > 0 {
		t.Errorf("%v (-want +got):\n%s", mistakes, diff)
	}
}

func TestExcerpt(t *testing.T) {
	const secret = "98x76"
	for _, tc := range []struct{ name, file, want string }{
		{"value of a known key", "limits:\n  parts: many # for now\n", "parts: many"},
		{"unknown key", "listen_on: " + secret, "listen_on: …"},
		{"PIN", "modems:\n  - name: a\n    port: /dev/x\n    pin: \"" + secret + "\"\n", "pin: …"},
		{"PIN among others", "modems: [{name: a, prot: /dev/x, pin: '" + secret + "', port: /dev/y}]", "modems: [{name: a, prot: …, pin: …, port: /dev/y}]"},
		{"PIN of a mistyped key", "modems: [{name: a, port: /dev/x, pni: " + secret + "}]", "modems: [{name: a, port: /dev/x, pni: …}]"},
		{"PIN without a blank", "modems: [{name: a, port: /dev/x, pin:" + secret + "}]", "modems: [{name: a, port: /dev/x, pin:…}]"},
		{"PIN without a blank, on a line", "modems:\n  - name: a\n    pin:" + secret + "\n    port: /dev/x", "…"},
		{"PIN in a key", "modems: [{name: a, port: /dev/x, pin=" + secret + ": }]", "modems: [{name: a, port: /dev/x, pin…: }]"},
		{"PIN behind the wrong quotes", "modems: [{name: \"a, pin: " + secret + ", port: /dev/y}]", "modems: [{name:"},
		{"PIN as a list", "modems: [{name: a, port: /dev/x, pin: [" + secret + "]}]", "modems: [{name: a, port: /dev/x, pin: […]}]"},
		{"PIN in a comment", "foo: 1 # pin was " + secret, "foo: …"},
		{"number", "modems: [{name: a, port: /dev/x, number: 0" + secret + "}]", "modems: [{name: a, port: /dev/x, number: …}]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, mistakes := parse([]byte(tc.file))
			if len(mistakes) == 0 || mistakes[0].Excerpt != tc.want {
				t.Errorf("the mistakes are %+v, want the excerpt %q", mistakes, tc.want)
			}
			if text := (&Invalid{Path: "x.yaml", Mistakes: mistakes}).Error(); strings.Contains(text, secret) {
				t.Errorf("the secret is shown: %s", text)
			}
		})
	}
}

func TestDurationIsWrittenAsPeopleDo(t *testing.T) {
	for _, s := range []string{"0s", "500ms", "10s", "5m", "1m30s", "2h", "1h30m", "1h0m5s", "30d", "1d", "25h"} {
		var d Duration
		if err := d.UnmarshalText([]byte(s)); err != nil || d.String() != s {
			t.Errorf("%s is read and written as %s, %v", s, d, err)
		}
	}
}

func TestPINIsNeverPrinted(t *testing.T) {
	m := Modem{PIN: "7391"}
	document, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "pin", m.PIN, "modem", m)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "pin", m.PIN, "modem", m)
	for _, s := range []string{fmt.Sprint(m), fmt.Sprintf("%+v", m), fmt.Sprintf("%#v", m), fmt.Sprintf("%q", m.PIN), string(document), log.String()} {
		if strings.Contains(s, "7391") {
			t.Errorf("printed: %s", s)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(configs.Default)
	f.Add([]byte("modems:\n  - {name: a, port: /dev/x}\n"))
	f.Add([]byte("a: &x [*x]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, mistakes := parse(raw)
		for _, m := range mistakes {
			if m.Message == "" || m.Line < 1 {
				t.Errorf("a mistake without words or place: %+v", m)
			}
		}
	})
}

// A SIM has the pace of all but for what stands in its own entry, where 0 means
// no limit and not "as for all"; wherever in the file that of all stands.
func TestPaceOfASIM(t *testing.T) {
	cfg, mistakes := parse([]byte("sims:\n  - imsi: 262010000012345\n    pace: {day: 0, rate: 20, jitter: 0.5, cost_day: 1.5}\n    prices: [{price: 1}]\n" +
		"  - iccid: 8949020000012345678\n    prices: [{prefix: +49, price: 0.075}, {price: 2}]\n" +
		"pace: {rate: 6, jitter: 30%, day: 100, reserve: 20%}\n"))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	settings := cfg.Gateway().Lines.SIMs
	for i, want := range []line.Pace{
		{Rate: 20, Jitter: 0.5, Day: 0, CostDay: 1_500_000, Reserve: 0.2},
		{Rate: 6, Jitter: 0.3, Day: 100, Reserve: 0.2},
	} {
		if *settings[i].Pace != want {
			t.Errorf("SIM %d has the pace %+v, want %+v", i, *settings[i].Pace, want)
		}
	}
	want := []line.Price{{Prefix: "+49", Micros: 75_000}, {Prefix: "", Micros: 2_000_000}}
	if diff := cmp.Diff(want, settings[1].Prices); diff != "" {
		t.Errorf("the prices (-want +got):\n%s", diff)
	}
}

func TestListen(t *testing.T) {
	for _, tc := range []struct {
		text string
		want Listeners
	}{
		{"", Listeners{{Address: "127.0.0.1:8080"}}},
		{"listen: 127.0.0.1:0", Listeners{{Address: "127.0.0.1:0"}}},
		{"listen: '[::1]:80'", Listeners{{Address: "[::1]:80"}}},
		{"listen: [127.0.0.1:80, ':81']", Listeners{{Address: "127.0.0.1:80"}, {Address: ":81"}}},
		{"listen:\n- address: 127.0.0.1:0\n- {address: 127.0.0.1:0, dialects: [textmagic, native]}",
			Listeners{{Address: "127.0.0.1:0"}, {Address: "127.0.0.1:0", Dialects: []string{"textmagic", "native"}}}},
		{"listen: 0.0.0.0:80", Listeners{{Address: "0.0.0.0:80"}}},
		{"listen: [0.0.0.0:80, {address: ':81', tls: on}, {address: '127.0.0.1:82', tls: on}]",
			Listeners{{Address: "0.0.0.0:80"}, {Address: ":81", TLS: On}, {Address: "127.0.0.1:82", TLS: On}}},
		{"tls: {}\nlisten: [localhost:79, 0.0.0.0:80, {address: '192.168.1.2:81', tls: off}]",
			Listeners{{Address: "localhost:79"}, {Address: "0.0.0.0:80", TLS: On}, {Address: "192.168.1.2:81", TLS: Off}}},
	} {
		cfg, mistakes := parse([]byte(tc.text))
		if diff := cmp.Diff(tc.want, cfg.Listen); diff != "" || len(mistakes) > 0 {
			t.Errorf("%s: %v (-want +got)\n%s", tc.text, mistakes, diff)
		}
	}
}

// What other machines reach in the clear is known, and a file from before there was TLS
// goes on as it did.
func TestFilesWithoutTLS(t *testing.T) {
	for _, tc := range []struct {
		name, file    string
		clear, secure []Address
		api, pages    bool // under any host
	}{
		{"nothing", "", nil, nil, true, false},
		{"from before", "listen: 0.0.0.0:8080\n", []Address{"0.0.0.0:8080"}, nil, true, false},
		{"from before, with HTTPS beside", "listen: [0.0.0.0:8080, {address: ':8443', tls: on}]\n", []Address{"0.0.0.0:8080"}, []Address{":8443"}, true, false},
		{"decided", "listen: [{address: '0.0.0.0:8080', tls: off}]\n", nil, nil, true, false},
		{"hosts are named", "listen: 0.0.0.0:8080\nhosts: [sms.example.com]\n", []Address{"0.0.0.0:8080"}, nil, false, false},
		{"new", "listen: [127.0.0.1:8080, ':8443']\ntls: {names: []}\n", nil, []Address{":8443"}, false, false},
		{"new, in the clear", "listen: [127.0.0.1:8080, {address: ':8081', tls: off}]\ntls:\n", nil, nil, false, false},
		{"from before, with any host", "listen: 0.0.0.0:8080\nhosts: ['*']\n", []Address{"0.0.0.0:8080"}, nil, true, true},
		{"new, with any host", "tls: {}\nhosts: ['*']\n", nil, nil, true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg, mistakes := parse([]byte(tc.file))
			if len(mistakes) > 0 {
				t.Fatal(mistakes)
			}
			if diff := cmp.Diff(tc.clear, cfg.Listen.Clear()) + cmp.Diff(tc.secure, cfg.Listen.Secure()); diff != "" {
				t.Error(diff)
			}
			if api, pages := cfg.AnyHost(); api != tc.api || pages != tc.pages {
				t.Errorf("any host: the API %t, the pages %t", api, pages)
			}
		})
	}
}

func TestWhatTheCanaryCosts(t *testing.T) {
	for _, tc := range []struct {
		file string
		n    int
		cost float64
	}{
		{"", 0, 0},
		{"canary: {every: 6h}", 120, -1},
		{"canary: {every: 6h}\nsims: [{iccid: \"8949020000012345678\", number: \"+4915112345678\", prices: [{prefix: \"+49\", price: 0.075}, {prefix: \"\", price: 0.50}]}]", 120, 9},
		{"canary: {every: 30d, to: \"+33612345678\"}\nsims: [{iccid: \"8949020000012345678\", number: \"+4915112345678\", prices: [{prefix: \"+49\", price: 0.075}, {prefix: \"\", price: 0.50}]}]", 1, 0.5},
	} {
		cfg, mistakes := parse([]byte(tc.file))
		if n, cost, known := cfg.CanaryCost(); len(mistakes) > 0 || n != tc.n || known != (tc.cost > 0) || known && cost != tc.cost {
			t.Errorf("%s: %d, %v, %v, %v", tc.file, n, cost, known, mistakes)
		}
	}
}

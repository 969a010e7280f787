package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	v1 "simgate/api/v1"
	"simgate/configs"
	"simgate/gateway/setting"
)

// keyed returns all settings of a source by their keys.
func keyed(t *testing.T, s Source) map[string]v1.ConfigSetting {
	t.Helper()
	settled, err := s.Settle()
	if err != nil {
		t.Fatal(err)
	}
	all, err := settled.Settings(s)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]v1.ConfigSetting{}
	for _, one := range all {
		by[one.Key] = one
	}
	return by
}

// examples are other values for keys whose default is not a good one of another key of their
// type, and what else has to be set with them.
var examples = map[string][]string{
	"apps":                     {"- name: shop\n  quiet_hours: 21:00-08:00\n- name: bank"},
	"canary.every":             {"6h"},
	"canary.to":                {"+4915112345678"},
	"code.locale":              {"de-de"},
	"code.test_numbers":        {"+4915100000000=123456"},
	"code.texts":               {"de-de={code} ist: # Ihr \"Code\" für {brand}"},
	"guard.countries":          {"DE\nAT"},
	"guard.voice_countries":    {"DE"},
	"guard.text_countries":     {"*"},
	"guard.short_numbers":      {"22000\n0110"},
	"notify.email.from":        {"me@example.com"},
	"notify.email.password":    {"a # \"pass\": word, ü", "notify.email.user", "me"},
	"notify.email.server":      {"smtp.example.com:587", "notify.email.to", "me@example.com"},
	"notify.email.to":          {"me@example.com", "notify.email.server", "smtp.example.com"},
	"notify.email.user":        {"me", "notify.email.password", "0815"},
	"notify.gotify.token":      {"Axy", "notify.gotify.url", "https://gotify.example.com"},
	"notify.gotify.url":        {"https://gotify.example.com", "notify.gotify.token", "Axy"},
	"notify.ntfy.token":        {"tk_x", "notify.ntfy.url", "https://ntfy.sh/x"},
	"notify.ntfy.url":          {"https://ntfy.sh/x"},
	"notify.quiet":             {"22:00-07:00"},
	"notify.sms":               {"+4915112345678"},
	"notify.webhook":           {"http://192.168.1.2/hook?a=1#b"},
	"opt_out.except":           {"cancel"},
	"webhooks.allow":           {"192.168.1.0/24\n127.0.0.1/32"},
	"pace.cost_day":            {"2.50"},
	"pace.cost_month":          {"20.075"},
	"pace.jitter":              {"30%"},
	"pace.reserve":             {"12.5%"},
	"limits.parts":             {"3"},
	"guard.failures":           {"7"},
	"code.max_lifetime":        {"1h"},
	"code.lifetime":            {"10m"},
	"backup.every":             {"1d"},
	"canary.within":            {"1m30s"},
	"guard.resend":             {"1m"},
	"message.lifetime":         {"1d"},
	"pace.pause":               {"500ms"},
	"retention.messages":       {"7d"},
	"retention.verifications":  {"36h"},
	"retention.inbox":          {"1h30m"},
	"retention.events":         {"365d"},
	"block.window":             {"2h"},
	"limits.queue":             {"1000"},
	"guard.client_failed_hour": {"0"},
}

// priced is a file with a SIM, whose prices costs are counted by.
const priced = "sims: [{iccid: \"8949020000012345678\", pin: \"0815\", prices: [{prefix: \"+49\", price: 0.075}]}]\n"

// Each key that can be set while a daemon runs can be set to its own value, to another, and
// back, and each other one is refused with what is to be written in the file.
func TestEveryKeyIsSetAndTakenBack(t *testing.T) {
	for name, raw := range map[string]string{"an empty file": priced, "the default file": strings.Replace(string(configs.Default), "\nsims: []", "\n"+priced, 1)} {
		t.Run(name, func(t *testing.T) {
			source := Source{Path: "/etc/simgate/simgate.yaml", Raw: []byte(raw)}
			before, err := source.Settle()
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for key, one := range keyed(t, source) {
				if !one.Changeable {
					_, wrong := source.Change(map[string]string{key: one.Default}, nil)
					if !strings.Contains(wrong[key], "is changed in the configuration file alone: /etc/simgate/simgate.yaml") {
						t.Errorf("%s: %q", key, wrong)
					}
					continue
				}
				n++
				same, wrong := source.Change(map[string]string{key: one.Value}, nil)
				if len(wrong) > 0 || !reflect.DeepEqual(same.Config, before.Config) || len(same.Set) != 1 {
					t.Errorf("%s to its own value: %q", key, wrong)
				}
				other := examples[key]
				switch {
				case other != nil:
				case len(one.Choices) > 0:
					other = []string{one.Choices[(slices.Index(one.Choices, one.Value)+1)%len(one.Choices)]}
				case one.Type == v1.SettingNumber:
					other = []string{"1" + one.Default}
				default:
					t.Errorf("%s is a %s without an example", key, one.Type)
					continue
				}
				set := map[string]string{key: other[0]}
				for i := 1; i < len(other); i += 2 {
					set[other[i]] = other[i+1]
				}
				changed, wrong := source.Change(set, nil)
				if len(wrong) > 0 || len(changed.Unfit) > 0 || !slices.Contains(changed.Over(), key) {
					t.Errorf("%s to %q: %q, %+v", key, other[0], wrong, changed.Unfit)
					continue
				}
				kept := source
				kept.Kept = changed.Set
				got := keyed(t, kept)[key]
				if field, _ := fieldOf(reflect.ValueOf(changed.Config), key); got.Source != v1.SettingPage || !got.Hidden && got.Value != other[0] || !one.Hidden && written(field) != other[0] || got.Under == nil {
					t.Errorf("%s to %q: it is %+v", key, other[0], got)
				}
				if got.Hidden && strings.Contains(fmt.Sprint(got.Value, *got.Under, changed.Said), other[0]) {
					t.Errorf("%s is shown: %+v", key, got)
				}
				var all []string
				for _, k := range changed.Set {
					all = append(all, k.Key)
				}
				if back, wrong := kept.Change(nil, all); len(wrong) > 0 || !reflect.DeepEqual(back.Config, before.Config) || len(back.Unset) != len(all) {
					t.Errorf("%s back: %q", key, wrong)
				}
			}
			if n < 70 {
				t.Errorf("only %d keys can be set", n)
			}
		})
	}
}

// What is wrong is refused with the sentence that the file would be, and nothing is changed.
func TestWrongValuesAreRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		set   map[string]string
		wrong Wrong
	}{
		{"no number", map[string]string{"pace.day": "many"}, Wrong{"pace.day": "must be a whole number"}},
		{"nothing for a number", map[string]string{"pace.day": ""}, Wrong{"pace.day": "must be a whole number"}},
		{"too much", map[string]string{"limits.parts": "256"}, Wrong{"limits.parts": "must be between 1 and 255"}},
		{"no duration", map[string]string{"retention.messages": "long"}, Wrong{"retention.messages": "must be a length of time, such as 30d, 12h, 5m or 10s"}},
		{"no choice", map[string]string{"guard.conversion": "perhaps"}, Wrong{"guard.conversion": "must be off, shadow, block or throttle"}},
		{"no bool", map[string]string{"opt_out.words": "yes"}, Wrong{"opt_out.words": "must be true or false"}},
		{"no level", map[string]string{"log.level": "loud"}, Wrong{"log.level": "must be debug, info, warn or error"}},
		{"an entry of a list", map[string]string{"guard.countries": "DE\nXX"}, Wrong{"guard.countries": `entry 2: must be a country in two capital letters, such as DE, or "*" for all`}},
		{"a key of an entry", map[string]string{"apps": "- name: shop\n  quiet_hours: always"}, Wrong{"apps": "entry 1, quiet_hours: they must be written as 21:00-08:00"}},
		{"an entry without a name", map[string]string{"apps": "- {}"}, Wrong{"apps": "entry 1, name: is missing: the name that was given to simgate keys create"}},
		{"no such key in an entry", map[string]string{"apps": "- nam: shop"}, Wrong{"apps": "entry 1, nam: there is no such key; there are android_hash, name, numbers, origin_domain, quiet_hours; entry 1, name: is missing: the name that was given to simgate keys create"}},
		{"two entries for an app", map[string]string{"apps": "- name: shop\n- name: shop"}, Wrong{"apps": "entry 2, name: is the name of another entry too"}},
		{"an app that no key can have", map[string]string{"apps": "- name: \"a\\x07\""}, Wrong{"apps": "entry 1, name: must be a name that a key can have: at most 64 characters, none of them a control character"}},
		{"two codes for a number", map[string]string{"code.test_numbers": "+4915100000000=123456\n+4915100000000=654321"}, Wrong{"code.test_numbers": "entry 2: is the number of another entry too"}},
		{"a port that there is not", map[string]string{"notify.email.to": "me@example.com", "notify.email.server": "smtp.example.com:99999"}, Wrong{"notify.email.server": "must be a host, or a host and a port up to 65535, such as smtp.example.com:587"}},
		{"a text that is turned around", map[string]string{"code.texts": "de-de={code} \u2066ist Ihr Code"}, Wrong{"code.texts": "entry 1: it contains the character U+2066, which turns text around: take it out"}},
		{"a text that is not UTF-8", map[string]string{"code.texts": "de-de={code} f\ufffdr Sie"}, Wrong{"code.texts": "entry 1: it is not valid UTF-8, or was not: write it in that encoding"}},
		{"no list", map[string]string{"apps": "shop"}, Wrong{"apps": "must be a list, each entry with a dash"}},
		{"no YAML", map[string]string{"apps": "- ["}, Wrong{"apps": "must be a value in YAML"}},
		{"two documents", map[string]string{"apps": "- name: shop\n---\n- name: bank"}, Wrong{"apps": "must be a value in YAML"}},
		{"an alias", map[string]string{"guard.countries": "[*a]"}, Wrong{"guard.countries": "entry 1: must be a plain value: tags, anchors and aliases are not supported"}},
		{"without what it needs", map[string]string{"notify.gotify.url": "https://gotify.example.com"}, Wrong{"notify.gotify.url": "notify.gotify: needs both url and token, which is that of an application"}},
		{"against another key", map[string]string{"code.max_lifetime": "1m"}, Wrong{"": "code.lifetime: must not be longer than code.max_lifetime"}},
		{"one of two", map[string]string{"pace.day": "5", "pace.month": "-1"}, Wrong{"pace.month": "must be between 0, for no limit, and 100000000"}},
		{"no such key", map[string]string{"pace.dya": "5"}, Wrong{"pace.dya": "there is no such key"}},
		{"a section", map[string]string{"pace": "{day: 5}"}, Wrong{"pace": "there is no such key"}},
		{"a key of an entry of the file", map[string]string{"sims[0].pin": "1234"}, Wrong{"sims[0].pin": "there is no such key"}},
		{"a restart", map[string]string{"code.length": "8"}, Wrong{"code.length": "is changed in the configuration file alone: /f.yaml: code: {length: 6}, which takes effect with a restart"}},
		{"a line of the file", map[string]string{"country": "AT"}, Wrong{"country": "is changed in the configuration file alone: /f.yaml:1, which takes effect with a restart"}},
		{"a section of the file", map[string]string{"limits.body": "1MB"}, Wrong{"limits.body": "is changed in the configuration file alone: /f.yaml:2 (limits), below it: body: 64KB, which takes effect with a restart"}},
		{"who is trusted", map[string]string{"web.trusted_proxies": "10.0.0.0/8"}, Wrong{"web.trusted_proxies": "is changed in the configuration file alone: /f.yaml: web: {trusted_proxies: []}: it can then be read again"}},
		{"where it listens", map[string]string{"listen": "0.0.0.0:80"}, Wrong{"listen": "is changed in the configuration file alone: /f.yaml: listen: …, which takes effect with a restart"}},
		{"a secret of the file", map[string]string{"tls.acme.dns.token": "x"}, Wrong{"tls.acme.dns.token": "is changed in the configuration file alone: /f.yaml: tls: {acme: {dns: {token: …}}}: it can then be read again"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			source := Source{Path: "/f.yaml", Raw: []byte("country: DE\nlimits: {queue: 10}\n")}
			changed, wrong := source.Change(tc.set, nil)
			if !maps.Equal(wrong, tc.wrong) {
				t.Errorf("%q", wrong)
			}
			if len(changed.Set) > 0 {
				t.Errorf("%+v is to be kept", changed.Set)
			}
		})
	}
}

// A setting that is none any more, by a newer version or a change of the file, is left out, and
// no other.
func TestUnfitSettingsAreLeftOut(t *testing.T) {
	for _, tc := range []struct {
		name, file string
		kept       []setting.Setting // the last that was set at the end
		unfit      map[string]string
		over       []string
	}{
		{"all fit", "", []setting.Setting{{Key: "pace.day", Value: "5"}, {Key: "pace.month", Value: `"50"`}}, nil, []string{"pace.day", "pace.month"}},
		{"a key that went", "", []setting.Setting{{Key: "pace.week", Value: "5"}, {Key: "pace.day", Value: "5"}}, map[string]string{"pace.week": "there is no such key"}, []string{"pace.day"}},
		{"a key that is for the file now", "", []setting.Setting{{Key: "code.length", Value: "8"}}, map[string]string{"code.length": "is for the configuration file alone"}, nil},
		{"a value that went", "", []setting.Setting{{Key: "guard.conversion", Value: "maybe"}, {Key: "pace.day", Value: "5"}}, map[string]string{"guard.conversion": "must be off, shadow, block or throttle"}, []string{"pace.day"}},
		{"nothing", "", []setting.Setting{{Key: "pace.day", Value: ""}, {Key: "guard.countries", Value: "["}}, map[string]string{"pace.day": "must be a value in YAML", "guard.countries": "must be a value in YAML"}, nil},
		{"against the file", "code: {lifetime: 2h}\n", []setting.Setting{{Key: "pace.day", Value: "5"}, {Key: "code.max_lifetime", Value: "1h"}}, map[string]string{"code.max_lifetime": "code.lifetime: must not be longer than code.max_lifetime"}, []string{"pace.day"}},
		{"one of two that need each other", "", []setting.Setting{{Key: "notify.gotify.url", Value: `"x"`}, {Key: "notify.gotify.token", Value: "t"}},
			map[string]string{"notify.gotify.url": "must be a URL that begins with http:// or https://", "notify.gotify.token": "notify.gotify: needs both url and token, which is that of an application"}, nil},
		{"two against each other", "", []setting.Setting{{Key: "code.lifetime", Value: "2h"}, {Key: "code.max_lifetime", Value: "1h"}}, map[string]string{"code.max_lifetime": "code.lifetime: must not be longer than code.max_lifetime"}, []string{"code.lifetime"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := Source{Raw: []byte(tc.file), Kept: tc.kept}
			settled, err := s.Settle()
			unfit := map[string]string{}
			for _, u := range settled.Unfit {
				unfit[u.Key] = u.Why
			}
			if err != nil || len(unfit)+len(tc.unfit) > 0 && !maps.Equal(unfit, tc.unfit) || !slices.Equal(settled.Over(), append([]string{}, tc.over...)) {
				t.Errorf("%v: unfit %q, over %q", err, unfit, settled.Over())
			}
			all := keyed(t, s)
			for key, why := range tc.unfit {
				if one, known := all[key]; known && (one.Problem != why || one.Source == v1.SettingPage) {
					t.Errorf("%+v", one)
				}
			}
		})
	}
}

// What does not fit is no reason to refuse another change, and is set right by one.
func TestUnfitSettingsStandInNobodysWay(t *testing.T) {
	s := Source{Raw: []byte("code: {lifetime: 2h}\n"), Kept: []setting.Setting{{Key: "code.max_lifetime", Value: "1h"}}}
	if changed, wrong := s.Change(map[string]string{"pace.day": "5"}, nil); len(wrong) > 0 || changed.Pace.Day != 5 || len(changed.Unfit) != 1 {
		t.Errorf("another: %q, %+v", wrong, changed.Unfit)
	}
	if _, wrong := s.Change(map[string]string{"code.max_lifetime": "90m"}, nil); len(wrong) != 1 {
		t.Error("it is set as wrong as before")
	}
	if changed, wrong := s.Change(map[string]string{"code.max_lifetime": "3h"}, nil); len(wrong) > 0 || len(changed.Unfit) > 0 {
		t.Errorf("set right: %q, %+v", wrong, changed.Unfit)
	}
	if changed, wrong := s.Change(nil, []string{"code.max_lifetime"}); len(wrong) > 0 || len(changed.Unfit) > 0 {
		t.Errorf("taken back: %q, %+v", wrong, changed.Unfit)
	}
	if changed, wrong := s.Change(nil, []string{"pace.day"}); len(wrong)+len(changed.Unset) > 0 {
		t.Errorf("what was never set: %q, %+v", wrong, changed.Unset)
	}
}

// What is taken back is refused where another setting needs it.
func TestWhatAnotherNeedsIsNotTakenBack(t *testing.T) {
	s := Source{Kept: []setting.Setting{{Key: "notify.email.server", Value: "smtp.example.com"}, {Key: "notify.email.to", Value: "me@example.com"}}}
	if _, wrong := s.Change(nil, []string{"notify.email.server"}); wrong[""] != "notify.email.server: needs both to and server" {
		t.Errorf("%q", wrong)
	}
	if changed, wrong := s.Change(nil, []string{"notify.email.server", "notify.email.to"}); len(wrong) > 0 || len(changed.Over()) > 0 {
		t.Errorf("both: %q", wrong)
	}
}

// What a list of the file has is not mixed with one that is over it, and SIMs have the pace that
// is over that of the file.
func TestWhatIsOverTheFile(t *testing.T) {
	s := Source{Raw: []byte(priced + "pace: {day: 5}\napps: [{name: a, quiet_hours: 20:00-06:00}, {name: b}]\n"),
		Kept: []setting.Setting{{Key: "apps", Value: "[{name: c}]"}, {Key: "pace.day", Value: "7"}}}
	settled, err := s.Settle()
	if err != nil || len(settled.Unfit) > 0 || !reflect.DeepEqual(settled.Apps, []App{{Name: "c"}}) || settled.SIMs[0].Pace.Day != 7 || settled.File.SIMs[0].Pace.Day != 5 {
		t.Errorf("%v: %+v", err, settled)
	}
	one := keyed(t, s)["pace.day"]
	if one.Value != "7" || one.Under == nil || *one.Under != "5" || one.Line != 2 || one.Source != v1.SettingPage {
		t.Errorf("%+v", one)
	}
}

// Each choice is one, and something else is none.
func TestChoices(t *testing.T) {
	for key, of := range choices {
		for _, value := range append([]string{"something else"}, of...) {
			_, _, mistakes := parseOver(Default(), fmt.Appendf(nil, "%s", nestedFile(key, value)), nil)
			if ok := value != "something else"; ok != (len(mistakes) == 0) {
				t.Errorf("%s: %s: %v", key, value, mistakes)
			}
		}
	}
}

func nestedFile(key, value string) string {
	return nested(strings.Split(key, "."), fmt.Sprintf("%q", value)) + "\n"
}

// Most keys are described, and their sections; what is said is of the file.
func TestDescriptions(t *testing.T) {
	for key, want := range map[string]string{
		"retention":              "How long data is kept.",
		"web.clear":              "true: also without HTTPS to other machines, where passwords and codes can be read on the way",
		"guard.conversion":       "Where few codes are checked: throttle (codes to unknown numbers of that country and prefix go out one by one), off, shadow (log only, as without this key), block.",
		"code.test_numbers":      `Numbers for tests of your app: no code, message or call goes to them, and this code is valid: "+4915100000000=123456".`,
		"notify.ntfy.url":        "of your topic, such as https://ntfy.sh/TOPIC",
		"notify.sms":             `your phone, such as "+4915112345678": at most 10 messages a day`,
		"limits.request_timeout": "for an HTTP request",
		"mdns":                   "Give this machine the name simgate.local in the local network, besides its host name with .local, and list simgate among its services, where avahi runs and an address with HTTPS is open to other machines.",
	} {
		if got := configs.Descriptions()[key]; got != want {
			t.Errorf("%s: %q", key, got)
		}
	}
	var without []string
	for key := range keyed(t, Source{}) {
		section, _, _ := strings.Cut(key, ".")
		if configs.Descriptions()[key] == "" {
			if without = append(without, key); configs.Descriptions()[section] == "" {
				t.Errorf("nothing is said of %s, nor of its section", key)
			}
		}
	}
	if len(without) > 16 {
		t.Errorf("nothing is said of %q", without)
	}
}

// Whatever somebody writes for a text or a list is what the configuration has then, or is refused.
func FuzzWritten(f *testing.F) {
	for _, s := range []string{"", "a # b", "\"", "'", "- x", "{a: b}", "[a", "ü\u2028\x7f", "a\nb", "no", "0815", "\\x41", "&a *a !b", "…"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		want := strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
		changed, wrong := Source{}.Change(map[string]string{"notify.email.user": text, "notify.email.password": "x"}, nil)
		if len(wrong) == 0 && changed.Notify.Email.User != want {
			t.Errorf("%q became %q", text, changed.Notify.Email.User)
		}
		if strings.HasPrefix(want, "[") {
			return
		}
		changed, wrong = Source{}.Change(map[string]string{"opt_out.except": text}, nil)
		if len(wrong) == 0 && strings.ReplaceAll(strings.Join(changed.OptOut.Except, ""), " ", "") != strings.ReplaceAll(strings.ReplaceAll(want, "\n", ""), " ", "") && !strings.ContainsFunc(want, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q became %q", text, changed.OptOut.Except)
		}
	})
}

// A file is read as it is, and one that is not there is said to be missing.
func TestReadSource(t *testing.T) {
	if _, err := ReadSource(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "simgate config default") {
		t.Error(err)
	}
}

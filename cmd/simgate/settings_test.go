package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "simgate/api/v1"
)

// What is set while the daemon runs takes effect at once, is over the file after a restart and a
// reload, and is taken back; what is wrong changes nothing.
func TestConfigSet(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	good, err := os.ReadFile(h.config)
	if err != nil {
		t.Fatal(err)
	}
	write := func(more string) {
		t.Helper()
		if err := os.WriteFile(h.config, append(good, more...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	say := h.says(t)
	one := func(key string) v1.ConfigSetting {
		t.Helper()
		var all []v1.ConfigSetting
		r := h.simgate(t, "config", "show", key, "--json")
		if err := json.Unmarshal([]byte(r.out), &all); err != nil || len(all) != 1 {
			t.Fatalf("%+v: %v", r, err)
		}
		return all[0]
	}
	d := h.serve(t)
	say(exitError, "no messages go to FR", "send", "+33612345678", "bonjour")
	say(exitOK, "guard.text_countries: FR, DE (set by command line", "config", "set", "guard.text_countries", "[FR, DE]")
	say(exitOK, "", "send", "+33612345678", "bonjour")
	say(exitError, "pace.month: must be a whole number", "config", "set", "pace.day", "5", "pace.month", "many")
	if s := one("pace.day"); s.SetBy != "" {
		t.Errorf("half of a change: %+v", s)
	}
	say(exitError, "code.texts: the value is not valid UTF-8", "config", "set", "code.texts", "de-de={code} f\xfcr Sie")
	say(exitError, "apps: entry 2, name: is the name of another entry too", "config", "set", "apps", "[{name: shop}, {name: shop}]")
	say(exitError, "is changed in the configuration file alone: "+h.config, "config", "set", "code.length", "8")
	say(exitUsage, "each key needs a value", "config", "set", "pace.day")
	say(exitOK, "notify.gotify.token: ••••• (set by command line", "config", "set", "notify.gotify.url", "http://127.0.0.1:1", "notify.gotify.token", "very secret")
	say(exitOK, "settings were changed by command line: guard.text_countries:", "events", "--kind", "config.reloaded")
	if r := h.simgate(t, "events"); strings.Contains(r.out, "very secret") || !strings.Contains(r.out, "notify.gotify.token: …") {
		t.Errorf("%+v", r)
	}

	write("guard: {text_countries: [AT]}\n")
	say(exitOK, "These were set while the daemon ran, which is over the file (simgate config unset KEY): guard.text_countries, notify.gotify.url, notify.gotify.token.", "reload")
	if s := one("guard.text_countries"); s.Value != "FR\nDE" || s.Under == nil || *s.Under != "AT" || s.Source != v1.SettingPage || s.Waiting {
		t.Errorf("%+v", s)
	}
	say(exitOK, "FR, DE", "config", "show")
	say(exitOK, "allowed for other messages", "config", "show", "guard.text_countries")
	say(exitUsage, "there is no key guard.nothing", "config", "show", "guard.nothing")

	d.kill()
	d = h.serve(t)
	say(exitOK, "", "send", "+33612345678", "bonjour")
	say(exitOK, "guard.text_countries: AT (line", "config", "unset", "guard.text_countries")
	say(exitError, "no messages go to FR", "send", "+33612345678", "bonjour")
	say(exitError, "notify.gotify: needs both url and token", "config", "unset", "notify.gotify.url")

	backup := filepath.Join(t.TempDir(), "backup.db")
	say(exitOK, "", "backup", backup)
	say(exitOK, "notify.gotify.token: -", "config", "unset", "notify.gotify.url", "notify.gotify.token")
	d.stop(t)
	say(exitOK, "is restored", "restore", backup)
	d = h.serve(t)
	if s := one("notify.gotify.url"); s.Source != v1.SettingPage {
		t.Errorf("after a restore: %+v", s)
	}
	d.stop(t)
}

// A setting that is none any more, as the file has changed, is left out, and is a trouble.
func TestUnfitSettingIsATrouble(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	d := h.serve(t)
	if r := h.simgate(t, "config", "set", "code.max_lifetime", "10m", "pace.day", "5"); r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	d.stop(t)
	h.add(t, "code: {lifetime: 30m}\n")
	d = h.serve(t)
	if !strings.Contains(d.log.String(), "a setting of a page is not in force") {
		t.Errorf("%s", d.log)
	}
	r := h.simgate(t, "config", "show", "code.max_lifetime")
	if want := "what command line has set is not in force: code.lifetime: must not be longer than code.max_lifetime"; !strings.Contains(r.out, want) {
		t.Errorf("%+v", r)
	}
	if r := h.simgate(t, "config", "show", "pace.day"); !strings.Contains(r.out, "pace.day: 5\n") {
		t.Errorf("%+v", r)
	}
	r = h.simgate(t, "doctor")
	for _, want := range []string{"what command line has set for code.max_lifetime is not in force", "over the file: pace.day (by command line)"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("%q is not in %s", want, r.out)
		}
	}
	d.stop(t)
}

// A reload that drops what was set says so, and why, with what is in force instead; so do the event
// and the pages, and the trouble is there at once.
func TestReloadDropsASetting(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	say := h.says(t)
	d := h.serve(t)
	say(exitOK, "", "config", "set", "code.lifetime", "20h", "code.max_lifetime", "1d")
	say(exitOK, "", "config", "unset", "code.max_lifetime")
	h.add(t, "code: {max_lifetime: 10h}\n")
	r := h.simgate(t, "reload")
	for _, want := range []string{"In force now: code.lifetime (as without what was set for it), code.max_lifetime.\n",
		"Not in force: what command line has set for code.lifetime: must not be longer than code.max_lifetime. Set it again (simgate config set code.lifetime VALUE), or take it back (simgate config unset code.lifetime).\n"} {
		if r.code != exitOK || !strings.Contains(r.out, want) {
			t.Errorf("%q: %+v", want, r)
		}
	}
	say(exitOK, "these were set on a page and are not in force: code.lifetime (must not be longer than code.max_lifetime)", "events", "--kind", "config.reloaded")
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		r := h.simgate(t, "notify")
		if strings.Contains(r.out, "code.lifetime was set by command line and is not in force: must not be longer than code.max_lifetime") {
			break
		}
		if time.Since(begun) > 20*time.Second { // less than the minute after which it is looked anyway
			t.Fatalf("%+v", r)
		}
	}
	say(exitOK, "Not in force: what command line has set for code.lifetime", "reload")
	say(exitOK, "code.lifetime: 9h (set by command line", "config", "set", "code.lifetime", "9h")
	say(exitOK, "Nothing has changed.", "reload")
	d.stop(t)
}

// While the file is not there, or has mistakes, settings are shown and set all the same, with a word
// about the file.
func TestSettingsWithoutTheirFile(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	good, err := os.ReadFile(h.config)
	if err != nil {
		t.Fatal(err)
	}
	d := h.serve(t)
	ours := h
	ours.config = filepath.Join(t.TempDir(), "copy.yaml") // says where the socket is
	if err := os.WriteFile(ours.config, good, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		spoil func() error
		says  string
	}{
		{"missing", func() error { return os.Remove(h.config) }, "warning: the configuration file " + h.config + " is missing: put it back"},
		{"no file", func() error { return os.Mkdir(h.config, 0o700) }, "warning: the configuration file cannot be read: read " + h.config + ": is a directory"},
		{"invalid", func() error { return os.WriteFile(h.config, append(good, "zzz: 1\n"...), 0o600) },
			"warning: the configuration file has mistakes by now, and what was read before stays in force:\n" + h.config + ":8: zzz: there is no such key"},
		{"good", func() error { return os.WriteFile(h.config, good, 0o600) }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_ = os.Remove(h.config)
			if err := tc.spoil(); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			for _, one := range []struct{ want, args string }{
				{"pace.day: 5 (set by command line", "set pace.day 5"},
				{"from      set by command line", "show pace.day"},
				{"set by command line", "show"},
				{"\"set_by\": \"command line\"", "show pace.day --json"},
				{"pace.day: 0 (default)", "unset pace.day"},
				{"country: DE", "show country"},
			} {
				r := ours.simgate(t, append([]string{"config"}, strings.Fields(one.args)...)...)
				if r.code != exitOK || !strings.Contains(r.out, one.want) || !strings.HasPrefix(r.errors, tc.says) || tc.says == "" && r.errors != "" || strings.Contains(r.out, "warning") {
					t.Errorf("%s: %+v", one.args, r)
				}
			}
		})
	}
	d.stop(t)
}

// A file from before there was TLS lets programs come under any name, says so, and keeps the pages
// for the names of this machine, until it says which hosts there are.
func TestHostsOfAnOldFile(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	good, err := os.ReadFile(h.config)
	if err != nil {
		t.Fatal(err)
	}
	say := h.says(t)
	d := h.serve(t)
	answers := func(host, path string, want int) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+d.address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s%s: %s, want %d", host, path, answer.Status, want)
		}
	}
	const unset = http.StatusServiceUnavailable // nobody has set up the pages yet
	for _, tc := range []struct {
		name, file, says string
		api, pages       int // of a foreign name
	}{
		{"old", "", "hosts: * (any, for the API alone, as the file has neither the section tls nor hosts)", 200, 421},
		{"any", "hosts: ['*']\n", "hosts: *\n", 200, unset},
		{"named", "hosts: [sms.example]\n", "hosts: sms.example\n", 421, 421},
		{"new", "tls: {names: []}\n", "hosts: -\n", 421, 421},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := os.WriteFile(h.config, append(good, tc.file...), 0o600); err != nil {
				t.Fatal(err)
			}
			say(exitOK, "", "reload")
			say(exitOK, tc.says, "config", "show", "hosts")
			answers("evil.example", "/healthz", tc.api)
			answers("evil.example", "/ui/login", tc.pages)
			answers("localhost:8080", "/ui/login", unset)
			answers("127.0.0.1", "/ui/login", unset)
		})
	}
	if err := os.WriteFile(h.config, good, 0o600); err != nil {
		t.Fatal(err)
	}
	say(exitOK, "hosts", "reload")
	if r := h.simgate(t, "config", "show"); !strings.Contains(r.out, "the file as a whole") {
		t.Errorf("%+v", r)
	}
	d.stop(t)
}

// What stands behind a key is its value, whatever it begins with; flags stand everywhere else.
func TestValuesWithADash(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	d := h.serve(t)
	for _, tc := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"apps", "- name: shop"}, exitOK, "apps: - name: shop (set by"},
		{[]string{"apps", "- name: shop\n- name: bank", "pace.day", "5"}, exitOK, "pace.day: 5 (set by"},
		{[]string{"--json", "pace.day", "6"}, exitOK, `"value": "6"`},
		{[]string{"pace.day", "7", "--json"}, exitOK, `"value": "7"`},
		{[]string{"pace.day", "8", "--json", "pace.month", "80"}, exitOK, `"value": "80"`},
		{[]string{"retention.messages", "-5d"}, exitError, "retention.messages: must be a length of time, such as 30d, 12h, 5m or 10s"},
		{[]string{"pace.day", "-5"}, exitError, "pace.day: must be between 0, for no limit"},
		{[]string{"pace.day", "--json"}, exitUsage, "pace.day has none"},
		{[]string{"pace.day", "--fast"}, exitError, "pace.day: must be a whole number"},
		{[]string{"guard.text_countries", "--"}, exitError, "guard.text_countries: entry 1: must be a country"},
		{[]string{"-5", "pace.day"}, exitUsage, "unknown shorthand flag"},
		{[]string{"--fast", "pace.day", "5"}, exitUsage, "unknown flag: --fast"},
		{[]string{"pace.day", "5", "--fast"}, exitUsage, "unknown flag: --fast"},
		{[]string{"pace.day"}, exitUsage, "each key needs a value, and pace.day has none; usage: simgate config set KEY VALUE"},
		{[]string{"pace.day", "5", "pace.month"}, exitUsage, "pace.month has none"},
		{nil, exitUsage, "each key needs a value, and there is none"},
		{[]string{"-", "5"}, exitUsage, `there is no key "-"`},
		{[]string{"--help"}, exitOK, "Set values over the configuration file"},
		{[]string{"pace.day", "--help"}, exitOK, "Set values over the configuration file"},
		{[]string{"pace.day", "5", "-h"}, exitOK, "Set values over the configuration file"},
	} {
		r := h.simgate(t, append([]string{"config", "set"}, tc.args...)...)
		if r.code != tc.code || !strings.Contains(r.out+r.errors, tc.want) {
			t.Errorf("%q: %+v", tc.args, r)
		}
	}
	for _, args := range [][]string{{""}, {"pace."}, {"--json", "pace."}} {
		r := command(t, append([]string{"__complete", "--config", h.config, "config", "set"}, args...)...)
		if !strings.Contains(r.out, "pace.day\tmessages per day") || !strings.Contains(r.out, ":4\n") {
			t.Errorf("%q is completed with %+v", args, r)
		}
	}
	if r := command(t, "__complete", "--config", h.config, "config", "set", "pace.day", "-"); r.code != exitOK || strings.Contains(r.out, "pace.month") {
		t.Errorf("%+v", r)
	}
	d.stop(t)
}

// A setting with the number of a person goes with the number, and is not in force any more.
func TestSettingIsForgotten(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	say := h.says(t)
	d := h.serve(t)
	say(exitOK, "", "config", "set", "code.test_numbers", "[\"+4915112345678=123456\"]", "pace.day", "5")
	say(exitOK, "settings", "forget", "+4915112345678")
	say(exitOK, "code.test_numbers: -", "config", "show", "code.test_numbers")
	say(exitOK, "pace.day: 5", "config", "show", "pace.day")
	d.stop(t)
}

// What several set at once is there, all of it, or is told to have been changed by somebody else.
func TestSettingsAtOnce(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	d := h.serve(t)
	keys := []string{"pace.day", "pace.month", "pace.recipients_day", "pace.recipients_month", "guard.number_day", "guard.app_hour"}
	var group sync.WaitGroup
	for i, key := range keys {
		group.Go(func() {
			for n := range 5 {
				if r := h.simgate(t, "config", "set", key, strconv.Itoa(100*i+n+1)); r.code != exitOK {
					t.Errorf("%+v", r)
				}
			}
		})
	}
	group.Wait()
	look := func() {
		t.Helper()
		for i, key := range keys {
			if r := h.simgate(t, "config", "show", key); !strings.Contains(r.out, fmt.Sprintf("%s: %d\n", key, 100*i+5)) {
				t.Errorf("%+v", r)
			}
		}
	}
	look()
	d.kill()
	d = h.serve(t)
	look()
	d.stop(t)
}

// The owner is told in the language that is set, by each way, from the next time on.
func TestOwnerIsToldInTheLanguage(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	bodies := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- r.Header.Get("Title") + string(body)
	}))
	t.Cleanup(receiver.Close)
	say := h.says(t)
	d := h.serve(t)
	say(exitOK, "", "config", "set", "notify.webhook", receiver.URL, "notify.ntfy.url", receiver.URL+"/topic")
	for language, want := range map[string]string{"en": "this is how simgate tells what is wrong", "de": "so meldet simgate", "he": "כך simgate"} {
		say(exitOK, "", "config", "set", "notify.language", language)
		say(exitOK, "", "notify", "test")
		for range 2 {
			if got := <-bodies; !strings.Contains(got, want) {
				t.Errorf("in %s: %s", language, got)
			}
		}
	}
	say(exitError, "notify.language: must be one of de, en, es, fr, he, it, pl, tr", "config", "set", "notify.language", "xx")
	d.stop(t)
}

package main

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"simgate/cmd/simgate/cli"
)

// The shell is given the values that the daemon knows, and those that never change.
func TestCompletion(t *testing.T) {
	demoHome(t)
	d := startDemo(t, anyPort)
	if r := command(t, "--demo", "send", "+4915112345678", "hello"); r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	<-d.arrived
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"messages", "--app", ""}, demoApp},
		{[]string{"messages", "--state", ""}, "undelivered"},
		{[]string{"verify", "list", "--state", ""}, "pending"},
		{[]string{"calls", "--state", ""}, "no_answer"},
		{[]string{"webhooks", "deliveries", "--state", ""}, "failed"},
		{[]string{"webhooks", "add", "--kinds", ""}, "message.received"},
		{[]string{"webhooks", "add", "--format", ""}, "textlink"},
		{[]string{"keys", "create", "--scope", ""}, "otp.send"},
		{[]string{"simulate", "--make", ""}, "a7670"},
		{[]string{"speech", "--language", ""}, "de-de"},
		{[]string{"ussd", "--line", ""}, "\t+4915110000002 in simulated2"},
		{[]string{"lines", "release", ""}, "\t+4915110000001 in simulated1"},
		{[]string{"messages", ""}, "to +4915112345678"},
		{[]string{"keys", "revoke", ""}, "of " + demoApp},
	} {
		r := command(t, append([]string{"__complete", "--demo"}, tc.args...)...)
		if !strings.Contains(r.out, tc.want) || !strings.Contains(r.out, ":4\n") { // no files
			t.Errorf("%q: %+v, want %q", tc.args, r, tc.want)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing.yaml")
	if r := command(t, "__complete", "--config", missing, "messages", "--app", ""); r.code != exitOK || strings.Contains(r.errors, "simgate: ") {
		t.Errorf("without a daemon: %+v", r)
	}
}

// Each entry of the tables is of a command and a flag that exist.
func TestCompletionsAreOfCommands(t *testing.T) {
	root := newRootCommand(&cli.App{})
	for _, path := range slices.Concat(slices.Collect(maps.Keys(flagValues)), slices.Collect(maps.Keys(argumentValues))) {
		names, flag, _ := strings.Cut(path, " --")
		if !strings.Contains(path, " ") && flagValues[path] != nil {
			continue // of every command
		}
		c, rest, err := root.Find(strings.Fields(names))
		if err != nil || len(rest) > 0 || flag != "" && c.Flags().Lookup(flag) == nil {
			t.Errorf("there is no %q", path)
		}
	}
}

// With --json a command that fails says so on its output too, once.
func TestFailuresAsJSON(t *testing.T) {
	h := newHome(t, "/dev/null")
	without := h.config
	for _, tc := range []struct {
		name    string
		running bool
		args    []string
		code    int
		says    string
	}{
		{"no daemon", false, []string{"messages"}, exitError, "unavailable"},
		{"no configuration", false, []string{"messages", "--config", "/nonexistent"}, exitUsage, "invalid"},
		{"an unknown flag", false, []string{"messages", "--fast"}, exitUsage, "invalid"},
		{"an unknown command", false, []string{"vanish"}, exitUsage, "invalid"},
		{"refused by the daemon", true, []string{"send", "12", "x"}, exitError, "invalid"},
		{"not there", true, []string{"messages", "77"}, exitError, "not_found"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.running {
				h.serve(t)
			}
			r := command(t, append([]string{"--config", without, "--json"}, tc.args...)...)
			var got struct {
				Error struct{ Code, Detail string }
			}
			if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.code != tc.code || got.Error.Code != tc.says || !strings.Contains(r.errors, got.Error.Detail) {
				t.Errorf("%v: %+v", err, r)
			}
		})
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A daemon takes up what has changed, names what waits for a restart, and goes on with the
// old configuration where the new one has mistakes, whoever asks it to reload.
func TestReload(t *testing.T) {
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
	d := h.serve(t)
	say(exitOK, "Nothing has changed.", "reload")
	say(exitError, "no messages go to FR", "send", "+33612345678", "bonjour")
	write("guard: {text_countries: [FR, DE]}\nlimits: {connections: 10}\n")
	say(exitOK, "In force now: guard.text_countries.\nThese wait for a restart (sudo systemctl restart simgate): limits.connections.", "reload")
	say(exitOK, "", "send", "+33612345678", "bonjour")
	write("guard: {text_countries: [XX]}\nretention: {messages: never}\n")
	say(exitError, "the old one stays in force", "reload")
	say(exitError, "retention.messages", "reload")
	say(exitOK, "", "send", "+33612345678", "bonjour")
	say(exitOK, "config.rejected", "events")
	write("tls: {cert: /none, key: /none}\n")
	say(exitOK, "In force now: tls.cert, tls.key, hosts, guard.text_countries.", "reload") // no address has HTTPS
	write("")
	if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); !strings.Contains(d.log.String(), "the configuration was reloaded: tls.cert, tls.key"); time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatalf("SIGHUP: %s", d.log)
		}
	}
	d.stop(t)
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What waited in a backup does not go out after a restore until somebody says so; a
// program that is older than the database says what to do.
func TestBackupAndRestore(t *testing.T) {
	h := newHome(t, "/dev/simgate-missing")
	say := func(want string, args ...string) {
		t.Helper()
		r := command(t, append(args, "--config", h.config)...)
		if all := r.out + r.errors; !strings.Contains(all, want) {
			t.Errorf("simgate %s: %s", strings.Join(args, " "), all)
		}
	}
	d := h.serve(t)
	say("", "send", "+4915112345678", "the pump has stopped")
	file := filepath.Join(h.folder, "copy.db")
	say(file, "backup", file)
	say(filepath.Join(h.folder, "state", "backups", "simgate-"), "backup")
	say("another simgate is using", "restore", file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	say("", "send", "+4915112345679", "hello")
	second := filepath.Join(h.folder, "second.db")
	say(second, "backup", second)
	say(`"text": "hello"`, "export", "+4915112345679")
	say("Of these waited, and do not go out: 1 message, 0 calls, 0 verifications.", "forget", "+4915112345679")
	say("Removed: nothing", "forget", "+4915112345679")
	d.kill()
	say("1 number that had been forgotten: removed again.", "restore", second)
	say("Held are 1 messages, 0 calls and 0 deliveries", "restore", file)
	d = h.serve(t)
	say("1 messages", "queue")
	say("the word of the owner", "messages")
	say("1 messages, 0 calls and 0 deliveries to webhooks will not go out", "queue", "drop")
	say("Nothing is held.", "queue")
	say("nothing is held", "queue", "release")
	d.kill()
}

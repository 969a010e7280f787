package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
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
	say("", "optout", "add", "+4915112345677")
	say("Of these waited, and do not go out: 1 message, 0 calls, 0 verifications.", "forget", "+4915112345679")
	say("Removed: nothing", "forget", "+4915112345679")
	d.kill()
	say("1 number that had been forgotten: removed again.\n1 opt-out, or the end of one, from after the backup: done again.", "restore", second)
	say("Held are 1 messages, 0 calls and 0 deliveries", "restore", file)
	d = h.serve(t)
	say("1 messages", "queue")
	say("the word of the owner", "messages")
	say("1 messages, 0 calls and 0 deliveries to webhooks will not go out", "queue", "drop")
	say("Nothing is held.", "queue")
	say("nothing is held", "queue", "release")
	d.kill()
}

// On a terminal it is asked what is to become of what waits, and the next start does it.
func TestRestoreAsksWhatIsToGoOut(t *testing.T) {
	h := newHome(t, "/dev/simgate-missing")
	d := h.serve(t)
	h.simgate(t, "send", "+4915112345678", "the pump has stopped")
	file := filepath.Join(h.folder, "copy.db")
	h.simgate(t, "backup", file)
	d.stop(t)
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	defer terminal.Close()
	if _, err := screen.WriteString("perhaps\ndrop\n"); err != nil {
		t.Fatal(err)
	}
	var out, asked strings.Builder
	code := run(t.Context(), []string{"restore", file, "--config", h.config}, terminal, &out, &asked, func(string) string { return "" })
	if code != exitOK || strings.Count(asked.String(), "[hold]:") != 2 || !strings.Contains(out.String(), "1 messages, 0 calls and 0 deliveries to webhooks that waited in the backup end then") {
		t.Errorf("status %d: %s%s", code, asked.String(), out.String())
	}
	shows := func(want string, args ...string) { // the daemon serves before it has done it
		t.Helper()
		for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			r := h.simgate(t, args...)
			if strings.Contains(r.out, want) {
				return
			}
			if time.Since(begun) > time.Minute {
				t.Fatalf("%+v", r)
			}
		}
	}
	d = h.serve(t)
	shows("its owner has dropped it", "messages")
	d.stop(t)
	if r := h.simgate(t, "restore", file, "--queue", "perhaps"); r.code != exitUsage {
		t.Errorf("%+v", r)
	}
	if r := h.simgate(t, "restore", file, "--queue", "release"); r.code != exitOK || !strings.Contains(r.out, "go out then") {
		t.Errorf("%+v", r)
	}
	d = h.serve(t)
	shows("Nothing is held.", "queue")
	shows("queued", "messages")
	d.stop(t)
}

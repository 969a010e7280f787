package modem_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"simgate/modem"
)

// The programs that carry the sound are killed and reaped when the card is closed,
// whatever they are doing.
func TestSoundCardLeavesNoProcess(t *testing.T) {
	bin := t.TempDir()
	for name, script := range map[string]string{
		"aplay":   "#!/bin/sh\necho $$ > " + bin + "/play.pid\nexec /bin/cat > " + bin + "/heard\n",
		"arecord": "#!/bin/sh\necho $$ > " + bin + "/record.pid\nprintf 12345678\nexec /bin/sleep 600\n",
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	card, err := modem.OpenCard("1")
	if err != nil {
		t.Fatal(err)
	}
	heard := make([]byte, 8)
	if _, err := io.ReadFull(card, heard); err != nil || string(heard) != "12345678" {
		t.Errorf("it recorded %q, %v", heard, err)
	}
	frame := bytes.Repeat([]byte{1, 2}, 160)
	if _, err := card.Write(frame); err != nil {
		t.Error(err)
	}
	until := time.Now().Add(10 * time.Second)
	for {
		if got, _ := os.ReadFile(filepath.Join(bin, "heard")); bytes.Equal(got, frame) {
			break
		}
		if time.Now().After(until) {
			t.Fatal("nothing was played")
		}
	}
	for range 2 {
		if err := card.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"play.pid", "record.pid"} {
		text, err := os.ReadFile(filepath.Join(bin, name))
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil || syscall.Kill(pid, 0) == nil {
			t.Errorf("%s is there still, %v", name, err)
		}
	}
	if _, err := card.Write(frame); err == nil {
		t.Error("a closed card takes sound")
	}
	if _, err := modem.OpenCard(""); err == nil {
		t.Error("a card that is not there was opened")
	}
}

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

// The sound card of a modem is that on its own USB device, and its sound port that
// of its own device.
func TestSoundOfADevice(t *testing.T) {
	sys := filepath.Join(t.TempDir(), "sys")
	plugIn(t, sys, "1-1", "2c7c", "0125", ttys(0, 1, 2, 3)...)
	plugIn(t, sys, "1-2", "1e0e", "9001", iface{"ttyUSB6", 2, ""}, iface{"ttyUSB8", 4, ""})
	for n, place := range map[string]string{"0": "", "1": "1-1/1-1:1.4"} {
		device := filepath.Join(sys, "devices/platform/soc")
		if place != "" {
			device = filepath.Join(sys, "devices/platform/usb1", place)
		}
		card := filepath.Join(sys, "class/sound/card"+n)
		for _, folder := range []string{device, card} {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(device, filepath.Join(card, "device")); err != nil {
			t.Fatal(err)
		}
	}
	f := modem.NewFinder(sys)
	at := map[string]string{}
	devices, err := modem.Discover(sys)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		for _, p := range d.Ports {
			at[d.USBPath+" "+string(p.Role)] = p.Path
		}
	}
	for _, tc := range []struct{ name, got, want string }{
		{"the card of a modem that has one", f.SoundCard(at["1-1 at"]), "1"},
		{"the card of one that has none", f.SoundCard(at["1-2 at"]), ""},
		{"the card of a port that is not there", f.SoundCard("/dev/ttyUSB99"), ""},
		{"the sound port", f.Beside(at["1-2 at"], modem.RoleVoice), at["1-2 voice"]},
		{"the port of positions", f.Beside(at["1-1 at"], modem.RoleVoice, modem.RoleGNSS), at["1-1 gnss"]},
		{"no such port", f.Beside(at["1-1 at"], modem.RoleVoice), ""},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, tc.got, tc.want)
		}
	}
	if at["1-2 voice"] == "" || at["1-1 gnss"] == "" {
		t.Errorf("the devices are %v", at)
	}
}

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

package usb_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"simgate/modem/usb"
)

// hold has a program of this name open a file until the test is over.
func hold(t *testing.T, program, file string) {
	t.Helper()
	script := filepath.Join(t.TempDir(), program)
	if err := os.WriteFile(script, []byte("#!/bin/sh\nexec 9<\"$1\"\necho held\nread wait\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), script, file)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _, _ = io.Copy(io.Discard, out); _ = cmd.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}
}

// Whoever has a port open is named, with what to do about it.
func TestBusy(t *testing.T) {
	for _, tc := range []struct{ program, holder, advice string }{
		{"ModemManager", "ModemManager (pid ", "70-simgate.rules"},
		{"minicom", "minicom (pid ", "stop it"},
	} {
		t.Run(tc.program, func(t *testing.T) {
			port := filepath.Join(t.TempDir(), "tty")
			link := filepath.Join(t.TempDir(), "link")
			if err := os.WriteFile(port, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(port, link); err != nil {
				t.Fatal(err)
			}
			if who := usb.Holder(port); who != "" {
				t.Fatalf("before, %s has it", who)
			}
			hold(t, tc.program, port)
			if who := usb.Holder(link); !strings.HasPrefix(who, tc.holder) {
				t.Errorf("%q has it", who)
			}
			if text := usb.Busy(link); !strings.Contains(text, tc.program) || !strings.Contains(text, tc.advice) || !strings.Contains(text, link) {
				t.Errorf("the advice is %q", text)
			}
		})
	}
}

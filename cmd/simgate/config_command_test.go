package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"simgate/configs"
)

func TestConfigCommand(t *testing.T) {
	good, bad := filepath.Join(t.TempDir(), "good.yaml"), filepath.Join(t.TempDir(), "bad.yaml")
	r := command(t, "config", "default")
	if r.code != exitOK || r.out != string(configs.Default) {
		t.Errorf("config default: %+v", r)
	}
	if err := os.WriteFile(good, []byte(r.out), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, []byte("# a comment\nlisen: x\nlimits: {parts: 0}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := command(t, "config", "check", good); r.code != exitOK || !strings.Contains(r.out, ": ok") {
		t.Errorf("a good file: %+v", r)
	}
	if r := command(t, "config", "check", bad); r.code != exitUsage || !strings.Contains(r.out, "bad.yaml:2: lisen: ") ||
		!strings.Contains(r.out, "bad.yaml:3: limits.parts: must be between 1 and 255\n    limits: {parts: 0}\n") {
		t.Errorf("a bad file: %+v", r)
	}
	if r := command(t, "config", "check", bad+"x"); r.code != exitUsage || !strings.Contains(r.errors, "there is no configuration at") {
		t.Errorf("no file: %+v", r)
	}
	if r := command(t, "serve", "--config", bad); r.code != exitUsage || !strings.Contains(r.errors, "bad.yaml:2: lisen: ") {
		t.Errorf("serving with a bad file: %+v", r)
	}
}

// What is valid, and still not as the owner may think, is said to him, and does not fail.
func TestConfigCheckWarns(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		mode       os.FileMode
		says       string
	}{
		{"a PIN that all can read", withPIN, 0o644, "every user of this machine can read the PIN"},
		{"a PIN of a SIM that all can read", "sims: [{iccid: \"8949020000012345678\", pin: \"7391\"}]\n", 0o604, "every user of this machine can read the PIN"},
		{"a PIN that the group can read", withPIN, 0o640, ""},
		{"no PIN", "country: DE\n", 0o644, ""},
		{"clear text", "listen: 0.0.0.0:8080\n", 0o600, "0.0.0.0:8080 takes keys and codes unencrypted from other machines"},
		{"this machine", "listen: 127.0.0.1:8080\n", 0o600, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "simgate.yaml")
			if err := errors.Join(os.WriteFile(path, []byte(tc.text), 0o600), os.Chmod(path, tc.mode)); err != nil {
				t.Fatal(err)
			}
			r := command(t, "config", "check", path)
			if r.code != exitOK || !strings.Contains(r.errors, tc.says) || (tc.says == "") != (r.errors == "") || strings.Contains(r.errors, "7391") {
				t.Errorf("%+v, want %q", r, tc.says)
			}
		})
	}
}

package main

import (
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

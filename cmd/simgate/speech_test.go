package main

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestSpeechWritesAFile(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("espeak-ng is not installed")
	}
	out := filepath.Join(t.TempDir(), "code.wav")
	for name, args := range map[string][]string{
		"a code":                           {"--code", "471902", "--language", "de-de", "--brand", "Acme"},
		"a text":                           {"Votre commande est prête", "--language", "fr-fr"},
		"a text that looks like an option": {"--language", "en-gb", "--", "-w /tmp/x"},
	} {
		got := command(t, append([]string{"speech", "--json", "--out", out}, args...)...)
		var w written
		if err := json.Unmarshal([]byte(got.out), &w); got.code != exitOK || err != nil || w.File != out {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		b, err := os.ReadFile(out)
		if err != nil || !strings.HasPrefix(string(b), "RIFF") || math.Abs(float64(len(b)-44)/16000-w.Seconds) > 1e-6 {
			t.Errorf("%s: %d bytes for %g s, %v", name, len(b), w.Seconds, err)
		}
		if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: others may listen: %v", name, info.Mode())
		}
		os.Remove(out)
	}
	if got := command(t, "speech", "hello", "--out", "-"); got.code != exitOK || !strings.HasPrefix(got.out, "RIFF") {
		t.Errorf("on the standard output: %d, %q", got.code, got.errors)
	}
	if got := command(t, "speech", "hello", "--out", "/dev/full"); got.code != exitError || !strings.Contains(got.errors, "no space left on device") {
		t.Errorf("on a full disk: %+v", got)
	}
	if got := command(t, "speech", "hello", "--out", "/nonexistent/code.wav"); got.code != exitError || !strings.Contains(got.errors, "no such file") {
		t.Errorf("without a folder: %+v", got)
	}
}

func TestSpeechRefusesWhatItCannotSay(t *testing.T) {
	out := filepath.Join(t.TempDir(), "code.wav")
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no file":             {[]string{"hello"}, exitUsage, "--out is missing"},
		"nothing to say":      {[]string{"--out", out}, exitUsage, "either a text or --code"},
		"two things to say":   {[]string{"hello", "--code", "1234", "--out", out}, exitUsage, "either a text or --code"},
		"a brand for a text":  {[]string{"hello", "--brand", "Acme", "--out", out}, exitUsage, "--brand"},
		"an unknown language": {[]string{"hello", "--language", "xx-yy", "--out", out}, exitUsage, "use one of ar-sa, bg-bg"},
		"10,000 characters":   {[]string{strings.Repeat("x", 10000), "--out", out}, exitUsage, "may have 500"},
		"no espeak-ng":        {[]string{"hello", "--espeak", "/nonexistent/espeak-ng", "--out", out}, exitError, "sudo apt-get install espeak-ng"},
	} {
		got := command(t, append([]string{"speech"}, c.args...)...)
		if got.code != c.code || !strings.Contains(got.errors, c.says) {
			t.Errorf("%s: %+v, want %q", name, got, c.says)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: a file was written", name)
		}
	}
}

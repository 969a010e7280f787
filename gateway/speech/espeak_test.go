package speech

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fake writes a program that stands in for espeak-ng.
func fake(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "espeak-ng")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEspeakThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		script, want string
		limit        time.Duration
		missing      bool
	}{
		"it hangs":                         {script: "exec sleep 600", want: "did not answer within 200ms", limit: 200 * time.Millisecond},
		"it hangs with a child":            {script: "sleep 600", want: "did not answer within 200ms", limit: 200 * time.Millisecond},
		"it ignores the signal to end":     {script: "trap '' TERM INT HUP; while :; do sleep 600; done", want: "did not answer within 200ms", limit: 200 * time.Millisecond},
		"it dies":                          {script: "kill -SEGV $$", want: "failed (signal: segmentation fault"},
		"it fails":                         {script: "echo 'no data folder' >&2; exit 3", want: "failed (exit status 3): it says: no data folder"},
		"it says nothing":                  {script: "cat >/dev/null", want: "returned no sound"},
		"it complains and says it is well": {script: "echo oops >&2", want: "returned no sound: it says: oops"},
		"it writes something else":         {script: "echo hello", want: "no sound: it is not a WAV file"},
		"it writes without end":            {script: "exec cat /dev/zero", want: "more than 8 MB"},
		"it complains without end":         {script: "yes >&2 & sleep 0.2; kill $!; exit 1", want: "exit status 1"},
		"it does not know the voice":       {script: "echo 'Error: The specified espeak-ng voice does not exist.' >&2; exit 1", want: "espeak-ng-data", missing: true},
	} {
		t.Run(name, func(t *testing.T) {
			// Written before anything is started: a program that another process
			// still has open for writing cannot be run.
			e := New(Config{Espeak: fake(t, c.script), TimeLimit: c.limit})
			t.Parallel()
			_, err := e.Render(t.Context(), Request{Locale: "de-de", Code: "471902"})
			if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrMissing) != c.missing {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "471902") {
				t.Errorf("the error tells the code: %v", err)
			}
		})
	}
}

func TestEspeakThatIsNotThere(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "plain"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ program, want string }{
		"no such file": {filepath.Join(folder, "none"), "sudo apt-get install espeak-ng"},
		"no such name": {"espeak-ng-that-nobody-has", "sudo apt-get install espeak-ng"},
		"no program":   {filepath.Join(folder, "plain"), "may not be run"},
		"a folder":     {folder, "may not be run"},
	} {
		e := New(Config{Espeak: c.program})
		if _, err := e.Say(t.Context(), "hello", "en-us"); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err := e.Check(t.Context()); !errors.Is(err, ErrMissing) {
			t.Errorf("%s: the check says %v", name, err)
		}
	}
}

// The fake tells the ids of itself and of a child. When the call is given up,
// both must be gone.
func TestNoProcessIsLeftBehind(t *testing.T) {
	ids := filepath.Join(t.TempDir(), "ids")
	if err := syscall.Mkfifo(ids, 0o600); err != nil {
		t.Fatal(err)
	}
	e := New(Config{Espeak: fake(t, "sleep 600 & echo $$ $! >"+ids+"; wait")})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { _, err := e.Say(ctx, "hello", "en-us"); ended <- err }()
	told, err := os.ReadFile(ids) // returns when both run
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for _, id := range strings.Fields(string(told)) {
		n, err := strconv.Atoi(id)
		if err != nil {
			t.Fatal(err)
		}
		if runs(t, n) {
			t.Errorf("the process %d still runs", n)
		}
	}
}

// runs reports whether a process runs, other than as a zombie that its new
// parent has not looked at yet. A killed process may need a moment to be one.
func runs(t *testing.T, id int) bool {
	for range 1000 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
		if err != nil {
			return false
		}
		if _, state, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(state, "Z") {
			return false
		}
		select {
		case <-t.Context().Done():
		case <-time.After(time.Millisecond):
		}
	}
	return true
}

// A process that outlives espeak-ng and holds its output open is ended too.
func TestAChildThatHoldsTheOutputIsEnded(t *testing.T) {
	ids := filepath.Join(t.TempDir(), "id")
	e := New(Config{Espeak: fake(t, "sleep 600 & echo $! >"+ids+"; exit 0")})
	if _, err := e.Say(t.Context(), "hello", "en-us"); err == nil {
		t.Error("it went well")
	}
	told, err := os.ReadFile(ids)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(told)))
	if err != nil || runs(t, n) {
		t.Errorf("the process %d still runs (%v)", n, err)
	}
}

// What espeak-ng is given can be seen by others only on its stdin, which is to
// say not at all; and a whole code by nobody.
func TestTextIsNeitherAnArgumentNorInTheEnvironment(t *testing.T) {
	t.Setenv("SIMGATE_TEST_SECRET", "hunter2")
	seen := filepath.Join(t.TempDir(), "seen")
	e := New(Config{Espeak: fake(t, `{ echo "args $*"; env; echo "stdin $(cat)"; } >>`+seen+"; exit 1")})
	if _, err := e.Say(t.Context(), "-w secret text", "en-us"); err == nil {
		t.Error("it went well")
	}
	b, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	before, stdin, _ := strings.Cut(string(b), "\nstdin ")
	if strings.Contains(before, "secret") || strings.Contains(before, "hunter2") {
		t.Errorf("others can see: %s", before)
	}
	if stdin != "-w secret text\n" {
		t.Errorf("on stdin: %q", stdin)
	}
}

func TestNoProcessSeesACode(t *testing.T) {
	espeak(t)
	seen := filepath.Join(t.TempDir(), "seen")
	e := New(Config{Espeak: fake(t, "exec tee -a "+seen+` | espeak-ng "$@"`)})
	if _, err := e.Render(t.Context(), Request{Locale: "en-us", Brand: "Acme", Code: "471902"}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(seen)
	if err != nil || !strings.Contains(string(b), "Acme") {
		t.Fatalf("%q, %v", b, err)
	}
	for line := range strings.Lines(string(b)) {
		if strings.Count(line, "") > 2 && strings.ContainsAny(line, "0123456789") && len(strings.TrimSpace(line)) > 1 {
			t.Errorf("espeak-ng was given %q at once", line)
		}
	}
}

// What is the same in every call is spoken once: the digits and our sentences, but not what
// a caller has written.
func TestSentencesOfOursAreKept(t *testing.T) {
	espeak(t)
	seen := filepath.Join(t.TempDir(), "seen")
	e := New(Config{Espeak: fake(t, "exec tee -a "+seen+` | espeak-ng "$@"`)})
	l, err := find("en-us")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		l.announcement("Acme") + "\n" + l.Again + "\n" + l.Replay + "\n4\n7\n" + "Acme. " + l.Press + "\n" + l.Press + "\n",
		l.announcement("Acme") + "\n" + "Acme. " + l.Press + "\n",
	} {
		_, errCode := e.Render(t.Context(), Request{Locale: "en-us", Brand: "Acme", Code: "477"})
		_, errBrand := e.Prompt(t.Context(), "en-us", "Acme")
		_, errPress := e.Prompt(t.Context(), "en-us", "")
		b, err := os.ReadFile(seen)
		if err := errors.Join(errCode, errBrand, errPress, err, os.Remove(seen)); err != nil || string(b) != want {
			t.Errorf("time %d: espeak-ng was given %q, want %q, %v", i+1, b, want, err)
		}
	}
}

func TestCheckNamesTheVoicesThatAreMissing(t *testing.T) {
	e := New(Config{Espeak: fake(t, `echo "Pty Language Age/Gender VoiceName File Other"; echo " 5 de --/M German gmw/de"`)})
	err := e.Check(t.Context())
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "fr-ca (fr-fr)") || strings.Contains(err.Error(), "de-de") ||
		!strings.Contains(err.Error(), "apt-get install --reinstall espeak-ng-data") {
		t.Errorf("got %v", err)
	}
	if missing, ok := errors.AsType[*VoicesError](err); !ok || len(missing.Locales) != len(Locales())-1 || slices.Contains(missing.Locales, "de-de") {
		t.Errorf("it names %v", missing)
	}
}

func TestCheckIsContentWithWhatIsInstalled(t *testing.T) {
	if err := espeak(t).Check(t.Context()); err != nil {
		t.Error(err)
	}
}

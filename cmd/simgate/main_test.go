package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asProgram makes the test binary be the program: tests that need a process of
// their own, to kill or to listen to, start it again with this in its
// environment.
const asProgram = "SIMGATE_TEST_IS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
		stop()
		os.Exit(code)
	}
	if os.Getenv(asReaders) != "" {
		if err := readStreams(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// result is what a run of the program left.
type result struct {
	code        int
	out, errors string
}

func command(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(""), &out, &errs, func(string) string { return "" })
	return result{code, out.String(), errs.String()}
}

func TestUsage(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.yaml")
	for _, tc := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"unknown command", []string{"vanish"}, exitUsage, `no command "simgate vanish"; "simgate --help"`},
		{"unknown command of a group", []string{"keys", "craete"}, exitUsage, "did you mean create?"},
		{"unknown flag", []string{"serve", "--fast"}, exitUsage, "unknown flag"},
		{"serving the demo", []string{"serve", "--demo"}, exitUsage, "simgate try"},
		{"too few arguments", []string{"send", "+4915112345678"}, exitUsage, "usage: simgate send NUMBER TEXT"},
		{"no configuration", []string{"serve", "--config", missing}, exitUsage, "simgate config default"},
		{"no daemon's configuration", []string{"modems", "--config", missing}, exitUsage, "--config"},
		{"not a message", []string{"messages", "first"}, exitUsage, "not the id of a message"},
		{"no path", []string{"simulate"}, exitUsage, "--pty"},
		{"bad PIN", []string{"simulate", "--pty", "/tmp/x", "--pin", "12"}, exitUsage, "--pin"},
		{"bad number", []string{"simulate", "--pty", "/tmp/x", "--number", "0151"}, exitUsage, "--number"},
		{"negative time", []string{"simulate", "--pty", "/tmp/x", "--latency", "-1s"}, exitUsage, "--latency"},
		{"bad refusal", []string{"simulate", "--pty", "/tmp/x", "--refuse", "x"}, exitUsage, "--refuse"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := command(t, tc.args...)
			if r.code != tc.code || !strings.Contains(r.errors, tc.says) || strings.Count(r.errors, "simgate: ") != 1 {
				t.Errorf("exit status %d, want %d; stderr %q, want it to say %q", r.code, tc.code, r.errors, tc.says)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"keys"}, {"config"}, {"send", "--help"}} {
		if r := command(t, args...); r.code != exitOK || !strings.Contains(r.out, "Usage:\n  simgate") || r.errors != "" {
			t.Errorf("%q: %+v", args, r)
		}
	}
	if r := command(t); r.code != exitOK || !strings.Contains(r.out, `"simgate --help" lists all commands`) || r.errors != "" {
		t.Errorf("no command: %+v", r)
	}
	if r := command(t, "--version"); r.code != exitOK || !strings.HasPrefix(r.out, "simgate version ") {
		t.Errorf("--version: %+v", r)
	}
}

func TestTheSchedulerHasASpareSlot(t *testing.T) {
	for _, cores := range []int{1, 2, 8} {
		set := cores
		spareSlot(func(n int) int {
			if n > 0 {
				set = n
			}
			return cores
		})
		if set != cores+1 {
			t.Errorf("with %d cores there are %d slots, want %d", cores, set, cores+1)
		}
	}
}

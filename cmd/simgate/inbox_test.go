package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "simgate/api/v1"
	"simgate/modem/simulator"
)

// inboxOf waits for so many messages, and returns them newest first.
func (h home) inboxOf(t *testing.T, n int) []v1.Incoming {
	t.Helper()
	for t.Context().Err() == nil {
		var list []v1.Incoming
		if r := h.simgate(t, "inbox", "--json", "--limit", "500"); r.code != exitOK || json.Unmarshal([]byte(r.out), &list) != nil {
			t.Fatalf("inbox --json: %+v", r)
		}
		if len(list) == n {
			return list
		}
	}
	t.Fatal("the messages do not come in")
	return nil
}

func TestInbox(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty-sim")
	network, _ := simulated(t, port)
	h := newHome(t, port)
	d := h.serve(t)
	const anna, number = "+4915112345678", "+4915110000001"
	const evil = "rent is due\nand more\tcolumns \x1b]0;owned\a\x1b[2J\u009b2Jтут" // the last letters make it UCS-2
	for i, text := range []string{"first", evil} {
		if err := network.Subscriber(anna).Send(number, text); err != nil {
			t.Fatal(err)
		}
		h.inboxOf(t, i+1)
	}
	if list := h.inboxOf(t, 2); list[0].Text != evil || list[1].Text != "first" {
		t.Errorf("inbox --json: %+v", list)
	}

	// What a stranger writes is shown, and never obeyed by the terminal.
	obeyed := func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }
	for _, tc := range []struct {
		args  []string
		lines int
		says  []string
	}{
		{[]string{"inbox"}, 3, []string{"FROM", anna, "first", "rent is due and more columns"}},
		{[]string{"inbox", "--limit", "1"}, 2, []string{"rent is due"}},
		{[]string{"inbox", "1"}, 5, []string{"from " + anna, "text      first", "PDU 1     0"}},
		{[]string{"inbox", "2"}, 6, []string{"text      rent is due\n          and more columns", "тут"}},
	} {
		r := h.simgate(t, tc.args...)
		if r.code != exitOK || strings.Count(r.out, "\n") != tc.lines || strings.ContainsFunc(r.out, obeyed) {
			t.Errorf("%q: exit status %d, %d lines: %q", tc.args, r.code, strings.Count(r.out, "\n"), r.out)
		}
		for _, want := range tc.says {
			if !strings.Contains(r.out, want) {
				t.Errorf("%q does not say %q: %q", tc.args, want, r.out)
			}
		}
	}
	if r := h.simgate(t, "inbox", "99"); r.code != exitError || !strings.Contains(r.errors, "no incoming message") {
		t.Errorf("inbox 99: %+v", r)
	}
	for _, args := range [][]string{{"inbox", "first"}, {"inbox", "1", "--follow"}} {
		if r := h.simgate(t, args...); r.code != exitUsage {
			t.Errorf("%q: %+v", args, r)
		}
	}

	t.Run("--follow", func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		defer interrupt()
		plain, plainIn := io.Pipe()
		objects, objectsIn := io.Pipe()
		ended := make(chan int, 2)
		for _, f := range []struct {
			out  *io.PipeWriter
			args []string
		}{{plainIn, nil}, {objectsIn, []string{"--json"}}} {
			go func() {
				args := append([]string{"inbox", "--follow", "--limit", "1", "--config", h.config}, f.args...)
				ended <- run(ctx, args, strings.NewReader(""), f.out, io.Discard, func(string) string { return "" })
				_ = f.out.Close()
			}()
		}
		lines, each := bufio.NewScanner(plain), json.NewDecoder(objects)
		var got []string
		next := func() {
			t.Helper()
			var m v1.Incoming
			if err := each.Decode(&m); err != nil {
				t.Fatal(err)
			}
			got = append(got, m.Text)
		}
		next()
		for range 2 { // it has two
			if !lines.Scan() || strings.ContainsFunc(lines.Text(), obeyed) {
				t.Errorf("%q", lines.Text())
			}
		}
		if err := network.Subscriber(anna).Send(number, "third"); err != nil {
			t.Fatal(err)
		}
		next()
		if want := []string{evil, "third"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		if !lines.Scan() || !strings.HasSuffix(lines.Text(), anna+" -> SIM 1  third") {
			t.Errorf("%q", lines.Text())
		}
		interrupt()
		for range 2 {
			if code := <-ended; code != exitOK {
				t.Errorf("the exit status is %d", code)
			}
		}
	})
	d.stop(t)
}

// A text that turns the letters of a terminal around is shown without that, wherever it is shown.
func TestTextsThatTurnAround(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	say := h.says(t)
	d := h.serve(t)
	say(exitOK, "message 1", "send", "+4915112345678", "\u202e654321\u202c \u2066is\u2069 \u200eyour\u200f code")
	for _, args := range [][]string{{"messages"}, {"messages", "1"}} {
		say(exitOK, "\ufffd654321\ufffd \ufffdis\ufffd \ufffdyour\ufffd code", args...)
	}
	d.stop(t)
	var out strings.Builder
	(&welcome{out: &out}).received(simulator.SMS{From: "+4915110000001", To: "+4915112345678", Text: "\u202e1\n\x1b2"})
	if want := "\ufffd1\n      \ufffd2"; !strings.Contains(out.String(), want) {
		t.Errorf("%q", out.String())
	}
}

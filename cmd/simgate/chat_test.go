package main

import (
	"bufio"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// A conversation on the terminal: what was, what comes in, and what becomes of what is typed.
func TestChat(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty-sim")
	network, _ := simulated(t, port)
	h := newHome(t, port)
	d := h.serve(t)
	const anna, number = "+4915112345678", "+4915110000001"
	if err := network.Subscriber(anna).Send(number, "are you there?"); err != nil {
		t.Fatal(err)
	}
	h.inboxOf(t, 1)

	typed, keyboard := io.Pipe()
	screen, out := io.Pipe()
	ended := make(chan int)
	go func() {
		ended <- run(t.Context(), []string{"chat", "0151 12345678", "--config", h.config}, typed, out, io.Discard, func(string) string { return "" })
	}()
	lines := bufio.NewScanner(screen)
	expect := func(want string) {
		t.Helper()
		if !lines.Scan() || !strings.HasSuffix(lines.Text(), want) {
			t.Fatalf("%q, want %q", lines.Text(), want)
		}
	}
	expect("<- are you there?")
	if _, err := io.WriteString(keyboard, "yes\n"); err != nil {
		t.Fatal(err)
	}
	expect("1 sent")
	expect("1 delivered")
	if err := network.Subscriber(anna).Send(number, "good"); err != nil {
		t.Fatal(err)
	}
	expect("<- good")
	if _, err := io.WriteString(keyboard, "\nbye\n"); err != nil {
		t.Fatal(err)
	}
	if err := keyboard.Close(); err != nil {
		t.Fatal(err)
	}
	expect("2 sent")
	go func() { _, _ = io.Copy(io.Discard, screen) }()
	if code := <-ended; code != exitOK {
		t.Errorf("the exit status is %d", code)
	}
	if got := network.Subscriber(anna).Messages(); len(got) != 2 || got[0].Text != "yes" || got[1].Text != "bye" {
		t.Errorf("she got %+v", got)
	}
	r := h.simgate(t, "chat", anna, "--limit", "3", "--json")
	if r.code != exitOK || strings.Count(r.out, "\n") < 3 || !strings.Contains(r.out, `"text":"bye"`) || strings.Contains(r.out, `"unread":true`) {
		t.Errorf("%+v", r)
	}
	for _, args := range [][]string{{"chat", "Bank"}, {"chat", anna, "--limit", "-1"}} {
		if r := h.simgate(t, args...); r.code == exitOK || r.errors == "" {
			t.Errorf("%q: %+v", args, r)
		}
	}
	d.stop(t)
}

package main

import (
	"bufio"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// It shows a page on the other screen until q is pressed, and leaves the terminal as it was.
func TestTop(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	h.serve(t)
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	defer terminal.Close()
	if err := pty.Setsize(screen, &pty.Winsize{Rows: 12, Cols: 40}); err != nil {
		t.Fatal(err)
	}
	before, err := term.GetState(int(terminal.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan int, 1)
	go func() {
		ended <- run(t.Context(), []string{"top", "--every", "100ms", "--config", h.config}, terminal, terminal, terminal, func(string) string { return "" })
	}()
	text, seen := bufio.NewReader(screen), ""
	until := func(want string) {
		t.Helper()
		for !strings.HasSuffix(seen, want) {
			b, err := text.ReadByte()
			if err != nil {
				t.Fatalf("%v after %q", err, seen)
			}
			seen += string(b)
		}
	}
	until("Waiting  0 codes")
	until("Waiting  0 codes") // it looks again
	if _, err := screen.WriteString("xq"); err != nil {
		t.Fatal(err)
	}
	until("\x1b[?25h\x1b[?1049l")
	if code := <-ended; code != exitOK {
		t.Errorf("status %d", code)
	}
	if after, err := term.GetState(int(terminal.Fd())); err != nil || *after != *before {
		t.Errorf("the terminal is not as it was, %v", err)
	}
	if !strings.HasPrefix(seen, "\x1b[?1049h\x1b[?25l\x1b[Hsimgate, ") {
		t.Errorf("it begins with %.40q", seen)
	}
	for line := range strings.SplitSeq(seen, "\r\n") {
		if plain, _, _ := strings.Cut(line, "\x1b[K"); len([]rune(plain)) > 60 {
			t.Errorf("a line is longer than the terminal: %q", plain)
		}
	}
	if r := h.simgate(t, "top", "--once"); r.code != exitOK || !strings.Contains(r.out, "stick  ") || strings.Contains(r.out, "\x1b") {
		t.Errorf("%+v", r)
	}
}

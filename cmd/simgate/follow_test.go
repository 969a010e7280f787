package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	v1 "simgate/api/v1"
)

// What happens is shown as it happens, in words and as objects.
func TestWatch(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	d := h.serve(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	ended := make(chan int, 5)
	follow := func(args ...string) *bufio.Scanner {
		out, in := io.Pipe()
		go func() {
			ended <- run(ctx, append(args, "--config", h.config), strings.NewReader(""), in, io.Discard, func(string) string { return "" })
			_ = in.Close()
		}()
		return bufio.NewScanner(out)
	}
	next := func(s *bufio.Scanner, want ...string) string {
		t.Helper()
		if !s.Scan() {
			t.Fatalf("it ends instead of showing %q", want)
		}
		for _, w := range want {
			if !strings.Contains(s.Text(), w) {
				t.Errorf("%q does not say %q", s.Text(), w)
			}
		}
		return s.Text()
	}
	h.simgate(t, "send", "+4915112345678", "first")
	messages := follow("messages", "--follow", "--state", "queued", "--text", "IRST")
	next(messages, "1  cli -> +4915112345678  queued (waits: no modem is ready", ")  first")
	plain, objects := follow("watch", "--kind", "message", "--after", "1"), follow("watch", "--json", "--after", "1", "--to", "+4915112345679")
	events := follow("events", "--follow", "--json", "--kind", "line.swapped") // of which there are none
	h.simgate(t, "send", "+4915112345679", "second")
	h.simgate(t, "send", "+4915112345679", "third, not the first")
	next(messages, "third")
	next(plain, "message.queued", "2  cli -> +4915112345679  second")
	var c v1.Change
	if err := json.Unmarshal([]byte(next(objects)), &c); err != nil || c.Message == nil || c.Message.ID != 2 || c.ID != 2 {
		t.Errorf("%+v, %v", c, err)
	}
	for _, args := range [][]string{{"messages", "1", "--follow"}, {"messages", "--follow", "--until", "1h"}, {"messages", "--since", "soon"}} {
		if r := h.simgate(t, args...); r.code != exitUsage {
			t.Errorf("%q: %+v", args, r)
		}
	}
	if r := h.simgate(t, "watch", "--kind", "letter"); r.code != exitError || !strings.Contains(r.errors, "is not a kind of event") {
		t.Errorf("watch --kind letter: %+v", r)
	}
	interrupt()
	for _, s := range []*bufio.Scanner{messages, plain, objects} {
		for s.Scan() { // what was not read
			continue
		}
	}
	for range 4 {
		if code := <-ended; code != exitOK {
			t.Errorf("the exit status is %d", code)
		}
	}
	if events.Scan() {
		t.Errorf("%q", events.Text())
	}
	d.stop(t)
}

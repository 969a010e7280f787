package main

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simgate/gateway/line/phone/phonetest"
)

// The daemon, with a phone as its only line, is killed at several moments of a send: each
// message leaves the phone once at most, and once where it counts as sent.
func TestDaemonWithAPhone(t *testing.T) {
	p := phonetest.New(phonetest.SIMs(phonetest.SIM{Slot: 1, Carrier: "Example Mobile"}))
	t.Cleanup(p.Close)
	p.Pace(50 * time.Millisecond)
	server := httptest.NewServer(p.Handler())
	t.Cleanup(server.Close)
	h := newHome(t, "")
	h.write(t, fmt.Sprintf("lines:\n  - {name: old, phone: {url: %q, password: %q, number: \"+491700000009\"}}\n", server.URL, phonetest.Password))
	d := h.serve(t)
	ready := func() {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			if r := h.simgate(t, "modems"); strings.Contains(r.out, "ready") {
				break
			} else if time.Now().After(deadline) {
				t.Fatalf("%+v", r)
			}
		}
	}
	ready()
	if r := h.simgate(t, "modems"); !strings.Contains(r.out, "battery 80 %, charging") || !strings.Contains(r.out, "Google oriole") || !strings.Contains(r.out, server.URL) {
		t.Errorf("%+v", r)
	}
	if r := h.simgate(t, "send", "+4915112345678", "hello", "--wait"); r.code != exitOK || !strings.Contains(r.out, "sent") && !strings.Contains(r.out, "delivered") {
		t.Errorf("%+v", r)
	}
	if r := h.simgate(t, "setup", "--sys", filepath.Join(h.folder, "sys"), "--to", "0151 12345678"); r.code != exitOK || !strings.Contains(r.out, "message to +4915112345678 is ") {
		t.Errorf("%+v", r)
	}
	texts := []string{"hello"}
	for i := range 4 {
		ready()
		text := fmt.Sprintf("message %d", i)
		if r := h.simgate(t, "send", "+4915112345678", text); r.code == exitOK {
			texts = append(texts, text)
		}
		time.Sleep(time.Duration(20+60*i) * time.Millisecond)
		d.kill()
		d = h.serve(t)
	}
	ready()
	left := map[string]int{}
	states := map[string]string{}
	for _, m := range settled(t, h) {
		states[m.Text] = m.State
	}
	d.stop(t)
	for _, s := range p.Sent() {
		left[s.Text]++
	}
	for _, text := range texts {
		switch state, n := states[text], left[text]; {
		case n == 1 && (state == "sent" || state == "delivered" || state == "unknown"), n == 0 && state == "unknown":
		default:
			t.Errorf("%s is %q, and has left %d times", text, state, n)
		}
	}
	if c := p.Complaints(); len(c) > 0 {
		t.Errorf("the app complains: %q", c)
	}
}

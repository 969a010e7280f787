package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// The owner asks why a code was refused, and changes it, in the words that the
// commands themselves suggest.
func TestGuardCommand(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty-sim")
	simulated(t, port)
	h := newHome(t, port)
	h.add(t, "guard: {failures: 5}\n")
	d := h.serve(t)
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"guard"}, exitOK, "KIND"},
		{[]string{"guard", "block", "+491511", "--reason", "a pump", "--for", "12h"}, exitOK, "rule 1: block prefix +491511"},
		{[]string{"guard"}, exitOK, "a pump"},
		{[]string{"verify", "start", "+4915112345678"}, exitError, "is blocked: a pump"},
		{[]string{"guard", "why", "+4915112345678"}, exitOK, "refused for cli: prefix +491511 is blocked"},
		{[]string{"guard", "safe", "+4915112345678"}, exitOK, "rule 2: safe number"},
		{[]string{"guard", "why", "+4915112345678"}, exitOK, "a code can be sent"},
		{[]string{"verify", "start", "+4915112345678"}, exitOK, "a code is being sent"},
		{[]string{"guard", "release", "2"}, exitOK, "rule 2 removed"},
		{[]string{"guard", "release", "2"}, exitError, "no rule with this id"},
		{[]string{"guard", "release", "two"}, exitUsage, "not the id of a rule"},
		{[]string{"guard", "block", "XX"}, exitError, "not a country"},
		{[]string{"guard", "why", "110"}, exitError, "short code"},
		{[]string{"guard", "why", "+33612345678"}, exitOK, "not among the countries"},
		{[]string{"guard", "open", "+336"}, exitError, "a country is opened"},
		{[]string{"guard", "open", "fr"}, exitOK, "open country FR"},
		{[]string{"guard", "why", "+33612345678"}, exitOK, "a code can be sent"},
		{[]string{"guard", "why", "+33899123456"}, exitOK, "premium rate"},
		{[]string{"guard", "unlock", "+4915112345678"}, exitOK, "locks removed: 0"},
		{[]string{"guard", "--json"}, exitOK, `"origin": "operator"`},
		{[]string{"optout", "add", "+4915212345671", "--app", "cli"}, exitOK, "+4915212345671 gets no messages of cli"},
		{[]string{"send", "+4915212345671", "hi"}, exitError, "has opted out"},
		{[]string{"send", "--dry-run", "+4915212345671", "hi"}, exitError, "has opted out"},
		{[]string{"guard", "why", "--channel", "text", "--app", "cli", "+4915212345671"}, exitOK, "has opted out"},
		{[]string{"optout", "list"}, exitOK, "+4915212345671  cli"},
		{[]string{"optout", "remove", "+4915212345671", "--app", "shop"}, exitError, "has not opted out of the messages of shop"},
		{[]string{"optout", "remove", "+4915212345671"}, exitOK, "gets messages of cli again"},
		{[]string{"optout", "list", "0152 12345671", "--json"}, exitOK, "[]"},
		{[]string{"send", "--wait", "+4915212345671", "hi"}, exitOK, "message 2 to"},
		{[]string{"messages", "2"}, exitOK, "part 1/1 sent"},
	} {
		if r := h.simgate(t, tc.args...); r.code != tc.code || !strings.Contains(r.out+r.errors, tc.says) {
			t.Errorf("%s: %+v", strings.Join(tc.args, " "), r)
		}
	}
	// Whoever mistypes his code too often is let in again.
	const bert = "+4915212345678"
	if r := h.simgate(t, "verify", "start", bert); r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	for range 5 {
		h.simgate(t, "verify", "check", bert, "000")
	}
	if r := h.simgate(t, "guard", "why", bert); r.code != exitOK || !strings.Contains(r.out, "locked for cli until") || !strings.Contains(r.out, "guard unlock "+bert) {
		t.Errorf("why: %+v", r)
	}
	if r := h.simgate(t, "guard", "unlock", bert); r.out != "locks removed: 1\n" {
		t.Errorf("unlock: %+v", r)
	}
	d.stop(t)
}

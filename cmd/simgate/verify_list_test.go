package main

import (
	"encoding/json"
	"strings"
	"testing"

	"simgate/cmd/simgate/remote"
)

// Why something waits is in every list, and the timeline of a verification in the
// terminal.
func TestReasonsInTheTerminal(t *testing.T) {
	h := newHome(t, "/dev/null") // no modem answers there
	h.serve(t)
	for _, args := range [][]string{{"send", "+4915112345678", "hello"}, {"send", "+4915112345679", "hello"}, {"verify", "start", "+4915112345678"}} {
		if r := h.simgate(t, args...); r.code != exitOK {
			t.Fatalf("%q: %+v", args, r)
		}
	}
	var list []struct {
		ID, App, State string
	}
	if r := h.simgate(t, "verify", "list", "--json"); json.Unmarshal([]byte(r.out), &list) != nil || len(list) != 1 {
		t.Fatalf("%+v", r)
	}
	id := list[0].ID
	for _, tc := range []struct {
		args []string
		rows int // of a table
		says string
	}{
		{[]string{"messages"}, 3, "waits: no modem is ready; modem stick does not work: "},
		{[]string{"messages", "--to", "+4915112345679"}, 1, "hello"},
		{[]string{"messages", "--app", "cli", "--state", "queued"}, 3, "waits: "},
		{[]string{"messages", "--app", "shop"}, 0, ""},
		{[]string{"messages", "--state", "sent"}, 0, ""},
		{[]string{"messages", "1"}, -1, "waiting   no modem is ready; modem stick does not work: "},
		{[]string{"verify", "list"}, 1, id},
		{[]string{"verify", "list", "--to", "+4915112345678", "--app", "cli", "--state", "pending"}, 1, id},
		{[]string{"verify", "list", "--app", "shop"}, 0, ""},
		{[]string{"verify", "show", id}, -1, "attempt 1 by sms"},
		{[]string{"verify", "show", id}, -1, "no modem is ready; modem stick does not work: "},
	} {
		r := h.simgate(t, tc.args...)
		if r.code != exitOK || !strings.Contains(r.out, tc.says) || tc.rows >= 0 && strings.Count(r.out, "\n") != 1+tc.rows {
			t.Errorf("%q: %+v, want %q", tc.args, r, tc.says)
		}
	}
	var shown remote.Dossier
	if r := h.simgate(t, "verify", "show", id, "--json"); json.Unmarshal([]byte(r.out), &shown) != nil || shown.ID != id || len(shown.Messages) != 1 || shown.Messages[0].Waiting == "" {
		t.Errorf("%+v", r)
	}
	if r := h.simgate(t, "verify", "show", "nosuch"); r.code != exitError || !strings.Contains(r.errors, "no verification with this id") {
		t.Errorf("%+v", r)
	}
}

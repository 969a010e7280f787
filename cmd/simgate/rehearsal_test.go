package main

import (
	"encoding/json"
	"strings"
	"testing"

	v1 "simgate/api/v1"
)

// What would come of a send is said without sending, and the same by guard why.
func TestRehearsalsInTheTerminal(t *testing.T) {
	h := newHome(t, "/dev/null")
	h.serve(t)
	if r := h.simgate(t, "keys", "create", "shop", "--scope", "sms.send,sms.anywhere"); r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"send", "--dry-run", "0151 12345678", "hello"}, exitOK, "it would go to +4915112345678 (DE, mobile) in 1 short message\n"},
		{[]string{"send", "--dry-run", "+4915112345678", strings.Repeat("Łódź ", 20)}, exitOK, "in 2 short messages, which hold 70 characters and not 160, for: Łóź (--transliterate replaces them)\n"},
		{[]string{"send", "--dry-run", "+499001234567", "hello"}, exitError, "nothing would go to +499001234567 (DE, premium rate): no messages go to a premium rate number"},
		{[]string{"send", "--dry-run", "12", "x"}, exitError, "number"},
		{[]string{"verify", "start", "--dry-run", "+4915112345678"}, exitOK, "it would go to +4915112345678 (DE, mobile)"},
		{[]string{"verify", "start", "--dry-run", "+499001234567"}, exitError, "nothing would go to +499001234567 (DE, premium rate)"},
		{[]string{"call", "--dry-run", "+4930123456", "hello"}, exitOK, "it would go to +4930123456 (DE, fixed line)\n"},
		{[]string{"call", "--dry-run", "+499001234567", "hello"}, exitError, "nothing would go to +499001234567 (DE, premium rate)"},
		{[]string{"guard", "why", "+499001234567", "--channel", "text", "--app", "cli"}, exitOK, "+499001234567 (DE, premium rate): no messages go to a premium rate number"},
		{[]string{"guard", "why", "+33612345678", "--channel", "text"}, exitOK, "(FR, mobile): no messages go to FR"},
		{[]string{"guard", "why", "+33612345678", "--channel", "text", "--app", "shop"}, exitOK, "(FR, mobile): a message can be sent\n"},
		{[]string{"guard", "why", "+4915112345678", "--client-ip", "nobody"}, exitError, "not an IP address"},
		{[]string{"verify", "start", "+4915112345678"}, exitOK, ""},
		{[]string{"guard", "why", "+4915112345678", "--app", "cli"}, exitOK, "a code to this number has just been sent"},
		{[]string{"guard", "why", "+4915112345678", "--app", "cli", "--purpose", "login"}, exitOK, "a code can be sent\n"},
		{[]string{"guard", "why", "+4915112345678", "--app", "shop"}, exitOK, "a code can be sent\n"},
	} {
		r := h.simgate(t, tc.args...)
		if r.code != tc.code || !strings.Contains(r.out+r.errors, tc.says) {
			t.Errorf("%q: %+v, want %q", tc.args, r, tc.says)
		}
	}
	var shown v1.Rehearsal
	r := h.simgate(t, "send", "--dry-run", "--json", "+499001234567", "hello")
	if err := json.Unmarshal([]byte(r.out), &shown); err != nil || r.code != exitError || shown.Allowed || shown.Reason != "number_kind" {
		t.Errorf("%v: %+v", err, r)
	}
	if r := h.simgate(t, "messages"); strings.Count(r.out, "\n") != 2 {
		t.Errorf("something was sent: %+v", r)
	}
}

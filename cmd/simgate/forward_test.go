package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// The owner has what comes in passed on without a word in the configuration, whose own rules
// stay as they are.
func TestForwardCommand(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty-sim")
	simulated(t, port)
	h := newHome(t, port)
	h.add(t, "forward: [{name: configured, webhook: http://127.0.0.1:1/s3cret}]\n")
	d := h.serve(t)
	const rule = "the forward rule parcels "
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"forward"}, exitOK, "http://127.0.0.1:1/••••  configuration"},
		{[]string{"forward", "add", "parcels", "--text", "parcel", "--number", "0151 12345678"}, exitOK, rule + "is made: to +4915112345678 (50 a day)"},
		{[]string{"forward", "add", "parcels", "--number", "+4915112345678"}, exitError, "another forward rule has the name"},
		{[]string{"forward", "add", "post"}, exitError, "not where to"},
		{[]string{"forward", "add", "post", "--webhook", "http://127.0.0.1:1/"}, exitError, "webhooks.allow"},
		{[]string{"forward", "set", "parcels"}, exitUsage, "nothing is to be changed"},
		{[]string{"forward", "set", "parcels", "--limit", "3", "--text", ""}, exitOK, rule + "is changed: to +4915112345678 (3 a day)"},
		{[]string{"forward", "set", "configured", "--limit", "3"}, exitError, "is in the configuration"},
		{[]string{"forward"}, exitOK, "parcels     any   any  any  any   no     +4915112345678 (3 a day)"},
		{[]string{"forward", "--json"}, exitOK, `"origin": "api"`},
		{[]string{"forward", "test", "configured"}, exitError, "webhook: failed: the receiver could not be reached"},
		{[]string{"forward", "test", "parcels"}, exitOK, "number: accepted"},
		{[]string{"events"}, exitOK, "the forward rule parcels was changed"},
		{[]string{"forward", "remove", "parcels"}, exitOK, rule + "is removed"},
		{[]string{"forward", "remove", "parcels"}, exitError, "no forward rule"},
	} {
		if r := h.simgate(t, tc.args...); r.code != tc.code || !strings.Contains(r.out+r.errors, tc.says) || strings.Contains(r.out, "s3cret") {
			t.Errorf("%s: %+v", strings.Join(tc.args, " "), r)
		}
	}
	d.stop(t)
}

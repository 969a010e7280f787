package main

import (
	"regexp"
	"strings"
	"testing"
)

// Keys are held to networks, a time and a budget, and rotated, with a daemon and without.
func TestKeysCommand(t *testing.T) {
	h := newHome(t, "/dev/ttyNONE")
	for _, daemon := range []bool{false, true} {
		if daemon {
			h.serve(t)
		}
		do := func(code int, says string, args ...string) string {
			t.Helper()
			r := h.simgate(t, append([]string{"keys"}, args...)...)
			if r.code != code || !strings.Contains(r.out+r.errors, says) {
				t.Errorf("with a daemon %v, %s: %+v", daemon, strings.Join(args, " "), r)
			}
			return r.out
		}
		do(exitOK, "simgate_", "create", "trial", "--network", "192.168.1.20,10.0.0.0/8", "--expires", "30d", "--per-day", "50", "--cost-month", "2.5")
		list := do(exitOK, "from 192.168.1.20/32,10.0.0.0/8; 0 of 50 a day; 0 of 2.5 of money a month", "list")
		id := regexp.MustCompile(`(?m)^(\w+)  trial`).FindAllStringSubmatch(list, -1)
		last := id[len(id)-1][1]
		do(exitOK, "of trial is changed", "set", "trial", "--network", "any", "--expires", "never", "--per-day", "0")
		do(exitOK, last+"  trial", "list")
		if list := do(exitOK, "0 of 2.5 of money a month", "list"); strings.Contains(list, "from 192") || strings.Contains(list, "a day") {
			t.Error(list)
		}
		do(exitOK, "simgate_", "rotate", last, "--overlap", "0s")
		do(exitOK, "expired", "list")
		do(exitError, "works no more", "rotate", last)
		do(exitError, "no key of this name", "set", "nobody", "--per-day", "1")
		do(exitError, "is no network", "set", "trial", "--network", "home")
		do(exitUsage, "nothing is to be changed", "set", "trial")
		do(exitUsage, "changed alone", "set", "trial", "--codes", "checked-here", "--per-day", "1")
		do(exitUsage, "is no time", "create", "x", "--expires", "soon")
	}
}

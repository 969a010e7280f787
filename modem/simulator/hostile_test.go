package simulator_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/simulator"
)

func TestAHostileModem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simulator.NewNetwork()
		h := open(t, n.Modem(simulator.SIM{MSISDN: shop}, simulator.Hostile()))
		for _, step := range []struct {
			command, answer string
			took            time.Duration
		}{
			{"", "ERROR", 0},
			{"+CREG?", "+CREG: ,|OK", 0},
			{"+CREG?", `+CREG: 1,"|OK`, 0},
			{"+CEREG?", "+CEREG: 0,1|OK", 0},
			{"+CPIN?", "+CPIN: READY|OK", 2 * time.Second},
			{"+CMGR=1", "ERROR", 0},
			{"+NOSUCH", "OK", 0}, // the second final result of +CMGR
		} {
			began := time.Now()
			if got := h.command(step.command); got != step.answer {
				t.Errorf("%s: %q, want %q", step.command, got, step.answer)
			}
			if took := time.Since(began); took != step.took {
				t.Errorf("%s took %v", step.command, took)
			}
		}
		h.expect("+CME ERROR: 4")
		h.command("+CNMI=2,1,0,1,0")
		for range 2 {
			got := h.send(helloReport)
			if !strings.HasPrefix(got, "+CDS: 25|") || !strings.HasSuffix(got, "|+CMGS: 0|OK") {
				t.Errorf("answer %q", got)
			}
		}
		if got := len(n.Subscriber(anna).Messages()); got != 2 {
			t.Errorf("%d messages arrived", got)
		}
	})
}

func TestAnOperatorBlocksASIM(t *testing.T) {
	n := simulator.NewNetwork()
	blocked := open(t, n.Modem(simulator.SIM{IMSI: "1"}))
	other := open(t, n.Modem(simulator.SIM{IMSI: "2"}))
	blocked.command("+CNMI=2,1,0,1,0")
	for _, step := range []struct {
		name    string
		set     func()
		answer  string
		arrived int
	}{
		{"blocked", func() { n.Block("1", 8) }, "+CMS ERROR: 8", 1},
		{"mute", func() { n.Mute("1") }, "+CMGS: 1|OK", 2},
		{"as before", func() { n.Unblock("1") }, "+CMGS: 2|OK", 4},
	} {
		step.set()
		if got := blocked.send(helloReport); got != step.answer {
			t.Errorf("%s: answer %q, want %q", step.name, got, step.answer)
		}
		if got := other.send(hello); !strings.HasSuffix(got, "|OK") {
			t.Errorf("%s: the other SIM: %q", step.name, got)
		}
		if got := len(n.Subscriber(anna).Messages()); got != step.arrived {
			t.Errorf("%s: %d messages arrived, want %d", step.name, got, step.arrived)
		}
	}
	h := blocked.line() // the report of the third alone
	if h != "+CDS: 25" || !strings.Contains(blocked.line(), "0602") {
		t.Errorf("report %q", h)
	}
}

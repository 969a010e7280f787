package simulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/simulator"
)

// balance is a menu of two levels.
var balance = simulator.Menu{
	Text: "Menu\r\n1 Balance\r\n2 Data",
	Choices: map[string]simulator.Menu{
		"1": {Text: "12.34 €"},
		"2": {Text: "1 Day\r\n2 Week", Choices: map[string]simulator.Menu{"2": {Text: "Привет"}}},
	},
}

func TestASessionOfUSSD(t *testing.T) {
	for name, test := range map[string]struct {
		options []simulator.ModemOption
		setUp   string
		steps   [][]string // a command, and what comes
	}{
		"in plain text": {nil, `+CSCS="GSM"`, [][]string{
			{`1,"*101#",15`, `+CUSD: 1,"Menu`, "1 Balance", `2 Data",15`},
			{`1,"1",15`, "+CUSD: 0,\"12.34 \x1be\",15"},
		}},
		"to the second level": {nil, "", [][]string{
			{`1,"*101#",15`, `+CUSD: 1,"Menu`, "1 Balance", `2 Data",15`},
			{`1,"2",15`, `+CUSD: 1,"1 Day`, `2 Week",15`},
			{`1,"2",15`, `+CUSD: 0,"041F04400438043204350442",72`},
			{`1,"2",15`, "+CUSD: 4"}, // the session is over
		}},
		"with a choice that is none": {nil, "", [][]string{
			{`1,"*101#",15`, `+CUSD: 1,"Menu`, "1 Balance", `2 Data",15`},
			{`1,"9",15`, "+CUSD: 2"},
			{`1,"1",15`, "+CUSD: 4"},
		}},
		"cancelled": {nil, "", [][]string{
			{`1,"*101#",15`, `+CUSD: 1,"Menu`, "1 Balance", `2 Data",15`},
			{"2"},
			{`1,"1",15`, "+CUSD: 4"},
		}},
		"in the UCS2 character set": {nil, `+CSCS="UCS2"`, [][]string{
			{`1,"002A0031003000300023",15`, `+CUSD: 0,"00310032",15`},
		}},
		"from a network that writes UCS2": {[]simulator.ModemOption{simulator.USSDInUCS2()}, "", [][]string{
			{`1,"*100#",15`, `+CUSD: 0,"00310032",72`},
		}},
		"packed": {[]simulator.ModemOption{simulator.Family("huawei")}, "", [][]string{
			{`1,"AA180C3602",15`, `+CUSD: 0,"3119",15`},
			{`1,"AA180C2602",15`, "+CUSD: 4"},
			{`1,"002A0031003000300023",72`, `+CUSD: 0,"3119",15`},
		}},
		"packed no longer": {[]simulator.ModemOption{simulator.Family("e3372")}, "^USSDMODE=0", [][]string{
			{`1,"*100#",15`, `+CUSD: 0,"12",15`},
		}},
		"while the network is away": {[]simulator.ModemOption{simulator.Registered(simulator.Searching)}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			options := append(test.options, simulator.USSDMenu("*101#", balance), simulator.USSD("*100#", "12"))
			h := open(t, simulator.NewNetwork().Modem(simulator.SIM{}, options...))
			h.command(test.setUp)
			for _, step := range test.steps {
				if got := h.command("+CUSD=" + step[0]); got != "OK" {
					t.Errorf("%s: %q", step[0], got)
				}
				h.expect(step[1:]...)
			}
			if test.steps == nil {
				if got := h.command(`+CUSD=1,"*100#",15`); got != "+CME ERROR: 30" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
}

func TestUSSDTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for delay, want := range map[time.Duration]string{
			5 * time.Second: `+CUSD: 0,"Your balance is 12.34 EUR",15`,
			time.Hour:       "+CUSD: 5",
		} {
			h := open(t, simulator.NewNetwork().Modem(simulator.SIM{}, simulator.USSDDelay(delay)))
			began := time.Now()
			h.command(`+CUSD=1,"*100#",15`)
			if got := h.command(`+CUSD=1,"*100#",15`); got != "+CME ERROR: 3" {
				t.Errorf("a second request: %q", got)
			}
			h.expect(want)
			if took := time.Since(began); took != min(delay, 30*time.Second) {
				t.Errorf("took %v", took)
			}
			h.command(`+CUSD=1,"*100#",15`)
			h.command("+CUSD=2")
			time.Sleep(time.Hour)
			if got := h.command("+CSQ"); got != "+CSQ: 20,99|OK" {
				t.Errorf("after cancelling: %q", got)
			}
		}
	})
}

func TestAMenuDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, simulator.NewNetwork().Modem(simulator.SIM{}, simulator.USSDMenu("*101#", balance)))
		h.command(`+CUSD=1,"*101#",15`)
		began := time.Now()
		h.expect(`+CUSD: 1,"Menu`, "1 Balance", `2 Data",15`, "+CUSD: 2")
		if took := time.Since(began); took != 2*time.Minute {
			t.Errorf("took %v", took)
		}
	})
}

func TestACodeThatIsNotPacked(t *testing.T) {
	h := open(t, simulator.NewNetwork().Modem(simulator.SIM{}, simulator.Family("huawei")))
	if got := h.command(`+CUSD=1,"*100#",15`); got != "+CME ERROR: 50" {
		t.Errorf("got %q", got)
	}
}

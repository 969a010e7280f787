package line_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/line/balance"
	"simgate/modem/simulator"
)

func TestBalance(t *testing.T) {
	for _, tc := range []struct {
		name, answer, pattern string
		amount                float64
		known                 bool
	}{
		{"a point", "Your balance is 12.34 EUR", "", 12.34, true},
		{"a comma", "Guthaben: 3,50 €, gueltig bis 31.12.2026", "", 3.5, true},
		{"thousands with points", "Saldo 1.234,56 EUR", "", 1234.56, true},
		{"thousands with commas", "Balance KES 1,250.00", "", 1250, true},
		{"no decimals", "Balance: 1250 Ft", "", 1250, true},
		{"in debt", "Balance: -2.50", "", -2.5, true},
		{"a pattern", "Bonus 99.00, main 7.10", `main (\d+\.\d+)`, 7.10, true},
		{"a pattern that finds nothing", "Bonus 99.00", `main (\d+\.\d+)`, 0, false},
		{"no number", "Try again later", "", 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			settings := &balance.Settings{Codes: []string{"*100#"}}
			if tc.pattern != "" {
				settings.Pattern = regexp.MustCompile(tc.pattern)
			}
			story(t, func(t *testing.T, w *gatewaytest.World) {
				b, err := w.Gateway.Lines().AskBalance(t.Context(), 0)
				if err != nil || b.Amount != tc.amount || b.Known != tc.known || b.Text != tc.answer {
					t.Errorf("%+v, %v", b, err)
				}
			}, withBalance(settings), gatewaytest.Simulated(func(int) []simulator.ModemOption {
				return []simulator.ModemOption{simulator.USSD("*100#", tc.answer)}
			}))
		})
	}
}

func withBalance(b *balance.Settings) gatewaytest.Option {
	return gatewaytest.Configure(func(c *gateway.Config) {
		c.Lines.SIMs = []line.Settings{{ICCID: gatewaytest.SIM(0).ICCID, Balance: b}}
	})
}

// The credit is asked for once a day, through a menu if need be, and a low one is
// told once.
func TestBalanceIsWatched(t *testing.T) {
	settings := &balance.Settings{Codes: []string{"*101#", "1"}, Every: 24 * time.Hour, Low: 5}
	asked := func(w *gatewaytest.World) (n int) {
		for _, c := range w.SIMs[0].Commands() {
			if strings.HasPrefix(c, `AT+CUSD=1,"*101#"`) {
				n++
			}
		}
		return n
	}
	story(t, func(t *testing.T, w *gatewaytest.World) {
		time.Sleep(3*24*time.Hour - time.Hour)
		if n := asked(w); n != 3 {
			t.Errorf("asked %d times in three days", n)
		}
		w.Restart()
		time.Sleep(30 * time.Minute)
		if n := asked(w); n != 3 {
			t.Errorf("asked %d times after a restart", n)
		}
		events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.BalanceLow})
		if err != nil || len(events) != 1 || !strings.Contains(events[0].Text, "3.50") {
			t.Errorf("the owner is told %+v, %v", events, err)
		}
		if b, known, err := w.Gateway.Lines().Balance(t.Context(), 1); err != nil || !known || !b.Low || b.Amount != 3.5 {
			t.Errorf("%+v, %t, %v", b, known, err)
		}
	}, withBalance(settings), gatewaytest.Simulated(func(int) []simulator.ModemOption {
		return []simulator.ModemOption{simulator.USSDMenu("*101#", simulator.Menu{Text: "1 Balance", Choices: map[string]simulator.Menu{"1": {Text: "3,50 EUR"}}})}
	}))
}

// A network that does not answer is asked again later, not all the time.
func TestBalanceWithoutAnAnswer(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		time.Sleep(6*time.Hour + 30*time.Minute)
		n := 0
		for _, c := range w.SIMs[0].Commands() {
			if strings.HasPrefix(c, `AT+CUSD=1,"*9#"`) {
				n++
			}
		}
		if n < 5 || n > 7 {
			t.Errorf("asked %d times in six hours", n)
		}
	}, withBalance(&balance.Settings{Codes: []string{"*9#"}}))
}

package simulator_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/simulator"
)

func TestChaosIsTheSameForTheSameSeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		story := func(seed uint64) string {
			n := simulator.NewNetwork(simulator.Latency(time.Second))
			m := n.Modem(simulator.SIM{})
			port, err := m.Open()
			if err != nil {
				t.Fatal(err)
			}
			m.Chaos(seed, 0.5)
			time.AfterFunc(time.Hour, func() { _ = port.Close() })
			for range 50 {
				_, _ = io.WriteString(port, "AT+CSQ\r"+cmgs(hello)+hello+"\x1a\x1b")
				time.Sleep(20 * time.Second)
			}
			var all bytes.Buffer
			_, _ = io.Copy(&all, port)
			return all.String()
		}
		one := story(1)
		if one != story(1) {
			t.Error("two stories of one seed differ")
		}
		if one == story(2) {
			t.Error("two seeds tell one story")
		}
	})
}

func TestEachOfTheOdds(t *testing.T) {
	const rdy = "\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n"
	for name, test := range map[string]struct {
		odds     simulator.Odds
		answered func(answer string) bool
	}{
		"stall":  {simulator.Odds{Stall: 1}, func(s string) bool { return s == "" }},
		"refuse": {simulator.Odds{Refuse: 1}, func(s string) bool { return bytes.Contains([]byte(s), []byte("ERROR")) }},
		"garble": {simulator.Odds{Garble: 1}, func(s string) bool { return bytes.Count([]byte(s), []byte{0xff}) == 1 }},
		"echo":   {simulator.Odds{Echo: 1}, func(s string) bool { return s == "AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n" }},
		"late":   {simulator.Odds{Late: 1}, func(s string) bool { return s == "" || s == "\r\n+CSQ: 20,99\r\n\r\nOK\r\n" }},
		"interleave": {simulator.Odds{Interleave: 1}, func(s string) bool {
			return len(s) > len("\r\n+CSQ: 20,99\r\n\r\nOK\r\n")
		}},
		"lose the answer": {simulator.Odds{LoseAnswer: 1}, func(s string) bool { return s == "" }},
		"lose the PDU":    {simulator.Odds{LoseSubmit: 1}, func(s string) bool { return s == "\r\n+CSQ: 20,99\r\n\r\nOK\r\n" }},
		"reboot":          {simulator.Odds{Reboot: 1}, func(s string) bool { return bytes.HasSuffix([]byte(s), []byte(rdy)) }},
		"unplug":          {simulator.Odds{Unplug: 1}, func(s string) bool { return len(s) <= 20 }},
		"hang":            {simulator.Odds{Hang: 1}, func(s string) bool { return s == "" }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := simulator.NewNetwork().Modem(simulator.SIM{})
				h := open(t, m)
				m.ChaosOf(7, test.odds)
				h.write("AT+CSQ\r")
				if got := readAll(t, h.port); !test.answered(got) {
					t.Errorf("answer %q", got)
				}
				m.Heal()
				time.Sleep(5 * time.Minute) // an unplugged one comes back by itself
				m.PowerOff()
				m.PowerOn()
				if got := open(t, m).command("+CSQ"); got != "+CSQ: 20,99|OK" {
					t.Errorf("healed: %q", got)
				}
			})
		})
	}
}

func TestAMonthOfChaos(t *testing.T) {
	odds := simulator.Odds{
		Stall: .02, Refuse: .03, Garble: .03, Echo: .03, Late: .03, Interleave: .05, LoseAnswer: .02,
		LoseSubmit: .02, Reboot: .02, Unplug: .02, Hang: .02, MostCure: simulator.CurePower,
	}
	story := func(t *testing.T, seed uint64) (tale string) {
		synctest.Test(t, func(t *testing.T) {
			n := simulator.NewNetwork(simulator.Latency(2 * time.Second))
			m := n.Modem(simulator.SIM{}, simulator.Family("e3372"), simulator.PortDrops(10*time.Second))
			m.ChaosOf(seed, odds)
			confirmed, lost := 0, 0
			for range 30 * 24 {
				// A host that knows one cure: every hour it begins afresh.
				m.PowerOff()
				m.PowerOn()
				if port, err := m.Open(); err == nil {
					_, _ = io.WriteString(port, "\x1b\rATE0\r"+cmgs(hello)+hello+"\x1a")
					if got := readAll(t, port); bytes.Contains([]byte(got), []byte("+CMGS: ")) {
						confirmed++
					} else {
						lost++
					}
				}
				time.Sleep(time.Hour)
			}
			arrived := len(n.Subscriber(anna).Messages())
			if confirmed > arrived || arrived > confirmed+lost {
				t.Errorf("%d arrived, %d confirmed, %d lost", arrived, confirmed, lost)
			}
			if lost == 0 || confirmed < 500 || arrived == confirmed {
				t.Errorf("no month of chaos: %d confirmed, %d lost, %d arrived", confirmed, lost, arrived)
			}
			tale = fmt.Sprint(confirmed, lost, arrived, m.Resets(), len(m.Commands()))
		})
		return tale
	}
	one := story(t, 1)
	if again := story(t, 1); one != again {
		t.Errorf("two stories of one seed: %s and %s", one, again)
	}
	if one == story(t, 2) {
		t.Error("two seeds tell one story")
	}
}

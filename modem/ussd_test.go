package modem_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem"
	"simgate/modem/simulator"
)

var menu = simulator.Menu{Text: "Menu\r\n1 Balance\r\n2 Data", Choices: map[string]simulator.Menu{
	"1": {Text: "Your balance is 3,50 €"}, "2": {Text: "1 day\r\n2 week", Choices: map[string]simulator.Menu{"1": {Text: "Done"}}},
}}

func TestUSSDMenu(t *testing.T) {
	for _, family := range []string{"sim7600", "huawei", "e3372", "ec25"} {
		for _, wide := range []bool{false, true} {
			name := family
			options := []simulator.ModemOption{simulator.Family(family), simulator.USSDMenu("*101#", menu)}
			if wide {
				name += " on a network that writes UCS-2"
				options = append(options, simulator.USSDInUCS2())
			}
			t.Run(name, func(t *testing.T) {
				simulate(t, setup{sim: card, modem: options}, func(t *testing.T, s *rig) {
					time.Sleep(time.Minute)
					first, err := s.USSD(t.Context(), "*101#")
					if err != nil || first.Text != "Menu\n1 Balance\n2 Data" || !first.More {
						t.Fatalf("%+v, %v", first, err)
					}
					second, err := s.USSD(t.Context(), "1")
					if err != nil || second.Text != "Your balance is 3,50 €" || second.More {
						t.Fatalf("%+v, %v", second, err)
					}
				})
			})
		}
	}
}

func TestUSSDFailures(t *testing.T) {
	for _, tc := range []struct {
		name, code string
		modem      []simulator.ModemOption
		prepare    func(s *rig)
		want       string
	}{
		{"a code that the network does not know", "*999#", nil, nil, "does not know this code"},
		{"no code at all", "", nil, nil, "1 to 182 characters"},
		{"a quote", `*1"#`, nil, nil, "digits, * and #"},
		{"a command behind it", "*1#\r\nATD112;", nil, nil, "digits, * and #"},
		{"a network that takes too long", "*100#", []simulator.ModemOption{simulator.USSDDelay(5 * time.Minute)}, nil, "took too long"},
		{"a modem that refuses", "*100#", nil, func(s *rig) { s.sim.On("+CUSD", simulator.RefuseCME(30)) }, "no network"},
		{"a modem that is not ready", "*100#", nil, func(s *rig) { s.sim.Unplug(); synctest.Wait() }, "not ready"},
		{"a modem that goes away meanwhile", "*100#", []simulator.ModemOption{simulator.USSDDelay(20 * time.Second)},
			func(s *rig) { time.AfterFunc(5*time.Second, s.sim.Unplug) }, "went away"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			simulate(t, setup{sim: card, modem: tc.modem}, func(t *testing.T, s *rig) {
				time.Sleep(time.Minute)
				if tc.prepare != nil {
					tc.prepare(s)
				}
				began := time.Now()
				answer, err := s.USSD(t.Context(), tc.code)
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("%+v, %v; want %q", answer, err, tc.want)
				}
				if took := time.Since(began); took > 2*time.Minute {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// A menu without a choice is ended, and the next code begins a new session.
func TestEndUSSD(t *testing.T) {
	simulate(t, setup{sim: card, modem: []simulator.ModemOption{simulator.USSDMenu("*101#", menu)}}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		for range 2 {
			if a, err := s.USSD(t.Context(), "*101#"); err != nil || !a.More {
				t.Fatal(a, err)
			}
			if err := s.EndUSSD(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Who gives up waiting leaves nothing behind that the next would take for his.
func TestUSSDGivenUp(t *testing.T) {
	simulate(t, setup{sim: card, modem: []simulator.ModemOption{simulator.USSDDelay(10 * time.Second), simulator.USSD("*1#", "one"), simulator.USSD("*2#", "two")}},
		func(t *testing.T, s *rig) {
			time.Sleep(time.Minute)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if _, err := s.USSD(ctx, "*1#"); err == nil {
				t.Fatal("nobody had answered yet")
			}
			time.Sleep(20 * time.Second)
			if a, err := s.USSD(t.Context(), "*2#"); err != nil || a.Text != "two" {
				t.Errorf("%+v, %v", a, err)
			}
		})
}

// Messages go on while a menu waits.
func TestUSSDBesideMessages(t *testing.T) {
	simulate(t, setup{sim: card, modem: []simulator.ModemOption{simulator.USSDDelay(20 * time.Second)}}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		answered := make(chan modem.USSDAnswer)
		go func() {
			a, _ := s.USSD(t.Context(), "*100#")
			answered <- a
		}()
		synctest.Wait()
		began := time.Now()
		if _, err := s.Send(t.Context(), part(t, anna, "beside it")); err != nil || time.Since(began) > 5*time.Second {
			t.Errorf("%v, after %s", err, time.Since(began))
		}
		if a := <-answered; !strings.Contains(a.Text, "12.34") {
			t.Errorf("%+v", a)
		}
	})
}

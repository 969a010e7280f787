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

// Answers are read in every shape that modems give them, and the modem goes on after each.
// Where a shape is from a public report, the report is named.
func TestUSSDOfEveryShape(t *testing.T) {
	for _, tc := range []struct {
		name, said, want string
		more             bool
	}{
		{"on one line", `0,"Balance 5 EUR",15`, "Balance 5 EUR", false},
		{"blanks after commas (esp-protocols 847)", `0, "Your number 123, active", 15`, "Your number 123, active", false},
		{"a mode that is not documented (GPRS-AT 12)", `6, "Balance 5 EUR"`, "Balance 5 EUR", false},
		{"the last text of a session", `2,"Bye",15`, "Bye", false},
		{"no text", `0,""`, "", false},
		{"a menu", "1,\"Menu\r\n1 Balance\r\n\r\n2 Data\",15", "Menu\n1 Balance\n\n2 Data", true},
		{"a menu whose lines begin like results", "1,\"Menu\r\n*a Balance\r\n#Kredit: 5\r\nOK\r\nend\",15", "Menu\n*a Balance\n#Kredit: 5\nOK\nend", true},
		{"a line that ends in a quote and a comma", "0,\"first\r\na \"word\",\r\nlast\",15", "first\na \"word\",\nlast", false},
		{"quotes in it", `0,"Say "hello" to 1234",15`, `Say "hello" to 1234`, false},
		{"without quotes around it", `0,Balance 5 EUR`, "Balance 5 EUR", false},
		{"octets without quotes around them", `0,0053006F006C0064006F,72`, "Soldo", false},
		{"a sum without quotes around it", `0,Balance 5,15`, "Balance 5,15", false},
		{"without an end", "0,\"Balance 5 EUR\r\nand 3 days", "Balance 5 EUR\nand 3 days", false},
		{"packed septets (chan_dongle 38)", `0,"CE325C1EB6A7D9EE7C1AE47EB7CB72507DCEAE9FD3",15`, "Nepravilnyi nomer uslugi", false},
		{"octets of ASCII (gammu 513)", `1,"536973612070756C73612052702E333030302E0A312E59410A",0`, "Sisa pulsa Rp.3000.\n1.YA", true},
		{"8 bit data in plain text (ussd-gui 1)", `0,"Twoje saldo 5 zl",68`, "Twoje saldo 5 zl", false},
		{"UCS-2", `0,"0411043004430430043D0441",72`, "Бауанс", false},
		{"UCS-2 that is said to be septets (gammu 358)", `2,"00480061007600690020006B0065007200650074003A",15`, "Havi keret:", false},
		{"UCS-2 that is said to be of class 3 (sms_tool 13)", `0,"002000440075002000680061007200200030002C0030003000200073006B",7`, " Du har 0,00 sk", false},
		{"UCS-2 but for what is in quotes (gammu 150)", `0,"004700750064006F006B0020"Shape of you"002000450064"`, `Gudok "Shape of you" Ed`, false},
		{"UCS-2 that is cut in a character", `0,"0053006F006C0064006F002",72`, "Soldo", false},
		{"UCS-2, U+0000 and what the buffer held before (gammu 377, a HE910)", `0,"0053006F006C0064006F0000A5F391C2",72`, "Soldo", false},
		{"Latin-1 (TinyGSM 192)", "0, \"Votre cr\xe9dit s'\xe9l\xe8ve \xe0 CHF 3.75.\", 2", "Votre crédit s'élève à CHF 3.75.", false},
		{"UTF-8", "0,\"Crédito: 5 €\",15", "Crédito: 5 €", false},
		{"septets in octets", "0,\"5 \x1be, f\x7er \x05\",15", "5 €, für é", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			simulate(t, setup{sim: card, modem: []simulator.ModemOption{simulator.USSDVerbatim("*100#", tc.said)}}, func(t *testing.T, s *rig) {
				time.Sleep(63 * time.Second) // between two checks of the modem
				began := time.Now()
				if a, err := s.USSD(t.Context(), "*100#"); err != nil || a.Text != tc.want || a.More != tc.more {
					t.Errorf("%q, %v, %v; want %q", a.Text, a.More, err, tc.want)
				}
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("it took %s", took)
				}
				if _, err := s.submit(t, "and a message"); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// Of the character sets that a modem announces the best is set, and only announced ones.
// Numbers, names and USSD texts are read and written in it.
func TestCharacterSetOfTheModem(t *testing.T) {
	for _, tc := range []struct {
		name string
		sets []string
		want string // that is set
	}{
		{"the standard's", []string{"GSM", "IRA", "UCS2"}, "GSM"},
		{"another first", []string{"IRA", "UCS2", "GSM"}, "GSM"},
		{"Wavecom's", []string{"HEX", "PCCP437", "CUSTOM", "GSM"}, "GSM"},
		{"none of GSM's", []string{"UTF-8", "IRA", "8859-1"}, "IRA"},
		{"UTF-8", []string{"UTF-8"}, "UTF-8"},
		{"UCS2 alone", []string{"UCS2"}, "UCS2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			options := []simulator.ModemOption{simulator.CharacterSets(tc.sets...), simulator.USSDMenu("*101#", menu)}
			simulate(t, setup{sim: simulator.SIM{MSISDN: own, SMSC: simulator.NoSMSC}, config: modem.Config{SMSC: "+491710760000"}, modem: options}, func(t *testing.T, s *rig) {
				time.Sleep(time.Minute)
				st := s.Status()
				if st.MSISDN != own || st.Operator != "simgate" || st.SMSC != "+491710760000" {
					t.Errorf("own number %q, operator %q, SMSC %q (%s)", st.MSISDN, st.Operator, st.SMSC, st.Detail)
				}
				for _, c := range s.sim.Commands() {
					if set, ok := strings.CutPrefix(c, `AT+CSCS="`); ok && strings.Trim(set, `"`) != tc.want {
						t.Errorf("%s was sent", c)
					}
				}
				if a, err := s.USSD(t.Context(), "*101#"); err != nil || !a.More || a.Text != "Menu\n1 Balance\n2 Data" {
					t.Fatalf("%+v, %v", a, err)
				}
				a, err := s.USSD(t.Context(), "1")
				if want := "Your balance is 3,50 €"; tc.want == "IRA" && !strings.HasPrefix(a.Text, want[:20]) || tc.want != "IRA" && a.Text != want || err != nil {
					t.Errorf("%+v, %v", a, err) // IRA has no euro sign
				}
				if _, err := s.submit(t, "hello"); err != nil {
					t.Error(err)
				}
			})
		})
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

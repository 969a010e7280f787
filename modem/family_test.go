package modem_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem"
	"simgate/modem/simulator"
)

const own = "+491700000001"

var card = simulator.SIM{ICCID: "8949020000000000017", IMSI: "262010000000001", MSISDN: own, SMSC: "+491710760000"}

// families are the families that the simulator knows, and what the driver takes
// them for.
var families = map[string]string{
	"sim7600": "SIMCom SIM7600/SIM7500", "a7670": "SIMCom A7670/A7672/A7608", "sim800": "SIMCom SIM800/SIM868/SIM900",
	"ec25": "Quectel EC25/EG25/EG9x", "ec200": "Quectel EC200/EG91x", "m35": "Quectel M26/M35/M66",
	"huawei": "Huawei UMTS stick", "e3372": "Huawei E3372/ME909/MU609", "zte": "ZTE stick",
	"cinterion": "Cinterion/Siemens", "wavecom": "Wavecom", "air780": "Air780/OpenLuat", "qualcomm": "Qualcomm, generic", "neoway": "Neoway",
	"sierra": "Sierra Wireless MC7xxx/EM7xxx", "ublox": "u-blox SARA/LARA/TOBY", "telit": "Telit LE910/ME910",
}

// Every family starts, unlocks its SIM, sends, is told of the delivery, receives,
// empties its storage, and answers a USSD code.
func TestEveryFamily(t *testing.T) {
	for family, profile := range families {
		t.Run(family, func(t *testing.T) {
			sim := card
			if family != "zte" && family != "sierra" { // which do not tell how many tries are left
				sim.PIN = "1234"
			}
			memory := &recorder{pins: map[string]string{sim.ICCID: "1234"}}
			simulate(t, setup{sim: sim, modem: []simulator.ModemOption{simulator.Family(family)}, memory: memory}, func(t *testing.T, s *rig) {
				person := s.net.Subscriber(anna)
				time.Sleep(time.Minute)
				if st := s.Status(); st.State != modem.Ready || st.Profile != profile {
					t.Fatalf("%s as %q: %s", st.State, st.Profile, st.Detail)
				}
				if _, err := s.Send(t.Context(), part(t, anna, "hello")); err != nil {
					t.Fatal(err)
				}
				if err := person.Send(own, "and back"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				if got := s.texts(t); !slices.Equal(got, []string{"and back"}) {
					t.Errorf("received %q", got)
				}
				if n := len(s.heard()); n != 1 {
					t.Errorf("%d status reports", n)
				}
				for _, memory := range []string{"SM", "ME", "SR"} {
					if n := s.sim.Stored(memory); n != 0 {
						t.Errorf("%d messages are left in %s", n, memory)
					}
				}
				answer, err := s.USSD(t.Context(), "*100#")
				if err != nil || !strings.Contains(answer.Text, "12.34") || answer.More {
					t.Errorf("the network says %+v, %v", answer, err)
				}
			})
		})
	}
}

// Telephones that let nobody read their messages send all the same, and say so.
func TestPhones(t *testing.T) {
	for family, profile := range map[string]string{"nokia": "Nokia phone", "samsung": "Samsung phone"} {
		t.Run(family, func(t *testing.T) {
			simulate(t, setup{sim: card, modem: []simulator.ModemOption{simulator.Family(family)}}, func(t *testing.T, s *rig) {
				time.Sleep(2 * time.Minute)
				if _, err := s.Send(t.Context(), part(t, anna, "hello")); err != nil {
					t.Fatal(err)
				}
				if st := s.Status(); st.Profile != profile || !strings.Contains(st.Detail, "does not let incoming messages be read") {
					t.Errorf("%q: %s", st.Profile, st.Detail)
				}
			})
		})
	}
}

// A modem without a profile is driven as the standard says.
func TestUnknownFamily(t *testing.T) {
	simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
		time.Sleep(10 * time.Second)
		if st := s.Status(); st.Profile != "generic" || st.State != modem.Ready {
			t.Errorf("%s as %q", st.State, st.Profile)
		}
	})
}

// The hostile one is used as far as it can be.
func TestHostileModem(t *testing.T) {
	simulate(t, setup{sim: card, modem: []simulator.ModemOption{simulator.Hostile()}}, func(t *testing.T, s *rig) {
		person := s.net.Subscriber(anna)
		time.Sleep(2 * time.Minute)
		if st := s.Status(); st.State != modem.Ready {
			t.Fatalf("%s: %s", st.State, st.Detail)
		}
		for range 3 {
			if mr, err := s.Send(t.Context(), part(t, anna, "hello")); err != nil || mr != 0 {
				t.Fatal(mr, err)
			}
			if err := person.Send(own, "and back"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		synctest.Wait()
		if n := len(s.heard()); n != 3 {
			t.Errorf("%d status reports", n)
		}
		if got := s.texts(t); len(got) != 3 {
			t.Errorf("received %q", got)
		}
	})
}

package gateway_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/modem"
	"simgate/modem/simulator"
)

// What users of such gateways suffer from most, each told as a story that ends
// well. The names and numbers are those under which the pains were collected;
// those of ports, rights and sticks in the wrong mode are in package modem.

// like makes the modems of a world those of the given families.
func like(families ...string) gatewaytest.Option {
	return gatewaytest.Simulated(func(i int) []simulator.ModemOption {
		return []simulator.ModemOption{simulator.Family(families[i%len(families)])}
	})
}

func state(t *testing.T, w *gatewaytest.World, id int64) gateway.State {
	t.Helper()
	m, err := w.Gateway.Message(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m.State
}

// arrived are the texts on the handset.
func arrived(w *gatewaytest.World) []string {
	var out []string
	for _, m := range w.Network.Subscriber(anna).Messages() {
		out = append(out, m.Text)
	}
	return out
}

// Pain 1: the modem hangs after minutes to days, and a human replugs it.
func TestPain01ModemHangs(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		w.SIMs[0].Hang(simulator.CureReset)
		var ids []int64
		for i := range 10 {
			ids = append(ids, send(t, w, anna, fmt.Sprint("message ", i)).ID)
			time.Sleep(time.Minute)
		}
		// The other modem sends meanwhile, and the first comes back by itself.
		for _, id := range ids {
			if s := state(t, w, id); s != gateway.Delivered && s != gateway.Unknown {
				t.Errorf("message %d is %s", id, s)
			}
		}
		if st := w.Modems[0].Status(); st.State != modem.Ready {
			t.Errorf("the modem is %s: %s", st.State, st.Detail)
		}
	}, gatewaytest.Modems(2), like("sim7600"))
}

// Pain 2: the storage is full, and nothing comes in any more, silently.
func TestPain02StorageFull(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		w.Stop() // the gateway is off for a weekend
		var want []string
		for i := range 30 {
			text := fmt.Sprint("message ", i)
			want = append(want, text)
			if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, text); err != nil {
				t.Fatal(err)
			}
		}
		w.Restart()
		time.Sleep(30 * time.Minute)
		got := texts(received(t, w))
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%d of 30 came in: %q", len(got), got)
		}
		empty(t, w)
	}, gatewaytest.Simulated(func(int) []simulator.ModemOption {
		return []simulator.ModemOption{simulator.Family("huawei"), simulator.Slots(10, 10)}
	}))
}

// Pain 3: the modem is unplugged, and comes back under another name.
func TestPain03PortRenumbered(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		line := w.Modems[0].Status().ICCID
		w.SIMs[0].Unplug()
		id := send(t, w, anna, "wait for me").ID
		time.Sleep(time.Minute)
		w.SIMs[0].PlugAt("/dev/ttySIM7")
		time.Sleep(5 * time.Second)
		if s := state(t, w, id); s != gateway.Delivered {
			t.Errorf("five seconds after the port is there the message is %s", s)
		}
		if got := w.Modems[0].Status().ICCID; got != line {
			t.Errorf("the SIM is %s, it was %s", got, line)
		}
	})
}

// Pain 4: sent, received or notified twice.
func TestPain04Duplicates(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		fault []simulator.Fault
	}{
		{"the answer is lost", []simulator.Fault{simulator.LoseAnswer()}},
		{"the modem is unplugged after the PDU", []simulator.Fault{simulator.UnplugAfterPDU()}},
		{"the modem restarts after the PDU", []simulator.Fault{simulator.Reboot(1)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			story(t, func(t *testing.T, w *gatewaytest.World) {
				w.SIMs[0].On("+CMGS", tc.fault...)
				id := send(t, w, anna, "once").ID
				time.Sleep(30 * time.Second)
				w.SIMs[0].Plug()
				time.Sleep(24 * time.Hour)
				if got := arrived(w); len(got) > 1 {
					t.Errorf("it arrived %d times", len(got))
				}
				if s := state(t, w, id); s != gateway.Unknown && s != gateway.Delivered {
					t.Errorf("it is %s", s)
				}
			})
		})
	}
	t.Run("the power fails between keeping and deleting what came in", func(t *testing.T) {
		story(t, func(t *testing.T, w *gatewaytest.World) {
			w.SIMs[0].On("+CMGD", simulator.Stall(), simulator.UnplugAt(0))
			deliver(t, w, tpdu("04", "00", "00", 0, septets("once")))
			w.SIMs[0].Unplug()
			w.Restart()
			w.SIMs[0].Plug()
			time.Sleep(30 * time.Minute)
			if got := texts(received(t, w)); !slices.Equal(got, []string{"once"}) {
				t.Errorf("%q", got)
			}
			empty(t, w)
		})
	})
}

// Pain 5: incoming long messages are cut, reordered, or come in half.
func TestPain05LongMessagesInPieces(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		deliver(t, w, tpdu("44", "00", "00", 0, piece(1, 3, 1, "one ")))
		deliver(t, w, tpdu("44", "00", "00", 0, piece(1, 3, 3, "three")))
		w.Reboot()
		time.Sleep(10 * time.Second)
		deliver(t, w, tpdu("44", "00", "00", 0, piece(1, 3, 2, "two ")))
		if got := texts(received(t, w)); !slices.Equal(got, []string{"one two three"}) {
			t.Errorf("%q", got)
		}
	})
}

// Pain 6: delivery reports are lost, or matched to the wrong message: by the
// reference alone, which repeats after 256 parts and begins anew with the modem.
func TestPain06ReportsOfOthers(t *testing.T) {
	t.Parallel()
	for _, family := range []string{"ec25", "sim7600", "huawei", "sierra"} {
		t.Run(family, func(t *testing.T) {
			story(t, func(t *testing.T, w *gatewaytest.World) {
				off := w.Network.Subscriber("+4915188888888")
				off.Off()
				waits, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: off.MSISDN(), Text: "later"})
				if err != nil {
					t.Fatal(err)
				}
				var ids []int64
				for i := range 260 { // the references go around
					ids = append(ids, send(t, w, anna, fmt.Sprint("message ", i)).ID)
					time.Sleep(20 * time.Second)
				}
				if s := state(t, w, waits.ID); s != gateway.Sent {
					t.Errorf("the one whose phone is off is %s", s)
				}
				for _, id := range ids {
					if s := state(t, w, id); s != gateway.Delivered {
						t.Fatalf("message %d is %s", id, s)
					}
				}
				w.Restart()
				time.Sleep(24 * time.Hour)
				off.On()
				time.Sleep(time.Minute)
				if s := state(t, w, waits.ID); s != gateway.Delivered {
					t.Errorf("a day later it is %s", s)
				}
			}, like(family), gatewaytest.On(simulator.NewNetwork(simulator.ReportDelay(2*time.Second))))
		})
	}
}

// Pain 14: the supply breaks down while the radio sends. It is said in words.
func TestPain14BrownOut(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		w.SIMs[0].On("+CMGS", simulator.Reboot(1))
		send(t, w, anna, "too much for it")
		time.Sleep(time.Minute)
		if st := w.Modems[0].Status(); st.State != modem.Ready {
			t.Errorf("the modem is %s: %s", st.State, st.Detail)
		}
		list, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.ModemPower})
		if err != nil || len(list) != 1 || !strings.Contains(list[0].Text, "brown-out") {
			t.Errorf("the owner is told %+v, %v", list, err)
		}
	})
}

// Pain 16: what the modem says by itself gets between the lines of an answer,
// and breaks the parser, or the program.
func TestPain16Interleaved(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		w.SIMs[0].ChaosOf(1, simulator.Odds{Interleave: 0.7})
		for i := range 50 {
			send(t, w, anna, fmt.Sprint("message ", i))
			deliver(t, w, tpdu("04", "00", "00", i, septets(fmt.Sprint("in ", i))))
			time.Sleep(30 * time.Second)
		}
		w.SIMs[0].Heal()
		time.Sleep(30 * time.Minute)
		if got := arrived(w); len(got) != 50 {
			t.Errorf("%d of 50 arrived", len(got))
		}
		got := slices.DeleteFunc(received(t, w), func(m inbox.Message) bool { return m.Kind == inbox.Call })
		if len(got) != 50 {
			t.Errorf("%d of 50 came in", len(got))
		}
	}, gatewaytest.Simulated(func(int) []simulator.ModemOption {
		return []simulator.ModemOption{simulator.Family("huawei"), simulator.Noise(2 * time.Second)}
	}))
}

// Pain 17: after a reboot the radio is off, the message centre is lost, and
// nothing says why nothing is sent.
func TestPain17RadioOff(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		w.SIMs[0].Register(simulator.Denied)
		id := send(t, w, anna, "wait for the network").ID
		time.Sleep(time.Minute)
		if st := w.Modems[0].Status(); st.State != modem.Searching || !strings.Contains(st.Detail, "denies registration") {
			t.Errorf("the modem is %s: %s", st.State, st.Detail)
		}
		w.SIMs[0].Register(simulator.Home)
		time.Sleep(10 * time.Second)
		if s := state(t, w, id); s != gateway.Delivered {
			t.Errorf("the message is %s", s)
		}
	})
}

// Pain 18: LTE without IMS and without 2G or 3G: registered, and no SMS leaves. That shows
// when some are tried, which costs them no try.
func TestPain18DataOnly(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		w.SIMs[0].OnEvery("+CMGS", simulator.Refuse(38))
		id := send(t, w, anna, "cannot leave").ID
		time.Sleep(10 * time.Minute)
		st := w.Modems[0].Status()
		if st.State != modem.Searching || !strings.Contains(st.Detail, "registered for data only: this SIM cannot send SMS here") {
			t.Errorf("the modem is %s: %s", st.State, st.Detail)
		}
		if s := state(t, w, id); s != gateway.Queued {
			t.Errorf("the message is %s", s)
		}
	}, gatewaytest.Simulated(func(int) []simulator.ModemOption {
		return []simulator.ModemOption{simulator.PacketOnly(), simulator.Reply("+CIREG?", "+CIREG: 0,0")}
	}))
}

// Pain 20: USSD is garbled or missing.
func TestPain20USSD(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		for line := range int64(2) {
			answer, err := w.Gateway.Lines().USSD(t.Context(), line+1, "*100#")
			if err != nil || answer.Text != "Guthaben: 3,50 €" {
				t.Errorf("line %d: %+v, %v", line+1, answer, err)
			}
		}
		if _, err := w.Gateway.Lines().USSD(t.Context(), 0, "*100#"); err == nil {
			t.Error("it was sent through some line or other")
		}
	}, gatewaytest.Modems(2), gatewaytest.Simulated(func(i int) []simulator.ModemOption {
		return []simulator.ModemOption{simulator.Family([]string{"huawei", "ec25"}[i]), simulator.USSD("*100#", "Guthaben: 3,50 €")}
	}))
}

package handsets_test

import (
	"strings"
	"testing"
	"time"

	"simgate/api/web/demo"
	"simgate/cmd/simgate/handsets"
	"simgate/modem/simulator"
)

const sim = "+4915110000001"

func TestPhones(t *testing.T) {
	n := handsets.New()
	n.AddSIM(simulator.SIM{MSISDN: sim, IMSI: "262010000000001"})
	anna, nobody := handsets.Numbers[0], "+491510000"
	for name, err := range map[string]error{
		"answering without a call": n.PickUp(anna), "ending no call": n.HangUp(anna), "a key without a call": n.Press(anna, "1"),
		"no such phone": n.Reply(nobody, "hi"), "an empty message": n.Reply(anna, " "), "a long one": n.Reply(anna, strings.Repeat("x", 601)),
		"no such mode": n.SetMode(anna, "broken"), "no such SIM": n.Upset(nobody, demo.Pulled), "no such trouble": n.Upset(sim, "rain"),
	} {
		if err == nil || strings.Contains(err.Error(), "simulator:") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := n.Reply(anna, "hi"); err != nil {
		t.Error(err)
	}
	phone := n.Phones()[0]
	if phone.Number != anna || phone.Name == "" || phone.Mode != demo.On || len(phone.Log) != 1 || phone.Log[0].Peer != sim || !phone.Log[0].Sent {
		t.Errorf("%+v", phone)
	}
	if err := n.SetMode(anna, demo.Away); err != nil || n.Reply(anna, "hi") == nil || n.Phones()[0].Mode != demo.Away {
		t.Errorf("in flight mode: %v, %+v", err, n.Phones()[0])
	}
	if pcm, over := n.Sound(nobody, time.Now(), 0); len(pcm) > 0 || !over {
		t.Error("a phone that is not there has heard something")
	}
}

func TestTroublesOfASIM(t *testing.T) {
	n := handsets.New()
	m := n.AddSIM(simulator.SIM{MSISDN: sim, IMSI: "262010000000001"})
	is := func(want demo.Trouble) {
		t.Helper()
		if got := n.SIMs()[0].Trouble; got != want {
			t.Errorf("the trouble is %q, want %q", got, want)
		}
	}
	for _, tc := range []demo.Trouble{demo.Pulled, demo.Refused, demo.Pulled, demo.None} {
		if err := n.Upset(sim, tc); err != nil {
			t.Error(err)
		}
		is(tc)
	}
	if err := n.Upset(sim, demo.Hangs); err != nil {
		t.Error(err)
	}
	is(demo.Hangs)
	m.PowerOff()
	m.PowerOn()
	is(demo.None)
}

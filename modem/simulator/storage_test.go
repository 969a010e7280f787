package simulator_test

import (
	"testing"

	"simgate/modem/simulator"
)

func TestAFullMemorySaysSo(t *testing.T) {
	for family, said := range map[string]string{
		"sim7600": "+SMS FULL", "a7670": "+SMS FULL", "sim800": "+SMS FULL",
		"huawei": `^SMMEMFULL: "SM"`, "e3372": `^SMMEMFULL: "ME"`,
		"m35": "+CMS ERROR: 322", "zte": "+CMS ERROR: 322",
	} {
		t.Run(family, func(t *testing.T) {
			n := simulator.NewNetwork()
			m := n.Modem(simulator.SIM{MSISDN: shop}, simulator.Family(family), simulator.Slots(1, 1))
			h := open(t, m)
			h.command("+CNMI=1,1,0,0,0")
			for range 3 {
				if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
					t.Fatal(err)
				}
			}
			if got := h.line()[:6]; got != "+CMTI:" {
				t.Errorf("first %q", got)
			}
			h.expect(said) // once for two that have no room
			h.command("+CMGD=1")
			if got := h.line()[:6]; got != "+CMTI:" {
				t.Errorf("the one that waited: %q", got)
			}
			h.expect(said)
		})
	}
}

func TestReportsDoNotHoldMessagesUp(t *testing.T) {
	n := simulator.NewNetwork()
	m := n.Modem(simulator.SIM{MSISDN: shop}, simulator.Family("ec25"))
	h := open(t, m)
	h.command("+CNMI=2,1,0,2,0")
	for i := range 6 { // there is room for five
		h.send(helloReport)
		if i < 5 {
			h.line()
		}
	}
	if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
		t.Fatal(err)
	}
	if m.Stored("SR") != 5 || m.Stored("ME") != 1 {
		t.Errorf("%d reports, %d messages", m.Stored("SR"), m.Stored("ME"))
	}
}

func TestTwoMemoriesAsOne(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{}, simulator.Family("ec25"), simulator.Slots(3, 2))
	h := open(t, m)
	for _, step := range []struct {
		mem  string
		want int
	}{{"ME", 1}, {"SM", 1}, {"MT", 2}, {"MT", 4}, {"SM", 3}, {"SM", 0}, {"XX", 0}} {
		if got := m.Store(step.mem, []byte{4}, 0); got != step.want {
			t.Errorf("stored in %s at %d, want %d", step.mem, got, step.want)
		}
	}
	for _, step := range []struct{ command, answer string }{
		{`+CPMS="MT","ME","SM"`, "+CPMS: 5,5,2,2,3,3|OK"},
		{"+CMGD=4", "OK"},
		{"+CMGR=4", "OK"},
		{`+CPMS?`, `+CPMS: "MT",4,5,"ME",2,2,"SM",2,3|OK`},
	} {
		if got := h.command(step.command); got != step.answer {
			t.Errorf("%s: %q, want %q", step.command, got, step.answer)
		}
	}
}

func TestDraftsInMemory(t *testing.T) {
	for command, left := range map[string]int{"+CMGD=1,1": 3, "+CMGD=1,2": 2, "+CMGD=1,3": 1, "+CMGD=1,4": 0, "+CMGD=3": 3} {
		m := simulator.NewNetwork().Modem(simulator.SIM{SMSC: simulator.NoSMSC})
		h := open(t, m)
		for stat := range 4 {
			m.Store("SM", []byte{1, byte(stat)}, stat)
		}
		if got := h.command("+CMGL=2;+CMGL=3"); got != "+CMGL: 3,2,,2|000102|+CMGL: 4,3,,2|000103|OK" {
			t.Errorf("drafts: %q", got)
		}
		if got := h.command(command); got != "OK" || m.Stored("SM") != left {
			t.Errorf("%s: %q, %d left, want %d", command, got, m.Stored("SM"), left)
		}
	}
}

func TestOddMemories(t *testing.T) {
	n := simulator.NewNetwork()
	h := open(t, n.Modem(simulator.SIM{MSISDN: shop}, simulator.NamelessIndex(), simulator.EmptySlotError()))
	h.command("+CNMI=2,1,0,2,0")
	if got := h.command("+CMGR=1"); got != "+CMS ERROR: 321" {
		t.Errorf("an empty slot: %q", got)
	}
	if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
		t.Fatal(err)
	}
	h.expect(`+CMTI: "SM",-1`)
	h.send(helloReport)
	h.expect(`+CDSI: "SM",-1`)
}

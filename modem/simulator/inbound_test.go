package simulator_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/warthog618/sms"
	"github.com/warthog618/sms/encoding/tpdu"

	"simgate/modem/simulator"
)

// incoming is what the SMSC sends at 2000-01-01 00:00:00 when anna says "hello".
// It comes by the SMSC of her operator; smsc is that of the SIM.
const (
	smsc     = "0791881290999999"
	incoming = "0791945111000000" + "040C9194511132547600000010100000000005E8329BFD06"
)

func TestAStoredMessageIsListedReadAndDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simulator.NewNetwork()
		h := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
		h.command(`+CPMS="ME","ME","ME";+CNMI=2,1,0,0,0`)
		if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
			t.Fatal(err)
		}
		h.expect(`+CMTI: "ME",1`)
		for _, step := range []struct{ command, answer string }{
			{"+CMGL=0", "+CMGL: 1,0,,24|" + incoming + "|OK"},
			{"+CMGL=0", "OK"},
			{"+CMGL=4", "+CMGL: 1,1,,24|" + incoming + "|OK"},
			{"+CMGR=1", "+CMGR: 1,,24|" + incoming + "|OK"},
			{"+CPMS?", `+CPMS: "ME",1,100,"ME",1,100,"ME",1,100|OK`},
			{"+CMGD=1", "OK"},
			{"+CMGR=1", "OK"},
			{"+CMGD=1", "OK"},
			{"+CMGD=101", "+CMS ERROR: 321"},
		} {
			if got := h.command(step.command); got != step.answer {
				t.Errorf("%s: %q, want %q", step.command, got, step.answer)
			}
		}
	})
}

func TestDeletingSeveral(t *testing.T) {
	for name, test := range map[string]struct{ command, left string }{
		"those that are read": {"+CMGD=1,1", "+CMGL: 2,0,,24"},
		"all":                 {"+CMGD=1,4", "OK"},
	} {
		t.Run(name, func(t *testing.T) {
			n := simulator.NewNetwork()
			h := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
			for range 2 {
				if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
					t.Fatal(err)
				}
			}
			h.command("+CMGR=1")
			h.command(test.command)
			got, _, _ := strings.Cut(h.command("+CMGL=4"), "|")
			if got != test.left {
				t.Errorf("left %q, want %q", got, test.left)
			}
		})
	}
}

func TestWhatTheModemSaysOfAMessage(t *testing.T) {
	for name, test := range map[string]struct {
		cnmi string
		urcs []string
	}{
		"stored":              {"2,1,0,0,0", []string{`+CMTI: "SM",1`, "+CSQ: 20,99"}},
		"shown":               {"2,2,0,0,0", []string{"+CMT: ,24", incoming, "+CSQ: 20,99"}},
		"stored without word": {"2,0,0,0,0", []string{"+CSQ: 20,99"}},
		"mode 0":              {"0,1,0,0,0", []string{"+CSQ: 20,99"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := simulator.NewNetwork()
				h := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
				h.command("+CNMI=" + test.cnmi)
				if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
					t.Fatal(err)
				}
				h.write("AT+CSQ\r")
				h.expect(test.urcs...)
			})
		})
	}
}

func TestWhatTheModemSaysOfAReport(t *testing.T) {
	for name, test := range map[string]struct {
		ds  string
		urc string
	}{
		"shown":   {"1", "+CDS: 25"},
		"stored":  {"2", `+CDSI: "SM",1`},
		"dropped": {"0", "+CSQ: 20,99"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, simulator.NewNetwork().Modem(simulator.SIM{}))
			h.command("+CNMI=2,1,0," + test.ds + ",0")
			h.send(helloReport)
			h.write("AT+CSQ\r")
			h.expect(test.urc)
		})
	}
}

func TestNoReports(t *testing.T) {
	h := open(t, simulator.NewNetwork(simulator.ReportDelay(-1)).Modem(simulator.SIM{}))
	h.command("+CNMI=2,1,0,1,0")
	h.send(helloReport)
	h.write("AT\r")
	h.expect("OK")
}

func TestDirectMessagesWantAnAcknowledgement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simulator.NewNetwork()
		h := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
		h.command("+CSMS=1;+CNMI=2,2,0,1,0")
		for range 3 {
			if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
				t.Fatal(err)
			}
		}
		h.expect("+CMT: ,24", incoming)
		h.write("AT+CNMA=1\r")
		h.expect("OK", "+CMT: ,24", incoming)
		// Nobody acknowledges the second: it is stored, and so is the third.
		time.Sleep(time.Minute)
		if got := h.command("+CNMI?;+CPMS?"); got != `+CNMI: 2,0,0,0,0|+CPMS: "SM",2,20,"SM",2,20,"SM",2,20|OK` {
			t.Errorf("got %q", got)
		}
	})
}

func TestARefusedMessageStaysWithTheNetwork(t *testing.T) {
	n := simulator.NewNetwork()
	m := n.Modem(simulator.SIM{MSISDN: shop})
	h := open(t, m)
	h.command("+CSMS=1;+CNMI=2,2,0,1,0")
	if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
		t.Fatal(err)
	}
	h.line()
	h.line()
	if got := h.command("+CNMA=2"); got != "OK" {
		t.Errorf("got %q", got)
	}
	m.Register(simulator.Home)
	if got := h.line(); got != "+CMT: ,24" {
		t.Errorf("second delivery: %q", got)
	}
}

func TestAFullMemoryKeepsMessagesInTheNetwork(t *testing.T) {
	n := simulator.NewNetwork()
	h := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
	for range 22 {
		if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct{ command, answer string }{
		{"+CPMS?", `+CPMS: "SM",20,20,"SM",20,20,"SM",20,20|OK`},
		{"+CMGD=7", "OK"},
		{"+CPMS?", `+CPMS: "SM",20,20,"SM",20,20,"SM",20,20|OK`},
		{"+CMGD=1,4", "OK"},
		{"+CPMS?", `+CPMS: "SM",1,20,"SM",1,20,"SM",1,20|OK`},
	} {
		if got := h.command(step.command); got != step.answer {
			t.Errorf("%s: %q, want %q", step.command, got, step.answer)
		}
	}
}

func TestMessagesOfEveryKindComeIn(t *testing.T) {
	for name, test := range map[string]struct{ from, text string }{
		"from a name":  {"My Bank", "hi"},
		"with a euro":  {anna, "5 € [~]"},
		"in UCS2":      {anna, "☃ Привет 😀"},
		"long":         {anna, strings.Repeat("0123456789", 17)},
		"long in UCS2": {anna, strings.Repeat("Привет, мир! ", 17)},
		"empty":        {anna, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n := simulator.NewNetwork()
			h := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
			if err := n.Subscriber(test.from).Send(shop, test.text); err != nil {
				t.Fatal(err)
			}
			var parts []*tpdu.TPDU
			for line := range strings.SplitSeq(h.command("+CMGL=4"), "|") {
				raw, err := hex.DecodeString(line)
				if err != nil || len(raw) < len(smsc)/2 {
					continue
				}
				part, err := sms.Unmarshal(raw[len(smsc)/2:])
				if err != nil {
					t.Fatal(err)
				}
				if from := part.OA.Number(); from != test.from {
					t.Errorf("from %q", from)
				}
				parts = append(parts, part)
			}
			if !sms.IsCompleteMessage(parts) {
				t.Errorf("%d parts are not whole", len(parts))
			}
			got, err := sms.Decode(parts)
			if err != nil || string(got) != test.text {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestOneSIMWritesToAnother(t *testing.T) {
	n := simulator.NewNetwork()
	from := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
	to := open(t, n.Modem(simulator.SIM{MSISDN: anna}))
	from.command("+CNMI=2,1,0,1,0")
	from.send(helloReport)
	from.expect("+CDS: 25")
	from.line()
	from.send(part2of2)
	got := to.command("+CMGL=4")
	if !strings.Contains(got, smsc+"040D91945177000000F10000") || !strings.Contains(got, "05E8329BFD06|") ||
		!strings.HasSuffix(got, "080500034D0202D2|OK") {
		t.Errorf("got %q", got)
	}
}

func TestATPDUAsItIs(t *testing.T) {
	n := simulator.NewNetwork()
	h := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
	raw := []byte{0x04, 0xff, 0x00}
	if err := n.Deliver(shop, raw); err != nil {
		t.Fatal(err)
	}
	if got := h.command("+CMGR=1"); got != "+CMGR: 0,,3|"+smsc+"04FF00|OK" {
		t.Errorf("got %q", got)
	}
	if err := n.Deliver("+49", raw); err == nil {
		t.Error("delivered to nobody")
	}
}

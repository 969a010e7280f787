package simulator_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"simgate/modem/simulator"
)

func TestCommands(t *testing.T) {
	sim := simulator.SIM{
		ICCID: "8949020000000000018", IMSI: "262011234567890", MSISDN: shop, SMSC: "+491710760000",
	}
	for _, test := range []struct{ command, answer string }{
		{"", "OK"},
		{"I", "ACME|M1|7.5|OK"},
		{"E0V1Q0", "OK"},
		{"&D0", "OK"},
		{"&D3", "ERROR"},
		{"V0", "ERROR"},
		{"Z", "OK"},
		{"H", "OK"},
		{"D+491511234567", "NO CARRIER"}, // data
		{"@", "ERROR"},
		{"B1", "ERROR"},
		{"+NOSUCH=1", "+CME ERROR: 4"},
		{"+CGMI;+CGMM;+CGMR;+CGSN", "ACME|M1|7.5|004401000000014|OK"},
		{"+CGSN=?", "OK"},
		{"+CGSN=1", "+CME ERROR: 4"},
		{"+CSQ;+NOSUCH;+CSQ", "+CSQ: 20,99|+CME ERROR: 4"},
		{"+CSQ;+CIMI", "+CSQ: 20,99|262011234567890|OK"},
		{"+CCID", "+CCID: 8949020000000000018|OK"},
		{"+ICCID", "+CME ERROR: 4"},
		{"+CNUM", `+CNUM: "","+4915770000001",145|OK`},
		{"+CPIN?", "+CPIN: READY|OK"},
		{`+CPIN="1234"`, "+CME ERROR: 3"},
		{"+SPIC", "+SPIC: 3,10,3,10|OK"},
		{"+CFUN?", "+CFUN: 1|OK"},
		{"+CFUN=?", "+CFUN: (0,1,4),(0,1)|OK"},
		{"+CFUN=7", "+CME ERROR: 50"},
		{"+CMEE=?", "+CMEE: (0-2)|OK"},
		{"+CMEE=3", "+CME ERROR: 50"},
		{"+CMEE?", "+CMEE: 1|OK"},
		{"+CSCS=?", `+CSCS: ("GSM","IRA","UCS2")|OK`},
		{`+CSCS="HEX"`, "+CME ERROR: 50"},
		{`+CSCS="UCS2";+CSCA?`, `+CSCA: "002B003400390031003700310030003700360030003000300030",145|OK`},
		{`+CSCS="UCS2";+CSCA="002B003100320033";+CSCS="GSM";+CSCA?`, `+CSCA: "+123",145|OK`},
		{"+CSCA?", `+CSCA: "+491710760000",145|OK`},
		{"+CMGF=0;+CMGF?", "+CMGF: 0|OK"},
		{"+CSMS=0", "+CSMS: 1,1,1|OK"},
		{"+CSMS=?", "+CSMS: (0,1)|OK"},
		{"+CSMS=5", "+CME ERROR: 50"},
		{"+CSMS?", "+CSMS: 0,1,1,1|OK"},
		{"+CMMS=2;+CMMS?", "+CMMS: 2|OK"},
		{"+CGSMS=?", "+CGSMS: (0-3)|OK"},
		{"+CLIP=1;+COLP=0;+CRC=0", "OK"},
		{"+CPMS=?", `+CPMS: ("ME","SM"),("ME","SM"),("ME","SM")|OK`},
		{`+CPMS="ME","ME","ME"`, "+CPMS: 0,100,0,100,0,100|OK"},
		{`+CPMS="MT"`, "+CMS ERROR: 302"},
		{"+CNMI=?", "+CNMI: (0-2),(0-3),(0,2),(0,1),(0,1)|OK"},
		{"+CNMI=2,1,0,2,0", "+CMS ERROR: 303"},
		{"+CNMI=2,1;+CNMI?", "+CNMI: 2,1,0,0,0|OK"},
		{"+CREG?;+CGREG?;+CEREG?", "+CREG: 0,1|+CGREG: 0,0|+CEREG: 0,1|OK"},
		{"+CREG=2;+CREG?", `+CREG: 2,1,"00A1","0001F00D",7|OK`},
		{"+CREG=?", "+CREG: (0-2)|OK"},
		{"+COPS?", `+COPS: 0,0,"simgate",7|OK`},
		{"+CIREG?", "+CIREG: 0,0|OK"},
		{"+CESQ", "+CESQ: 99,99,255,255,20,50|OK"},
		{"+CLCC", `+CLCC: 2,0,0,1,0,"",128|OK`}, // the data connection
		{"+CMGR=1", "OK"},
		{"+CMGR=21", "+CMS ERROR: 321"},
		{"+CMGD=?", "+CMGD: (1-20),(0-4)|OK"},
		{"+CMGL=1", "OK"},
		{"+CMGL=x", "+CMS ERROR: 304"},
		{"+CMGL=?", "+CMGL: (0-4)|OK"},
		{"+CMGD=1,9", "+CMS ERROR: 304"},
		{"+CNMI=x", "+CMS ERROR: 303"},
		{"+CNMA", "+CMS ERROR: 340"},
		{"+CNMA=9", "+CMS ERROR: 304"},
		{"+CNMA=?", "+CNMA: (0-2)|OK"},
		{"+CMGS=?", "OK"},
		{"+COPS=0", "OK"},
		{"+CIREG=2", "OK"},
		{"+CSCA=?", "OK"},
		{"+CPIN=?", "OK"},
		{"+CMGS=0", "+CMS ERROR: 304"},
		{"+CMGS=165", "+CMS ERROR: 304"},
	} {
		t.Run(test.command, func(t *testing.T) {
			m := simulator.NewNetwork().Modem(sim,
				simulator.Identity("ACME", "M1", "7.5"), simulator.ReportRoutes(0, 1),
				simulator.Without("+ICCID"), simulator.Reply("+CESQ", "+CESQ: 99,99,255,255,20,50"))
			h := open(t, m)
			if got := h.command(test.command); got != test.answer {
				t.Errorf("answer %q, want %q", got, test.answer)
			}
		})
	}
}

func TestWhatIsTyped(t *testing.T) {
	for name, test := range map[string]struct{ typed, answer string }{
		"lower case":     {"at+csq\r", "+CSQ: 20,99|OK"},
		"noise in front": {"\x00\xff~AT\r", "OK"},
		"CR LF":          {"AT+CSQ\r\n", "+CSQ: 20,99|OK"},
		"a stale escape": {"\x1bAT\r", "OK"},
		"backspace":      {"AT+CSW\bQ\r", "+CSQ: 20,99|OK"},
		"no AT at all":   {"hello\rAT\r", "OK"},
		"blanks":         {"AT +CSQ ; +CSQ\r", "+CSQ: 20,99|+CSQ: 20,99|OK"},
		"far too much":   {strings.Repeat("x", 20000), ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, simulator.NewNetwork().Modem(simulator.SIM{}))
			h.write(test.typed)
			if test.answer != "" {
				if got := h.answer(); got != test.answer {
					t.Errorf("answer %q, want %q", got, test.answer)
				}
			}
			if got := h.command(""); got != "OK" {
				t.Errorf("and then: %q", got)
			}
		})
	}
}

func TestErrorsInTheFormThatCMEEAsksFor(t *testing.T) {
	for _, test := range []struct{ cmee, cme, cms string }{
		{"0", "ERROR", "+CMS ERROR: 321"},
		{"1", "+CME ERROR: 4", "+CMS ERROR: 321"},
		{"2", "+CME ERROR: operation not supported", "+CMS ERROR: invalid memory index"},
	} {
		h := open(t, simulator.NewNetwork().Modem(simulator.SIM{}))
		h.command("+CMEE=" + test.cmee)
		if got := h.command("+NOSUCH"); got != test.cme {
			t.Errorf("CMEE=%s: %q, want %q", test.cmee, got, test.cme)
		}
		if got := h.command("+CMGR=99"); got != test.cms {
			t.Errorf("CMEE=%s: %q, want %q", test.cmee, got, test.cms)
		}
	}
}

func TestEchoIsOnAfterPowerUp(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{})
	port, err := m.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = port.Close() })
	if _, err := port.Write([]byte("AT+CSQ\r")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	n, err := port.Read(b)
	if got := string(b[:n]); err != nil || got != "AT+CSQ\r" {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestPIN(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{PIN: "1234", PUK: "87654321"})
	h := open(t, m)
	for _, step := range []struct{ command, answer string }{
		{"+CPIN?", "+CPIN: SIM PIN|OK"},
		{"+CIMI", "+CME ERROR: 11"},
		{"+CMGS=20", "+CMS ERROR: 311"},
		{"+CREG?", "+CREG: 0,0|OK"},
		{`+CPIN="12"`, "+CME ERROR: 50"},
		{`+CPIN="0000"`, "+CME ERROR: 16"},
		{"+SPIC", "+SPIC: 2,10,3,10|OK"},
		{`+CPIN="0000"`, "+CME ERROR: 16"},
		{`+CPIN="0000"`, "+CME ERROR: 16"},
		{"+CPIN?", "+CPIN: SIM PUK|OK"},
		{`+CPIN="1234"`, "+CME ERROR: 12"},
		{"+CMGS=20", "+CMS ERROR: 316"},
		{`+CPIN="00000000","4321"`, "+CME ERROR: 16"},
		{"+SPIC", "+SPIC: 0,9,3,10|OK"},
		{`+CPIN="87654321","4321"`, "OK"},
	} {
		if got := h.command(step.command); got != step.answer {
			t.Errorf("%s: %q, want %q", step.command, got, step.answer)
		}
	}
	h.expect("+CPIN: READY", "SMS DONE")
	m.Unplug()
	m.Plug()
	h = open(t, m)
	if got := h.command(`+CPIN?;+SPIC;+CPIN="4321"`); got != "+CPIN: SIM PIN|+SPIC: 3,10,3,10|OK" {
		t.Errorf("the new PIN after a power cycle: %q", got)
	}
}

func TestTriesOutliveAPowerCycle(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{PIN: "1234", Tries: 2})
	h := open(t, m)
	h.command(`+CPIN="9999"`)
	m.PowerOff()
	m.PowerOn()
	h.expect("RDY", "+CFUN: 1", "+CPIN: SIM PIN")
	h.command("E0")
	if got := h.command("+SPIC"); got != "+SPIC: 1,10,3,10|OK" {
		t.Errorf("got %q", got)
	}
}

func TestSIMComesAndGoes(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{IMSI: "1"})
	h := open(t, m)
	m.Eject()
	h.expect("+CPIN: NOT INSERTED")
	for _, step := range []struct{ command, answer string }{
		{"+CPIN?", "+CME ERROR: 10"},
		{"+CIMI", "+CME ERROR: 10"},
		{"+CCID", "+CME ERROR: 10"},
		{"+CMGL=4", "+CMS ERROR: 310"},
	} {
		if got := h.command(step.command); got != step.answer {
			t.Errorf("%s: %q, want %q", step.command, got, step.answer)
		}
	}
	for _, c := range []string{"+SPIC", "+CMGD=?", "+CUSD=1,\"*100#\",15"} {
		if got := h.command(c); !strings.HasPrefix(got, "+C") || !strings.Contains(got, "ERROR: ") {
			t.Errorf("%s: %q", c, got)
		}
	}
	m.PowerOff()
	m.PowerOn()
	h.expect("RDY", "+CFUN: 1", "+CPIN: NOT INSERTED")
	h.command("E0")
	m.Insert(simulator.SIM{IMSI: "3", PIN: "1234"})
	h.expect("+CPIN: SIM PIN")
	m.Eject()
	h.expect("+CPIN: NOT INSERTED")
	m.Insert(simulator.SIM{IMSI: "2"})
	h.expect("+CPIN: READY", "SMS DONE")
	if got := h.command("+CIMI"); got != "2|OK" {
		t.Errorf("got %q", got)
	}
}

func TestRegistration(t *testing.T) {
	for name, test := range map[string]struct {
		options []simulator.ModemOption
		urcs    []string
	}{
		"GSM": {
			[]simulator.ModemOption{simulator.Radio(simulator.GSM)},
			[]string{`+CREG: 5,"00A1","0001F00D",0`, `+CGREG: 5`},
		},
		"LTE": {
			nil,
			[]string{`+CREG: 5,"00A1","0001F00D",7`, `+CEREG: 5`},
		},
		"packets only": {
			[]simulator.ModemOption{simulator.PacketOnly()},
			[]string{`+CEREG: 5`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := simulator.NewNetwork().Modem(simulator.SIM{}, append(test.options, simulator.Registered(simulator.Searching))...)
			h := open(t, m)
			h.command("+CREG=2;+CGREG=1;+CEREG=1")
			if got := h.command("+CSQ;+COPS?"); got != "+CSQ: 99,99|+COPS: 0|OK" {
				t.Errorf("searching: %q", got)
			}
			if got := h.send(hello); got != "+CMS ERROR: 331" {
				t.Errorf("searching: %q", got)
			}
			m.Register(simulator.Roaming)
			h.expect(test.urcs...)
			if got := h.send(hello); got != "+CMGS: 0|OK" {
				t.Errorf("roaming: %q", got)
			}
			m.Signal(3)
			if got := h.command("+CSQ"); got != "+CSQ: 3,99|OK" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestIMSIsThereForPacketsOnly(t *testing.T) {
	h := open(t, simulator.NewNetwork().Modem(simulator.SIM{}, simulator.PacketOnly()))
	if got := h.command("+CIREG?;+CREG?;+CEREG?"); got != "+CIREG: 0,1|+CREG: 0,0|+CEREG: 0,1|OK" {
		t.Errorf("got %q", got)
	}
}

func TestAirplaneModeAndRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := simulator.NewNetwork().Modem(simulator.SIM{}, simulator.SlowBoot(time.Second))
		time.Sleep(time.Minute)
		h := open(t, m)
		h.command("+CREG=1")
		if got := h.command("+CFUN=4"); got != "OK" {
			t.Errorf("got %q", got)
		}
		h.expect("+CREG: 0")
		if got := h.send(hello); got != "+CMS ERROR: 331" {
			t.Errorf("got %q", got)
		}
		if got := h.command("+CFUN=1,1"); got != "OK" {
			t.Errorf("got %q", got)
		}
		h.expect("RDY", "+CFUN: 1", "+CPIN: READY", "SMS DONE")
		h.command("E0")
		if got := h.command("+CREG?"); got != "+CREG: 0,1|OK" {
			t.Errorf("after the restart: %q", got)
		}
	})
}

func TestUSSD(t *testing.T) {
	h := open(t, simulator.NewNetwork().Modem(simulator.SIM{}, simulator.USSD("*101#", "Menu\r\n1 Balance\r\n2 \"Extras\"")))
	for _, step := range []struct {
		command string
		urc     []string
	}{
		{`+CUSD=1,"*100#",15`, []string{`+CUSD: 0,"Your balance is 12.34 EUR",15`}},
		{`+CUSD=1,"*101#",15`, []string{`+CUSD: 0,"Menu`, `1 Balance`, `2 "Extras"",15`}},
		{`+CUSD=1,"*999#",15`, []string{`+CUSD: 4`}},
		{`+CSCS="UCS2";+CUSD=1,"002A0039003900390023",15`, []string{`+CUSD: 4`}},
	} {
		if got := h.command(step.command); got != "OK" {
			t.Errorf("%s: %q", step.command, got)
		}
		h.expect(step.urc...)
	}
	if got := h.command("+CUSD=2;+CUSD?;+CUSD=?"); got != "+CUSD: 1|+CUSD: (0-2)|OK" {
		t.Errorf("got %q", got)
	}
}

func TestCommandsAreWrittenDown(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{})
	h := open(t, m)
	h.send(hello)
	if diff := cmp.Diff([]string{"ATE0;+CMEE=1", "AT+CMGS=18"}, m.Commands()); diff != "" {
		t.Error(diff)
	}
}

// Networks of several processes stand beside each other: SIMs with different IMSIs are
// different cards there, too.
func TestCardsOfSeveralNetworks(t *testing.T) {
	card := func(imsi string) string {
		return open(t, simulator.NewNetwork().Modem(simulator.SIM{IMSI: imsi}, simulator.Family("ec25"))).command("+QCCID")
	}
	if a, b := card("262015110000001"), card("262015110000002"); a == b || !strings.HasPrefix(a, "+QCCID: 89") {
		t.Errorf("the cards are %s and %s", a, b)
	}
}

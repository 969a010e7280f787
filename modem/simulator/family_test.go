package simulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/simulator"
)

// families are all families, with what a modem of each reports after power-up and
// the commands that are its own.
var families = map[string]struct {
	boot     []string
	identity string
	iccid    [2]string // command, answer
	tries    [2]string
	signal   [2]string
	cnmi     string // what the test command claims
	refused  string // what is refused all the same, or not offered
	report   string // the line that tells of a status report with the best <ds>
	cpms     string // what +CPMS=? offers of each memory
	csms     string
	restart  string
}{
	"sim7600": {
		[]string{"RDY", "+CPIN: READY", "SMS DONE", "PB DONE"},
		"SIMCOM INCORPORATED|SIMCOM_SIM7600E-H|+CGMR: LE20B04SIM7600M22|OK",
		[2]string{"+CICCID", "+ICCID: 8988001000000000019F|OK"},
		[2]string{"+SPIC", "+SPIC: 3,10,3,10|OK"},
		[2]string{"+CPSI?", "+CPSI: LTE,Online,001-01,0x00A1,32772877,257,EUTRAN-BAND3,1300,5,5,-110,-1000,-730,15|OK"},
		"(0-2),(0-3),(0,2),(0,1,2),(0,1)", "2,1,0,1,0", `+CDSI: "SR",1`,
		`("ME","MT","SM","SR")`, "+CSMS: (0,1)|+CSMS: 1,1,1,1|OK", "+CRESET",
	},
	"a7670": {
		[]string{"*ATREADY: 1", "+CPIN: READY", "SMS DONE", "PB DONE"},
		"INCORPORATED|A7670E-LASE|A7670M7_V1.11.1|OK",
		[2]string{"+ICCID", "+ICCID: 8988001000000000019F|OK"},
		[2]string{"+SPIC", "+SPIC: 3,10,3,10|OK"},
		[2]string{"+CESQ", "+CESQ: 99,99,255,255,20,41|OK"},
		"(0-2),(0-3),(0,2),(0,1),(0,1)", "2,1,0,2,0", "+CDS: 25",
		`("SM","ME")`, "+CSMS: (0,1)|+CSMS: 1,1,1,1|OK", "+CRESET",
	},
	"sim800": {
		[]string{"RDY", "+CFUN: 1", "+CPIN: READY", "Call Ready", "SMS Ready"},
		"SIMCOM_Ltd|SIMCOM_SIM800L|Revision:1418B05SIM800L24|OK",
		[2]string{"+CCID", "8988001000000000019F|OK"},
		[2]string{"+SPIC", "+SPIC: 3,10,3,10|OK"},
		[2]string{"+CESQ", "ERROR"},
		"(0-2),(0-3),(0,2),(0,1),(0,1)", "2,1,0,2,0", "+CDS: 25",
		`("SM","ME")`, "+CSMS: (0,1)|+CSMS: 0,1,1,1|OK", "+CFUN=1,1",
	},
	"ec25": {
		[]string{"RDY", "+CFUN: 1", "+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"},
		"Quectel|EC25|EC25EFAR06A06M4G|OK",
		[2]string{"+QCCID", "+QCCID: 8988001000000000019F|OK"},
		[2]string{`+QPINC="SC"`, `+QPINC: "SC",3,10|OK`},
		[2]string{"+QCSQ", `+QCSQ: "LTE",-73,-100,120,-11|OK`},
		"(0-2),(0-3),(0,2),(0,1,2),(0,1)", "2,1,0,3,0", `+CDSI: "SM",0`,
		`("ME","SM","MT","SR")`, "+CSMS: (0,1)|+CSMS: 0,1,1,1|OK", "+CFUN=1,1",
	},
	"ec200": {
		[]string{"RDY", "+CFUN: 1", "+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"},
		"Quectel|EC200U|EC200UEUAAR03A05M08|OK",
		[2]string{"+QCCID", "+QCCID: 8988001000000000019F|OK"},
		[2]string{`+QPINC="P2"`, "+CME ERROR: 50"},
		[2]string{"+CESQ", "+CESQ: 99,99,255,255,20,41|OK"},
		"(0-2),(0-3),(0,2),(0,1),(0,1)", "2,1,0,2,0", "+CDS: 25",
		`("SM","ME")`, "+CSMS: (0,1)|+CSMS: 0,1,1,1|OK", "+CFUN=1,1",
	},
	"m35": {
		[]string{"RDY", "+CFUN: 1", "+CPIN: READY", "Call Ready", "SMS Ready"},
		"Quectel_Ltd|Quectel_M35|Revision: M35FAR02A12|OK",
		[2]string{"+QCCID", "8988001000000000019F|OK"},
		[2]string{`+QPINC="SC"`, `+QPINC: "SC",3,10|OK`},
		[2]string{"+QCSQ", "ERROR"},
		"(0-2),(0-3),(0,2),(0,1,2),(0,1)", "2,1,0,2,0", "+CDS: 25",
		`("SM","ME","MT")`, "+CSMS: (0,128)|+CSMS: 0,1,1,1|OK", "+CFUN=1,1",
	},
	"huawei": {
		[]string{"^BOOT:25362463,0,0,0,6", "^SIMST:1", "^SRVST:2"},
		"huawei|E173|11.126.85.00.209|OK",
		[2]string{"^ICCID?", "^ICCID: 8988001000000000019|OK"},
		[2]string{"^CPIN?", "^CPIN: READY,,10,3,10,3|OK"},
		[2]string{"^HCSQ?", `^HCSQ: "WCDMA",48,44,49|OK`},
		"(0-2),(0-3),(0,2),(0,1,2),(0,1)", "2,1,1,2,0", `+CDSI: "SM",1`,
		`("SM","ME")`, "+CSMS: (0,1)|+CSMS: 0,1,1,1|OK", "^RESET",
	},
	"e3372": {
		[]string{"^SYSSTART", "^SIMST: 1", "^SRVST: 2"},
		"huawei|E3372|21.315.01.00.143|OK",
		[2]string{"^ICCID?", "^ICCID: 8988001000000000019|OK"},
		[2]string{"^CPIN?", "^CPIN: READY,,10,3,10,3|OK"},
		[2]string{"^HCSQ?", `^HCSQ: "LTE",48,41,141,26|OK`},
		"(0-2),(0-3),(0,2),(0,1,2),(0,1)", "2,1,1,2,0", `+CDSI: "ME",1`,
		`("ME","SM")`, "+CSMS: (0,1)|+CSMS: 0,1,1,1|OK", "^RESET",
	},
	"zte": {
		[]string{"+ZEND", "+CPIN: READY", "+ZUSIMR:2"},
		"ZTE CORPORATION|MF190|BD_MF190V1.0.0B06|OK",
		[2]string{"+ICCID", "+ICCID: 8988001000000000019|OK"},
		[2]string{"+SPIC", "ERROR"},
		[2]string{"^HCSQ?", "ERROR"},
		"(0,1),(0-3),(0,2),(0,1),(0,1)", "2,1,0,1,0", "+CDS: 25",
		`("SM")`, "+CSMS: (0,1)|+CSMS: 1,1,1,1|OK", "+ZRST",
	},
	"sierra": {
		[]string{"+CPIN: READY"},
		"Sierra Wireless, Incorporated|MC7455|SWI9X30C_02.33.03.00|OK",
		[2]string{"+ICCID", "+ICCID: 8988001000000000019|OK"},
		[2]string{"+SPIC", "ERROR"},
		[2]string{"+CESQ", "ERROR"},
		"(0-2),(0-3),(0,2),(0,1,2),(0,1)", "2,1,0,1,0", `+CDSI: "SM",1`,
		`("SM","ME","MT","SR")`, "+CSMS: (0,1)|+CSMS: 1,1,1,1|OK", "!RESET",
	},
	"ublox": {
		[]string{"+READY"},
		"u-blox|SARA-U201|23.60|OK",
		[2]string{"+CCID", "+CCID: 8988001000000000019|OK"},
		[2]string{"+UPINCNT", "+UPINCNT: 3,3,10,10|OK"},
		[2]string{"+CESQ", "+CESQ: 99,99,48,30,255,255|OK"},
		"(0-2),(0-3),(0,2),(0,1),(0,1)", "2,1,0,2,0", "+CDS: 25",
		`("SM","ME")`, "+CSMS: (0,1)|+CSMS: 0,1,1,1|OK", "+CFUN=16",
	},
	"telit": {
		[]string{"+CPIN: READY", "#QSS: 3"},
		"Telit|LE910C1-EU|25.20.246|OK",
		[2]string{"#CCID", "#CCID: 8988001000000000019|OK"},
		[2]string{"#PCT", "#PCT: 3|OK"},
		[2]string{"+CESQ", "+CESQ: 99,99,255,255,20,41|OK"},
		"(0-2),(0-3),(0,2),(0,1),(0,1)", "2,1,0,2,0", "+CDS: 25",
		`("SM","ME")`, "+CSMS: (0,1)|+CSMS: 0,1,1,1|OK", "#REBOOT",
	},
}

func TestEveryFamilyHasItsOwnWays(t *testing.T) {
	for name, test := range families {
		t.Run(name, func(t *testing.T) {
			sim := simulator.SIM{ICCID: "8988001000000000019"}
			h := open(t, simulator.NewNetwork().Modem(sim, simulator.Family(name)))
			for _, step := range []struct{ command, answer string }{
				{"+CGMI;+CGMM;+CGMR", test.identity},
				{test.iccid[0], test.iccid[1]},
				{test.tries[0], test.tries[1]},
				{test.signal[0], test.signal[1]},
				{"+CNMI=?", "+CNMI: " + test.cnmi + "|OK"},
				{"+CNMI=" + test.refused, "+CMS ERROR: 303"},
				{"+CPMS=?", "+CPMS: " + test.cpms + "," + test.cpms + "," + test.cpms + "|OK"},
				{"+CSMS=?;+CSMS?", test.csms},
			} {
				if got := h.command(step.command); got != step.answer {
					t.Errorf("%s: %q, want %q", step.command, got, step.answer)
				}
			}
			if h.command("+CNMI=1,1,0,2,0") != "OK" && h.command("+CNMI=1,1,0,1,0") != "OK" {
				t.Error("reports go nowhere")
			}
			h.send(helloReport)
			if got := h.line(); got != test.report {
				t.Errorf("report %q, want %q", got, test.report)
			}
			if test.report == "+CDS: 25" {
				h.line()
			}
			h.command(test.restart)
			h.expect(test.boot...)
		})
	}
}

func TestAReportThatNobodyAcknowledgesEndsReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, simulator.NewNetwork().Modem(simulator.SIM{}, simulator.Family("a7670")))
		h.command("+CNMI=2,1,0,1,0")
		h.send(helloReport)
		h.line()
		h.line()
		time.Sleep(time.Minute)
		if got := h.command("+CNMI?"); got != "+CNMI: 2,0,0,0,0|OK" {
			t.Errorf("got %q", got)
		}
	})
}

func TestAReportIsElsewhereThanTheModemSays(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{}, simulator.Family("ec25"))
	h := open(t, m)
	h.command("+CNMI=2,1,0,2,0")
	h.send(helloReport)
	h.expect(`+CDSI: "SM",0`)
	if m.Stored("SR") != 1 || m.Stored("SM") != 0 {
		t.Errorf("%d in SR, %d in SM", m.Stored("SR"), m.Stored("SM"))
	}
	if got := h.command(`+CPMS="SR";+CMGD=1`); got != "+CPMS: 1,5,0,100,0,100|OK" {
		t.Errorf("got %q", got)
	}
	if m.Stored("SR") != 0 {
		t.Error("the report is still there")
	}
}

func TestNoiseUntilItIsSwitchedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := simulator.NewNetwork().Modem(simulator.SIM{}, simulator.Family("huawei"), simulator.Noise(10*time.Second))
		h := open(t, m)
		began := time.Now()
		h.expect("^RSSI:18", "^MODE:5,4", `^HCSQ:"WCDMA",43,35,49`)
		if took := time.Since(began); took != 30*time.Second {
			t.Errorf("three lines in %v", took)
		}
		h.command("^CURC=0")
		time.Sleep(time.Hour)
		h.write("AT\r")
		h.expect("OK")
	})
}

func TestURCsOnAnotherPort(t *testing.T) {
	n := simulator.NewNetwork()
	m := n.Modem(simulator.SIM{MSISDN: shop}, simulator.Family("ec25"), simulator.URCElsewhere())
	h := open(t, m)
	h.command("+CNMI=2,1,0,1,0")
	for _, step := range []struct{ command, answer string }{
		{`+QURCCFG="urcport"`, `+QURCCFG: "urcport","usbnmea"|OK`},
		{`+QURCCFG="urcport","nowhere"`, "+CME ERROR: 50"},
		{`+QURCCFG="urcport","usbat"`, "OK"},
	} {
		if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
			t.Fatal(err)
		}
		if got := h.command(step.command); got != step.answer {
			t.Errorf("%s: %q, want %q", step.command, got, step.answer)
		}
	}
	if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
		t.Fatal(err)
	}
	h.expect(`+CMTI: "ME",4`)
}

func TestSignalInTheWordsOfTheMake(t *testing.T) {
	for _, test := range []struct {
		family, command string
		rat             simulator.RAT
		want, none      string
	}{
		{"ec25", "+QCSQ", simulator.UMTS, `+QCSQ: "WCDMA",-73,-77,-7`, `+QCSQ: "NOSERVICE"`},
		{"ec25", "+QCSQ", simulator.GSM, `+QCSQ: "GSM",-73`, `+QCSQ: "NOSERVICE"`},
		{"sim7600", "+CPSI?", simulator.GSM, "+CPSI: GSM,Online,001-01,0x00A1,61741,62 EGSM 900,-73,0,30-30", "+CPSI: NO SERVICE,Online"},
		{"telit", "+CESQ", simulator.GSM, "+CESQ: 38,0,255,255,255,255", "+CESQ: 99,99,255,255,255,255"},
		{"huawei", "^HCSQ?", simulator.UMTS, `^HCSQ: "WCDMA",48,44,49`, `^HCSQ: "NOSERVICE"`},
	} {
		m := simulator.NewNetwork().Modem(simulator.SIM{}, simulator.Family(test.family), simulator.Radio(test.rat))
		h := open(t, m)
		if got := h.command(test.command); got != test.want+"|OK" {
			t.Errorf("%s: %q, want %q", test.family, got, test.want)
		}
		m.Register(simulator.Searching)
		if got := h.command(test.command); got != test.none+"|OK" {
			t.Errorf("%s without a network: %q, want %q", test.family, got, test.none)
		}
	}
}

func TestWhatAModemSaysByItself(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{}, simulator.Family("sim800"))
	h := open(t, m)
	m.Say("UNDER-VOLTAGE WARNNING")
	h.expect("UNDER-VOLTAGE WARNNING")
	m.Hang(simulator.CureProbe)
	m.Say("RING")
	h.write("\x1bAT\r")
	h.expect("OK")
}

func TestAFamilyThatNobodyMakes(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a name that is no family was taken")
		}
	}()
	simulator.Family("acme")
}

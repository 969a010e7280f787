package modemtest_test

import (
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"time"

	"simgate/modem/modemtest"
)

// FuzzModemInput types anything: the modem must not fall over, and must answer
// a command once the line is free again.
func FuzzModemInput(f *testing.F) {
	for _, seed := range []string{
		"AT+CSQ\r", cmgs(hello) + hello + "\x1a", cmgs(hello) + "\x1b", "ATE1V1Q0&D0\r", "AT+CPIN=\"1234\"\r",
		"AT+CMGL=4;+CMGR=1;+CMGD=1,4\r", "AT+CNMI=2,2,0,1,0;+CSMS=1;+CNMA\r", "AT+CUSD=1,\"*100#\",15\r",
		"AT+CPMS=\"ME\",\"SM\"\r", "AT+CFUN=1,1\rAT\r", "AT;;=?&\r", "AT+\r", "AT+=\r", "AT&\r", "ATD*100#;\r",
		"AT+CSCA=\"+49\"\rAT+CMGS=19\r079194710716000001000C9194511132547600" + "0005E8329BFD06\x1a", "\x08\x08AT\x08\r",
		"AT+CSCS=\"UCS2\"\rAT+CSCA=\"zz\"\r", "AT+CREG=,\r", "AT+CUSD=1,\"1\"\rAT+CUSD=2\rAT+CUSD=1,\"zz\",72\r", "AT+CPMS=\"MT\",\"SR\"\rAT+CMGR=1;+CMGD=1,4\r",
		"AT^USSDMODE=1\rAT+CUSD=1,\"AA180C3602\",15\r", "AT+QPINC\rAT+QURCCFG=\rAT+CPSI?\rAT+QCSQ\rAT^HCSQ?\rAT!RESET\r", "AT+CMGS=99999999999999999999\r",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, typed []byte) {
		n := modemtest.NewNetwork()
		m := n.Modem(modemtest.SIM{MSISDN: shop})
		port, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
			t.Fatal(err)
		}
		if _, err := port.Write(typed); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(port, "\x1b\r\x1bAT+CPIN?\r"); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Minute, func() { _ = port.Close() })
		var all strings.Builder
		b := make([]byte, 4096)
		for !strings.HasSuffix(all.String(), "\r\n+CPIN: READY\r\n\r\nOK\r\n") {
			k, err := port.Read(b)
			if err != nil {
				t.Fatalf("%v after %q", err, all.String())
			}
			all.Write(b[:k])
		}
	})
}

// FuzzPDU hands any TPDU over: either the network refuses it, or it is one
// submission.
func FuzzPDU(f *testing.F) {
	for _, pdu := range []string{hello, helloReport, helloHour, part1of2, snowman, shortCode} {
		raw, err := hex.DecodeString(pdu[2:])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
		f.Add(raw[:len(raw)-1])
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) == 0 || len(raw) > 164 {
			t.Skip("no TPDU has this length")
		}
		n := modemtest.NewNetwork()
		h := open(t, n.Modem(modemtest.SIM{MSISDN: shop}))
		h.command("+CNMI=2,1,0,0,0")
		got := h.send("00" + hex.EncodeToString(raw))
		if want := []string{"+CMS ERROR: 304", "+CMGS: 0|OK"}[len(n.Submissions())]; got != want {
			t.Errorf("answer %q, want %q", got, want)
		}
	})
}

package simulator_test

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/simulator"
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
		n := simulator.NewNetwork()
		m := n.Modem(simulator.SIM{MSISDN: shop})
		port, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{string(typed), "\x1b\r", "\x1bAT+CPIN?\r"} {
			if _, err := io.WriteString(port, text); err != nil {
				t.Fatal(err)
			}
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

// FuzzFamilyInput writes anything to a modem of any family, which must not fall
// over, and must answer once the line is free again, whatever it said before.
func FuzzFamilyInput(f *testing.F) {
	names := slices.Sorted(maps.Keys(families))
	for i, name := range names {
		f.Add(uint(i), []byte("AT"+families[name].restart+"\r"))
		f.Add(uint(i), []byte("AT"+families[name].tries[0]+";"+families[name].signal[0]+"\r"))
		f.Add(uint(i), []byte("AT+CUSD=1,\"AA180C3602\",15\rAT+CUSD=1,\"*100#\"\rAT+CPMS=\"SR\",\"MT\"\rAT+CMGR=1\r"))
	}
	for _, calls := range []string{
		"ATD+491511234567;\rAT+CLCC\rAT+CHUP;+CEER\r", "ATD;\rATD+49;H\rATD+491511234567;\rATD+491511234567;\r",
		"AT+CPCMREG=1;+CPCMREG=0;+CPCMREG=?\rAT^DDSETEX=2;^CVOICE?\rAT+QPCMV=1,0;+QPCMV=?\r", "AT+CTTS=;+CTTS=2,\"\";+CTTS=0;+QWTTS=1,1,1,\"zz\"\r",
		"AT+CFTRANRX=\"E:/a\",4\rRIFFAT+CCMXPLAYWAV=\"E:/a\",1\rAT+CCMXSTOP\r", "AT+QFUPL=\"a\",4,65535\rabc", "AT+QFUPL=\"a\",4,100000\r", "AT+QFUPL=\"a\"\rAT+QFDEL=\"a\";+QPSND=0;+QPSND=1\r",
		"AT+FSCD=C:;+FSDEL=;+FSCD=\rAT+CFTRANRX=\"C:/a\",1\raAT+CFTRANRX=\"C:/a\",1,100,9\rAT+CFTRANRX=\"C:/a\",1,100,1\rb", "AT+QWTTS=1,1;+QWTTS=1,1,0\r",
		"AT+FSCREATE=a.amr\rAT+FSWRITE=a.amr,0,6,9\r#!AMR\nAT+CREC=4,\"a.amr\",0,90\rAT+CREC=5\r", "AT+QINDCFG=\"all\",1;+QINDCFG=;+QINDCFG=?\rAT+CLCC=1;^DDTMFCFG=0,1\r",
	} {
		for i := range names {
			f.Add(uint(i), []byte(calls))
		}
	}
	f.Fuzz(func(t *testing.T, family uint, typed []byte) {
		synctest.Test(t, func(t *testing.T) {
			n := simulator.NewNetwork()
			m := n.Modem(simulator.SIM{MSISDN: shop}, simulator.Family(names[family%uint(len(names))]), simulator.Slots(2, 2))
			h := &host{t: t}
			port, err := m.Open()
			if err != nil {
				t.Fatal(err)
			}
			h.port, h.in = port, bufio.NewReader(port)
			defer port.Close()
			for range 3 {
				if err := n.Subscriber(anna).Send(shop, "hello"); err != nil {
					t.Fatal(err)
				}
			}
			h.write(string(typed))
			h.write("\x1b\r")          // what is typed behind a restart is lost
			time.Sleep(24 * time.Hour) // a file that does not come is given up
			h.write("\x1bAT+CGSN\r")
			for h.line() != m.IMEI() {
				continue
			}
			h.expect("OK")
		})
	})
}

// FuzzSound plays any file: the module knows it, or refuses it.
func FuzzSound(f *testing.F) {
	f.Add(simulator.HeardCall{PCM: ramp(40 * time.Millisecond)}.WAV())
	f.Add([]byte("#!AMR\n\x04............"))
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\x7f"))
	f.Add([]byte("RIFF....WAVEdata\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) == 0 || len(file) > 64<<10 {
			t.Skip("no module takes it")
		}
		synctest.Test(t, func(t *testing.T) {
			h, _, s := calling(t, "ec25", simulator.Answering{})
			h.upload(fmt.Sprintf(`+QFUPL="a",%d`, len(file)), asksQuectel, file)
			h.command("D" + anna + ";")
			time.Sleep(6 * time.Second)
			got := h.command(`+QPSND=1,"a",0,1,1`)
			time.Sleep(time.Hour)
			if played := s.Calls()[0].Played; (got == "OK") != (len(played) == 1) {
				t.Errorf("%q, and %d were played", got, len(played))
			}
		})
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
		n := simulator.NewNetwork()
		h := open(t, n.Modem(simulator.SIM{MSISDN: shop}))
		h.command("+CNMI=2,1,0,0,0")
		got := h.send("00" + hex.EncodeToString(raw))
		if want := []string{"+CMS ERROR: 304", "+CMGS: 0|OK"}[len(n.Submissions())]; got != want {
			t.Errorf("answer %q, want %q", got, want)
		}
	})
}

package simulator_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/simulator"
	"simgate/modem/voice"
)

// calling is a host with a modem of a family, and Anna's handset.
func calling(t *testing.T, family string, a simulator.Answering) (*host, *simulator.Modem, *simulator.Subscriber) {
	t.Helper()
	n := simulator.NewNetwork()
	m := n.Modem(simulator.SIM{MSISDN: shop}, simulator.Family(family), simulator.Radio(simulator.GSM))
	h := open(t, m)
	h.command("E0")
	s := n.Subscriber(anna)
	s.Answer(a)
	return h, m, s
}

// Each family reports a call in its own way, and how it ends by what the handset
// does.
func TestACallIsTold(t *testing.T) {
	hangsUp := simulator.Answering{HangUp: time.Second}
	for _, tc := range []struct {
		name, family, enable string
		answer               simulator.Answering
		says                 []string
		cause                string
	}{
		{"answered by SIMCom", "sim7600", "", hangsUp, []string{"VOICE CALL: BEGIN", "VOICE CALL: END: 000041", "NO CARRIER"}, "normal call clearing"},
		{"answered by an older SIMCom", "sim800", "+MORING=1", hangsUp, []string{"MO RING", "MO CONNECTED", "NO CARRIER"}, "normal call clearing"},
		{"answered by one that lists calls", "sim800", "+CLCC=1", hangsUp, []string{
			`+CLCC: 1,0,2,0,0,"` + anna + `",145`, `+CLCC: 1,0,3,0,0,"` + anna + `",145`, `+CLCC: 1,0,0,0,0,"` + anna + `",145`,
			`+CLCC: 1,0,6,0,0,"` + anna + `",145`, "NO CARRIER"}, "normal call clearing"},
		{"answered by one that was asked for nothing", "sim800", "", hangsUp, []string{"NO CARRIER"}, "normal call clearing"},
		{"answered by Quectel", "ec25", `+QINDCFG="ccinfo",1`, hangsUp, []string{
			`+QIND: "ccinfo",1,0,2,0,0,"` + anna + `",145`, `+QIND: "ccinfo",1,0,3,0,0,"` + anna + `",145`, `+QIND: "ccinfo",1,0,0,0,0,"` + anna + `",145`,
			`+QIND: "ccinfo",1,0,-1,0,0,"` + anna + `",145`, "NO CARRIER"}, "normal call clearing"},
		{"answered by an older Quectel", "m35", "^DSCI=1", hangsUp, []string{"^DSCI: 1,0,2,0," + anna + ",145", "^DSCI: 1,0,7,0," + anna + ",145",
			"^DSCI: 1,0,3,0," + anna + ",145", "^DSCI: 1,0,6,0," + anna + ",145", "NO CARRIER"}, "normal call clearing"},
		{"answered by Huawei", "huawei", "", hangsUp, []string{"^ORIG:1,0", "^CONF:1", "^CONN:1,0", "^CEND:1,10,104,16", "NO CARRIER"}, "normal call clearing"},
		{"answered by a quiet Huawei", "huawei", "^CURC=0", hangsUp, []string{"NO CARRIER"}, "normal call clearing"},
		{"answered by u-blox", "ublox", "+UCALLSTAT=1", hangsUp, []string{"+UCALLSTAT: 1,2", "+UCALLSTAT: 1,3", "+UCALLSTAT: 1,0", "+UCALLSTAT: 1,6", "NO CARRIER"}, "normal call clearing"},
		{"answered by one that keeps to the standard", "telit", "+COLP=1", hangsUp, []string{`+COLP: "` + anna + `",145`, "NO CARRIER"}, "normal call clearing"},
		{"busy", "sim800", "", simulator.Answering{Busy: true}, []string{"BUSY"}, "user busy"},
		{"refused", "sim800", "+MORING=1", simulator.Answering{Refuses: true}, []string{"MO RING", "NO CARRIER"}, "call rejected"},
		{"out of reach", "sim800", "", simulator.Answering{Away: true}, []string{"NO CARRIER"}, "subscriber absent"},
		{"nobody answers", "sim800", "+MORING=1", simulator.Answering{Never: true}, []string{"MO RING", "NO ANSWER"}, "no answer from user"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, _, s := calling(t, tc.family, tc.answer)
				h.command(tc.enable)
				if got := h.command("D" + anna + ";"); got != "OK" {
					t.Fatalf("dialling: %q", got)
				}
				h.expect(tc.says...)
				if got := h.command("+CLCC"); got != "OK" {
					t.Errorf("the list of calls: %q", got)
				}
				if got := h.command("+CEER"); !strings.Contains(got, tc.cause) {
					t.Errorf("the cause: %q", got)
				}
				calls := s.Calls()
				if len(calls) != 1 || calls[0].From != shop || calls[0].Ended.IsZero() || calls[0].Cause != tc.cause ||
					calls[0].Answered.IsZero() != !strings.Contains(tc.name, "answered by") {
					t.Errorf("%+v", calls)
				}
			})
		})
	}
}

func TestTheListOfCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m, _ := calling(t, "sim800", simulator.Answering{})
		h.command("+MORING=1")
		h.command("D" + anna + ";")
		list := func() string { return h.command("+CLCC") }
		if got := list(); got != `+CLCC: 1,0,2,0,0,"`+anna+`",145|OK` {
			t.Errorf("dialling: %q", got)
		}
		if got := h.command("D" + anna + ";"); got == "OK" {
			t.Error("a second call was dialled")
		}
		h.expect("MO RING")
		if got := list(); !strings.Contains(got, "1,0,3,0") {
			t.Errorf("ringing: %q", got)
		}
		h.expect("MO CONNECTED")
		if got := list(); !strings.Contains(got, "1,0,0,0") {
			t.Errorf("answered: %q", got)
		}
		if got := h.command("+CHUP"); got != "OK" {
			t.Errorf("hanging up: %q", got)
		}
		if got := list(); got != "OK" {
			t.Errorf("hung up: %q", got)
		}
		m.Voice(simulator.VoiceFault{NoDial: true})
		if got := h.command("D" + anna + ";"); got == "OK" {
			t.Error("it was dialled all the same")
		}
	})
}

// What the host writes in time is heard, and comes out as a file; what it writes
// late leaves a gap, and what it writes too early is lost.
func TestTheHandsetHears(t *testing.T) {
	frame := func(sample int16) []byte {
		var b bytes.Buffer
		for range 160 {
			_ = binary.Write(&b, binary.LittleEndian, sample)
		}
		return b.Bytes()
	}
	synctest.Test(t, func(t *testing.T) {
		h, m, s := calling(t, "sim7600", simulator.Answering{})
		h.command("D" + anna + ";")
		h.expect("VOICE CALL: BEGIN")
		port, err := m.OpenVoice()
		if err != nil {
			t.Fatal(err)
		}
		defer port.Close()
		if _, err := m.OpenVoice(); err == nil {
			t.Error("the port was opened twice")
		}
		write := func(sample int16) {
			if _, err := port.Write(frame(sample)); err != nil {
				t.Fatal(err)
			}
		}
		write(1) // before it is open
		if got := h.command("+CPCMREG=1"); got != "OK" {
			t.Fatalf("opening the port: %q", got)
		}
		for i := range 10 {
			write(int16(100 + i))
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(80 * time.Millisecond)
		for range 10 {
			write(7)
		}
		h.command("H")
		call := s.Calls()[0]
		if n := len(call.Frames); n != 16 {
			t.Errorf("%d frames were heard", n)
		}
		if gaps := call.Gaps(40 * time.Millisecond); len(gaps) != 1 || gaps[0] != 80*time.Millisecond {
			t.Errorf("gaps of %v", gaps)
		}
		if call.PCM[0] != 100 || call.PCM[160] != 101 || call.PCM[10*160] != 7 {
			t.Errorf("it heard %d, %d, %d", call.PCM[0], call.PCM[160], call.PCM[1600])
		}
		if wav := call.WAV(); len(wav) != 44+2*len(call.PCM) || string(wav[:4]) != "RIFF" || binary.LittleEndian.Uint32(wav[24:]) != 8000 {
			t.Errorf("the file has %d octets", len(wav))
		}
	})
}

// Keys are told where the modem was asked to tell them, and sound where not.
func TestTheHandsetPressesKeys(t *testing.T) {
	for _, tc := range []struct{ family, enable, says string }{
		{"sim7600", "+DDET=1", "+DTMF: 5"},
		{"huawei", "^DDTMFCFG=0,1", "^DDTMF: 5"},
		{"ec25", "+QTONEDET=1", "+QTONEDET: 53"},
		{"ublox", "+UDTMFD=1,2", "+UUDTMFD: 5"},
	} {
		t.Run(tc.family, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, _, _ := calling(t, tc.family, simulator.Answering{Keys: map[time.Duration]string{time.Second: "5"}})
				h.command(tc.enable)
				h.command("D" + anna + ";")
				h.skipTo(tc.says)
			})
		})
	}
	t.Run("in the sound", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h, m, _ := calling(t, "sim7600", simulator.Answering{Keys: map[time.Duration]string{time.Second: "15#0"}})
			port, err := m.OpenVoice()
			if err != nil {
				t.Fatal(err)
			}
			h.command("D" + anna + ";")
			h.expect("VOICE CALL: BEGIN")
			h.command("+CPCMREG=1")
			go func() {
				time.Sleep(5 * time.Second)
				port.Close()
			}()
			var d voice.Detector
			keys, b := "", make([]byte, 320)
			for {
				n, err := port.Read(b)
				if err != nil {
					break
				}
				pcm := make([]int16, n/2)
				for i := range pcm {
					pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:])) //nolint:gosec // the same bits
				}
				keys += d.Keys(pcm)
			}
			if keys != "15#0" {
				t.Errorf("heard %q", keys)
			}
		})
	})
}

// A call in which the modem is pulled out is over for the handset, too.
func TestACallLosesItsModem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m, s := calling(t, "sim7600", simulator.Answering{})
		port, err := m.OpenVoice()
		if err != nil {
			t.Fatal(err)
		}
		h.command("D" + anna + ";")
		h.expect("VOICE CALL: BEGIN")
		m.Unplug()
		if _, err := port.Write(make([]byte, 320)); !errors.As(err, new(*fs.PathError)) {
			t.Errorf("writing sound: %v", err)
		}
		if calls := s.Calls(); calls[0].Ended.IsZero() || calls[0].Cause != "the link was lost" {
			t.Errorf("%+v", calls)
		}
	})
}

// A handset calls the SIM, and rings until somebody refuses it or it gives up.
func TestTheHandsetCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, s := calling(t, "sim7600", simulator.Answering{})
		h.command("+CLIP=1")
		if err := s.Call("+490000"); err == nil {
			t.Error("a number that nobody has was called")
		}
		if err := s.Call(shop); err != nil {
			t.Fatal(err)
		}
		h.expect("RING", `+CLIP: "`+anna+`",145,"",0,"",0`, "RING")
		if got := h.command("+CLCC"); !strings.Contains(got, "1,1,4,0") {
			t.Errorf("the list of calls: %q", got)
		}
		h.command("+CHUP")
		time.Sleep(time.Minute)
		if got := h.command("+CLCC"); got != "OK" {
			t.Errorf("the list of calls: %q", got)
		}
	})
}

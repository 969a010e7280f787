package simulator_test

import (
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/simulator"
)

// A network that drops a call says why.
func TestTheNetworkDropsACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, s := calling(t, "sim7600", simulator.Answering{HangUp: 2 * time.Second, Cause: "temporary failure"})
		h.command("D" + anna + ";")
		h.expect("VOICE CALL: BEGIN", "VOICE CALL: END: 000041", "NO CARRIER")
		if got := h.command("+CEER"); got != "+CEER: temporary failure|OK" {
			t.Errorf("the cause: %q", got)
		}
		if c := s.Calls()[0]; c.Cause != "temporary failure" || c.Ended.Sub(c.Answered) != 2*time.Second {
			t.Errorf("%+v", c)
		}
	})
}

// speakTo opens the audio port in a call that is answered, and says so many
// seconds, with as many of silence behind.
func speakTo(t *testing.T, h *host, m *simulator.Modem) io.ReadWriteCloser {
	t.Helper()
	h.command("D" + anna + ";")
	h.skipTo("VOICE CALL: BEGIN")
	h.command("+CPCMREG=1")
	port, err := m.OpenVoice()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = port.Close() })
	return port
}

func say(t *testing.T, port io.Writer, sample int16, d time.Duration) {
	t.Helper()
	frame := make([]byte, 0, 320)
	for range 160 {
		frame = binary.LittleEndian.AppendUint16(frame, uint16(sample))
	}
	for range d / (20 * time.Millisecond) {
		if _, err := port.Write(frame); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// A handset that replies waits for the caller to fall silent, and does not take
// the pause between two words for it.
func TestTheHandsetReplies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m, _ := calling(t, "sim7600", simulator.Answering{Replies: "17"})
		h.command("+DDET=1")
		port := speakTo(t, h, m)
		defer port.Close()
		say(t, port, 0, 3*time.Second) // nothing has been asked yet
		say(t, port, 4000, time.Second)
		say(t, port, 3, 500*time.Millisecond)
		say(t, port, 4000, time.Second)
		silent := time.Now()
		go func() {
			for range 3 {
				say(t, port, 3, 3*time.Second)
				say(t, port, 4000, time.Second)
			}
		}()
		h.expect("+DTMF: 1")
		if took := time.Since(silent); took != time.Second {
			t.Errorf("it replied after %v", took)
		}
		h.expect("+DTMF: 7")
		if took := time.Since(silent); took != 5*time.Second {
			t.Errorf("it replied again after %v", took)
		}
		time.Sleep(10 * time.Second)
		if got := h.command("+CLCC"); strings.Contains(got, "DTMF") {
			t.Errorf("it has a third reply: %q", got)
		}
		h.command("H")
		time.Sleep(time.Minute)
	})
}

// A voicemail says its greeting, which comes back on the audio port, and records.
func TestAVoicemailAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		greeting := make([]int16, 16000)
		for i := range greeting {
			greeting[i] = 5000
		}
		h, m, s := calling(t, "sim7600", simulator.Answering{After: 20 * time.Second, Says: greeting})
		port := speakTo(t, h, m)
		go func() {
			say(t, port, 4000, 3*time.Second)
			port.Close()
		}()
		loud, b := 0, make([]byte, 320)
		for {
			n, err := port.Read(b)
			if err != nil {
				break
			}
			if int16(binary.LittleEndian.Uint16(b)) > 4000 {
				loud += n / 2
			}
		}
		if loud < 15500 || loud > 16000 {
			t.Errorf("%d samples of its greeting came back", loud)
		}
		if call := s.Calls()[0]; len(call.PCM) != 24000 || call.PCM[0] != 4000 || call.Answered.Sub(call.Begun) != 22*time.Second {
			t.Errorf("it recorded %d samples, answered after %v", len(call.PCM), call.Answered.Sub(call.Begun))
		}
	})
}

// Some modems answer the dial command with the answer to the call, or with why
// there is none, and end the call at any key that is typed meanwhile.
func TestDiallingWaits(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer simulator.Answering
		want   string
		after  time.Duration
	}{
		{"answered", simulator.Answering{}, "OK", 5 * time.Second},
		{"busy", simulator.Answering{Busy: true}, "BUSY", 2 * time.Second},
		{"nobody answers", simulator.Answering{Never: true}, "NO ANSWER", 62 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := simulator.NewNetwork()
				h := open(t, n.Modem(simulator.SIM{MSISDN: shop}, simulator.Family("sim800"), simulator.DialWaits()))
				n.Subscriber(anna).Answer(tc.answer)
				began := time.Now()
				h.write("ATD" + anna + ";\r")
				h.expect(tc.want)
				if took := time.Since(began); took != tc.after {
					t.Errorf("after %v", took)
				}
				if got := h.command("+CLCC"); (got != "OK") != (tc.want == "OK") {
					t.Errorf("the list of calls: %q", got)
				}
			})
		})
	}
	t.Run("typed into", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := simulator.NewNetwork()
			h := open(t, n.Modem(simulator.SIM{MSISDN: shop}, simulator.Family("sim800"), simulator.DialWaits()))
			h.write("ATD" + anna + ";\r")
			time.Sleep(3 * time.Second)
			h.write("\r")
			h.expect("NO CARRIER")
			if got := h.command("+CLCC"); got != "OK" {
				t.Errorf("the list of calls: %q", got)
			}
			if c := n.Subscriber(anna).Calls()[0]; !c.Answered.IsZero() || c.Ended.IsZero() {
				t.Errorf("%+v", c)
			}
		})
	})
}

// A modem that dials in words of its own was told to by a fault.
func TestDiallingIsRefused(t *testing.T) {
	for _, want := range []string{"NO DIALTONE", "ERROR", "+CME ERROR: 30"} {
		h, m, s := calling(t, "sim800", simulator.Answering{})
		m.On("D", simulator.Verbatim(want))
		h.write("ATD" + anna + ";\r")
		h.expect(want)
		if calls := s.Calls(); len(calls) > 0 {
			t.Errorf("%s: it was dialled all the same", want)
		}
	}
}

func TestMessagesDuringACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simulator.NewNetwork()
		refuses := open(t, n.Modem(simulator.SIM{MSISDN: shop}, simulator.RefuseInCalls(302)))
		slow := open(t, n.Modem(simulator.SIM{MSISDN: "+4915770000002"}, simulator.SlowInCalls(9*time.Second)))
		for _, h := range []*host{refuses, slow} {
			if got := h.send(hello); !strings.HasSuffix(got, "OK") {
				t.Errorf("before the call: %q", got)
			}
			h.command("D" + anna + ";")
		}
		if got := refuses.send(hello); got != "+CMS ERROR: 302" {
			t.Errorf("refused with %q", got)
		}
		began := time.Now()
		if got := slow.send(hello); !strings.HasSuffix(got, "OK") || time.Since(began) != 9*time.Second {
			t.Errorf("%q after %v", got, time.Since(began))
		}
		refuses.command("H")
		if got := refuses.send(hello); !strings.HasSuffix(got, "OK") {
			t.Errorf("after the call: %q", got)
		}
		if got := len(n.Subscriber(anna).Messages()); got != 4 {
			t.Errorf("%d messages arrived", got)
		}
	})
}

// Every fault of the voice does what it says.
func TestVoiceFaults(t *testing.T) {
	hears := func(t *testing.T, f simulator.VoiceFault, story func(h *host, m *simulator.Modem)) []int {
		t.Helper()
		var heard []int
		synctest.Test(t, func(t *testing.T) {
			h, m, s := calling(t, "sim7600", simulator.Answering{})
			m.Voice(f)
			story(h, m)
			for _, c := range s.Calls() {
				heard = append(heard, len(c.PCM))
			}
		})
		return heard
	}
	call := func(t *testing.T, h *host, m *simulator.Modem) {
		t.Helper()
		port := speakTo(t, h, m)
		say(t, port, 4000, time.Second)
		_ = port.Close()
		h.command("H")
		h.skipTo("VOICE CALL: END: 000041")
	}
	t.Run("spoilt from the second call on, until it restarts", func(t *testing.T) {
		heard := hears(t, simulator.VoiceFault{Spoilt: true}, func(h *host, m *simulator.Modem) {
			call(t, h, m)
			call(t, h, m)
			h.command("+CRESET")
			h.skipTo("PB DONE")
			h.command("E0")
			call(t, h, m)
		})
		if len(heard) != 3 || heard[0] != 8000 || heard[1] != 0 || heard[2] != 8000 {
			t.Errorf("samples heard: %d", heard)
		}
	})
	t.Run("mute", func(t *testing.T) {
		if heard := hears(t, simulator.VoiceFault{Mute: true}, func(h *host, m *simulator.Modem) { call(t, h, m) }); heard[0] != 0 {
			t.Errorf("samples heard: %d", heard)
		}
	})
	t.Run("late", func(t *testing.T) {
		hears(t, simulator.VoiceFault{Late: 2}, func(h *host, _ *simulator.Modem) {
			h.command("D" + anna + ";")
			h.expect("VOICE CALL: BEGIN")
			for _, want := range []string{"ERROR", "ERROR", "OK"} {
				if got := h.command("+CPCMREG=1"); got != want {
					t.Errorf("%q, want %q", got, want)
				}
			}
		})
	})
	t.Run("the port is hidden", func(t *testing.T) {
		hears(t, simulator.VoiceFault{Hidden: true}, func(h *host, m *simulator.Modem) {
			if _, err := m.OpenVoice(); err == nil {
				t.Error("it is there without a call")
			}
			call(t, h, m)
		})
	})
	t.Run("it does not tell of the end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h, m, _ := calling(t, "sim7600", simulator.Answering{HangUp: time.Second})
			m.Voice(simulator.VoiceFault{Silent: true})
			h.command("D" + anna + ";")
			h.expect("VOICE CALL: BEGIN")
			time.Sleep(time.Minute)
			if got := h.command("+CLCC"); got != "OK" {
				t.Errorf("the list of calls: %q", got)
			}
		})
	})
}

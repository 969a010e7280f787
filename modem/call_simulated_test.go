package modem_test

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"simgate/modem"
	"simgate/modem/modemtest"
)

// simulatedCall plays a story of calls with the simulator alone, to a handset
// that does as it is told.
func simulatedCall(t *testing.T, family string, without []string, a modemtest.Answering, story func(t *testing.T, s *stage, anna *modemtest.Subscriber)) {
	t.Helper()
	var s *stage
	cfg := modem.Config{OpenVoice: func(context.Context) (io.ReadWriteCloser, error) { return s.sim.OpenVoice() }}
	play(t, cast{modem: []modemtest.ModemOption{modemtest.Family(family), modemtest.Without(without...)}, config: cfg}, func(t *testing.T, its *stage) {
		s = its
		time.Sleep(30 * time.Second)
		s.expect(t, modem.Ready)
		handset := s.net.Subscriber(anna)
		handset.Answer(a)
		story(t, s, handset)
		time.Sleep(time.Minute)
		s.expect(t, modem.Ready)
	})
}

// The driver and the simulator were not written by looking at each other: what one
// says, the other's handset hears, by every way that a make has.
func TestCallsReachTheSimulator(t *testing.T) {
	for _, c := range []struct {
		name, family string
		without      []string
		voice        modem.Voice
	}{
		{"over the port of SIMCom", "sim7600", nil, modem.VoiceTTY},
		{"over the port of Quectel", "ec25", nil, modem.VoiceTTY},
		{"over the port of Huawei", "huawei", nil, modem.VoiceTTY},
		{"as a file of SIM7600", "sim7600", []string{"+CPCMREG"}, modem.VoiceFile},
		{"as a file of A7670", "a7670", []string{"+CTTS"}, modem.VoiceFile},
		{"as a file of EC25", "ec25", []string{"+QPCMV"}, modem.VoiceFile},
		{"as a file of M35", "m35", nil, modem.VoiceFile},
		{"as a text of A7670", "a7670", nil, modem.VoiceTTS},
		{"as a text of M35", "m35", []string{"+QPSND"}, modem.VoiceTTS},
	} {
		t.Run(c.name, func(t *testing.T) {
			simulatedCall(t, c.family, c.without, modemtest.Answering{}, func(t *testing.T, s *stage, handset *modemtest.Subscriber) {
				for range 2 { // the second finds the module as the first has left it
					r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(2), Text: "code 1 2", Locale: "en-gb"})
					if err != nil || r.Outcome != modem.CallCompleted || r.Strategy != string(c.voice) {
						t.Fatalf("%+v, %v", r, err)
					}
				}
				for _, heard := range handset.Calls() {
					if c.voice == modem.VoiceTTS {
						if !slices.Equal(heard.Texts(), []string{"code 1 2"}) {
							t.Errorf("the handset heard %q", heard.Texts())
						}
						continue
					}
					if !contains(heard.PCM, tone(2)) {
						t.Errorf("what was said is not among the %d samples that the handset heard", len(heard.PCM))
					}
					if gaps := heard.Gaps(40 * time.Millisecond); len(gaps) > 0 {
						t.Errorf("with gaps of %v", gaps)
					}
				}
			})
		})
	}
}

// contains tells whether all of part is somewhere in whole, in one piece.
func contains(whole, part []int16) bool {
	for i := 0; i+len(part) <= len(whole); i++ {
		if slices.Equal(whole[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

package modem_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"simgate/modem"
	"simgate/modem/simulator"
)

// simulatedCall plays a story of calls with the simulator alone, to a handset
// that does as it is told.
func simulatedCall(t *testing.T, family string, options []simulator.ModemOption, a simulator.Answering, story func(t *testing.T, s *rig, anna *simulator.Subscriber)) {
	t.Helper()
	var s *rig
	cfg := modem.Config{OpenVoice: func(context.Context) (io.ReadWriteCloser, error) { return s.sim.OpenVoice() }}
	simulate(t, setup{sim: card, modem: append([]simulator.ModemOption{simulator.Family(family)}, options...), config: cfg}, func(t *testing.T, its *rig) {
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
			simulatedCall(t, c.family, []simulator.ModemOption{simulator.Without(c.without...)}, simulator.Answering{}, func(t *testing.T, s *rig, handset *simulator.Subscriber) {
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
						} else if lead := heard.Played[0].At.Sub(heard.Answered); lead < time.Second {
							t.Errorf("it was read %v after the answer", lead)
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

// Whatever goes wrong with a call, its outcome is the truth about the handset.
func TestCallsGoWrong(t *testing.T) {
	waits := []simulator.ModemOption{simulator.DialWaits()}
	for _, c := range []struct {
		name    string
		family  string
		options []simulator.ModemOption
		fault   simulator.VoiceFault
		answer  simulator.Answering
		prompt  bool
		want    modem.CallOutcome
		heard   bool // all of it
	}{
		{"the dial command waits", "sim7600", waits, simulator.VoiceFault{}, simulator.Answering{}, false, modem.CallCompleted, true},
		{"the dial command waits, and it is busy", "sim7600", waits, simulator.VoiceFault{}, simulator.Answering{Busy: true}, false, modem.CallBusy, false},
		{"the dial command waits, and it is refused", "sim7600", waits, simulator.VoiceFault{}, simulator.Answering{Refuses: true}, false, modem.CallRefused, false},
		{"the dial command waits, and nobody answers", "sim7600", waits, simulator.VoiceFault{}, simulator.Answering{Never: true}, false, modem.CallNoAnswer, false},
		{"the audio port is late", "sim7600", nil, simulator.VoiceFault{Late: 3}, simulator.Answering{}, false, modem.CallCompleted, true},
		{"the audio port is hidden", "sim7600", nil, simulator.VoiceFault{Hidden: true}, simulator.Answering{}, false, modem.CallCompleted, true},
		{"the audio port never comes", "sim7600", nil, simulator.VoiceFault{Late: 1000}, simulator.Answering{}, false, modem.CallFailed, false},
		{"it does not tell of the end", "sim7600", nil, simulator.VoiceFault{Silent: true}, simulator.Answering{HangUp: time.Second}, false, modem.CallHungUp, false},
		{"the network drops it", "ec25", nil, simulator.VoiceFault{}, simulator.Answering{HangUp: time.Second, Cause: "temporary failure"}, false, modem.CallHungUp, false},
		{"a person presses a key when asked", "sim7600", nil, simulator.VoiceFault{}, simulator.Answering{Replies: "1"}, true, modem.CallCompleted, true},
		{"a key is in the sound alone", "sim7600", []simulator.ModemOption{simulator.Without("+DDET")}, simulator.VoiceFault{}, simulator.Answering{Replies: "1"}, true, modem.CallCompleted, true},
		{"a voicemail answers", "huawei", nil, simulator.VoiceFault{}, simulator.Answering{After: 20 * time.Second, Says: tone(5)}, true, modem.CallNotHeard, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			simulatedCall(t, c.family, c.options, c.answer, func(t *testing.T, s *rig, handset *simulator.Subscriber) {
				s.sim.Voice(c.fault)
				call := modem.Call{To: anna, Speech: tone(3), Text: "code 1 2", Locale: "de-de"}
				if c.prompt {
					call.Prompt = tone(1)
				}
				r, err := s.Call(t.Context(), call)
				if err != nil || r.Outcome != c.want {
					t.Errorf("%+v, %v; want %s", r, err, c.want)
				}
				calls := handset.Calls()
				if len(calls) != 1 || calls[0].Ended.IsZero() {
					t.Fatalf("the handset was called %d times, or is still", len(calls))
				}
				if contains(calls[0].PCM, call.Speech) != c.heard {
					t.Errorf("of %d samples that the handset heard", len(calls[0].PCM))
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

// A call that was up when the link to the modem was lost, or the program killed, is
// hung up by the next start: nobody speaks in it, and it costs.
func TestALeftCallIsHungUp(t *testing.T) {
	var port io.ReadWriteCloser
	var s *rig
	simulate(t, setup{
		modem:  []simulator.ModemOption{simulator.Family("sim7600")},
		config: modem.Config{OpenVoice: func(context.Context) (io.ReadWriteCloser, error) { return s.sim.OpenVoice() }},
		wrap:   func(p io.ReadWriteCloser) io.ReadWriteCloser { port = p; return p },
	}, func(t *testing.T, its *rig) {
		s = its
		time.Sleep(30 * time.Second)
		s.expect(t, modem.Ready)
		over := make(chan modem.CallResult)
		go func() {
			r, _ := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(40)})
			over <- r
		}()
		time.Sleep(10 * time.Second)
		cut := time.Now()
		port.Close()
		if r := <-over; r.Outcome != modem.CallUnknown {
			t.Errorf("%+v", r)
		}
		time.Sleep(time.Minute)
		s.expect(t, modem.Ready)
		if call := s.net.Subscriber(anna).Calls()[0]; call.Ended.IsZero() || call.Ended.Sub(cut) > 30*time.Second {
			t.Errorf("the call was up until %v, the link was cut at %v", call.Ended, cut)
		}
	})
}

// A module that has a file of an earlier call plays that of this one, however long the two
// are, whether it takes files in pieces or in one only.
func TestFilesReplaceEarlierOnes(t *testing.T) {
	bin := t.TempDir()
	amr := "#!/bin/sh\nprintf '#!AMR\\n'; head -c $(($(wc -c) / 16000 * 650)) /dev/zero | tr '\\000' '\\004'\n" // 50 frames of 13 octets a second
	if err := os.WriteFile(filepath.Join(bin, "sox"), []byte(amr), 0o700); err != nil {                         //nolint:gosec // it is a program
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH")) //nolint:forbidigo // the programs of the machine come after ours
	for _, c := range []struct {
		name, family string
		options      []simulator.ModemOption
		commands     int // that upload the file of 15 seconds
	}{
		{"SIM7600", "sim7600", []simulator.ModemOption{simulator.Without("+CPCMREG")}, 1},
		{"A7670", "a7670", []simulator.ModemOption{simulator.Without("+CTTS")}, 24},
		{"A7670 that takes files in one piece", "a7670", []simulator.ModemOption{simulator.Without("+CTTS"), simulator.FilesInOnePiece()}, 3},
		{"SIM800", "sim800", nil, 1},
		{"EC25", "ec25", []simulator.ModemOption{simulator.Without("+QPCMV")}, 1},
		{"M26", "m35", []simulator.ModemOption{simulator.Reply("+CGMM", "Quectel_M26"), simulator.PlaysRAM()}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			simulatedCall(t, c.family, c.options, simulator.Answering{}, func(t *testing.T, s *rig, handset *simulator.Subscriber) {
				for i, seconds := range []int{15, 30, 4} {
					amr := c.family == "sim800" || c.family == "m35"
					if seconds == 30 && !amr {
						seconds = 5
					}
					before := uploads(s.sim.Commands())
					r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(seconds)})
					if err != nil || r.Outcome != modem.CallCompleted || r.Strategy != string(modem.VoiceFile) {
						t.Fatalf("%+v, %v", r, err)
					}
					if n := uploads(s.sim.Commands()) - before; i == 0 && n != c.commands {
						t.Errorf("the file was uploaded by %d commands, want %d", n, c.commands)
					}
					heard := handset.Calls()[i]
					if len(heard.Played) != 1 || heard.Played[0].For.Round(time.Second) != time.Duration(seconds)*time.Second ||
						!amr && !slices.Equal(heard.PCM, tone(seconds)) {
						t.Errorf("of %d seconds were heard %d samples, %d files", seconds, len(heard.PCM), len(heard.Played))
					}
				}
			})
		})
	}
}

// uploads counts the commands that upload a file, or a part of one.
func uploads(commands []string) (n int) {
	for _, c := range commands {
		if strings.HasPrefix(c, "AT+CFTRANRX=\"") || strings.HasPrefix(c, "AT+FSWRITE=") || strings.HasPrefix(c, "AT+QFUPL=\"") {
			n++
		}
	}
	return n
}

// A long text is read in pieces, and whole.
func TestALongTextIsReadInPieces(t *testing.T) {
	for _, c := range []struct{ name, text, locale string }{
		{"sentences", strings.Repeat("The pump in the cellar has stopped, and it is wet. ", 9), "en-gb"},
		{"words", strings.Repeat("pump ", 99), "en-gb"},
		{"no blank", strings.Repeat("a", 495), "en-gb"},
		{"Chinese", strings.Repeat("地下室的水泵停了。", 50), "zh-cn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			simulatedCall(t, "m35", []simulator.ModemOption{simulator.Without("+QPSND")}, simulator.Answering{}, func(t *testing.T, s *rig, handset *simulator.Subscriber) {
				r, err := s.Call(t.Context(), modem.Call{To: anna, Text: c.text, Locale: c.locale, Limit: 10 * time.Minute})
				if err != nil || r.Outcome != modem.CallCompleted {
					t.Fatalf("%+v, %v", r, err)
				}
				texts := handset.Calls()[0].Texts()
				if strings.Join(texts, "") != c.text {
					t.Errorf("the handset heard %q", texts)
				}
				for _, text := range texts[:len(texts)-1] {
					if end := []rune(text)[len([]rune(text))-1]; c.name != "no blank" && !strings.ContainsRune(" .。", end) {
						t.Errorf("a piece ends in the middle of a word: %q", text)
					}
				}
			})
		})
	}
}

// A module that is at something else is halted, and told once more.
func TestABusyModuleIsToldAgain(t *testing.T) {
	for _, c := range []struct {
		family, play string
		without      []string
	}{
		{"sim7600", "+CCMXPLAYWAV", []string{"+CPCMREG"}}, {"a7670", "+CCMXPLAY", []string{"+CTTS"}}, {"a7670", "+CTTS", nil},
		{"ec25", "+QPSND", []string{"+QPCMV"}}, {"m35", "+QWTTS", []string{"+QPSND"}},
	} {
		t.Run(c.family+" "+c.play, func(t *testing.T) {
			simulatedCall(t, c.family, []simulator.ModemOption{simulator.Without(c.without...)}, simulator.Answering{}, func(t *testing.T, s *rig, _ *simulator.Subscriber) {
				s.sim.On(c.play, simulator.RefuseCME(904))
				r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(2), Text: "code 1 2", Locale: "en-gb"})
				if err != nil || r.Outcome != modem.CallCompleted {
					t.Errorf("%+v, %v", r, err)
				}
			})
		})
	}
}

// A call that comes in during another is told to the owner, whether the modem reports it
// or only lists it, and our call goes on.
func TestACallComesInDuringAnother(t *testing.T) {
	for _, without := range [][]string{nil, {"+CCWA"}} {
		for _, family := range []string{"sim7600", "a7670", "sim800", "ec25", "m35", "huawei"} {
			t.Run(strings.Join(append([]string{family}, without...), " without "), func(t *testing.T) {
				options := []simulator.ModemOption{simulator.Without(without...)}
				simulatedCall(t, family, options, simulator.Answering{}, func(t *testing.T, s *rig, handset *simulator.Subscriber) {
					go func() {
						time.Sleep(8 * time.Second)
						if err := s.net.Subscriber("+4915112340000").Call(own); err != nil {
							t.Error(err)
						}
					}()
					call := modem.Call{To: anna, Speech: tone(10), Text: strings.Repeat("code 1 2. ", 10), Locale: "en-gb"}
					if r, err := s.Call(t.Context(), call); err != nil && family != "sim800" || err == nil && r.Outcome != modem.CallCompleted {
						t.Errorf("%+v, %v", r, err)
					} else if err != nil {
						return // it plays no files where sox is missing
					}
					s.mu.Lock()
					defer s.mu.Unlock()
					told := slices.DeleteFunc(slices.Clone(s.notices), func(n modem.Notice) bool { return n.Kind != modem.NoticeCall })
					if len(told) != 1 || told[0].From != "+4915112340000" || !strings.Contains(told[0].Text, "during another") {
						t.Errorf("the owner was told %+v", s.notices)
					}
				})
			})
		}
	}
}

// What the owner recorded is played before anything is read, by every way that can, and
// read only where none can.
func TestRecordingsComeFirst(t *testing.T) {
	for _, c := range []struct {
		name, family string
		without      []string
		played       bool
		fails        string // a command that is refused each time
		want         modem.Voice
	}{
		{"A7670", "a7670", nil, true, "", modem.VoiceFile},
		{"A7670, not recorded", "a7670", nil, false, "", modem.VoiceTTS},
		{"A7670 that plays no files", "a7670", []string{"+CCMXPLAY"}, true, "", modem.VoiceTTS},
		{"A7670 that takes no files", "a7670", nil, true, "+CFTRANRX", modem.VoiceTTS},
		{"SIM7600", "sim7600", nil, true, "", modem.VoiceTTY},
		{"EC25 without a port for sound", "ec25", []string{"+QPCMV"}, true, "", modem.VoiceFile},
	} {
		t.Run(c.name, func(t *testing.T) {
			simulatedCall(t, c.family, []simulator.ModemOption{simulator.Without(c.without...)}, simulator.Answering{}, func(t *testing.T, s *rig, _ *simulator.Subscriber) {
				if c.fails != "" {
					s.sim.OnEvery(c.fails, simulator.PlainError())
				}
				r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(2), Text: "code 1 2", Locale: "en-gb", Played: c.played})
				if err != nil || r.Outcome != modem.CallCompleted || r.Strategy != string(c.want) {
					t.Errorf("%+v, %v; want %s", r, err, c.want)
				}
			})
		})
	}
}

// Where the modem takes the ringback tone for the answer, all is said once more: who
// answers while it is said for the first time hears the whole of it.
func TestWhatIsSaidAtRingback(t *testing.T) {
	for _, c := range []struct {
		name, family string
		options      []simulator.ModemOption
		after        time.Duration // of the first ring, until a person answers
		cause        string
		whole        int // times
	}{
		{"answered late", "a7670", []simulator.ModemOption{simulator.AnsweredAtRingback()}, 6 * time.Second, "as soon as it rang", 1},
		{"answered late, over a port", "sim7600", []simulator.ModemOption{simulator.AnsweredAtRingback()}, 6 * time.Second, "as soon as it rang", 1},
		{"answered late, as reported", "a7670", nil, 6 * time.Second, "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := append(c.options, simulator.Without("+CTTS"))
			simulatedCall(t, c.family, options, simulator.Answering{After: c.after}, func(t *testing.T, s *rig, handset *simulator.Subscriber) {
				r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(10)})
				if err != nil || r.Outcome != modem.CallCompleted || !strings.Contains(r.Cause, c.cause) || c.cause == "" && r.Cause != "" {
					t.Errorf("%+v, %v", r, err)
				}
				if heard := handset.Calls()[0]; !contains(heard.PCM, tone(10)) {
					t.Errorf("what was said is not among the %d samples that the handset heard", len(heard.PCM))
				}
			})
		})
	}
}

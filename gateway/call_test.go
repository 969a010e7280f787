package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/call"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/idempotency"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/speech"
	"simgate/gateway/workflow"
	"simgate/modem"
	"simgate/modem/simulator"
)

// engine is the real one: what the handset hears is what it makes.
var engine = speech.New(speech.Config{})

// speaking is a world whose modems are of a make that can speak.
func speaking(t *testing.T, family string, change func(*gateway.Config), options ...gatewaytest.Option) *gatewaytest.World {
	t.Helper()
	return gatewaytest.Start(t, append(options, gatewaytest.Simulated(func(int) []simulator.ModemOption {
		return []simulator.ModemOption{simulator.Family(family)}
	}), gatewaytest.Configure(func(c *gateway.Config) {
		c.Voice.Engine = engine
		c.Guard.VoiceCountries = []string{guard.AllCountries}
		if change != nil {
			change(c)
		}
	}))...)
}

// heardIn returns where a sound begins in what was heard, -1 where it is not
// there, sample for sample.
func heardIn(heard, sound []int16) int {
	for i := 0; i+len(sound) <= len(heard); i++ {
		if heard[i] == sound[0] && slices.Equal(heard[i:i+len(sound)], sound) {
			return i
		}
	}
	return -1
}

func timeline(t *testing.T, w *gatewaytest.World, id string) (states []string, v gateway.Verification) {
	t.Helper()
	v, err := w.Gateway.Verification(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range v.Attempts {
		states = append(states, string(a.Channel)+" "+string(a.State))
	}
	return states, v
}

// Workflow 5: a message, and a minute later a call that speaks the same code,
// frame for frame, on every make that takes sound.
func TestWorkflowSpeaks(t *testing.T) {
	for _, family := range []string{"sim7600", "ec25", "huawei"} {
		t.Run(family, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, family, nil)
				time.Sleep(time.Minute)
				s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: "x",
					Brand: "Shop", Locale: "de-de", Workflow: workflow.Numbered[5]})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Minute)
				calls := w.Network.Subscriber(anna).Calls()
				if len(calls) != 1 || calls[0].Ended.IsZero() {
					t.Fatalf("%d calls: %+v", len(calls), calls)
				}
				if d := calls[0].Begun.Sub(s.Verification.Created); d < time.Minute || d > 63*time.Second {
					t.Errorf("it rang after %v", d)
				}
				want, err := engine.Render(t.Context(), speech.Request{Locale: "de-de", Brand: "Shop", Code: s.Code})
				if err != nil {
					t.Fatal(err)
				}
				if at := heardIn(calls[0].PCM, want); at < 0 {
					t.Errorf("of %d samples that were said, not all were heard in %d", len(want), len(calls[0].PCM))
				}
				if gaps := calls[0].Gaps(40 * time.Millisecond); len(gaps) > 0 {
					t.Errorf("gaps of %v", gaps)
				}
				states, v := timeline(t, w, s.Verification.ID)
				if !slices.Equal(states, []string{"sms delivered", "voice completed"}) || v.Sends != 2 {
					t.Errorf("%v", states)
				}
				if _, verdict, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: "shop", To: anna, Purpose: "x", Code: s.Code}); verdict != gateway.Right {
					t.Error(verdict, err)
				}
			})
		})
	}
}

// A call that brings nothing is not waited for: the next step comes at once.
func TestWorkflowSkipsCalls(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer simulator.Answering
		state  call.State
		skips  bool
	}{
		{"busy", simulator.Answering{Busy: true}, call.Busy, true},
		{"nobody answers", simulator.Answering{Never: true}, call.NoAnswer, true},
		{"refused", simulator.Answering{Refuses: true}, call.Refused, true},
		{"out of reach", simulator.Answering{Away: true}, call.NoAnswer, true},
		{"it hangs up at once", simulator.Answering{HangUp: time.Second}, call.HungUp, false},
		{"it is heard", simulator.Answering{}, call.Completed, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", nil)
				w.Network.Subscriber(anna).Answer(tc.answer)
				time.Sleep(time.Minute)
				s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: "x",
					Workflow: workflow.Steps{{Channel: workflow.Voice, Wait: 10 * time.Minute}, {Channel: workflow.SMS}}, Lifetime: time.Hour})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(3 * time.Minute)
				states, v := timeline(t, w, s.Verification.ID)
				if states[0] != "voice "+string(tc.state) || (len(states) == 2) != tc.skips {
					t.Errorf("%v", states)
				}
				if tc.skips && v.Attempts[0].Cause.Text == "" {
					t.Errorf("no cause: %+v", v.Attempts[0])
				}
			})
		})
	}
}

// With require_key a voicemail hears no code, and a person hears it who presses 1.
func TestCallsAskForAKey(t *testing.T) {
	for _, tc := range []struct {
		name  string
		keys  map[time.Duration]string
		state call.State
		heard bool
	}{
		{"nobody presses", nil, call.NoKey, false},
		{"1 is pressed", map[time.Duration]string{8 * time.Second: "1"}, call.Completed, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", func(c *gateway.Config) { c.Voice.RequireKey = true })
				w.Network.Subscriber(anna).Answer(simulator.Answering{Keys: tc.keys})
				time.Sleep(time.Minute)
				s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: "x", Locale: "en-gb",
					Workflow: workflow.Numbered[7]})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(3 * time.Minute)
				want, err := engine.Render(t.Context(), speech.Request{Locale: "en-gb", Code: s.Code})
				if err != nil {
					t.Fatal(err)
				}
				call := w.Network.Subscriber(anna).Calls()[0]
				if got := heardIn(call.PCM, want) >= 0; got != tc.heard {
					t.Errorf("the code was heard: %v", got)
				}
				if states, _ := timeline(t, w, s.Verification.ID); states[0] != "voice "+string(tc.state) {
					t.Errorf("%v", states)
				}
			})
		})
	}
}

// A call that is up when the gateway is killed is unknown, and not dialled again.
func TestCallsThatAreCutOff(t *testing.T) {
	for _, tc := range []struct {
		name  string
		cut   func(w *gatewaytest.World)
		state call.State
	}{
		{"the modem is pulled out", func(w *gatewaytest.World) {
			w.SIMs[0].Unplug()
			time.Sleep(10 * time.Second)
			w.SIMs[0].Plug()
		}, call.Unknown},
		{"the gateway stops", func(w *gatewaytest.World) { w.Restart() }, call.HungUp},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", nil)
				time.Sleep(time.Minute)
				c, err := w.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: "shop", To: anna, Locale: "en-gb",
					Text: strings.Repeat("the pump has stopped. ", 10)})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
				if got, err := w.Gateway.Calls().Get(t.Context(), c.ID); err != nil || got.State != call.Calling {
					t.Fatalf("%+v, %v", got, err)
				}
				tc.cut(w)
				time.Sleep(20 * time.Minute)
				got, err := w.Gateway.Calls().Get(t.Context(), c.ID)
				if err != nil || got.State != tc.state || got.Cause.Text == "" {
					t.Errorf("%+v, %v", got, err)
				}
				if n := len(w.Network.Subscriber(anna).Calls()); n != 1 {
					t.Errorf("%d calls", n)
				}
			})
		})
	}
}

// After a kill in the middle of a call nobody can tell what became of it, and it is
// not dialled again; the step of its verification waits for its time.
func TestKilledInACall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := speaking(t, "sim7600", nil)
		time.Sleep(time.Minute)
		s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: "x", Workflow: workflow.Numbered[7]})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		left := t.TempDir() // what the disk holds at this moment
		for _, name := range []string{"simgate.db", "simgate.db-wal", "run/code.key"} {
			raw, err := os.ReadFile(filepath.Join(w.Folder, name))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Dir(filepath.Join(left, name)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(left, name), raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		after := speaking(t, "sim7600", nil, gatewaytest.In(left))
		time.Sleep(10 * time.Minute)
		if states, v := timeline(t, after, s.Verification.ID); !slices.Equal(states, []string{"voice unknown"}) || v.Attempts[0].Cause.Text == "" {
			t.Errorf("%v", states)
		}
		if n := len(after.Network.Subscriber(anna).Calls()); n != 0 {
			t.Errorf("it was dialled %d times again", n)
		}
	})
}

// One call a number at a time, none on a modem that has one; messages wait for
// the end of the call.
func TestCallsOneAtATime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := speaking(t, "sim7600", nil, gatewaytest.Modems(2))
		time.Sleep(time.Minute)
		place := func(to string) int64 {
			c, err := w.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: "shop", To: to, Locale: "en-gb", Text: "the pump has stopped"})
			if err != nil {
				t.Fatal(err)
			}
			return c.ID
		}
		const ben, cleo = "+4915112340000", "+4915112350000"
		first, again, second, third := place(anna), place(anna), place(ben), place(cleo)
		time.Sleep(5 * time.Second)
		states := func() string {
			var out []string
			for _, id := range []int64{first, again, second, third} {
				c, err := w.Gateway.Calls().Get(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, string(c.State))
			}
			return strings.Join(out, " ")
		}
		if got := states(); got != "calling queued calling queued" {
			t.Errorf("at first: %s", got)
		}
		if list, err := w.Gateway.Calls().List(t.Context(), call.Filter{State: call.Queued}); err != nil || len(list) == 0 || list[0].Waiting == "" {
			t.Errorf("in the list it waits for nothing: %+v, %v", list, err)
		}
		if c, err := w.Gateway.Calls().Get(t.Context(), third); err != nil || c.Waiting == "" {
			t.Errorf("it waits for %q, %v", c.Waiting, err)
		}
		m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hi"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got, err := w.Gateway.Message(t.Context(), m.ID); err != nil || got.State != gateway.Queued {
			t.Errorf("the message is %s while both modems have a call, %v", got.State, err)
		}
		time.Sleep(3 * time.Minute)
		if got := states(); got != "completed completed completed completed" {
			t.Errorf("at last: %s", got)
		}
		if got, err := w.Gateway.Message(t.Context(), m.ID); err != nil || got.State != gateway.Delivered {
			t.Errorf("the message is %s, %v", got.State, err)
		}
		calls := w.Network.Subscriber(anna).Calls()
		if len(calls) != 2 || calls[1].Begun.Before(calls[0].Ended) {
			t.Errorf("%+v", calls)
		}
	})
}

// What cannot be said is refused before anything is dialled, and leaves nothing.
func TestPlaceCallRefuses(t *testing.T) {
	files := t.TempDir()
	if err := os.WriteFile(filepath.Join(files, "not.wav"), []byte("RIFFnothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	bubble(t, func(t *testing.T) {
		w := speaking(t, "sim7600", func(c *gateway.Config) {
			c.Voice.Engine = speech.New(speech.Config{Files: files})
			c.Guard.VoiceCountries = nil
		})
		time.Sleep(time.Minute)
		for _, tc := range []struct {
			name  string
			n     gateway.NewCall
			code  fault.Code
			field string
		}{
			{"no number", gateway.NewCall{Text: "hi"}, fault.Invalid, "to"},
			{"a short code", gateway.NewCall{To: "22000", Text: "hi"}, fault.Invalid, "to"},
			{"a premium number", gateway.NewCall{To: "+499001234567", Text: "hi"}, fault.Forbidden, "to"},
			{"another country", gateway.NewCall{To: "+393331234567", Text: "hi"}, fault.Forbidden, "to"},
			{"no text", gateway.NewCall{To: anna}, fault.Invalid, "text"},
			{"a blank text", gateway.NewCall{To: anna, Text: " \n"}, fault.Invalid, "text"},
			{"10,000 characters", gateway.NewCall{To: anna, Text: strings.Repeat("a", 10_000)}, fault.Invalid, "text"},
			{"a control character", gateway.NewCall{To: anna, Text: "hi\x1b[2J"}, fault.Invalid, "text"},
			{"nothing but control characters", gateway.NewCall{To: anna, Text: "\x00\x1b"}, fault.Invalid, "text"},
			{"an unknown language", gateway.NewCall{To: anna, Text: "hi", Locale: "xx-yy"}, fault.Invalid, "language"},
			{"another script", gateway.NewCall{To: anna, Text: "привет", Locale: "en-gb"}, fault.Invalid, "text"},
			{"a file and a text", gateway.NewCall{To: anna, Text: "hi", File: "x.wav"}, fault.Invalid, "file"},
			{"a file that is not there", gateway.NewCall{To: anna, File: "x.wav"}, fault.Invalid, "file"},
			{"an invalid file", gateway.NewCall{To: anna, File: "not.wav"}, fault.Invalid, "file"},
			{"a way out", gateway.NewCall{To: anna, File: "../../../etc/passwd"}, fault.Invalid, "file"},
			{"the folder", gateway.NewCall{To: anna, File: "."}, fault.Invalid, "file"},
			{"no such line", gateway.NewCall{To: anna, Text: "hi", Line: 9}, fault.Invalid, "line"},
			{"no time", gateway.NewCall{To: anna, Text: "hi", Lifetime: time.Millisecond}, fault.Invalid, "lifetime"},
		} {
			tc.n.App = "shop"
			if tc.n.Locale == "" {
				tc.n.Locale = "de-de"
			}
			_, err := w.Gateway.PlaceCall(t.Context(), tc.n)
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != tc.code || e.Field != tc.field {
				t.Errorf("%s: %v", tc.name, err)
			}
		}
		for _, text := range []string{"-w /tmp/x", "<speak><audio src='file:///etc/passwd'/></speak>", "$(reboot) `reboot`"} {
			if _, err := w.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: "shop", To: anna, Text: text, Locale: "en-gb"}); err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
		list, err := w.Gateway.Calls().List(t.Context(), call.Filter{})
		if err != nil || len(list) != 3 {
			t.Errorf("%d calls, %v", len(list), err)
		}
	})
}

// Where espeak-ng is missing, dies or hangs, workflows fall back as configured,
// and no call is placed.
func TestSpeechless(t *testing.T) {
	folder := t.TempDir()
	script := func(name, body string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil { //nolint:gosec // it is a program
			t.Fatal(err)
		}
		return path
	}
	for _, tc := range []struct{ name, espeak string }{
		{"it is missing", filepath.Join(folder, "none")},
		{"it dies", script("dies", "exit 3")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, fallback := range []gateway.Fallback{gateway.FallbackSMS, gateway.FallbackReject} {
				bubble(t, func(t *testing.T) {
					w := speaking(t, "sim7600", func(c *gateway.Config) {
						c.Voice.Engine, c.VoiceFallback = speech.New(speech.Config{Espeak: tc.espeak}), fallback
					})
					time.Sleep(time.Minute)
					s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: "x", Locale: "de-de",
						Workflow: workflow.Numbered[7]})
					if fallback == gateway.FallbackReject {
						if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "espeak-ng") {
							t.Errorf("%v", err)
						}
						return
					}
					time.Sleep(time.Minute)
					if err != nil {
						t.Fatal(err)
					}
					if states, v := timeline(t, w, s.Verification.ID); states[0] != "sms delivered" || !strings.Contains(v.Attempts[0].Reason, "espeak-ng") {
						t.Errorf("%v: %s", states, v.Attempts[0].Reason)
					}
					if _, err := w.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: "shop", To: anna, Text: "hi", Locale: "de-de"}); fault.CodeOf(err) != fault.Unavailable {
						t.Errorf("%v", err)
					}
					if n := len(w.Network.Subscriber(anna).Calls()); n != 0 {
						t.Errorf("%d calls", n)
					}
				})
			}
		})
	}
}

// A voice that is missing silences its language and no other, and none that the owner
// has recorded.
func TestOneVoiceIsMissing(t *testing.T) {
	program := filepath.Join(t.TempDir(), "espeak-ng")
	script := "#!/bin/sh\nif [ \"$1\" = --voices ]; then espeak-ng --voices | grep -v ' de '; exit; fi\nexec espeak-ng \"$@\"\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, locale, recordings, state string
	}{
		{"a language with a voice", "fr-fr", "", "voice completed"},
		{"the language without", "de-de", "", "sms delivered"},
		{"the same, recorded", "de-de", recordings(t, "de-de"), "voice completed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", func(c *gateway.Config) {
					c.Voice.Engine = speech.New(speech.Config{Espeak: program, Recordings: tc.recordings})
				})
				time.Sleep(time.Minute)
				s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: "x", Locale: tc.locale,
					Workflow: workflow.Numbered[7]})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(3 * time.Minute)
				if states, _ := timeline(t, w, s.Verification.ID); states[0] != tc.state {
					t.Errorf("%v, want %s", states, tc.state)
				}
			})
		})
	}
}

// A module with speech of its own reads the code, where its language is one of
// the two that such modules have; else it plays a file, where it can; else a
// message takes the place of the call.
func TestModuleReads(t *testing.T) {
	for _, tc := range []struct {
		name, locale string
		key          bool
		without      []string
		recorded     bool
		state        string
		voice        string
	}{
		{"English", "en-us", false, nil, false, "voice completed", "tts"},
		{"German", "de-de", false, nil, false, "voice completed", "file"},
		{"English, to who presses a key", "en-us", true, nil, false, "voice no_key", "file"},
		{"German, where no files are played", "de-de", false, []string{"+CCMXPLAY"}, false, "sms delivered", ""},
		{"to who presses a key, where no files are played", "en-us", true, []string{"+CCMXPLAY"}, false, "sms delivered", ""},
		{"English that the owner recorded", "en-us", false, nil, true, "voice completed", "file"},
		{"English that the owner recorded, where no files are played", "en-us", false, []string{"+CCMXPLAY"}, true, "voice completed", "tts"},
		{"a language in short", "de", false, nil, false, "voice completed", "file"},
		{"the language of the number", "auto", false, nil, false, "voice completed", "file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			engine := engine
			if tc.recorded {
				engine = speech.New(speech.Config{Recordings: recordings(t, tc.locale)})
			}
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t, gatewaytest.Simulated(func(int) []simulator.ModemOption {
					return []simulator.ModemOption{simulator.Family("a7670"), simulator.Without(tc.without...)}
				}), gatewaytest.Configure(func(c *gateway.Config) {
					c.Voice = call.Voice{Engine: engine, RequireKey: tc.key}
					c.Guard.VoiceCountries = []string{"DE"}
				}))
				time.Sleep(time.Minute)
				s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: "x", Locale: tc.locale,
					Workflow: workflow.Numbered[7]})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(3 * time.Minute)
				states, _ := timeline(t, w, s.Verification.ID)
				if states[0] != tc.state {
					t.Errorf("%v", states)
				}
				if tc.voice == "" {
					return
				}
				if c, err := w.Gateway.Calls().List(t.Context(), call.Filter{}); err != nil || len(c) != 1 || c[0].Voice != tc.voice {
					t.Errorf("%+v, %v", c, err)
				}
				heard := w.Network.Subscriber(anna).Calls()[0]
				if tc.locale == "auto" {
					tc.locale = "de-de"
				}
				want, err := engine.Render(t.Context(), speech.Request{Locale: tc.locale, Code: s.Code})
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case tc.voice == "tts":
					spelled := strings.Join(strings.Split(s.Code, ""), ". ")
					if want, said := "Your code is. "+spelled+". I repeat. "+spelled+". To hear it again, press one.", strings.Join(heard.Texts(), " "); said != want {
						t.Errorf("the module said %q, want %q", said, want)
					}
				case tc.key == (heardIn(heard.PCM, want) >= 0):
					t.Errorf("the code was heard: %v", !tc.key)
				}
			})
		})
	}
}

// recordings writes the recordings of a locale: tones.
func recordings(t *testing.T, locale string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, locale), 0o700); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "sentence"} {
		pcm := make([]int16, speech.Rate/2)
		for j := range pcm {
			pcm[j] = int16(9000 * math.Sin(2*math.Pi*float64(400+200*i)*float64(j)/speech.Rate))
		}
		var wav bytes.Buffer
		if err := errors.Join(speech.WriteWAV(&wav, pcm), os.WriteFile(filepath.Join(root, locale, name+".wav"), wav.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// No log holds a code that was spoken, digit by digit or whole, at any level.
func TestSpokenCodesAreNotInTheLog(t *testing.T) {
	t.Parallel()
	for _, family := range []string{"sim7600", "a7670", "m35"} {
		t.Run(family, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var log logBuffer
				w := speaking(t, family, nil, gatewaytest.LogTo(&log))
				time.Sleep(time.Minute)
				s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: "x", Locale: "en-us", Length: 8,
					Workflow: workflow.Numbered[7]})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Minute)
				if states, _ := timeline(t, w, s.Verification.ID); states[0] != "voice completed" {
					t.Fatalf("%v", states)
				}
				w.Stop()
				log.mu.Lock()
				defer log.mu.Unlock()
				text := log.text.String()
				for _, between := range []string{"", " ", ". ", ", "} {
					if strings.Contains(text, strings.Join(strings.Split(s.Code, ""), between)) {
						t.Errorf("the log contains the code, with %q between its digits", between)
					}
				}
				if !strings.Contains(text, "level=DEBUG") || strings.Contains(text, anna[3:]) {
					t.Error("the log does not tell of all this, or tells the number")
				}
			})
		})
	}
}

// Somebody who calls is refused, and the owner hears of it.
func TestIncomingCallIsTold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := speaking(t, "sim7600", nil)
		time.Sleep(time.Minute)
		if err := w.Network.Subscriber(anna).Call(gatewaytest.SIM(0).MSISDN); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.CallIncoming})
		if err != nil || len(events) != 1 || !strings.Contains(events[0].Text, anna) {
			t.Errorf("%v, %v", events, err)
		}
		if st := w.Modems[0].Status(); st.State != modem.Ready || st.Voice != modem.VoiceTTY {
			t.Errorf("%+v", st)
		}
	})
}

// The same request makes one call.
func TestNoCallIsPlacedToATestNumber(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := speaking(t, "sim7600", func(c *gateway.Config) {
			c.TestNumbers, c.Guard.VoiceCountries = map[string]string{anna: "424242"}, []string{"FR"}
		})
		time.Sleep(time.Minute)
		c, err := w.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: "shop", To: anna, Text: "hi", Locale: "en-gb"})
		if err != nil || c.State != call.Completed || !strings.Contains(c.Cause.Text, "a test number") {
			t.Errorf("%+v, %v", c, err)
		}
		time.Sleep(time.Minute)
		if n := len(w.Network.Subscriber(anna).Calls()); n != 0 {
			t.Errorf("%d calls", n)
		}
		if again, err := w.Gateway.Calls().Get(t.Context(), c.ID); err != nil || again.State != call.Completed || again.Ended.IsZero() {
			t.Errorf("%+v, %v", again, err)
		}
	})
}

func TestPlaceCallOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := speaking(t, "sim7600", nil)
		time.Sleep(time.Minute)
		n := gateway.NewCall{App: "shop", To: anna, Text: "hi", Locale: "en-gb", Once: idempotency.Request{Key: "k", Route: "r", Fingerprint: []byte("f")}}
		first, err := w.Gateway.PlaceCall(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		second, err := w.Gateway.PlaceCall(context.WithoutCancel(t.Context()), n)
		if err != nil || second.ID != first.ID || !second.Replayed {
			t.Errorf("%+v, %v", second, err)
		}
		if _, err := w.Gateway.Calls().Cancel(t.Context(), "other", first.ID); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("another app cancels it: %v", err)
		}
		time.Sleep(time.Minute)
		if _, err := w.Gateway.Calls().Cancel(t.Context(), "shop", first.ID); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("it is cancelled when it is over: %v", err)
		}
		if got := fmt.Sprint(len(w.Network.Subscriber(anna).Calls())); got != "1" {
			t.Errorf("%s calls", got)
		}
	})
}

// What a line says of a call that is over is a state in which a call that is up may end.
func TestOutcomesAreStates(t *testing.T) {
	for _, o := range []line.CallOutcome{line.CallCompleted, line.CallHungUp, line.CallBusy, line.CallNoAnswer, line.CallRefused,
		line.CallNotHeard, line.CallFailed, line.CallUnknown} {
		if s := call.State(o); !call.Calling.May(s) || !s.Ended() {
			t.Errorf("a call cannot end as %s", o)
		}
	}
}

// The second call of a workflow comes a minute after the first was dialled, whatever
// became of that; one that still waits for a line keeps its place in the queue.
func TestACallFollowsACallAfterAMinute(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer simulator.Answering
		before int // calls that the line has first
	}{
		{"busy", simulator.Answering{Busy: true}, 0},
		{"nobody answers", simulator.Answering{Never: true}, 0},
		{"refused", simulator.Answering{Refuses: true}, 0},
		{"out of reach", simulator.Answering{Away: true}, 0},
		{"busy, and the line was taken for more than a minute", simulator.Answering{Busy: true}, 6},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", nil)
				w.Network.Subscriber(anna).Answer(tc.answer)
				time.Sleep(time.Minute)
				start := func(to string, id int) string {
					s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: to, Purpose: "x",
						Locale: "en-gb", Workflow: workflow.Numbered[id], Lifetime: 15 * time.Minute})
					if err != nil {
						t.Fatal(err)
					}
					return s.Verification.ID
				}
				for i := range tc.before {
					start(fmt.Sprintf("+49151123400%02d", i), 7)
				}
				id, asked := start(anna, 3), time.Now()
				time.Sleep(14 * time.Minute)
				calls := w.Network.Subscriber(anna).Calls()
				if len(calls) != 2 {
					states, v := timeline(t, w, id)
					t.Fatalf("%d calls: %v, %+v", len(calls), states, v.Attempts)
				}
				if d := calls[0].Begun.Sub(asked); (tc.before > 0) != (d > time.Minute) {
					t.Errorf("the first rang after %v", d)
				}
				if d := calls[1].Begun.Sub(calls[0].Begun); d < time.Minute || tc.before == 0 && d > 63*time.Second {
					t.Errorf("the second rang %v after the first", d)
				}
			})
		})
	}
}

// Of two lines that are free the one whose LTE carries calls places them, and the other
// only while that one has a call.
func TestCallsPreferVoLTE(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(2), gatewaytest.Simulated(func(i int) []simulator.ModemOption {
			options := []simulator.ModemOption{simulator.Family("sim7600")}
			if i == 1 {
				options = append(options, simulator.PacketOnly())
			}
			return options
		}), gatewaytest.Configure(func(c *gateway.Config) {
			c.Voice.Engine = engine
			c.Guard.VoiceCountries = []string{guard.AllCountries}
		}))
		time.Sleep(time.Minute)
		place := func(to string) int64 {
			c, err := w.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: "shop", To: to, Locale: "en-gb", Text: "the pump has stopped"})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			return c.ID
		}
		good, other := w.Gateway.Lines().All()[1].ID(), w.Gateway.Lines().All()[0].ID()
		for i, tc := range []struct {
			pause time.Duration
			line  int64
		}{{time.Minute, good}, {time.Minute, good}, {0, good}, {time.Minute, other}} {
			id := place(fmt.Sprintf("+49151123400%02d", i))
			c, err := w.Gateway.Calls().Get(t.Context(), id)
			if err != nil || c.Line != tc.line || tc.line == good && !strings.Contains(c.Passed, "without VoLTE") {
				t.Errorf("call %d is placed by line %d, want %d: %+v, %v", i, c.Line, tc.line, c, err)
			}
			time.Sleep(tc.pause)
		}
	})
}

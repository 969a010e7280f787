package modem_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simgate/modem"
)

// Families report calls in different ways, or not at all, and the outcome is the same:
// that of the list of calls.
func TestCallOutcomes(t *testing.T) {
	cases := []struct {
		name     string
		exchange exchange
		want     modem.CallOutcome
	}{
		{"it is answered and all is said", exchange{answer: 5 * time.Second}, modem.CallCompleted},
		{"the modem tells nothing by itself", exchange{answer: 5 * time.Second, quiet: true}, modem.CallCompleted},
		{"the dial command is answered with the call", exchange{answer: 5 * time.Second, blocks: true}, modem.CallCompleted},
		{"it is busy", exchange{refusal: []string{"BUSY"}}, modem.CallBusy},
		{"nobody is there, as the network says", exchange{refusal: []string{"NO ANSWER"}}, modem.CallNoAnswer},
		{"nobody is there, as the cause says", exchange{refusal: []string{"NO CARRIER"}}, modem.CallNoAnswer},
		{"the call vanishes from the list", exchange{refusal: []string{}}, modem.CallNoAnswer},
		{"nobody answers", exchange{}, modem.CallNoAnswer},
		{"nobody answers and the dial command has no answer", exchange{blocks: true}, modem.CallNoAnswer},
		{"the far end hangs up in the middle", exchange{answer: 5 * time.Second, hangUp: 2 * time.Second}, modem.CallHungUp},
		{"it hangs up and the modem does not tell", exchange{answer: 5 * time.Second, hangUp: 2 * time.Second, quiet: true}, modem.CallHungUp},
		{"the dial command is refused after it rang", exchange{blocks: true, refusal: []string{"ERROR"}}, modem.CallNoAnswer},
		{"the dial command says that it is busy", exchange{dial: "BUSY"}, modem.CallBusy},
	}
	for family := range dialects {
		for _, c := range cases {
			t.Run(family+" "+c.name, func(t *testing.T) {
				x := c.exchange
				x.family = family
				callStory(t, &x, modem.Config{}, func(t *testing.T, s *rig) {
					began := time.Now()
					r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(4), Text: "your code is 1 2 3 4", Locale: "en-us"})
					if err != nil || r.Outcome != c.want {
						t.Errorf("the call was %+v, %v; want %s; commands %q", r, err, c.want, x.commands)
					}
					if took := time.Since(began); took > 60*time.Second {
						t.Errorf("it took %s", took)
					}
					if x.isUp() {
						t.Error("a call is up still")
					}
					s.expect(t, modem.Ready)
				})
			})
		}
	}
}

// What the far end hears over a port is what was to be said, sample for sample.
func TestCallIsHeard(t *testing.T) {
	for _, c := range []struct {
		family   string
		refuses  []string
		strategy modem.Voice
	}{
		{"sim7600", nil, modem.VoiceTTY},
		{"ec25", nil, modem.VoiceTTY},
		{"huawei", nil, modem.VoiceTTY},
		{"sim7600", []string{"+CPCMREG"}, modem.VoiceFile},
		{"ec25", []string{"+QPCMV"}, modem.VoiceFile},
	} {
		t.Run(c.family+" "+string(c.strategy), func(t *testing.T) {
			x := &exchange{family: c.family, answer: 3 * time.Second, refuses: c.refuses}
			for _, name := range c.refuses {
				x.refuses = append(x.refuses, name+"=?")
			}
			callStory(t, x, modem.Config{}, func(t *testing.T, s *rig) {
				if v := s.Status().Voice; v != c.strategy {
					t.Errorf("it says that it speaks by %q", v)
				}
				r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(4)})
				if err != nil || r.Outcome != modem.CallCompleted || r.Strategy != string(c.strategy) || !r.Answered {
					t.Errorf("%+v, %v", r, err)
				}
				if !strings.Contains(string(x.heard), bytesOf(tone(4))) {
					t.Errorf("%d octets were heard, and not what was said", len(x.heard))
				}
			})
		})
	}
}

// A module that plays AMR alone gets that from sox: without it, or with one that
// fails, it speaks by itself.
func TestCallPlaysAMR(t *testing.T) {
	for _, c := range []struct {
		name, sox string
		voice     modem.Voice
		heard     string
	}{
		{"with sox", "printf '#!AMR\\n'; exec /bin/cat", modem.VoiceFile, "#!AMR\nRIFF"},
		{"with sox that cannot write it", "echo no handler >&2; exit 2", modem.VoiceFile, "+CTTS=2"},
		{"with sox that writes something else", "exec /bin/cat", modem.VoiceFile, "+CTTS=2"},
		{"without sox", "", modem.VoiceTTS, "+CTTS=2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bin := t.TempDir()
			t.Setenv("PATH", bin)
			if c.sox != "" {
				if err := os.WriteFile(filepath.Join(bin, "sox"), []byte("#!/bin/sh\n"+c.sox+"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			x := &exchange{family: "sim800", answer: 3 * time.Second}
			callStory(t, x, modem.Config{}, func(t *testing.T, s *rig) {
				if v := s.Status().Voice; v != c.voice {
					t.Errorf("it says that it speaks by %q", v)
				}
				_, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(2), Text: "one", Locale: "en-us"})
				if err != nil || !strings.HasPrefix(string(x.heard), c.heard) {
					t.Errorf("%v; %d octets were heard", err, len(x.heard))
				}
			})
		})
	}
}

// Modules that speak by themselves are given texts, if they know the language.
func TestCallReadsText(t *testing.T) {
	for _, c := range []struct{ locale, text, want string }{
		{"en-us", `say "1 2"`, `+CTTS=2,"say  1 2 "`},
		{"zh-cn", "一二", `+CTTS=1,"4E004E8C"`},
		{"de-de", "eins zwei", ""},
	} {
		t.Run(c.locale, func(t *testing.T) {
			x := &exchange{family: "a7670", answer: 3 * time.Second, refuses: []string{"+CCMXPLAY=?"}} // it would play German as a file
			callStory(t, x, modem.Config{}, func(t *testing.T, s *rig) {
				r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(1), Text: c.text, Locale: c.locale})
				if c.want == "" {
					if modem.ClassOf(err) != modem.OtherSIM || r.Outcome != modem.CallFailed || len(x.heard) > 0 {
						t.Errorf("%+v, %v", r, err)
					}
					return
				}
				if err != nil || r.Outcome != modem.CallCompleted || string(x.heard) != c.want {
					t.Errorf("%+v, %v; %q", r, err, x.heard)
				}
			})
		})
	}
}

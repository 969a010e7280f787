package modem_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"simgate/modem"
)

// The keys of every dialect are understood.
func TestCallKeys(t *testing.T) {
	for family, line := range map[string]string{"sim7600": "+DTMF: 1", "a7670": "+RXDTMF: 1", "sim800": "+DTMF: 1,160", "ec25": "+QTONEDET: 49", "huawei": "^DDTMF: 1"} {
		if family == "a7670" || family == "sim800" {
			continue // a text cannot be preceded by a prompt of sounds
		}
		for _, refused := range []string{"", "+CPCMREG=?", "+QPCMV=?"} {
			if family == "huawei" && refused != "" {
				continue // it plays no files
			}
			t.Run(family+" without "+refused, func(t *testing.T) {
				x := &exchange{family: family, answer: 3 * time.Second, refuses: []string{refused}, keys: map[time.Duration]string{5 * time.Second: line, 11 * time.Second: line}}
				callStory(t, x, modem.Config{}, func(t *testing.T, s *rig) {
					r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(3), Prompt: tone(2), Again: true})
					if err != nil || r.Outcome != modem.CallCompleted || r.Keys != "11" {
						t.Errorf("%+v, %v", r, err)
					}
					if n := strings.Count(string(x.heard), bytesOf(tone(3))); n != 2 {
						t.Errorf("it was said %d times; commands %q", n, x.commands)
					}
				})
			})
		}
		t.Run(family+" no key is pressed", func(t *testing.T) {
			x := &exchange{family: family, answer: 3 * time.Second}
			callStory(t, x, modem.Config{}, func(t *testing.T, s *rig) {
				r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(3), Prompt: tone(2)})
				if err != nil || r.Outcome != modem.CallNotHeard || strings.Contains(string(x.heard), bytesOf(tone(3))) {
					t.Errorf("%+v, %v", r, err)
				}
			})
		})
	}
}

// Keys that the modem does not tell are heard, where its sound comes to us; where
// it does not, nobody is asked for one.
func TestCallHearsKeys(t *testing.T) {
	for _, c := range []struct {
		name    string
		refuses []string
		class   modem.Class
	}{
		{"over a port", []string{"+DDET"}, modem.None},
		{"with files alone", []string{"+DDET", "+CPCMREG=?"}, modem.OtherSIM},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := &exchange{family: "sim7600", answer: 3 * time.Second, tones: 4 * time.Second, refuses: c.refuses}
			callStory(t, x, modem.Config{}, func(t *testing.T, s *rig) {
				r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(2), Prompt: tone(2)})
				if modem.ClassOf(err) != c.class {
					t.Fatalf("%+v, %v", r, err)
				}
				if err == nil && (r.Outcome != modem.CallCompleted || r.Keys != "1") {
					t.Errorf("%+v", r)
				}
				if said := strings.Contains(string(x.heard), bytesOf(tone(2))); said != (err == nil) {
					t.Errorf("it was said: %v", said)
				}
			})
		})
	}
}

// One call at a time; messages wait for its end, and a cancelled call is hung up.
func TestCallHasTheLine(t *testing.T) {
	x := &exchange{family: "sim7600", answer: 3 * time.Second}
	callStory(t, x, modem.Config{}, func(t *testing.T, s *rig) {
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan modem.CallResult)
		go func() {
			r, err := s.Call(ctx, modem.Call{To: anna, Speech: tone(60)})
			if err != nil {
				t.Error(err)
			}
			over <- r
		}()
		time.Sleep(10 * time.Second)
		s.expect(t, modem.InCall)
		if _, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(1)}); modem.ClassOf(err) != modem.Retry {
			t.Errorf("a second call: %v", err)
		}
		sent := make(chan time.Time)
		go func() {
			if _, err := s.submit(t, "hello"); err != nil {
				t.Error(err)
			}
			sent <- time.Now()
		}()
		time.Sleep(10 * time.Second)
		cancelled := time.Now()
		cancel()
		if r := <-over; r.Outcome != modem.CallHungUp || x.isUp() {
			t.Errorf("%+v", r)
		}
		if at := <-sent; at.Before(cancelled) {
			t.Error("a message went out during the call")
		} else if at.Sub(cancelled) > 20*time.Second {
			t.Errorf("the call took %s to end", at.Sub(cancelled))
		}
	})
}

// A modem whose sound had to be asked for more than once is restarted, and one
// that gives none has the next call go another way.
func TestCallSoundIsLate(t *testing.T) {
	x := &exchange{family: "sim7600", answer: 3 * time.Second, late: 4}
	callStory(t, x, modem.Config{}, func(t *testing.T, s *rig) {
		r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(3)})
		if err != nil || r.Outcome != modem.CallCompleted {
			t.Errorf("%+v, %v", r, err)
		}
		time.Sleep(2 * time.Minute)
		s.expect(t, modem.Ready)
		if n := s.sim.Resets()["reset"]; n != 1 {
			t.Errorf("it was restarted %d times", n)
		}
		x.late = 1000
		if r, err = s.Call(t.Context(), modem.Call{To: anna, Speech: tone(3)}); err != nil || r.Outcome != modem.CallFailed || !r.Answered {
			t.Errorf("%+v, %v", r, err)
		}
		time.Sleep(2 * time.Minute)
		s.expect(t, modem.Ready)
		if r, err = s.Call(t.Context(), modem.Call{To: anna, Speech: tone(3)}); err != nil || r.Outcome != modem.CallCompleted || r.Strategy != string(modem.VoiceFile) {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// However a call ends it is hung up, and a modem that does not hang up is restarted.
func TestCallIsHungUp(t *testing.T) {
	for _, c := range []struct {
		name     string
		exchange exchange
		after    time.Duration // it is withdrawn
		limit    time.Duration // of the call
		want     modem.CallOutcome
		restarts int
	}{
		{"withdrawn as it is dialled", exchange{}, time.Millisecond, 0, modem.CallNoAnswer, 0},
		{"withdrawn while it rings", exchange{}, 10 * time.Second, 0, modem.CallNoAnswer, 0},
		{"withdrawn while the dial command has no answer", exchange{blocks: true}, 10 * time.Second, 0, modem.CallNoAnswer, 0},
		{"withdrawn while it is said", exchange{answer: 3 * time.Second}, 10 * time.Second, 0, modem.CallHungUp, 0},
		{"it lasts too long", exchange{answer: 3 * time.Second}, time.Hour, 20 * time.Second, modem.CallHungUp, 0},
		{"+CHUP is not known", exchange{answer: 3 * time.Second, refuses: []string{"+CHUP"}}, 10 * time.Second, 0, modem.CallHungUp, 0},
		{"the modem has no list of calls", exchange{answer: 3 * time.Second, refuses: []string{"+CLCC"}}, 10 * time.Second, 0, modem.CallHungUp, 0},
		{"the modem keeps it up", exchange{answer: 3 * time.Second, refuses: []string{"+CHUP", "H"}}, 10 * time.Second, 0, modem.CallHungUp, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := c.exchange
			x.family = "sim7600"
			callStory(t, &x, modem.Config{}, func(t *testing.T, s *rig) {
				ctx, cancel := context.WithTimeout(t.Context(), c.after)
				defer cancel()
				began := time.Now()
				r, err := s.Call(ctx, modem.Call{To: anna, Speech: tone(60), Limit: c.limit})
				if err != nil && c.after > time.Millisecond || err == nil && r.Outcome != c.want {
					t.Errorf("%+v, %v", r, err)
				}
				if took := time.Since(began); took > min(c.after, 30*time.Second)+30*time.Second {
					t.Errorf("it took %s", took)
				}
				if x.isUp() && c.restarts == 0 {
					t.Errorf("it is up still; commands %q", x.commands)
				}
				time.Sleep(3 * time.Minute)
				s.expect(t, modem.Ready)
				if n := s.sim.Resets()["reset"]; n != c.restarts {
					t.Errorf("the modem was restarted %d times", n)
				}
			})
		})
	}
}

// A call that comes in during another is reported and not refused.
func TestCallWaits(t *testing.T) {
	x := &exchange{family: "sim7600", answer: 3 * time.Second}
	callStory(t, x, modem.Config{}, func(t *testing.T, s *rig) {
		x.after(6*time.Second, func() { x.say(`+CCWA: "+491701111111",145,1`) })
		r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(10)})
		if err != nil || r.Outcome != modem.CallCompleted || r.Duration < 10*time.Second {
			t.Errorf("%+v, %v", r, err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.notices) != 1 || s.notices[0].Kind != modem.NoticeCall || s.notices[0].From != "+491701111111" {
			t.Errorf("the owner was told %+v", s.notices)
		}
	})
}

// Calls that were not dialled say why.
func TestCallIsNotDialled(t *testing.T) {
	for _, c := range []struct {
		name string
		to   string
		x    exchange
		want modem.Class
	}{
		{"no number", "12", exchange{}, modem.GiveUp},
		{"a command in the number", "+49151;+CHUP", exchange{}, modem.GiveUp},
		{"the modem refuses", anna, exchange{dial: "ERROR"}, modem.Retry},
		{"the network carries no calls", anna, exchange{dial: "NO DIALTONE"}, modem.OtherSIM},
		{"there is no SIM", anna, exchange{dial: "+CME ERROR: 10"}, modem.ClassOf(nil)},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.x.family = "huawei"
			callStory(t, &c.x, modem.Config{}, func(t *testing.T, s *rig) {
				r, err := s.Call(t.Context(), modem.Call{To: c.to, Speech: tone(1)})
				if err == nil || r.Outcome != modem.CallFailed || c.want != "" && modem.ClassOf(err) != c.want {
					t.Errorf("%+v, %v (%s)", r, err, modem.ClassOf(err))
				}
			})
		})
	}
}

// The port dies at every octet of a call. What was dialled is unknown then, unless
// all was said before; what was not is known not to be. The modem comes back.
func TestCallLosesThePort(t *testing.T) {
	t.Parallel()
	for family := range dialects {
		t.Run(family, func(t *testing.T) {
			died := true
			for k := 1; died && !t.Failed(); k += 3 {
				x := &exchange{family: family, answer: 3 * time.Second}
				callStory(t, x, modem.Config{}, func(t *testing.T, s *rig) {
					x.mu.Lock()
					x.said, x.dieAt, x.commands = 0, k, nil
					x.mu.Unlock()
					r, err := s.Call(t.Context(), modem.Call{To: anna, Speech: tone(2), Text: "one", Locale: "en-us"})
					x.mu.Lock()
					died = x.said >= k
					dialled := slices.Contains(x.commands, "D"+anna+";")
					x.mu.Unlock()
					want := modem.CallCompleted
					switch {
					case !dialled:
						want = modem.CallFailed
					case died && r.Outcome != modem.CallCompleted:
						want = modem.CallUnknown
					}
					if r.Outcome != want || (err == nil) != dialled {
						t.Errorf("octet %d: %+v, %v; dialled: %v", k, r, err, dialled)
					}
					time.Sleep(3 * time.Minute)
					s.expect(t, modem.Ready)
				})
			}
		})
	}
}

// Incoming calls are reported once, with the number, and refused.
func TestIncomingCall(t *testing.T) {
	for _, c := range []struct {
		name    string
		policy  modem.IncomingCalls
		clip    string
		from    string
		refused bool
	}{
		{"with a number", "", `+CLIP: "+491701111111",145,"",,"",0`, "+491701111111", true},
		{"without one", modem.RefuseCalls, "", "", true},
		{"withheld", modem.RefuseCalls, `+CLIP: "",128,"",,"",1`, "", true},
		{"ignored", modem.IgnoreCalls, `+CLIP: "+491701111111",145,"",,"",0`, "+491701111111", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := &exchange{family: "sim800"}
			callStory(t, x, modem.Config{IncomingCalls: c.policy}, func(t *testing.T, s *rig) {
				for range 3 {
					x.mu.Lock()
					x.say("RING")
					if c.clip != "" {
						x.say(c.clip)
					}
					x.mu.Unlock()
					time.Sleep(5 * time.Second)
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				calls := slices.DeleteFunc(slices.Clone(s.notices), func(n modem.Notice) bool { return n.Kind != modem.NoticeCall })
				if len(calls) != 1 || calls[0].From != c.from || strings.Contains(calls[0].Text, "170") {
					t.Errorf("the owner was told %+v", calls)
				}
				if got := slices.Contains(x.commands, "+CHUP"); got != c.refused {
					t.Errorf("it was refused: %v", got)
				}
			})
		})
	}
}

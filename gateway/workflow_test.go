package gateway

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The seven workflows of Textmagic, channel by channel.
func TestNumberedWorkflows(t *testing.T) {
	for n, want := range map[int]string{1: "sms voice voice", 2: "sms sms voice", 3: "voice voice", 4: "sms sms", 5: "sms voice", 6: "sms", 7: "voice"} {
		got := ""
		for i, s := range Workflows[n] {
			if i > 0 {
				got += " "
			}
			got += string(s.Channel)
		}
		if got != want {
			t.Errorf("workflow %d is %s, want %s", n, got, want)
		}
		if err := Workflows[n].check(); err != nil {
			t.Errorf("workflow %d: %v", n, err)
		}
		again, err := ParseWorkflow(Workflows[n].String())
		if err != nil || again.String() != Workflows[n].String() {
			t.Errorf("workflow %d is read as %v, %v", n, again, err)
		}
	}
}

// Random histories: steps go in order, none before its time unless the one before
// failed for good, none twice, and in the end it is over.
func TestNextInRandomHistories(t *testing.T) {
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 3))
		w := make(Workflow, 1+random.IntN(maxSteps))
		for i := range w {
			w[i] = Step{Channel: Channels[random.IntN(2)], Wait: minWait + time.Duration(random.Int64N(int64(maxWait-minWait)))}
		}
		now := time.UnixMilli(1_000_000)
		var history []Attempt
		began := map[int]time.Time{}
		for moves := 0; ; moves++ {
			if moves > 200 {
				t.Fatalf("seed %d: it never ends", seed)
			}
			d := w.Next(history, now)
			if again := w.Next(history, now); again != d {
				t.Fatalf("seed %d: it says %v and then %v", seed, d, again)
			}
			if d.Do == Finish {
				if _, last := began[len(w)-1]; !last {
					t.Fatalf("seed %d: it ended after %d of %d steps", seed, len(began), len(w))
				}
				break
			}
			if d.Do == Await {
				if !d.At.After(now) {
					t.Fatalf("seed %d: it waits for the past", seed)
				}
				switch last := &history[len(history)-1]; random.IntN(4) {
				case 0:
					last.State = []State{Failed, Undelivered, Delivered, Unknown, Sent}[random.IntN(5)]
				case 1: // somebody asks again
					history = append(history, Attempt{Step: last.Step, Channel: ChannelSMS, State: Sent, Reason: reasonAgain, At: now})
				}
				now = now.Add(time.Duration(random.Int64N(int64(d.At.Sub(now)) + 1)))
				continue
			}
			if _, twice := began[d.Step]; twice || d.Step != len(began) || d.Channel != w[d.Step].Channel {
				t.Fatalf("seed %d: step %d of %v begins after %d", seed, d.Step, w, len(began))
			}
			if d.Step > 0 {
				hopeless := true
				for _, a := range history {
					if a.Step == d.Step-1 {
						hopeless = hopeless && a.State.hopeless()
					}
				}
				if early := now.Before(began[d.Step-1].Add(w[d.Step-1].Wait)); early && !hopeless || early != d.Skipped {
					t.Fatalf("seed %d: step %d begins too early", seed, d.Step)
				}
			}
			began[d.Step] = now
			history = append(history, Attempt{Step: d.Step, Channel: d.Channel, State: Sent, At: now})
		}
	}
}

func TestWorkflowsThatCannotBe(t *testing.T) {
	for name, s := range map[string]string{
		"an unknown channel": "fax", "a wait that is none": "sms:soon,voice", "a wait that is too short": "sms:1s,sms",
		"a wait that is too long": "sms:1h,sms", "too many steps": "sms:60s,sms:60s,sms:60s,sms:60s,sms:60s,sms", "a channel that comes later": "mo",
	} {
		t.Run(name, func(t *testing.T) {
			if w, err := ParseWorkflow(s); err == nil {
				t.Errorf("%q is read as %v", s, w)
			}
		})
	}
}

func FuzzParseWorkflow(f *testing.F) {
	f.Add("sms:60s,voice")
	f.Fuzz(func(t *testing.T, s string) {
		w, err := ParseWorkflow(s)
		if err != nil {
			return
		}
		if again, err := ParseWorkflow(w.String()); err != nil || again.String() != w.String() {
			t.Errorf("%q became %q and then %v, %v", s, w, again, err)
		}
	})
}

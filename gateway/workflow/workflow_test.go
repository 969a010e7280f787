package workflow_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/workflow"
)

// A workflow, driven by whatever its decisions are and whatever becomes of its
// attempts, begins each step once and in order, never before the time of the one
// before unless that has failed, and comes to an end.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w workflow.Steps
		for range rapid.IntRange(1, 5).Draw(t, "steps") {
			w = append(w, workflow.Step{Channel: rapid.SampledFrom(workflow.Channels).Draw(t, "channel"),
				Wait: time.Duration(rapid.IntRange(10, 900).Draw(t, "wait")) * time.Second})
		}
		now := clock.Uptime(1_000_000)
		var history []workflow.Attempt
		began := map[int]clock.Uptime{}
		for turn := 0; ; turn++ {
			if turn > 100 {
				t.Fatal("it does not come to an end")
			}
			d := w.Next(slices.Clone(history), now)
			if again := w.Next(slices.Clone(history), now); again != d {
				t.Fatalf("the same history gives %+v and %+v", d, again)
			}
			switch d.Do {
			case workflow.Finish:
				if len(began) != len(w) {
					t.Fatalf("finished after %d of %d steps", len(began), len(w))
				}
				return
			case workflow.Begin:
				if d.Step != len(began) || d.Channel != w[d.Step].Channel {
					t.Fatalf("%+v after %d steps", d, len(began))
				}
				if before := d.Step - 1; before >= 0 {
					failed := !slices.ContainsFunc(history, func(a workflow.Attempt) bool { return a.Step == before && !a.Failed })
					early := now < began[before].Add(w[before].Wait)
					if early && !failed || d.Skipped != (early && failed) {
						t.Fatalf("%+v, early %v, failed %v", d, early, failed)
					}
				}
				began[d.Step] = now
				history = append(history, workflow.Attempt{Step: d.Step, Channel: d.Channel, At: now})
			case workflow.Await:
				if d.At <= now {
					t.Fatalf("waits for what has been")
				}
				switch rapid.IntRange(0, 3).Draw(t, "meanwhile") {
				case 0: // the time passes
					now = d.At
				case 1: // some of it
					now = now.Add(time.Duration(rapid.Int64Range(0, int64(d.At.Sub(now))).Draw(t, "passes")))
				case 2: // an attempt moves on
					history[rapid.IntRange(0, len(history)-1).Draw(t, "which")].Failed = rapid.Bool().Draw(t, "failed")
				case 3: // somebody asks again
					last := history[len(history)-1]
					last.At, last.Failed = now, false
					history = append(history, last)
				}
			default:
				t.Fatalf("%+v", d)
			}
		}
	})
}

// What was sent again does not move the time of the next step.
func TestResendDoesNotDelayTheNextStep(t *testing.T) {
	w, began := workflow.Numbered[1], clock.Uptime(1_000_000)
	history := []workflow.Attempt{{Failed: true, At: began}, {At: began.Add(50 * time.Second)}}
	if d := w.Next(history, began.Add(59*time.Second)); d.Do != workflow.Await || d.At != began.Add(time.Minute) {
		t.Errorf("%+v", d)
	}
	if d := w.Next(history, began.Add(time.Minute)); d.Do != workflow.Begin || d.Step != 1 || d.Channel != workflow.Voice || d.Skipped {
		t.Errorf("%+v", d)
	}
}

// A step that failed is not waited for, but a call does not follow a call before its time.
func TestStepsThatAreNotWaitedFor(t *testing.T) {
	const sms, voice = workflow.SMS, workflow.Voice
	for _, tc := range []struct {
		first, by, next workflow.Channel // by: the channel that the first step used
		waits           bool
	}{
		{sms, sms, sms, false}, {sms, sms, voice, false}, {voice, voice, sms, false}, {voice, sms, voice, false}, {voice, voice, voice, true},
	} {
		w, began := workflow.Steps{{Channel: tc.first, Wait: time.Minute}, {Channel: tc.next}}, clock.Uptime(1_000_000)
		history := []workflow.Attempt{{Channel: tc.by, Failed: true, At: began}}
		if d := w.Next(history, began.Add(6*time.Second)); (d.Do == workflow.Await) != tc.waits || d.Do == workflow.Begin && !d.Skipped {
			t.Errorf("%s by %s has failed, and then %s: %+v", tc.first, tc.by, tc.next, d)
		}
		if d := w.Next(history, began.Add(time.Minute)); d.Do != workflow.Begin {
			t.Errorf("%s by %s has failed, and then %s a minute later: %+v", tc.first, tc.by, tc.next, d)
		}
	}
}

func TestNumberedAreThoseOfTextmagic(t *testing.T) {
	want := map[int]string{1: "sms:1m0s,voice:1m0s,voice", 2: "sms:1m0s,sms:1m0s,voice", 3: "voice:1m0s,voice",
		4: "sms:1m0s,sms", 5: "sms:1m0s,voice", 6: "sms", 7: "voice"}
	if len(workflow.Numbered) != len(want) {
		t.Errorf("there are %d", len(workflow.Numbered))
	}
	for n, w := range workflow.Numbered {
		if w.String() != want[n] {
			t.Errorf("%d is %s, want %s", n, w, want[n])
		}
		if back, err := workflow.Parse(w.String()); err != nil || !slices.Equal(back, w) {
			t.Errorf("%d, written and read, is %v, %v", n, back, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"nothing": "", "an unknown channel": "mail", "a text twice": "mo:60s,sms:60s,mo", "a text twice, once answered": "mo:reply:60s,mo",
		"an answer to nothing": "sms:reply", "half a word": "mo:replys", "an answer without a time": "mo:reply,sms", "an answer twice": "mo:reply:reply", "no time": "sms,voice", "an invalid time": "sms:soon,sms",
		"too short a time": "sms:1s,sms", "too long a time": "sms:16m,sms", "a negative time": "sms:-60s,sms",
		"six steps": "sms:60s,sms:60s,sms:60s,sms:60s,sms:60s,sms", "an empty step": "sms:60s,,sms",
	} {
		if w, err := workflow.Parse(s); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v, %v", name, w, err)
		}
	}
}

func TestTextsOfThePerson(t *testing.T) {
	for s, want := range map[string]workflow.Steps{
		"mo":               {{Channel: workflow.MO}},
		"mo:reply":         {{Channel: workflow.MO, Reply: true}},
		"mo:120s,sms":      {{Channel: workflow.MO, Wait: 2 * time.Minute}, {Channel: workflow.SMS}},
		"mo:reply:1m,sms":  {{Channel: workflow.MO, Reply: true, Wait: time.Minute}, {Channel: workflow.SMS}},
		"sms:60s,mo:reply": {{Channel: workflow.SMS, Wait: time.Minute}, {Channel: workflow.MO, Reply: true}},
	} {
		w, err := workflow.Parse(s)
		if err != nil || !slices.Equal(w, want) {
			t.Errorf("%s is %v, %v", s, w, err)
		}
		if back, err := workflow.Parse(w.String()); err != nil || !slices.Equal(back, w) {
			t.Errorf("%s, written and read, is %v, %v", s, back, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, w := range workflow.Numbered {
		f.Add(w.String())
	}
	f.Add("sms:60s,")
	f.Add("mo:reply:60s,sms")
	f.Fuzz(func(t *testing.T, s string) {
		w, err := workflow.Parse(s)
		if err != nil {
			return
		}
		// What is written back means the same: the wait of the last step means nothing.
		again, err := workflow.Parse(w.String())
		if err != nil || again.String() != w.String() {
			t.Errorf("%q is read as %s and then as %s, %v", s, w, again, err)
		}
	})
}

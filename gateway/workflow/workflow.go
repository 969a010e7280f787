package workflow

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
)

// Channel is how a code and a person come together.
type Channel string

// The channels.
const (
	SMS   Channel = "sms"   // the code comes as a message
	Voice Channel = "voice" // a call speaks it
	MO    Channel = "mo"    // the person sends it to us
)

// Channels lists all channels; the schema checks for the same.
var Channels = []Channel{SMS, Voice, MO}

// Step is one way to try, and the time it is given before the next step. The
// wait of the last step is without meaning: the life of the code ends it.
type Step struct {
	Channel Channel
	Reply   bool // with MO: what the person sends is answered with a code, which is typed in
	Wait    time.Duration
}

// reply is how [Step.Reply] is written: mo:reply.
const reply = "reply"

// Steps are what is tried, in order, to get a code to a person.
type Steps []Step

// The limits of a workflow.
const (
	maxSteps = 5
	MinWait  = 10 * time.Second // between two steps
	maxWait  = 15 * time.Minute
)

// stepWait is the time between two steps of [Numbered].
const stepWait = time.Minute

// Numbered are those that Textmagic numbers from 1 to 7.
var Numbered = map[int]Steps{
	1: {{Channel: SMS, Wait: stepWait}, {Channel: Voice, Wait: stepWait}, {Channel: Voice}},
	2: {{Channel: SMS, Wait: stepWait}, {Channel: SMS, Wait: stepWait}, {Channel: Voice}},
	3: {{Channel: Voice, Wait: stepWait}, {Channel: Voice}},
	4: {{Channel: SMS, Wait: stepWait}, {Channel: SMS}},
	5: {{Channel: SMS, Wait: stepWait}, {Channel: Voice}},
	6: {{Channel: SMS}},
	7: {{Channel: Voice}},
}

// Attempt is what Next has to know of an attempt.
type Attempt struct {
	Step    int // of the workflow, from 0
	Channel Channel
	At      clock.Uptime // of a call that was dialled: when
	Failed  bool         // for good: it will not reach the person
}

// Decision is what a workflow does next.
type Decision struct {
	Do      Action
	Step    int          // with Begin: the index of the step
	Channel Channel      // with Begin
	At      clock.Uptime // with Await: when to ask again
	Skipped bool         // with Begin: the step before failed for good, its time was not waited for
}

// Action is the kind of a [Decision].
type Action string

// The actions.
const (
	Begin  Action = "begin"  // begin Step now
	Await  Action = "await"  // nothing until At, unless an attempt fails before
	Finish Action = "finish" // the last step was begun
)

// Next decides from the attempts so far. It is a pure function; history must be
// in the order in which the attempts were made. A step that has failed for good, in all its attempts, is not waited
// for, but for a call before a call: a phone that is busy or out of reach is so
// for a while. What was sent again because somebody asked belongs to the step
// that was under way, and does not move the time of the next.
func (w Steps) Next(history []Attempt, now clock.Uptime) Decision {
	if len(w) == 0 {
		return Decision{Do: Finish}
	}
	if len(history) == 0 {
		return Decision{Do: Begin, Channel: w[0].Channel}
	}
	current := 0
	for _, a := range history {
		current = max(current, a.Step)
	}
	if current >= len(w)-1 {
		return Decision{Do: Finish}
	}
	failed, called := true, false
	var began clock.Uptime
	begun := false
	for _, a := range history {
		if a.Step != current {
			continue
		}
		if !begun {
			began, begun = a.At, true
		}
		failed = failed && a.Failed
		called = called || a.Channel == Voice
	}
	due := began.Add(w[current].Wait)
	if called && w[current+1].Channel == Voice {
		failed = false
	}
	if !failed && now < due {
		return Decision{Do: Await, At: due}
	}
	return Decision{Do: Begin, Step: current + 1, Channel: w[current+1].Channel, Skipped: failed && now < due}
}

// Uses reports whether any step has the channel.
func (w Steps) Uses(c Channel) bool {
	return slices.ContainsFunc(w, func(s Step) bool { return s.Channel == c })
}

// Sends reports whether any step brings a code to the person.
func (w Steps) Sends() bool { return w.Uses(SMS) || w.Uses(Voice) }

// Check refuses what cannot be carried out.
func (w Steps) Check() error {
	if len(w) > maxSteps {
		return fault.NewInvalid("workflow", fmt.Sprintf("a workflow has at most %d steps", maxSteps))
	}
	heard := false
	for i, s := range w {
		if !slices.Contains(Channels, s.Channel) {
			return fault.NewInvalid("workflow", "there is no channel "+fault.Quote(string(s.Channel))+": use sms, voice, mo or mo:reply")
		}
		if s.Channel == MO && heard {
			return fault.NewInvalid("workflow", "a workflow has mo once: what the person is to send stays valid until its end")
		}
		if s.Reply && s.Channel != MO {
			return fault.NewInvalid("workflow", "only mo can be followed by reply: write mo:reply")
		}
		heard = heard || s.Channel == MO
		if i < len(w)-1 && (s.Wait < MinWait || s.Wait > maxWait) {
			return fault.NewInvalid("workflow", fmt.Sprintf("between two steps lie %v to %v", MinWait, maxWait))
		}
	}
	return nil
}

// String writes a workflow as [Parse] reads it: sms:60s,voice.
func (w Steps) String() string {
	steps := make([]string, len(w))
	for i, s := range w {
		steps[i] = string(s.Channel)
		if s.Reply {
			steps[i] += ":" + reply
		}
		if i < len(w)-1 {
			steps[i] += ":" + s.Wait.String()
		}
	}
	return strings.Join(steps, ",")
}

// Parse reads steps separated by commas, each a channel and, but for
// the last, the time it is given: sms:60s,voice or mo:reply:120s,sms.
func Parse(s string) (Steps, error) {
	w, err := Read(s)
	if err != nil {
		return nil, err
	}
	return w, w.Check()
}

// Read reads one that was accepted before and is stored. The bounds of
// today do not apply to it: an update must not end what an app was promised.
func Read(s string) (Steps, error) {
	var w Steps
	for i, text := range strings.Split(s, ",") {
		name, wait, timed := strings.Cut(strings.TrimSpace(text), ":")
		step := Step{Channel: Channel(name)}
		if first, rest, more := strings.Cut(wait, ":"); first == reply {
			step.Reply, wait, timed = true, rest, more
		}
		if timed {
			var err error
			if step.Wait, err = time.ParseDuration(wait); err != nil {
				return nil, fault.NewInvalid("workflow", fmt.Sprintf("the time of step %d is not a length of time: write sms:60s,voice", i+1))
			}
		}
		w = append(w, step)
	}
	return w, nil
}

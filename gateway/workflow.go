package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"simgate/gateway/call"
	"simgate/gateway/fault"
)

// Channel is a way by which a code and a person come together.
type Channel string

// The channels.
const (
	ChannelSMS   Channel = "sms"   // the code comes as a message
	ChannelVoice Channel = "voice" // a call speaks it
	ChannelMO    Channel = "mo"    // the person sends it to us
)

// Channels lists all channels; the schema checks for the same.
var Channels = []Channel{ChannelSMS, ChannelVoice, ChannelMO}

// Step is one way to try, and the time it is given before the next step. The
// wait of the last step is without meaning: the life of the code ends it.
type Step struct {
	Channel Channel
	Wait    time.Duration
}

// Workflow is what is tried, in order, to bring a code to a person.
type Workflow []Step

// The limits of a workflow.
const (
	maxSteps = 5
	minWait  = 10 * time.Second
	maxWait  = 15 * time.Minute
)

// stepWait is the time between two steps of [Workflows].
const stepWait = time.Minute

// Workflows are those that Textmagic numbers from 1 to 7.
var Workflows = map[int]Workflow{
	1: {{ChannelSMS, stepWait}, {ChannelVoice, stepWait}, {Channel: ChannelVoice}},
	2: {{ChannelSMS, stepWait}, {ChannelSMS, stepWait}, {Channel: ChannelVoice}},
	3: {{ChannelVoice, stepWait}, {Channel: ChannelVoice}},
	4: {{ChannelSMS, stepWait}, {Channel: ChannelSMS}},
	5: {{ChannelSMS, stepWait}, {Channel: ChannelVoice}},
	6: {{Channel: ChannelSMS}},
	7: {{Channel: ChannelVoice}},
}

// Decision is what a workflow does next.
type Decision struct {
	Do      Action
	Step    int       // with Begin: the index of the step
	Channel Channel   // with Begin
	At      time.Time // with Await: when to ask again
	Skipped bool      // with Begin: the step before failed for good, its time was not waited for
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
// in the order in which the attempts were made, and its times and now of one
// clock. A step that has failed for good, in all its attempts, is not waited
// for, but for a call before a call: a phone that is busy or out of reach is so
// for a while. What was sent again because somebody asked belongs to the step
// that was under way, and does not move the time of the next.
func (w Workflow) Next(history []Attempt, now time.Time) Decision {
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
	var began time.Time
	for _, a := range history {
		if a.Step != current {
			continue
		}
		if began.IsZero() {
			began = a.At
		}
		failed = failed && (a.State.hopeless() || call.State(a.State).Unheard())
		called = called || a.Channel == ChannelVoice
	}
	due := began.Add(w[current].Wait)
	if called && w[current+1].Channel == ChannelVoice {
		failed = false
	}
	if !failed && now.Before(due) {
		return Decision{Do: Await, At: due}
	}
	return Decision{Do: Begin, Step: current + 1, Channel: w[current+1].Channel, Skipped: failed && now.Before(due)}
}

// hopeless reports whether a code that went out like this will not arrive.
func (s State) hopeless() bool {
	return s == Failed || s == Undelivered || s == ExpiredOut
}

// uses reports whether any step has the channel.
func (w Workflow) uses(c Channel) bool {
	return slices.ContainsFunc(w, func(s Step) bool { return s.Channel == c })
}

// check refuses what cannot be carried out.
func (w Workflow) check() error {
	if len(w) > maxSteps {
		return fault.NewInvalid("workflow", fmt.Sprintf("a workflow has at most %d steps", maxSteps))
	}
	for i, s := range w {
		if !slices.Contains(Channels, s.Channel) || s.Channel == ChannelMO {
			return fault.NewInvalid("workflow", "there is no channel "+fault.Quote(string(s.Channel))+": use sms or voice")
		}
		if i < len(w)-1 && (s.Wait < minWait || s.Wait > maxWait) {
			return fault.NewInvalid("workflow", fmt.Sprintf("between two steps lie %v to %v", minWait, maxWait))
		}
	}
	return nil
}

// String writes a workflow as [ParseWorkflow] reads it: sms:60s,voice.
func (w Workflow) String() string {
	steps := make([]string, len(w))
	for i, s := range w {
		steps[i] = string(s.Channel)
		if i < len(w)-1 {
			steps[i] += ":" + s.Wait.String()
		}
	}
	return strings.Join(steps, ",")
}

// ParseWorkflow reads steps separated by commas, each a channel and, but for
// the last, the time it is given: sms:60s,voice.
func ParseWorkflow(s string) (Workflow, error) {
	w, err := readWorkflow(s)
	if err != nil {
		return nil, err
	}
	return w, w.check()
}

// readWorkflow reads one that was accepted before and is stored. The bounds of
// today do not apply to it: an update must not end what an app was promised.
func readWorkflow(s string) (Workflow, error) {
	var w Workflow
	for i, text := range strings.Split(s, ",") {
		name, wait, timed := strings.Cut(strings.TrimSpace(text), ":")
		step := Step{Channel: Channel(name)}
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

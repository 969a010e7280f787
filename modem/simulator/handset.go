package simulator

import (
	"fmt"
	"slices"
	"time"
)

// Answering is what a handset does when somebody calls it.
type Answering struct {
	After   time.Duration // until it answers; 0: 3 seconds
	Never   bool          // it rings, and nobody answers
	Busy    bool          // another call is up
	Refuses bool          // its owner refuses the call, After he has seen it
	Away    bool          // it is out of reach, and the network says so

	HangUp  time.Duration            // after the answer; 0: when the caller does
	Cause   string                   // of HangUp, as +CEER tells it: a network that drops the call; "" is a handset
	Keys    map[time.Duration]string // that are pressed, by the time after the answer
	Replies string                   // keys, of which one is pressed each time the caller has spoken and been silent for a second
	Says    []int16                  // what comes back after the answer, such as the greeting of a voicemail
}

// answersAfter is when a handset answers that is not told otherwise.
const answersAfter = 3 * time.Second

// Answer sets what the handset does from now on when it is called.
func (s *Subscriber) Answer(a Answering) {
	s.n.mu.Lock()
	defer s.n.unlock()
	s.answering = a
}

// HeardCall is a call as the handset had it.
type HeardCall struct {
	From, To string // MSISDNs
	Begun    time.Time
	Answered time.Time // zero: never
	Ended    time.Time // zero: it is up
	Cause    string    // why it ended

	PCM    []int16 // what was heard from the answer on, 8000 samples a second
	Frames []Frame // how it came
	Lost   int     // frames that came too early: the modem had no room for them
	Played []Played
}

// Texts are the texts that the module itself read out.
func (c HeardCall) Texts() []string {
	var texts []string
	for _, p := range c.Played {
		if p.File == "" {
			texts = append(texts, p.Text)
		}
	}
	return texts
}

// Frame is a piece of sound as the modem took it from its host, or a file that it
// played.
type Frame struct {
	At      time.Time // when it was heard
	First   int       // of its samples, in PCM
	Samples int
	Gap     time.Duration // that there was silence before it, since nothing had come
}

// Gaps returns the silences that were longer than d.
func (c HeardCall) Gaps(d time.Duration) []time.Duration {
	var gaps []time.Duration
	for _, f := range c.Frames {
		if f.Gap > d {
			gaps = append(gaps, f.Gap)
		}
	}
	return gaps
}

// Calls returns the calls to the handset, oldest first.
func (s *Subscriber) Calls() []HeardCall {
	s.n.mu.Lock()
	defer s.n.unlock()
	out := make([]HeardCall, len(s.calls))
	for i, c := range s.calls {
		out[i] = c.clone()
	}
	return out
}

func (c HeardCall) clone() HeardCall {
	c.PCM, c.Frames, c.Played = slices.Clone(c.PCM), slices.Clone(c.Frames), slices.Clone(c.Played)
	return c
}

// Call calls the SIM with a number, and lets it ring until it is refused or for
// half a minute. It fails where no modem has that SIM.
func (s *Subscriber) Call(to string) error {
	s.n.mu.Lock()
	defer s.n.unlock()
	for _, m := range s.n.modems {
		if m.card != nil && m.card.MSISDN == to && m.booted {
			m.ringIn(s)
			return nil
		}
	}
	return fmt.Errorf("simulator: no modem that is on has a SIM with the number %s", to)
}

package simulator

import (
	"fmt"
	"slices"
	"time"
)

// Answering is what a handset does when it is called.
type Answering struct {
	After   time.Duration // from ringing to the answer; 0 is 3 seconds
	Never   bool          // it rings and is not answered
	Busy    bool          // it is in another call
	Refuses bool          // the call is refused, after After
	Away    bool          // it is unreachable, and the network says so

	HangUp  time.Duration            // from the answer to hanging up; 0: it does not hang up
	Cause   string                   // of HangUp, as +CEER reports it; "" is normal
	Keys    map[time.Duration]string // keys that are pressed, by the time from the answer
	Replies string                   // keys of which one is pressed each time the caller has spoken and then was silent for a second
	Says    []int16                  // sound from the answer on, as the greeting of a voicemail
}

// answersAfter is the default of [Answering].After.
const answersAfter = 3 * time.Second

// Answer sets what the handset does when it is called from now on.
func (s *Subscriber) Answer(a Answering) {
	s.n.mu.Lock()
	defer s.n.unlock()
	s.answering = a
}

// HeardCall is a call as the handset heard it.
type HeardCall struct {
	From, To string // MSISDNs
	Begun    time.Time
	Answered time.Time // zero: it was not
	Ended    time.Time // zero: it is not over
	Cause    string    // why it ended

	PCM    []int16  // sound from the answer on, 8000 samples a second
	Frames []Frame  // the times of that
	Lost   int      // frames that the host wrote too early, so that the modem had no room
	Played []Played // what the module played or read out
}

// Texts returns the texts that the module read out.
func (c HeardCall) Texts() []string {
	var texts []string
	for _, p := range c.Played {
		if p.File == "" {
			texts = append(texts, p.Text)
		}
	}
	return texts
}

// Frame is a piece of sound that the host wrote, or a file that the module played.
type Frame struct {
	At      time.Time     // when it was heard
	First   int           // index of its first sample in PCM
	Samples int           // how many it has
	Gap     time.Duration // silence before it because the host was late
}

// Gaps returns the gaps that are longer than d.
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

// Call calls the SIM with the number to. It rings for half a minute, or until the modem
// refuses the call. Call fails if no modem that is on has this SIM.
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

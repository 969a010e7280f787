package simulator

import (
	"errors"
	"strings"
	"time"
)

// What a person does who holds a handset. A handset that a person is to answer has
// [Answering.Never].

var errNoCall = errors.New("simulator: the handset has no call")

// PickUp answers the call that rings. It does nothing to one that is answered, and fails if
// there is none.
func (s *Subscriber) PickUp() error {
	return s.onCall(func(m *Modem) error {
		if m.call.stat == statDialling {
			return errors.New("simulator: the handset does not ring yet")
		}
		m.connect(m.call)
		return nil
	})
}

// HangUp ends the call of the handset, or refuses it if it is not answered.
func (s *Subscriber) HangUp() error {
	return s.onCall(func(m *Modem) error {
		cause := "normal call clearing"
		if m.call.heard.Answered.IsZero() {
			cause = "call rejected"
		}
		m.endCall(m.call, cause, "NO CARRIER")
		return nil
	})
}

// Press presses keys in an answered call.
func (s *Subscriber) Press(keys string) error {
	if strings.Trim(keys, "0123456789*#") != "" {
		return errors.New("simulator: keys are 0 to 9, * and #")
	}
	return s.onCall(func(m *Modem) error {
		if m.call.heard.Answered.IsZero() {
			return errors.New("simulator: the call is not answered")
		}
		m.press(m.call, keys)
		return nil
	})
}

// Ringing reports whether a call rings that is not answered.
func (s *Subscriber) Ringing() bool {
	ringing := false
	_ = s.onCall(func(m *Modem) error {
		ringing = m.call.stat != statDialling && m.call.heard.Answered.IsZero()
		return nil
	})
	return ringing
}

func (s *Subscriber) onCall(do func(*Modem) error) error {
	s.n.mu.Lock()
	defer s.n.unlock()
	for _, m := range s.n.modems {
		if m.call != nil && m.call.handset == s {
			return do(m)
		}
	}
	return errNoCall
}

// Log returns the calls to the handset as Calls does, without their sound.
func (s *Subscriber) Log() []HeardCall {
	s.n.mu.Lock()
	defer s.n.unlock()
	out := make([]HeardCall, len(s.calls))
	for i, c := range s.calls {
		out[i] = *c
		out[i].PCM, out[i].Frames, out[i].Played = nil, nil, nil
	}
	return out
}

// Sound returns the sound of the call that began at a time, from a sample on, and whether
// that is the end of it.
func (s *Subscriber) Sound(begun time.Time, from int) (pcm []int16, over bool) {
	s.n.mu.Lock()
	defer s.n.unlock()
	for _, c := range s.calls {
		if c.Begun.Equal(begun) {
			return append(pcm, c.PCM[min(from, len(c.PCM)):]...), !c.Ended.IsZero()
		}
	}
	return nil, true
}

// Hanging reports whether the modem hangs.
func (m *Modem) Hanging() bool {
	m.n.mu.Lock()
	defer m.n.unlock()
	return m.hung != 0
}

package modem

import (
	"context"
	"sync"
	"time"
)

// IncomingCalls is what happens to calls that come in.
type IncomingCalls string

// What may happen to them.
const (
	RefuseCalls IncomingCalls = "refuse" // the caller hears that the line is busy
	IgnoreCalls IncomingCalls = "ignore" // it rings until the caller gives up
)

// quietAfter is how long after its last ring a call that comes in is over: they
// ring every five seconds, on some modems every six.
const quietAfter = 10 * time.Second

// callers remembers the call that is coming in, which tells of itself with every
// ring.
type callers struct {
	mu     sync.Mutex
	last   time.Time // of its last ring
	ringed bool      // once without saying who it is
	told   bool
}

// ring notes a ring, and reports whether the call is to be told of now: as soon
// as the number is known, and at the second ring where it is not (+CLIP comes
// behind the first).
func (c *callers) ring(named bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.last) > quietAfter {
		c.ringed, c.told = false, false
	}
	c.last = time.Now()
	if c.told || !named && !c.ringed {
		c.ringed = true
		return false
	}
	c.told = true
	return true
}

// called takes a ring, or the number that comes with it. While a call of ours is
// up another is left to wait: to refuse it could end ours.
func (s *session) called(ctx context.Context, u event) error {
	from, named := "", false
	switch u.Name() {
	case "+CLIP", "+CCWA":
		from, named = field([]string{u.Line}, u.Name()+":", 0), true
	}
	if s.calls.free() != nil {
		if named {
			s.waiting(ctx, from)
		}
		return nil
	}
	if !s.rings.ring(named) {
		return nil
	}
	if s.m.cfg.IncomingCalls == IgnoreCalls {
		s.m.notice(ctx, Notice{Kind: NoticeCall, Text: "somebody has called; it rings until he gives up", From: from})
		return nil
	}
	s.m.notice(ctx, Notice{Kind: NoticeCall, Text: "somebody has called, and was refused", From: from})
	for _, cmd := range []string{"+CHUP", "H"} {
		if _, ok, err := s.try(ctx, cmd, command); err != nil {
			return err
		} else if !ok {
			continue
		}
		list, ok, err := s.listCalls(ctx)
		if err != nil || !ok || len(list) == 0 {
			return err
		}
	}
	return nil
}

// waiting tells of a call that comes in while another is up.
func (s *session) waiting(ctx context.Context, from string) {
	if s.rings.ring(true) {
		s.m.notice(ctx, Notice{Kind: NoticeCall, Text: "somebody has called while a call was up", From: from})
	}
}

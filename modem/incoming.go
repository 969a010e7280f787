package modem

import (
	"context"
	"sync"
	"time"

	"simgate/modem/at"
)

// IncomingCalls says what happens to incoming calls.
type IncomingCalls string

// What may happen to incoming calls.
const (
	RefuseCalls IncomingCalls = "refuse" // the caller hears that the line is busy
	IgnoreCalls IncomingCalls = "ignore" // the caller hears it ring
)

// quietAfter is how long after its last ring an incoming call counts as over: modems
// report a ring every five or six seconds.
const quietAfter = 10 * time.Second

// callers is the incoming call, which the modem reports again with every ring.
type callers struct {
	mu     sync.Mutex
	last   time.Time // of its last ring
	ringed bool      // once without a number
	told   bool      // it was reported to the owner
}

// ring records a ring, and reports whether the owner is to be told of the call now:
// as soon as the number is known, else at the second ring (+CLIP follows the first).
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

// called processes a ring, or the number that comes with it. During an outgoing call
// nothing is refused: that could end the outgoing call.
func (s *session) called(ctx context.Context, u event) error {
	from, named := "", false
	switch u.Name() {
	case "+CLIP", "+CCWA":
		from, named = at.Field([]string{u.Line}, u.Name()+":", 0), true
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
		s.m.notice(ctx, Notice{Kind: NoticeCall, Text: "incoming call ignored", From: from})
		return nil
	}
	s.m.notice(ctx, Notice{Kind: NoticeCall, Text: "incoming call refused", From: from})
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

// waiting reports an incoming call during another call.
func (s *session) waiting(ctx context.Context, from string) {
	if s.rings.ring(true) {
		s.m.notice(ctx, Notice{Kind: NoticeCall, Text: "incoming call not taken during another call", From: from})
	}
}

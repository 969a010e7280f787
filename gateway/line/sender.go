package line

import (
	"maps"
	"sync"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// For how long an app that has sent keeps others from more than their half, and how
// exactly that is kept on the disk.
const (
	sharedFor   = 24 * time.Hour
	senderGrain = 10 * time.Minute
)

// sender is an app that has something to send by a line, or by any of them (0).
type sender struct {
	app  string
	line int64
}

// senders is when each app last had something to send, for the last 24 hours. It is in
// memory, so that accepting a message writes no more than the message; each round of the
// dispatcher writes down what has changed. It is safe for concurrent use.
type senders struct {
	mu    sync.Mutex
	last  map[sender]clock.Tick
	saved map[sender]clock.Tick
	fresh map[sender]clock.Tick // what the round that is not committed yet has written
}

func newSenders() *senders {
	return &senders{last: map[sender]clock.Tick{}, saved: map[sender]clock.Tick{}}
}

// note notes that an app has something to send now.
func (s *senders) note(app string, line int64, now clock.Tick) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last[sender{app, line}] = now
}

// load reads what the last run has written down.
func (s *senders) load(tx *store.Tx, now clock.Tick) error {
	all, err := selectSenders(tx, now.Add(-sharedFor))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last, s.saved = maps.Clone(all), all
	return err
}

// save writes down what has changed, [senders.committed] is to follow.
func (s *senders) save(tx *store.Tx, now clock.Tick) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh = map[sender]clock.Tick{}
	for who, at := range s.last {
		if before, ok := s.saved[who]; !ok || at.Sub(before) >= senderGrain {
			s.fresh[who] = at
		}
	}
	for who, at := range s.fresh {
		if err := upsertSender(tx, who, at); err != nil {
			return err
		}
	}
	if len(s.fresh) == 0 {
		return nil
	}
	return deleteSenders(tx, now.Add(-sharedFor))
}

// committed notes that what was saved is on the disk, and forgets what is too old.
func (s *senders) committed(now clock.Tick) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.saved, s.fresh)
	old := func(_ sender, at clock.Tick) bool { return now.Sub(at) >= sharedFor }
	maps.DeleteFunc(s.last, old)
	maps.DeleteFunc(s.saved, func(who sender, _ clock.Tick) bool { _, ok := s.last[who]; return !ok })
}

// by returns who shares a line.
func (s *senders) by(line int64, now clock.Moment) (all sharers) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for who, at := range s.last {
		if left := sharedFor - now.Tick.Sub(at); left > 0 && (who.line == line || who.line == 0) {
			all.add(sharer{who.app, now.Up.Add(left)})
		}
	}
	return all
}

// sharer is an app that has sent in the last 24 hours, until then.
type sharer struct {
	app   string
	until clock.Uptime // 0: there is none
}

// sharers are the two apps that share a line for longest: of these one is another than
// whatever app is asked about.
type sharers [2]sharer

func (s *sharers) add(one sharer) {
	for i, other := range s {
		if other.app == one.app || other.until == 0 {
			s[i] = sharer{one.app, max(other.until, one.until)}
			s.order()
			return
		}
	}
	if one.until > s[1].until {
		s[1] = one
		s.order()
	}
}

func (s *sharers) order() {
	if s[1].until > s[0].until {
		s[0], s[1] = s[1], s[0]
	}
}

// besides returns until when another app than this one shares the line, 0 if none does.
func (s sharers) besides(app string) clock.Uptime {
	if s[0].app == app {
		return s[1].until
	}
	return s[0].until
}

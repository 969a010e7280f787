package guard

import (
	"context"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Standing is what the guard knows of a number.
type Standing struct {
	To       msisdn.Number
	Country  string
	Verdict  string        // why a code would be refused now, "" where it would go out
	Reason   fault.Reason  // of Verdict
	Wait     time.Duration // of Verdict, 0 where no time ends it
	Rules    []Rule        // that match it
	Locks    []Lock        // after too many wrong codes
	Refusals []Refusal     // of the number, newest first
}

// Why says what would come of a request now, and why.
func (g *Guard) Why(ctx context.Context, r Request) (Standing, error) {
	return store.Read(ctx, g.db, func(tx *store.Tx) (Standing, error) {
		s, now := Standing{To: r.To, Country: r.Region, Refusals: g.refusals.of(r.To)}, g.clock.Now()
		f, err := g.judge(tx, r, now)
		if err != nil {
			return s, err
		}
		if e := f.Refusal; e != nil {
			s.Verdict, s.Reason, s.Wait = e.Message, e.Reason, e.RetryAfter
		}
		if s.Rules, err = rulesFor(tx, r.App, r.keys(), now); err != nil {
			return s, err
		}
		s.Locks, err = selectLocks(tx, r.To, g.wrongLimit(), now)
		return s, err
	})
}

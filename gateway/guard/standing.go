package guard

import (
	"context"

	"simgate/gateway/store"
)

// Standing is what the guard knows of a number.
type Standing struct {
	Rules    []Rule    // that match it
	Locks    []Lock    // after too many wrong codes
	Refusals []Refusal // of the number, newest first
}

// Standing returns what the guard knows of the number of a request.
func (g *Guard) Standing(ctx context.Context, r Request) (Standing, error) {
	return store.Read(ctx, g.db, func(tx *store.Tx) (s Standing, err error) {
		now := g.clock.Now()
		s.Refusals = g.refusals.of(r.To)
		if s.Rules, err = g.rulesFor(tx, r.App, r.keys(), now); err != nil {
			return s, err
		}
		s.Locks, err = selectLocks(tx, r.To, g.wrongLimit(), now)
		return s, err
	})
}

package guard

import (
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// turn is what is let out one by one: in an app, one for a key each so often, after so
// many at once.
type turn struct {
	scope Scope
	key   string
	every time.Duration
	burst int // 1: none at once

	next clock.Tick // from the database: when the one after this is
	told clock.Tick // when the owner was told of it
}

// The scopes of turns that are not scopes of counters.
const (
	byReserve Scope = "reserve" // of a number that has answered
	byWrong   Scope = "wrong"   // codes for a number
)

// wait returns how long the turn has not come, 0 if it has.
func (t turn) wait(now clock.Tick) time.Duration {
	return max(0, t.next.Add(-t.every*time.Duration(t.burst-1)).Sub(now))
}

// taken returns the turn after this one was taken.
func (t turn) taken(now clock.Tick) turn {
	t.next = max(t.next, now).Add(t.every)
	return t
}

// readTurns completes turns from the database, and returns how long the last of them
// has not come.
func readTurns(tx *store.Tx, app string, now clock.Tick, turns ...*turn) (wait time.Duration, err error) {
	for _, t := range turns {
		if t.next, t.told, err = selectTurn(tx, app, *t); err != nil {
			return 0, err
		}
		wait = max(wait, t.wait(now))
	}
	return wait, nil
}

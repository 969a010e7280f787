package journal

import (
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// Change is a change of a state. Changes are what webhooks, and whoever follows what
// happens, read: each from a place of its own, in the order of their ids.
type Change struct {
	ID      int64  // grows with each change
	Kind    string // what has changed: a message, a call, …, or [EventKind]
	Subject int64  // its id
	App     string // that it belongs to, "" none
	From    string // state, "" for what is new
	To      string
	At      clock.Wall
}

// EventKind is the kind of a change that is an [Event]; its To is the kind of that.
const EventKind = "event"

// Changed is the bell that rings after each transaction with a [Change].
const Changed store.Topic = "change"

// Append writes a change, in the transaction that makes it. Its ID is given here, and
// its At where that is 0.
func (j *Journal) Append(tx *store.Tx, c Change) error {
	now := j.clock.Now()
	if c.At == 0 {
		c.At = now.Wall
	}
	tx.Ring(Changed)
	return insertChange(tx, c, now.Tick)
}

// Changes returns the changes after the one with an id, the oldest first and at most
// limit.
func Changes(tx *store.Tx, after int64, limit int) ([]Change, error) {
	return selectChanges(tx, after, limit)
}

// KeptChanges returns the ids of the oldest and the newest change that are kept, 0 where
// none is.
func KeptChanges(tx *store.Tx) (ids [2]int64, err error) {
	if ids[1], err = lastChange(tx); err != nil {
		return ids, err
	}
	ids[0], err = firstChange(tx)
	return ids, err
}

// LastChange returns the id of the newest change, 0 where there is none.
func LastChange(tx *store.Tx) (int64, error) { return lastChange(tx) }

package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"simgate/gateway/call"
	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/forward"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/notify"
	"simgate/gateway/person"
	"simgate/gateway/store"
	"simgate/gateway/store/sqlite"
	"simgate/gateway/text"
	"simgate/gateway/user"
	"simgate/gateway/webhook"
)

// HeldQueue is what waited when a backup was made, and is held since it was restored: it
// may have gone out long ago.
type HeldQueue struct {
	Since                       time.Time // of the restore; zero: nothing was restored, or the owner has said what is to be done
	Messages, Calls, Deliveries int64
}

// HeldWish is what is to become of what is held.
type HeldWish string

// What may become of it.
const (
	HeldWaits    HeldWish = "hold"    // until [Gateway.ReleaseQueue] or [Gateway.DropQueue]
	HeldReleased HeldWish = "release" // it goes out with the next start
	HeldDropped  HeldWish = "drop"    // it ends with the next start
)

// Held returns what is held.
func (g *Gateway) Held(ctx context.Context) (HeldQueue, error) {
	return store.Read(ctx, g.db, heldQueue)
}

func heldQueue(tx *store.Tx) (q HeldQueue, err error) {
	if q.Since, err = selectHeld(tx); err != nil || q.Since.IsZero() {
		return q, err
	}
	var errs [3]error
	q.Messages, errs[0] = countHeldMessages(tx)
	q.Calls, errs[1] = call.CountHeld(tx)
	q.Deliveries, errs[2] = webhook.CountHeld(tx)
	return q, errors.Join(errs[:]...)
}

// Waiting counts what waits: codes, messages, calls, deliveries, and what is held.
func (g *Gateway) Waiting(ctx context.Context) (map[string]int64, error) {
	return store.Read(ctx, g.db, countWaiting)
}

// OldestCode returns the message with a code that waits longest, with what it waits for; the
// zero message for none. What is held is not among them.
func (g *Gateway) OldestCode(ctx context.Context) (Message, error) {
	id, err := store.Read(ctx, g.db, selectOldestCode)
	if err != nil || id == 0 {
		return Message{}, err
	}
	m, err := g.Message(ctx, id)
	if fault.CodeOf(err) == fault.NotFound {
		return Message{}, nil
	}
	return m, err
}

// countWaiting counts what waits, by what it is.
func countWaiting(tx *store.Tx) (map[string]int64, error) {
	waiting, err := countLanes(tx)
	if err != nil {
		return nil, err
	}
	held, err := heldQueue(tx)
	if err != nil {
		return nil, err
	}
	waiting["held"] = held.Messages + held.Calls + held.Deliveries
	var errs [2]error
	waiting["calls"], errs[0] = call.CountQueued(tx)
	waiting["deliveries"], errs[1] = webhook.CountPending(tx)
	return waiting, errors.Join(errs[:]...)
}

// ReleaseQueue lets go out what is held, and returns what that is.
func (g *Gateway) ReleaseQueue(ctx context.Context) (HeldQueue, error) {
	return g.endHold(ctx, func(tx *store.Tx) error {
		now := g.clock.Now()
		return errors.Join(releaseHeldMessages(tx, now), g.calls.Release(tx, now.Up), g.webhooks.Release(tx))
	})
}

// DropQueue ends what is held: it never goes out. Apps hear of their messages and calls.
func (g *Gateway) DropQueue(ctx context.Context) (HeldQueue, error) {
	why := cause.Dropped.With()
	return g.endHold(ctx, func(tx *store.Tx) error {
		now := g.clock.Wall()
		return errors.Join(expireMessages(tx, store.Where(`due >= ?`, store.Held), why, why.Code, now), g.calls.Drop(tx, why, now), g.webhooks.Drop(tx, why))
	})
}

func (g *Gateway) endHold(ctx context.Context, fn func(*store.Tx) error) (HeldQueue, error) {
	q, err := store.Write(ctx, g.db, func(tx *store.Tx) (HeldQueue, error) {
		q, err := heldQueue(tx)
		if err == nil && q.Since.IsZero() {
			err = &fault.Error{Code: fault.Conflict, Message: "nothing is held: no backup was restored since"}
		}
		if err == nil {
			err = fn(tx)
		}
		if err == nil {
			err = deleteHeld(tx)
		}
		return q, err
	})
	if err == nil {
		g.holds.Store(false)
		g.dispatcher.poke()
	}
	return q, err
}

// heedWish does what the owner has said when he restored.
func (g *Gateway) heedWish(ctx context.Context) error {
	if !g.holds.Load() {
		return nil
	}
	wish, err := store.Read(ctx, g.db, selectWish)
	if err != nil {
		return err
	}
	switch wish {
	case HeldReleased:
		_, err = g.ReleaseQueue(ctx)
	case HeldDropped:
		_, err = g.DropQueue(ctx)
	}
	return err
}

// heldCondition tells the owner that something waits for his word.
func (g *Gateway) heldCondition(ctx context.Context) (c notify.Condition, held bool, err error) {
	q, err := g.Held(ctx)
	if err != nil || q.Messages+q.Calls+q.Deliveries == 0 {
		return c, false, err
	}
	return notify.Condition{Name: "held", Kind: journal.QueueHeld, Title: "what waited in the backup is held",
		Text: q.String() + " of the backup are held, as they may have gone out before: let them go with \"simgate queue release\", or end them with \"simgate queue drop\"",
		Over: "nothing of the backup is held any more"}, true, nil
}

// String says what is held, in words.
func (q HeldQueue) String() string {
	return fmt.Sprintf("%d messages, %d calls and %d deliveries to webhooks", q.Messages, q.Calls, q.Deliveries)
}

// Restored is what came of a restore.
type Restored struct {
	Held      HeldQueue
	Kept      string // where the database is that was in the place, "" there was none
	Forgotten int    // numbers that were forgotten after the backup was made, and were removed from it
	OptOuts   int    // opt-outs from after that, or their ends, which hold in it too
}

// Restore puts a backup in the place of the database of a gateway that does not run. What
// waits in it is held, pending verifications have ended, and numbers that were forgotten
// are removed again, as again says, and who has opted out since has. Before anything is changed decide is asked what is to become of what
// is held; nil: it waits.
func Restore(ctx context.Context, backup, database string, again person.Again, decide func(Restored) (HeldWish, error), log *slog.Logger) (done Restored, err error) {
	source, err := clock.System()
	if err != nil {
		return done, err
	}
	r, err := sqlite.NewRestoration(ctx, backup, database)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if err = hold(ctx, r.Path, source, again, decide, log, &done); err != nil {
		return done, err
	}
	done.Kept, err = r.Place()
	return done, err
}

// hold holds what waits in the database at path.
func hold(ctx context.Context, path string, source clock.Source, again person.Again, decide func(Restored) (HeldWish, error), log *slog.Logger, done *Restored) error {
	db, err := store.Open(ctx, path, log)
	if err != nil {
		return err
	}
	db.SkipRecovery()
	running := newStage(db.Run)
	err = db.Commit(ctx, func(tx *store.Tx) (err error) {
		now := clock.Moment{Wall: clock.WallOf(source.Wall())}
		for _, step := range []func() error{
			func() error {
				_, err := verifications.Move(tx, VerificationExpired, wiped(now.Wall), store.Where(`0 = 0`))
				return err
			},
			func() error {
				return expireMessages(tx, store.Where(`verification_id IS NOT NULL`), cause.Restored.With(), cause.Restored, now.Wall)
			},
			func() error { return holdMessages(tx) },
			func() error { return call.Hold(tx, now.Wall) },
			func() error { return webhook.Hold(tx) },
			func() error { return notify.Withdraw(tx, now) },
			func() error { return forward.Fail(tx, now) },
			func() error { return user.EndSessions(tx) },
			func() error { return insertHeld(tx, now.Wall) },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		if done.Forgotten, err = again.Remove(tx, personal); err == nil {
			done.OptOuts, err = optOutAgain(tx, again, now.Wall)
		}
		if err == nil {
			done.Held, err = heldQueue(tx)
		}
		return err
	})
	if err == nil && decide != nil {
		var wish HeldWish
		if wish, err = decide(*done); err == nil {
			err = db.Commit(ctx, func(tx *store.Tx) error { return updateWish(tx, wish) })
		}
	}
	running.stop()
	return errors.Join(store.Error(err), db.Close())
}

// Edit changes a message that waits; zero fields leave it as it is.
type Edit struct {
	Text      string
	Priority  line.Lane
	NotBefore time.Time
	Expires   time.Time
}

// EditMessage changes a message of an app, "" for any, that waits and of which no line was
// given a part.
func (g *Gateway) EditMessage(ctx context.Context, app string, id int64, e Edit) (Message, error) {
	changed, err := store.Write(ctx, g.db, func(tx *store.Tx) (Message, error) {
		m, err := ownMessage(tx, app, id)
		if err != nil {
			return m, err
		}
		w, err := selectWaiting(tx, id)
		if err != nil {
			return m, err
		}
		if m.State != Queued || m.Verification != "" || w.begun {
			return m, &fault.Error{Code: fault.Conflict, Message: "the message is " + m.inWords(w) + ", and cannot be changed any more"}
		}
		row := newRow{app: m.App, to: m.To, body: w.body, parts: m.Total, lane: cmp.Or(e.Priority, m.Priority), notBefore: w.notBefore, expires: clock.WallOf(m.Expires)}
		if e.Text != "" {
			if row.body, row.parts, err = text.Check(e.Text, g.cfg.Load().MaxParts); err != nil {
				return m, err
			}
		}
		if !e.NotBefore.IsZero() {
			// It lives as long as before, from then on.
			row.expires = row.expires.Add(clock.WallOf(e.NotBefore).Sub(max(row.notBefore, clock.WallOf(m.Accepted))))
			row.notBefore = clock.WallOf(e.NotBefore)
		}
		if !e.Expires.IsZero() {
			row.expires = clock.WallOf(e.Expires)
		}
		if e.NotBefore.IsZero() && row.notBefore <= g.clock.Wall() {
			row.notBefore = 0 // it is over, which is no mistake of the caller
		}
		if !e.NotBefore.IsZero() || !e.Expires.IsZero() {
			if err := g.checkTimes(row.notBefore, row.expires); err != nil {
				return m, err
			}
		}
		row.quiet = m.Quiet
		if err := updateWaiting(tx, id, row, g.clock.Now()); err != nil {
			return m, err
		}
		if err := g.changed(tx, store.Change{Noun: messages.Table, ID: id, App: m.App, From: string(Queued), To: string(Queued)}); err != nil {
			return m, err
		}
		return selectMessage(tx, id)
	})
	if err == nil {
		g.dispatcher.poke()
	}
	return changed, err
}

// CancelMessage takes a message of an app, "" for any, out of the queue, if no part of it
// has left. One that is cancelled already is answered as it is.
func (g *Gateway) CancelMessage(ctx context.Context, app string, id int64) (Message, error) {
	return store.Write(ctx, g.db, func(tx *store.Tx) (Message, error) {
		m, err := ownMessage(tx, app, id)
		if err != nil || m.State == Cancelled {
			return m, err
		}
		w, err := selectWaiting(tx, id)
		if err != nil {
			return m, err
		}
		switch {
		case m.Verification != "":
			return m, &fault.Error{Code: fault.Conflict, Message: "the message carries a code: cancel its verification"}
		case m.State != Queued || w.left:
			return m, &fault.Error{Code: fault.Conflict, Message: "the message is " + m.inWords(w) + ", and cannot be cancelled any more"}
		}
		if err := cancelMessage(tx, id, g.clock.Wall()); err != nil {
			return m, err
		}
		return selectMessage(tx, id)
	})
}

// inWords says how far a message is that cannot be changed.
func (m Message) inWords(w waitingMessage) string {
	if m.State == Queued && w.begun {
		return "being sent"
	}
	return string(m.State)
}

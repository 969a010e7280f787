package notify

import (
	"context"
	"errors"
	"sync"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

const (
	// tryWithin bounds one try.
	tryWithin = 30 * time.Second
	// waitFor is how long something may wait for a line, or for the quiet hours to end,
	// before it has failed.
	waitFor = 24 * time.Hour
	// waitLook is how often it is looked whether the wait is over.
	waitLook = time.Minute
)

// serve tells what is pending for a way, until ctx ends.
func (n *Notifier) serve(ctx context.Context, w way) error {
	for {
		bell := n.db.Bell(made)
		next, wait, err := n.next(ctx, w)
		switch {
		case err != nil && ctx.Err() == nil:
			n.log.Warn("could not read what is to be told", "way", w.name, "err", err)
			wait = waitLook
		case err == nil && next.ID != 0:
			n.try(ctx, w, next)
			wait = 0
		}
		if wait == 0 && ctx.Err() == nil {
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-bell:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return nil //nolint:nilerr // to be stopped is no fault
		}
	}
}

// next returns what is to be told now, or how long it is until something may be.
func (n *Notifier) next(ctx context.Context, w way) (next Notification, wait time.Duration, err error) {
	pending, err := store.Read(ctx, n.db, func(tx *store.Tx) ([]Notification, error) { return selectAllPending(tx, w.name) })
	if err != nil {
		return next, 0, err
	}
	wait = 24 * time.Hour
	quiet, now := n.set.Load().Quiet.left(n.clock.Local()) > 0, n.clock.Tick()
	for _, p := range pending {
		switch {
		case p.due > now:
			wait = min(wait, p.due.Sub(now))
		case quiet && !p.Urgent:
			wait = min(wait, waitLook) // the clock may be set
		default:
			return p, 0, nil
		}
	}
	return next, wait, nil
}

// try tells something once, and notes what came of it.
func (n *Notifier) try(ctx context.Context, w way, p Notification) {
	trying, cancel := context.WithTimeout(ctx, tryWithin)
	failure := w.tell(trying, p)
	cancel()
	if failure != nil && ctx.Err() != nil {
		return // it is told after the next start
	}
	err := n.db.Commit(context.WithoutCancel(ctx), func(tx *store.Tx) error { return n.settleTry(tx, p, failure) })
	if err != nil && ctx.Err() == nil {
		n.log.Warn("could not note what the owner was told", "way", w.name, "err", err)
		select { // or it would be told again at once
		case <-time.After(waitLook):
		case <-ctx.Done():
		}
	}
}

func (n *Notifier) settleTry(tx *store.Tx, p Notification, failure error) error {
	now := n.clock.Now()
	if failure == nil {
		p.Tries++
		return settle(tx, p, Delivered, cause.Cause{}, now)
	}
	why := cause.Of(failure)
	if later, ok := errors.AsType[notNow](failure); ok {
		switch {
		case len(n.set.Load().ways) > 1:
			return settle(tx, p, Withdrawn, cause.OtherWays.With(why.Text), now)
		case now.Wall.Time().Sub(p.At) < waitFor:
			return postpone(tx, p, why, now.Tick.Add(later.wait))
		}
	}
	p.Tries++
	if p.Tries == 1 {
		n.log.Warn("the owner could not be told at once", "way", p.Way, "title", p.Title, "err", failure)
	}
	if p.Tries <= len(pauses) {
		return postpone(tx, p, why, now.Tick.Add(pauses[p.Tries-1]))
	}
	n.log.Warn("the owner could not be told", "way", p.Way, "title", p.Title, "cause", why.Text)
	return settle(tx, p, Failed, why, now)
}

// Outcome is what came of a test of a way.
type Outcome struct {
	Way   string
	Cause cause.Cause // zero: it was told
}

// Test tells something by every way now, and returns what came of it.
func (n *Notifier) Test(ctx context.Context) ([]Outcome, error) {
	if len(n.set.Load().ways) == 0 {
		return nil, fault.NewInvalid("notify", "no way to tell the owner is configured: set notify in the configuration")
	}
	p := Notification{Trouble: "test", Kind: journal.Test, Title: "a test", Text: "this is how simgate tells what is wrong: nothing is", At: n.clock.Wall().Time()}
	p.due = n.clock.Tick()
	outcomes := make([]Outcome, len(n.set.Load().ways))
	var group sync.WaitGroup
	for i, w := range n.set.Load().ways {
		group.Go(func() {
			own := p
			own.Way = w.name
			outcomes[i] = n.test(ctx, w, own)
		})
	}
	group.Wait()
	return outcomes, nil
}

func (n *Notifier) test(ctx context.Context, w way, p Notification) Outcome {
	p, err := store.Write(ctx, n.db, func(tx *store.Tx) (Notification, error) {
		before, err := selectPending(tx, p.Way, p.Trouble)
		if err == nil && before.ID != 0 {
			err = settle(tx, before, Withdrawn, cause.TestedAgain.With(), n.clock.Now())
		}
		if err == nil {
			p.due = n.clock.Tick().Add(waitFor) // nobody else tells it
			p.ID, err = insertNotification(tx, p)
		}
		return p, err
	})
	if err == nil {
		trying, cancel := context.WithTimeout(ctx, tryWithin)
		defer cancel()
		err = w.tell(trying, p)
	}
	outcome, state := Outcome{Way: w.name}, Delivered
	if err != nil {
		outcome.Cause = cause.Of(err)
		state = Failed
	}
	p.Tries = 1
	if err := n.db.Commit(context.WithoutCancel(ctx), func(tx *store.Tx) error { return settle(tx, p, state, outcome.Cause, n.clock.Now()) }); err != nil {
		n.log.Warn("could not note the test of a way", "way", w.name, "err", err)
	}
	return outcome
}

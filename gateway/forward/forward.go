package forward

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// World is what the room asks the gateway.
type World struct {
	// Item returns what came in with an id.
	Item func(tx *store.Tx, id int64) (Item, error)
	// Own returns the numbers of the SIMs of the gateway.
	Own func() []string
	// Read reads a number as people write it.
	Read func(number string) (string, error)
	// Check refuses a URL to which nothing of a rule that is kept may be posted.
	Check func(ctx context.Context, url string) error
	// Mails reports whether a server takes mail.
	Mails func() bool
	// Send sends a message to a number, once for each key.
	Send func(ctx context.Context, to, text, key string) error
	// Say says a text of the gateway in the language of the owner.
	Say func(text string) string
	// Pass passes something on by another way of a rule; key is the same in each try.
	Pass func(ctx context.Context, r Rule, w Way, i Item, key string) error
}

// State is the state of something that is to be passed on.
//
//	Pending -> Delivered | Failed
type State string

// The states.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Failed    State = "failed"
)

// States lists all of them; the schema checks for the same.
var States = []State{Pending, Delivered, Failed}

// May reports whether something in state s may change to state next.
func (s State) May(next State) bool { return s == Pending && next != Pending }

// forwards are the noun whose states change; nothing else changes them.
var forwards = store.NewNoun("forward", States, State.May).Silent()

// Forwarder passes on what comes in, by the rules of the configuration and by those that it
// keeps. It is safe for concurrent use.
type Forwarder struct {
	rules   atomic.Pointer[[]Rule] // of the configuration
	world   World
	db      *store.DB
	clock   *clock.Clock
	journal *journal.Journal
	log     *slog.Logger
}

// New returns a forwarder with the rules of the configuration. Nothing is passed on until
// [Forwarder.Run] is called.
func New(rules []Rule, w World, db *store.DB, c *clock.Clock, j *journal.Journal, log *slog.Logger) *Forwarder {
	f := &Forwarder{world: w, db: db, clock: c, journal: j, log: log}
	f.rules.Store(&rules)
	return f
}

// The bells.
const (
	made       store.Topic = "forward.made"       // there is more to be passed on
	configured store.Topic = "forward.configured" // there are other rules
)

// Configure changes the rules of the configuration. What waits for one that is gone fails.
func (f *Forwarder) Configure(ctx context.Context, rules []Rule) error {
	f.rules.Store(&rules)
	return f.Refresh(ctx)
}

// Refresh heeds that rules may be gone: what waits for those fails.
func (f *Forwarder) Refresh(ctx context.Context) error {
	return f.db.Commit(ctx, func(tx *store.Tx) error {
		tx.Ring(configured)
		return f.Recover(tx)
	})
}

// Recover fails what waits for a way that no rule has any more.
func (f *Forwarder) Recover(tx *store.Tx) error {
	waiting, err := pendingWays(tx)
	if err != nil || len(waiting) == 0 {
		return err
	}
	rules, err := f.all(tx)
	for _, w := range waiting {
		if err == nil && !has(rules, w) {
			err = failAll(tx, w, cause.RuleGone.With(), f.clock.Now())
		}
	}
	return err
}

// all returns the rules of the configuration, and those that are kept.
func (f *Forwarder) all(tx *store.Tx) ([]Rule, error) {
	kept, err := selectRules(tx)
	return slices.Concat(*f.rules.Load(), kept), err
}

func has(rules []Rule, p path) bool {
	return slices.ContainsFunc(rules, func(r Rule) bool { return r.key() == p.rule && slices.Contains(r.Ways(), p.way) })
}

// Take writes down what is to be passed on of something that came in, in the transaction
// that shows it.
func (f *Forwarder) Take(tx *store.Tx, i Item) error {
	rules, err := f.all(tx)
	if err != nil {
		return err
	}
	for _, r := range rules {
		if !r.meets(i) {
			continue
		}
		for _, w := range r.Ways() {
			if err := insert(tx, path{r.key(), w}, i.ID, f.clock.Now()); err != nil {
				return err
			}
			tx.Ring(made)
		}
	}
	return nil
}

// Run passes on what waits, until ctx ends.
func (f *Forwarder) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		others, again := f.db.Bell(configured), (<-chan time.Time)(nil)
		rules, err := store.Read(ctx, f.db, f.all)
		if err != nil && ctx.Err() == nil {
			f.log.Warn("the forward rules could not be read", "err", err)
			again = time.After(time.Minute)
		}
		serving, stop := context.WithCancel(ctx)
		var group sync.WaitGroup
		for _, r := range rules {
			for _, w := range r.Ways() {
				group.Go(func() { f.serve(serving, r, w) })
			}
		}
		select {
		case <-others:
		case <-again:
		case <-ctx.Done():
		}
		stop()
		group.Wait()
	}
	return nil
}

const (
	tryWithin  = 30 * time.Second
	testWithin = 10 * time.Second // of each way, while somebody waits
	giveUp     = 24 * time.Hour
	longest    = time.Hour // between two tries
)

// pauses are those between the first tries.
var pauses = []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}

// serve passes on what waits for one way of a rule, one after the other.
func (f *Forwarder) serve(ctx context.Context, r Rule, w Way) {
	for ctx.Err() == nil {
		more := f.db.Bell(made)
		wait, err := f.next(ctx, r, w)
		if err != nil && ctx.Err() == nil {
			f.log.Warn("could not note what was forwarded", "rule", r.Name, "err", err)
			wait = time.Minute
		}
		if wait == 0 {
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-more:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// next passes on what waits first, if it is due, and returns how long it is until there may
// be more to do.
func (f *Forwarder) next(ctx context.Context, r Rule, w Way) (time.Duration, error) {
	var first row
	var item Item
	_, err := store.Read(ctx, f.db, func(tx *store.Tx) (none struct{}, err error) {
		if first, err = selectFirst(tx, path{r.key(), w}); err != nil || first.id == 0 {
			return none, err
		}
		item, err = f.world.Item(tx, first.incoming)
		return none, err
	})
	gone := fault.CodeOf(err) == fault.NotFound
	if err != nil && !gone {
		return 0, err
	}
	if first.id == 0 {
		return time.Hour, nil
	}
	if left := first.due.Sub(f.clock.Tick()); left > 0 {
		return left, nil
	}
	if gone {
		return 0, f.settle(ctx, r, w, first, errGone)
	}
	trying, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	err = f.pass(trying, r, w, first, item)
	if err != nil && ctx.Err() != nil {
		return 0, nil // it is passed on after the next start
	}
	return 0, f.settle(context.WithoutCancel(ctx), r, w, first, err)
}

var (
	errGone  = &cause.Error{Cause: cause.ForwardGone.With()}
	errLimit = &cause.Error{Cause: cause.ForwardLimit.With()}
)

// circle is why something is not passed on: it would go round in circles.
type circle struct{ error }

// Unwrap returns why.
func (c circle) Unwrap() error { return c.error }

// pass tries once.
func (f *Forwarder) pass(ctx context.Context, r Rule, w Way, first row, i Item) error {
	key := fmt.Sprintf("fwd_%x_%d", int64(first.at), first.id) // ids begin anew with a new database
	return f.try(ctx, r, w, i, key)
}

// try passes something on by a way of a rule, once for each key.
func (f *Forwarder) try(ctx context.Context, r Rule, w Way, i Item, key string) error {
	if w != ByNumber {
		return f.world.Pass(ctx, r, w, i, key)
	}
	if why := r.circle(i, f.world.Own()); why != "" {
		return circle{&cause.Error{Cause: why.With()}}
	}
	sent, err := store.Read(ctx, f.db, func(tx *store.Tx) (int64, error) {
		return countDelivered(tx, path{r.key(), w}, f.clock.Tick().Add(-24*time.Hour))
	})
	if err != nil {
		return err
	}
	if sent >= int64(r.Limit) {
		return errLimit
	}
	return f.world.Send(ctx, r.Number, i.short(f.world.Say), key)
}

// settle notes what came of a try.
func (f *Forwarder) settle(ctx context.Context, r Rule, w Way, first row, failure error) error {
	return f.db.Commit(ctx, func(tx *store.Tx) error {
		now := f.clock.Now()
		if failure == nil {
			return end(tx, first.id, Delivered, cause.Cause{}, now)
		}
		why := cause.Of(failure)
		if _, ok := errors.AsType[circle](failure); ok {
			f.log.Info("what came in is not forwarded to a number", "rule", r.Name, "message", first.incoming, "why", why.Text)
			return end(tx, first.id, Failed, why, now)
		}
		final := errors.Is(failure, errGone) || errors.Is(failure, errLimit) || w == ByNumber && refused(failure)
		if !final && now.Wall.Sub(first.at) < giveUp {
			pause := longest
			if first.tries < len(pauses) {
				pause = pauses[first.tries]
			}
			return postpone(tx, first.id, why, now.Tick.Add(pause))
		}
		if err := end(tx, first.id, Failed, why, now); err != nil {
			return err
		}
		return f.journal.NoteOnce(tx, journal.Event{Kind: journal.ForwardFailed,
			Text: "what came in could not be forwarded by the rule " + r.Name + " (" + string(w) + "): " + why.Text})
	})
}

// refused reports whether a message is not taken, now or later.
func refused(err error) bool {
	switch fault.CodeOf(err) {
	case fault.Invalid, fault.Forbidden, fault.Conflict:
		return true
	}
	return false
}

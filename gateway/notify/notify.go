package notify

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// World is what the notifier sees of the gateway, and how it sends messages.
type World struct {
	// Conditions returns what is wrong now, or may be. An error leaves all as it was.
	Conditions func(ctx context.Context) ([]Condition, error)
	// Unready returns why no line can send a message now, the zero cause where one can.
	Unready func(ctx context.Context) cause.Cause
	// Text sends a message to the phone of the owner, once for each key.
	Text func(ctx context.Context, to, body, key string) error
}

// Notifier tells the owner what is wrong. It is safe for concurrent use.
type Notifier struct {
	set     atomic.Pointer[settings]
	world   World
	db      *store.DB
	clock   *clock.Clock
	journal *journal.Journal
	log     *slog.Logger

	// Of the watch alone.
	seen   int64     // the last event that was looked at
	open   []Trouble // as the database has them, while fresh
	fresh  bool
	first  map[string]clock.Uptime // when conditions were seen first
	clear  map[string]clock.Uptime // since when those of open troubles are not seen
	faults int                     // looks in a row that the database has failed
	fault  atomic.Pointer[Trouble] // that the database fails, as it is told
}

// New returns a notifier. Nothing is told until [Notifier.Run] is called.
func New(cfg Config, w World, db *store.DB, c *clock.Clock, j *journal.Journal, log *slog.Logger) *Notifier {
	n := &Notifier{world: w, db: db, clock: c, journal: j, log: log,
		first: map[string]clock.Uptime{}, clear: map[string]clock.Uptime{}}
	n.set.Store(n.newSettings(cfg))
	return n
}

// made is the bell that rings when there is something to be told.
const made store.Topic = "notify.made"

const (
	lookEvery = time.Minute
	// endAfter is how long a condition must not be seen for its trouble to be over.
	endAfter = time.Minute
	// faultsTold is after how many failures in a row the owner hears of the database, at
	// once and by all ways that need none.
	faultsTold = 3
)

// Run looks at the world and tells what is wrong, until ctx ends.
func (n *Notifier) Run(ctx context.Context) error {
	var group errgroup.Group
	group.Go(func() error { return n.serveAll(ctx) })
	group.Go(func() error { return n.watch(ctx) })
	return group.Wait()
}

// configured is the bell that rings when there are other ways.
const configured store.Topic = "notify.configured"

// Configure changes how the owner is told. What was to be told by a way that is gone fails.
func (n *Notifier) Configure(ctx context.Context, cfg Config) error {
	n.set.Store(n.newSettings(cfg))
	return n.db.Commit(ctx, func(tx *store.Tx) error {
		tx.Ring(configured)
		return n.Recover(tx)
	})
}

// serveAll tells what is pending by the ways that are configured, until ctx ends.
func (n *Notifier) serveAll(ctx context.Context) error {
	for ctx.Err() == nil {
		others := n.db.Bell(configured)
		serving, stop := context.WithCancel(ctx)
		var group errgroup.Group
		for _, w := range n.set.Load().ways {
			group.Go(func() error { return n.serve(serving, w) })
		}
		select {
		case <-others:
		case <-ctx.Done():
		}
		stop()
		_ = group.Wait() // they return nil
	}
	return nil
}

func (n *Notifier) watch(ctx context.Context) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var noted <-chan struct{}
	other := n.db.Bell(configured) // who has changed something wants to know what is wrong with it
	for unread := true; ; {
		if unread {
			noted = n.db.Bell(journal.Noted)
			err := n.heed(ctx)
			if unread = err != nil; unread && ctx.Err() == nil {
				n.log.Warn("could not read what has happened", "err", err)
			}
		}
		select {
		case <-noted:
			unread = true
			continue
		case <-other:
			other = n.db.Bell(configured)
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
		err := n.look(ctx)
		if err != nil && ctx.Err() == nil {
			n.log.Warn("could not look what is wrong", "err", err)
		}
		n.noteFault(ctx, err)
	}
}

// heed tells what has happened.
func (n *Notifier) heed(ctx context.Context) error {
	for {
		more, err := store.Read(ctx, n.db, func(tx *store.Tx) (bool, error) { return n.readEvents(tx, false) })
		if err != nil || !more {
			return err
		}
		n.fresh = false
		if _, err := store.Write(ctx, n.db, func(tx *store.Tx) (bool, error) { return n.readEvents(tx, true) }); err != nil {
			return err
		}
	}
}

// look begins and ends the troubles of conditions.
func (n *Notifier) look(ctx context.Context) error {
	conditions, err := n.world.Conditions(ctx)
	if err != nil {
		return err
	}
	if err := n.db.Healthy(); err != nil {
		return store.Error(err)
	}
	if !n.fresh {
		if n.open, err = n.Troubles(ctx); err != nil {
			return err
		}
		n.fresh = true
	}
	now := n.clock.Now()
	begun, ended := n.compare(conditions, n.open, now)
	if len(begun)+len(ended) == 0 {
		return nil
	}
	n.fresh = false
	_, err = store.Write(ctx, n.db, func(tx *store.Tx) (bool, error) {
		for _, t := range ended {
			if err := n.end(tx, t, false, now); err != nil {
				return false, err
			}
		}
		for _, c := range begun {
			t := Trouble{Name: c.Name, Kind: c.Kind, Line: c.Line, Modem: c.Modem, Title: c.Title, Text: c.Text, Urgent: c.Urgent, ending: c.Over, watched: true}
			if err := n.begin(tx, t, c.Noted, now); err != nil {
				return false, err
			}
		}
		return true, nil
	})
	return err
}

// compare returns which conditions begin troubles, and which of the open troubles are
// over. What passes by itself is over without a word.
func (n *Notifier) compare(conditions []Condition, open []Trouble, now clock.Moment) (begun []Condition, ended []Trouble) {
	seen, known := map[string]bool{}, map[string]Trouble{}
	for _, t := range open {
		known[t.Name] = t
	}
	for _, c := range conditions {
		seen[c.Name] = true
		delete(n.clear, c.Name)
		if c.Unsure {
			continue
		}
		if _, before := n.first[c.Name]; !before {
			n.first[c.Name] = now.Up
		}
		if known[c.Name].Kind != c.Kind && now.Up.Sub(n.first[c.Name]) >= c.After {
			begun = append(begun, c)
		}
	}
	for name := range n.first {
		if !seen[name] {
			delete(n.first, name)
		}
	}
	for _, t := range open {
		switch since, before := n.clear[t.Name]; {
		case t.passes > 0 && now.Tick >= t.passes:
			ended = append(ended, t)
		case !t.watched || seen[t.Name]:
		case !before:
			n.clear[t.Name] = now.Up
		case now.Up.Sub(since) >= endAfter:
			delete(n.clear, t.Name)
			ended = append(ended, t)
		}
	}
	return begun, ended
}

// noteFault tells of a database that fails, which no transaction can: once, and once when
// it works again.
func (n *Notifier) noteFault(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		if n.faults >= faultsTold {
			n.tellNow(ctx, true, "over: nothing is accepted", "the database works again")
		}
		n.faults = 0
		n.fault.Store(nil)
		return
	}
	if n.faults++; n.faults == faultsTold {
		t := Trouble{Name: "database", Kind: journal.DatabaseFault, Urgent: true, Since: n.clock.Wall().Time(), Title: "nothing is accepted",
			Text: fmt.Sprintf("the database of simgate fails, and no message or code is accepted: %s", fault.MessageOf(err))}
		n.fault.Store(&t)
		n.tellNow(ctx, false, t.Title, t.Text)
	}
}

// tellNow tells something at once, without the database.
func (n *Notifier) tellNow(ctx context.Context, over bool, title, text string) {
	for _, w := range n.set.Load().ways {
		if w.needsDatabase {
			continue
		}
		m := Notification{Way: w.name, Trouble: "database", Kind: journal.DatabaseFault, Over: over, Urgent: true, Title: title, Text: text, At: n.clock.Wall().Time()}
		trying, cancel := context.WithTimeout(ctx, tryWithin)
		if err := w.tell(trying, m); err != nil && ctx.Err() == nil {
			n.log.Warn("the owner could not be told that the database fails", "way", w.name, "err", err)
		}
		cancel()
	}
}

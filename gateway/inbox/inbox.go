package inbox

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// The bells of the inbox.
const (
	topicShown store.Topic = "inbox"      // a message is shown
	topicGaps  store.Topic = "inbox.gaps" // one may have to be shown with gaps
)

// What the changes in the journal say of messages that came in.
const (
	Incoming = "incoming" // the kind of these changes
	Received = "received" // a message is shown for the first time
	Amended  = "amended"  // one that was shown with gaps has got more of its parts
)

// Inbox is what came in. It is safe for concurrent use.
type Inbox struct {
	db         *store.DB
	clock      *clock.Clock
	journal    *journal.Journal
	log        *slog.Logger
	gapTimeout time.Duration
	decode     func(raw string) Part
	arrive     func(*store.Tx, *Message) error
}

// New returns the inbox of a database. A message whose parts do not all come is
// shown with gaps after gapTimeout. decode decodes parts that an earlier release has
// stored as they came. arrive is called in the transaction that shows a message, before it
// is shown: it decides whose the message is, and may change its text. It is called again
// when more parts of the message have come; the first time the message has no Change yet.
func New(db *store.DB, c *clock.Clock, j *journal.Journal, log *slog.Logger, gapTimeout time.Duration, decode func(raw string) Part, arrive func(*store.Tx, *Message) error) *Inbox {
	return &Inbox{db: db, clock: c, journal: j, log: log, gapTimeout: gapTimeout, decode: decode, arrive: arrive}
}

// Filter selects messages; zero fields select all.
type Filter struct {
	App    string // that they belong to
	Line   int64
	Sender string
	Since  time.Time // of their receipt
	Before int64     // only ids below this one, newest first
	After  int64     // only changes after this one, oldest first: for a follower; -1: all of them so
	Limit  int       // 1 to 500, 0 means 50
}

// List returns what came in: newest first, or with After in the order in which
// it was shown. A message that was shown with gaps and then completed is shown
// again, with a later Change.
func (b *Inbox) List(ctx context.Context, f Filter) ([]Message, error) {
	if f.Limit = cmp.Or(f.Limit, 50); f.Limit < 1 || f.Limit > 500 {
		return nil, fault.NewInvalid("limit", "at most 500 messages at a time")
	}
	f.Sender = canonical(f.Sender)
	return store.Read(ctx, b.db, func(tx *store.Tx) ([]Message, error) { return selectAll(tx, f) })
}

// Get returns one message that came in.
func (b *Inbox) Get(ctx context.Context, id int64) (Message, error) {
	return store.Read(ctx, b.db, func(tx *store.Tx) (Message, error) { return Select(tx, id) })
}

// Await returns what f with its After finds, and waits for the first such
// message until ctx ends or the time is over; then there is none.
func (b *Inbox) Await(ctx context.Context, f Filter, wait time.Duration) ([]Message, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		news := b.db.Bell(topicShown)
		list, err := b.List(ctx, f)
		if err != nil || len(list) > 0 {
			return list, err
		}
		select {
		case <-news:
		case <-timer.C:
			return nil, nil
		case <-ctx.Done():
			return nil, nil
		}
	}
}

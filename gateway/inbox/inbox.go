package inbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
	"unicode/utf8"

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

// What the changes in the journal say of what came in.
const (
	Incoming = "incoming" // the kind of these changes
	Received = "received" // a message is shown for the first time
	Amended  = "amended"  // one that was shown with gaps has got more of its parts
	Missed   = "missed"   // somebody called, and nobody took the call
	Read     = "read"     // somebody has read it
	Unread   = "unread"   // and has marked it as unread
)

// World is what the inbox asks the gateway.
type World struct {
	// Country returns the country of a line (ISO 3166-1 alpha-2), "" where that is not
	// known.
	Country func(line int64) string
	// Decode decodes parts that an earlier release has stored as they came.
	Decode func(raw string) Part
	// Arrive is called in the transaction that shows a message, before it is shown, and
	// again when more parts of it have come: it decides whose the message is, and may
	// change its text. The first time the message has no Change yet.
	Arrive func(*store.Tx, *Message) error
	// Shown is called in the same transaction when the message is stored.
	Shown func(*store.Tx, Message) error
}

// Inbox is what came in. It is safe for concurrent use.
type Inbox struct {
	db         *store.DB
	clock      *clock.Clock
	journal    *journal.Journal
	log        *slog.Logger
	gapTimeout time.Duration
	world      World
}

// New returns the inbox of a database. A message whose parts do not all come is shown with
// gaps after gapTimeout.
func New(db *store.DB, c *clock.Clock, j *journal.Journal, log *slog.Logger, gapTimeout time.Duration, w World) *Inbox {
	return &Inbox{db: db, clock: c, journal: j, log: log, gapTimeout: gapTimeout, world: w}
}

// Filter selects what came in; zero fields select all.
type Filter struct {
	App    string // that it belongs to
	Line   int64
	Sender string
	Kind   Kind
	Unread bool
	Text   string    // that is in it; the case of the letters A to Z does not count
	Since  time.Time // received then or later
	Until  time.Time // received before
	Before int64     // only ids below, newest first
	After  int64     // only changes after this one, oldest first: for a follower; -1: all of them so
	Limit  int       // 1 to 500, 0 means 50
}

const (
	maxPage   = 500
	maxSearch = 1000 // octets of a text that is looked for
)

// check completes a filter.
func (f *Filter) check() error {
	if f.Limit = cmp.Or(f.Limit, 50); f.Limit < 1 || f.Limit > maxPage {
		return fault.NewInvalid("limit", "at most 500 messages at a time")
	}
	if len(f.Text) > maxSearch || !utf8.ValidString(f.Text) {
		return fault.NewInvalid("text", fmt.Sprintf("it must be UTF-8 of at most %d octets", maxSearch))
	}
	if f.Kind != "" && !slices.Contains(Kinds, f.Kind) {
		return fault.NewInvalid("kind", "there is no such kind: use text, data, mms, indication, undecodable or call")
	}
	f.Sender = canonical(f.Sender, false, "")
	return nil
}

// List returns what came in: a page of the newest, or with After in the order in which it
// was shown. A message that was shown with gaps and then completed is shown again, with a
// later Change.
func (b *Inbox) List(ctx context.Context, f Filter) ([]Message, error) {
	if f.After == 0 {
		p, err := b.Page(ctx, f)
		return p.Messages, err
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	return store.Read(ctx, b.db, func(tx *store.Tx) ([]Message, error) { return selectChanged(tx, f) })
}

// Page is a page of a list of what came in.
type Page struct {
	Messages []Message
	Next     int64 // the Before of the next page; 0: there is none
}

// Page returns a page of what came in, newest first. It may have fewer messages than the
// limit, even none, though there is a next one ([store.Page]).
func (b *Inbox) Page(ctx context.Context, f Filter) (Page, error) {
	if err := f.check(); err != nil {
		return Page{}, err
	}
	return store.Read(ctx, b.db, func(tx *store.Tx) (p Page, err error) {
		p.Messages, p.Next, err = SelectPage(tx, f)
		return p, err
	})
}

// Get returns one message that came in, with all of it as it came.
func (b *Inbox) Get(ctx context.Context, id int64) (Message, error) {
	return store.Read(ctx, b.db, func(tx *store.Tx) (Message, error) {
		m, err := Select(tx, id)
		if err == nil {
			m.Raw, err = selectRaw(tx, m)
		}
		return m, err
	})
}

// Mark marks a message as read, or as unread.
func (b *Inbox) Mark(ctx context.Context, id int64, unread bool) (Message, error) {
	return store.Write(ctx, b.db, func(tx *store.Tx) (Message, error) {
		m, err := Select(tx, id)
		if err != nil || m.Unread == unread {
			return m, err
		}
		m.Unread = unread
		return m, errors.Join(updateUnread(tx, id, unread), b.told(tx, m.ID, m.App, unread))
	})
}

// told writes down that a message is read, or unread.
func (b *Inbox) told(tx *store.Tx, id int64, app string, unread bool) error {
	c := journal.Change{Kind: Incoming, Subject: id, App: app, From: Unread, To: Read}
	if unread {
		c.From, c.To = c.To, c.From
	}
	return b.journal.Append(tx, c)
}

// readAtOnce bounds what one transaction marks as read.
const readAtOnce = 500

// MarkRead marks as read what came from a sender for an app, "" for any, up to the message
// with an id, 0 for all. It returns how many are unread still.
func (b *Inbox) MarkRead(ctx context.Context, app, sender string, upTo int64) (left int, err error) {
	for more := true; more && err == nil; {
		left, err = store.Write(ctx, b.db, func(tx *store.Tx) (int, error) {
			read, err := readSome(tx, app, sender, upTo, readAtOnce)
			for _, m := range read {
				if err == nil {
					err = b.told(tx, m.id, m.app, false)
				}
			}
			if more = len(read) == readAtOnce; err != nil {
				return 0, err
			}
			return CountUnread(tx, app, sender)
		})
	}
	return left, err
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

package optout

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/locale"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Origin says who has opted a number out.
type Origin string

// The origins; the schema checks for the same.
const (
	ByMessage Origin = "message" // the person, by writing a word
	ByOwner   Origin = "owner"
	ByApp     Origin = "app"
)

// Entry is a number that gets no messages of an app.
type Entry struct {
	ID     int64
	App    string        // "" all of them
	Number msisdn.Number // "" where it was forgotten
	Origin Origin
	Word   string    // that was written, "" where nothing was
	Line   int64     // the SIM that it came to, 0 for none
	Made   time.Time // when the number opted out last
	Undone time.Time // zero while it holds
}

// The changes of entries in the journal.
const (
	ChangeKind = "optout"
	Added      = "added"
	Removed    = "removed"
)

// World is what the list sees of the gateway.
type World struct {
	// Read reads the number that an app means by a text.
	Read func(app, s string) (msisdn.Number, error)
	// Writers returns the apps that have written to a number, the last first: by a SIM, or
	// if none has, by any.
	Writers func(tx *store.Tx, to msisdn.Number, line int64) ([]string, error)
	// Cancel takes what waits for a number, of an app or with "" of all, out of the queues;
	// but for codes.
	Cancel func(tx *store.Tx, app string, to msisdn.Number, why cause.Cause) error
	// Answer sends a message, if it may go to its number and take still wants it.
	Answer func(ctx context.Context, a Answer, take func(*store.Tx) (bool, error)) error
	// Save writes the list down where restores of backups find it.
	Save func(ctx context.Context) error
}

// Answer is a message that tells a number that it has opted out.
type Answer struct {
	App  string // "" all of them
	To   msisdn.Number
	Line int64
	Text string
}

// List is the suppression list of a gateway. It is safe for concurrent use.
type List struct {
	cfg     atomic.Pointer[Config]
	world   World
	db      *store.DB
	clock   *clock.Clock
	journal *journal.Journal
	log     *slog.Logger
	mark    atomic.Pointer[func(number string) string]
	some    atomic.Bool // there is an entry, or is about to be: while not, none is looked for
}

// Open returns the list of a database.
func Open(ctx context.Context, cfg Config, w World, db *store.DB, c *clock.Clock, j *journal.Journal, log *slog.Logger) (*List, error) {
	l := &List{world: w, db: db, clock: c, journal: j, log: log}
	l.Configure(cfg)
	return l, db.Read(ctx, func(tx *store.Tx) error {
		some, err := hasEntries(tx)
		l.some.Store(some)
		return err
	})
}

// Configure changes what the owner says of words.
func (l *List) Configure(cfg Config) { l.cfg.Store(&cfg) }

// Marked tells the list how numbers are hashed that were forgotten. Without it none was.
func (l *List) Marked(mark func(number string) string) { l.mark.Store(&mark) }

// names returns how entries of a number are found.
func (l *List) names(n msisdn.Number) [2]string {
	names := [2]string{string(n), string(n)}
	if mark := l.mark.Load(); mark != nil {
		names[1] = (*mark)(string(n))
	}
	return names
}

// Refuse returns why no message or call of an app that carries no code may go to a number,
// nil if it may.
func (l *List) Refuse(tx *store.Tx, app string, to msisdn.Number) (*fault.Error, error) {
	if !l.some.Load() {
		return nil, nil
	}
	held, err := holds(tx, l.names(to), app)
	if err != nil || !held {
		return nil, err
	}
	return &fault.Error{Code: fault.Forbidden, Field: "to", Reason: fault.OptedOut,
		Message: cause.OptedOut.With().Text + ": only codes go to this number, until its owner writes START, or the owner of the gateway removes it from the list"}, nil
}

// Incoming is a message that came in.
type Incoming struct {
	Line   int64
	Sender string // MSISDN or short code
	Text   string
}

// Heed does what a message asks for, in the transaction that shows it.
func (l *List) Heed(tx *store.Tx, m Incoming) error {
	w := l.cfg.Load().read(m.Text)
	if w.wish == nothing || m.Sender == "" {
		return nil
	}
	from := msisdn.Number(m.Sender)
	if w.wish == in {
		return l.undo(tx, from)
	}
	apps, err := l.meant(tx, w.wish, from, m.Line)
	if err != nil || len(apps) == 0 {
		return err
	}
	e := Entry{App: apps[0], Number: from, Origin: ByMessage, Word: strings.TrimSpace(m.Text), Line: m.Line}
	if _, _, err := l.add(tx, e); err != nil {
		return err
	}
	if l.cfg.Load().Silent || from.Short() {
		return nil
	}
	tx.Ring(topicAnswer)
	return askAnswer(tx, e, w.locale, l.clock.Tick())
}

// meant returns the app whose messages a number does not want any more: of those that wrote
// to it and still may the one that did so last; or "", which is all, where it wants nothing
// of anybody or nobody is known to have written. There is none where all are refused already.
func (l *List) meant(tx *store.Tx, w wish, from msisdn.Number, line int64) ([]string, error) {
	if w == outOfAll {
		return []string{""}, nil
	}
	writers, err := l.world.Writers(tx, from, line)
	if err != nil || len(writers) == 0 {
		return []string{""}, err
	}
	for _, app := range writers {
		if held, err := holds(tx, l.names(from), app); err != nil || !held {
			return []string{app}, err
		}
	}
	return nil, nil
}

// add opts a number out, and reports whether it was not out before.
func (l *List) add(tx *store.Tx, e Entry) (Entry, bool, error) {
	l.some.Store(true)
	now := l.clock.Wall()
	before, known, err := selectFor(tx, l.names(e.Number), e.App)
	if err != nil {
		return e, false, err
	}
	if known && before.Undone.IsZero() {
		return before, false, nil
	}
	e.Made = now.Time()
	if e.ID, err = upsert(tx, e, before.ID); err != nil {
		return e, false, err
	}
	if err := l.world.Cancel(tx, e.App, e.Number, cause.OptedOut.With()); err != nil {
		return e, false, err
	}
	tx.Ring(topicChanged)
	return e, true, l.journal.Append(tx, journal.Change{Kind: ChangeKind, Subject: e.ID, App: e.App, To: Added, At: now})
}

// undo ends all entries of a number.
func (l *List) undo(tx *store.Tx, n msisdn.Number) error {
	all, err := selectAll(tx, Filter{Limit: maxPage}, l.names(n))
	for _, e := range all {
		if err == nil {
			err = l.end(tx, e)
		}
	}
	return err
}

// end ends an entry.
func (l *List) end(tx *store.Tx, e Entry) error {
	now := l.clock.Wall()
	if err := updateUndone(tx, e.ID, now); err != nil {
		return err
	}
	tx.Ring(topicChanged)
	return l.journal.Append(tx, journal.Change{Kind: ChangeKind, Subject: e.ID, App: e.App, From: Added, To: Removed, At: now})
}

// Add opts a number out of the messages of an app, "" for all, and reports whether it was
// not out before. Read as names the app whose way of writing numbers counts.
func (l *List) Add(ctx context.Context, app, number string, by Origin) (e Entry, added bool, err error) {
	if app != "" {
		if err := fault.CheckName("app", app, maxApp); err != nil {
			return e, false, err
		}
	}
	e = Entry{App: app, Origin: by}
	if e.Number, err = l.world.Read(app, number); err != nil {
		return e, false, err
	}
	e, err = store.Write(ctx, l.db, func(tx *store.Tx) (Entry, error) {
		var err error
		e, added, err = l.add(tx, e)
		return e, err
	})
	return e, added, err
}

// maxApp is the longest name of an app, in characters.
const maxApp = 64

// Remove ends an entry: the number gets messages again.
func (l *List) Remove(ctx context.Context, id int64) (Entry, error) {
	return store.Write(ctx, l.db, func(tx *store.Tx) (Entry, error) {
		e, err := Select(tx, id)
		if err == nil && !e.Undone.IsZero() {
			err = errNotFound
		}
		if err == nil {
			err = l.end(tx, e)
		}
		return e, err
	})
}

// Filter selects entries; zero fields select all.
type Filter struct {
	App    string // that may not write: its own entries and those for all
	Number string
	Before int64 // only ids below
	Limit  int   // 1 to 500, 0 means 50
}

const maxPage = 500

// Entries returns those that hold, newest first.
func (l *List) Entries(ctx context.Context, f Filter) ([]Entry, error) {
	if f.Limit = cmp.Or(f.Limit, 50); f.Limit < 1 || f.Limit > maxPage {
		return nil, fault.NewInvalid("limit", "at most 500 numbers at a time")
	}
	var names [2]string
	if f.Number != "" {
		n, err := l.world.Read(f.App, f.Number)
		if err != nil {
			return nil, err
		}
		names = l.names(n)
	}
	return store.Read(ctx, l.db, func(tx *store.Tx) ([]Entry, error) { return selectAll(tx, f, names) })
}

// The bells of the list.
const (
	topicAnswer  store.Topic = "optout"         // there may be somebody to tell that he has opted out
	topicChanged store.Topic = "optout.changed" // an entry has changed
)

const (
	retry       = 10 * time.Second    // after a fault
	answerEvery = 30 * 24 * time.Hour // one answer to a number
)

// Run tells numbers that they have opted out, and has the list written down, until ctx ends.
func (l *List) Run(ctx context.Context) error {
	unsaved := l.some.Load() // the last run may have come to its end before it was
	for {
		asked, changed := l.db.Bell(topicAnswer), l.db.Bell(topicChanged)
		err := l.answerAll(ctx)
		if unsaved {
			failed := l.world.Save(ctx)
			unsaved, err = failed != nil, errors.Join(err, failed)
		}
		var again <-chan time.Time
		if err != nil && ctx.Err() == nil {
			l.log.Warn("could not tell a number that it has opted out, or write the list for restores of backups; trying again", "err", err)
			again = time.After(retry)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-asked:
		case <-changed:
			unsaved = true
		case <-again:
		}
	}
}

// answerAll sends the answers that are due.
func (l *List) answerAll(ctx context.Context) error {
	due, err := store.Read(ctx, l.db, selectDue)
	for _, d := range due {
		if err != nil {
			break
		}
		a := d.Answer
		if d.locale == "" {
			d.locale = locale.Of(a.To.Region())
		}
		a.Text = locale.OptOutOf(d.locale).Answer
		err = l.world.Answer(ctx, a, func(tx *store.Tx) (bool, error) { return takeAnswer(tx, a.To) })
	}
	return err
}

// Deletions delete what was undone before a time, and what no limit looks at any more.
func (l *List) Deletions(old clock.Past) []store.Deletion {
	return []store.Deletion{
		store.DeleteWhere(`optout`, `id`, `undone_at > 0 AND undone_at < ? ORDER BY undone_at`, old.Wall),
		store.DeleteWhere(`optout_answer`, `number`, `tick < ? ORDER BY tick`, l.clock.Tick().Add(-answerEvery)),
	}
}

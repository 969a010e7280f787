package call

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/speech"
	"simgate/gateway/store"
	"simgate/gateway/text"
)

// Voice is how calls speak.
type Voice struct {
	Engine     *speech.Engine // nil: no calls
	RequireKey bool           // a code is said once 1 was pressed, so that no voicemail records it
	Ring       time.Duration  // until it is answered
	Limit      time.Duration  // of a call, from the answer on
}

// Config is what calls are told, and what they ask of others.
type Config struct {
	Voice
	Speakers []Speaker // all lines, in the order of their configuration
	// ReadNumber reads the number of a [Filter] of an app, "" where it has none.
	ReadNumber func(app, number string) (string, error)
	// Look returns the conditions of the speakers, in their order.
	Look func(*store.Tx) ([]Condition, error)
	// Say returns what is to be said for a reference, just before the call is placed.
	Say func(ctx context.Context, ref string) (Words, error)
	// Settle is told of each call that has ended, in the transaction in which it ends.
	Settle func(*store.Tx, Call) error
}

// Calls are all calls. It is safe for concurrent use.
type Calls struct {
	cfg     Config
	db      *store.DB
	clock   *clock.Clock
	log     *slog.Logger
	silent  string   // why this machine cannot speak, "" it can
	lacking []string // the only locales that silent is about, nil: all
	metrics *metrics
}

// New returns the calls of a database. It tries the engine once.
func New(ctx context.Context, cfg Config, db *store.DB, c *clock.Clock, log *slog.Logger) *Calls {
	calls := &Calls{cfg: cfg, db: db, clock: c, log: log, metrics: newMetrics()}
	if cfg.Engine != nil {
		if err := cfg.Engine.Check(ctx); err != nil {
			calls.silent = err.Error()
			if some, ok := errors.AsType[*speech.VoicesError](err); ok {
				calls.lacking = some.Locales
			}
			log.Warn("no calls that speak, but by modules with speech of their own", "err", err)
		}
	}
	return calls
}

// Call is a call that says something.
type Call struct {
	ID       int64
	App      string
	To       msisdn.Number
	Text     string // what is said; "" where that is a file, or of Ref
	File     string
	Ref      string // stands for what is said, "" nothing; for codes the id of the verification
	Locale   string
	CustomID string
	Callback string // kept for whoever settles it
	State    State
	Line     int64 // that it took
	Pinned   int64 // that was asked for, 0 any
	Voice    string
	Cause    cause.Cause
	Passed   string // the lines that could not take it, and why
	Waiting  string // what a queued call waits for, in words
	Accepted time.Time
	Dialled  time.Time
	Ended    time.Time
	Answered bool
	Duration time.Duration // from the answer to the end
	Keys     string        // that were pressed
}

// Request asks for a call that says a text, a file, or what a reference stands for.
type Request struct {
	App      string
	To       msisdn.Number
	Text     string
	File     string // the name of what is played, of the folder of the configuration
	Ref      string
	Locale   string // of Text; "" that of the number's country
	CustomID string
	Callback string
	Line     int64         // that it is to take, 0 any
	Lifetime time.Duration // to be dialled in; 0: 10 minutes, at most 24 hours
}

const (
	defaultLifetime = 10 * time.Minute
	maxLifetime     = 24 * time.Hour
)

// Check returns a request with its defaults, or says what is wrong with it. What it
// says is spoken once, so that a text that cannot be spoken is refused here.
func (c *Calls) Check(ctx context.Context, r Request) (Request, error) {
	r.Lifetime = cmp.Or(r.Lifetime, defaultLifetime)
	if r.Lifetime < time.Second || r.Lifetime > maxLifetime {
		return r, fault.NewInvalid("lifetime", "a call is dialled within 1 second to 24 hours")
	}
	r.Locale = cmp.Or(r.Locale, LocaleFor("", r.To.Region()))
	if why := c.whyNotSpoken(content{locale: r.Locale, recorded: r.File != ""}); why != "" {
		return r, &fault.Error{Code: fault.Unavailable, Message: "no call can be made: " + why}
	}
	var err error
	if r.Text, err = text.Clean(r.Text); err == nil {
		_, err = c.sound(ctx, Words{Text: r.Text, File: r.File}, r.Locale)
	}
	return r, err
}

// Queue makes a call that is due at once.
func (c *Calls) Queue(tx *store.Tx, r Request, now clock.Moment) (Call, error) {
	row := row{Call: Call{App: r.App, To: r.To, Text: r.Text, File: r.File, Ref: r.Ref, Locale: r.Locale, CustomID: r.CustomID,
		Callback: r.Callback, State: Queued, Pinned: r.Line, Accepted: now.Wall.Time()}, due: now.Up, deadline: now.Up.Add(r.Lifetime)}
	err := insert(tx, &row)
	if err == nil {
		err = noun.Made(tx, store.Row[State]{ID: row.ID, App: row.App, State: Queued})
	}
	tx.Ring(topicQueue)
	return row.Call, err
}

// CompleteUnplaced ends a queued call as if it had been placed and heard, and says in its
// cause why it was not placed.
func (c *Calls) CompleteUnplaced(tx *store.Tx, call Call, why cause.Cause, now clock.Moment) (Call, error) {
	if _, err := begin(tx, call); err != nil {
		return call, err
	}
	call.State, call.Cause, call.Ended = Completed, why, now.Wall.Time()
	return call, writeEnd(tx, call)
}

// Get returns one call.
func (c *Calls) Get(ctx context.Context, id int64) (Call, error) {
	return store.Read(ctx, c.db, func(tx *store.Tx) (Call, error) {
		one, err := Select(tx, id)
		if err != nil {
			return one, err
		}
		list := []Call{one}
		err = c.sayWaiting(tx, list)
		return list[0], err
	})
}

// sayWaiting notes in each call that is queued what it waits for.
func (c *Calls) sayWaiting(tx *store.Tx, list []Call) error {
	var all []candidate
	for i, l := range list {
		if l.State != Queued {
			continue
		}
		r, err := selectOne(tx, l.ID)
		if err != nil {
			return err
		}
		if int64(r.due) >= store.Held {
			list[i].Waiting = cause.Held.With().Text
			continue
		}
		if all == nil {
			if all, _, err = c.candidates(tx); err != nil {
				return err
			}
		}
		_, list[i].Waiting = c.choose(r, all)
	}
	return nil
}

// Select returns one call.
func Select(tx *store.Tx, id int64) (Call, error) {
	r, err := selectOne(tx, id)
	return r.Call, err
}

// Filter selects calls; zero fields select all.
type Filter struct {
	App    string
	State  State
	To     string
	Before int64 // only ids below
	Limit  int   // 1 to 500, 0 means 50
}

// List returns calls, newest first.
func (c *Calls) List(ctx context.Context, f Filter) ([]Call, error) {
	if f.Limit = cmp.Or(f.Limit, 50); f.Limit < 1 || f.Limit > 500 {
		return nil, fault.NewInvalid("limit", "at most 500 calls at a time")
	}
	if f.State != "" && !slices.Contains(States, f.State) {
		return nil, fault.NewInvalid("state", "there is no state "+fault.Quote(string(f.State)))
	}
	var err error
	if f.To, err = c.cfg.ReadNumber(f.App, f.To); err != nil {
		return nil, err
	}
	return store.Read(ctx, c.db, func(tx *store.Tx) ([]Call, error) {
		list, err := selectAll(tx, f)
		if err != nil {
			return nil, err
		}
		return list, c.sayWaiting(tx, list)
	})
}

// Cancel ends a call of an app that has not been dialled yet. One that has been is a
// [fault.Conflict].
func (c *Calls) Cancel(ctx context.Context, app string, id int64) (Call, error) {
	return store.Write(ctx, c.db, func(tx *store.Tx) (Call, error) {
		r, err := selectOne(tx, id)
		switch {
		case err != nil:
			return Call{}, err
		case r.App != app:
			return Call{}, errNotFound()
		case r.State != Queued:
			return r.Call, &fault.Error{Code: fault.Conflict, Reason: fault.NotPending, Message: "this call is " + string(r.State) + " already"}
		}
		return c.end(tx, r.Call, Cancelled, cause.Cancelled.With(), c.clock.Wall())
	})
}

// CancelRef ends the calls for a reference that have not been dialled yet.
func (c *Calls) CancelRef(tx *store.Tx, ref string, why cause.Cause, now clock.Wall) error {
	rows, err := queuedFor(tx, ref)
	if err != nil {
		return err
	}
	return c.endAll(tx, rows, Cancelled, why, now)
}

// WithdrawRef ends the calls for a reference: those that have not been dialled yet now,
// and those that are up are hung up as soon as the transaction is on the disk.
func (c *Calls) WithdrawRef(tx *store.Tx, ref string, why cause.Cause, now clock.Wall) error {
	open, err := openFor(tx, ref)
	if err != nil || len(open) == 0 {
		return err
	}
	some, err := withdraw(tx, ref, why)
	if some {
		tx.Ring(topicQueue)
	}
	return errors.Join(err, c.CancelRef(tx, ref, why, now))
}

// Recover settles the calls of the last run: nobody can tell what became of those that
// were up, and what waited in another boot has lost its time.
func (c *Calls) Recover(tx *store.Tx, sameBoot bool, now clock.Wall) error {
	rows, err := calling(tx)
	if err != nil {
		return err
	}
	if err := c.endAll(tx, rows, Unknown, cause.CallStopped.With(), now); err != nil || sameBoot {
		return err
	}
	if rows, err = waiting(tx); err != nil {
		return err
	}
	return c.endAll(tx, rows, Expired, cause.Restarted.With(), now)
}

// endAll ends calls in one way.
func (c *Calls) endAll(tx *store.Tx, rows []row, s State, why cause.Cause, now clock.Wall) error {
	for _, r := range rows {
		if _, err := c.end(tx, r.Call, s, why, now); err != nil {
			return err
		}
	}
	return nil
}

// end ends a call, and passes it to who settles it.
func (c *Calls) end(tx *store.Tx, ended Call, s State, why cause.Cause, now clock.Wall) (Call, error) {
	ended.State, ended.Cause, ended.Ended = s, why, now.Time()
	if err := writeEnd(tx, ended); err != nil {
		return Call{}, err
	}
	return ended, c.cfg.Settle(tx, ended)
}

// Release lets the calls go that are held.
func (c *Calls) Release(tx *store.Tx, now clock.Uptime) error {
	tx.Ring(topicQueue)
	return release(tx, now)
}

// Drop cancels the calls that are held.
func (c *Calls) Drop(tx *store.Tx, why cause.Cause, now clock.Wall) error {
	rows, err := held(tx)
	if err != nil {
		return err
	}
	return c.endAll(tx, rows, Cancelled, why, now)
}

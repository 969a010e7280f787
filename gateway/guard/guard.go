package guard

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Config is what the guard is told. Zero fields take the values of
// [Config.WithDefaults].
type Config struct {
	Countries      []string // that codes go to (ISO 3166-1 alpha-2); empty: those of the SIMs; [AllCountries]: all
	VoiceCountries []string // that calls go to, which cost by the minute; empty: those of the SIMs, whatever Countries are
	TextCountries  []string // that messages go to; empty: as Countries
	ShortNumbers   []string // service numbers that messages go to, besides those that cost no more than others
	FixedLines     bool     // codes go to fixed lines by SMS, too
	Conversion     Mode     // where hardly any code comes back: LogOnly
	Limits         Limits
	// Cost says what so many codes to a number cost, about, "" where nobody knows.
	Cost func(to msisdn.Number, codes int) string
}

// AllCountries stands for all in a list of countries.
const AllCountries = "*"

// WithDefaults returns c with its zero fields filled in.
func (c Config) WithDefaults() Config {
	c.Conversion = cmp.Or(c.Conversion, LogOnly)
	c.Limits = c.Limits.withDefaults()
	if c.Cost == nil {
		c.Cost = func(msisdn.Number, int) string { return "" }
	}
	return c
}

// Guard decides who may be sent what. It is safe for concurrent use.
type Guard struct {
	cfg      atomic.Pointer[Config]
	read     func(string) (msisdn.Number, error)
	db       *store.DB
	clock    *clock.Clock
	log      *slog.Logger
	refusals refusals
	checkers sync.Map // apps that have had a code checked here
	metrics  metrics
	// ruled is set before a rule is written, and where there is one at the start: while it is
	// not, nobody has made any, and none is looked for.
	ruled atomic.Bool
}

// Open returns the guard of a database, and reads what was refused last. It reads the
// numbers of rules by read. The guard judges nothing before [Guard.Recover].
func Open(ctx context.Context, cfg Config, read func(string) (msisdn.Number, error), db *store.DB, c *clock.Clock, log *slog.Logger) (*Guard, error) {
	g := &Guard{read: read, db: db, clock: c, log: log, metrics: newMetrics()}
	g.Configure(cfg)
	return g, db.Read(ctx, func(tx *store.Tx) error {
		rules, err := countRules(tx)
		g.ruled.Store(rules > 0)
		return errors.Join(err, g.refusals.load(tx))
	})
}

// Limits returns the limits that hold now.
func (g *Guard) Limits() Limits { return g.cfg.Load().Limits }

// Configure changes what the guard is told. What has been counted stays.
func (g *Guard) Configure(cfg Config) {
	cfg = cfg.WithDefaults()
	g.cfg.Store(&cfg)
}

// Recover brings the rules that an earlier version has stored into their form of today.
func (g *Guard) Recover(tx *store.Tx) error { return normalizeClientRules(tx) }

// Run writes down the last refusals once a minute until ctx ends, and then once more.
func (g *Guard) Run(ctx context.Context) error {
	g.refusals.run(ctx, g.db, func(err error) { g.log.Warn("could not write down what was refused", "err", err) })
	return nil
}

// How long counters and numbers matter: a day and the slot in which it begins.
const (
	keepCounters = 25 * time.Hour
	keepStranger = 48 * time.Hour // a number that has never answered
)

// Deletions delete what no limit looks at any more.
func (g *Guard) Deletions() []store.Deletion {
	now := g.clock.Tick()
	return []store.Deletion{
		store.DeleteWhere(`guard_count`, `app, scope, key, slot`, `slot < ?`, slotOf(now.Add(-keepCounters))),
		store.DeleteWhere(`guard_turn`, `app, scope, key`, `next < ?`, now.Add(-keepCounters)),
		store.DeleteWhere(`guard_client`, `app, recipient, client`, `at < ?`, now.Add(-keepKnown)),
		store.DeleteWhere(`guard_rule`, `id`, `until > 0 AND until < ?`, now),
		store.DeleteWhere(`guard_number`, `app, recipient`, `answered = 0 AND sent < ?`, now.Add(-keepStranger)),
		store.DeleteWhere(`guard_number`, `app, recipient`, `answered > 0 AND answered < ? AND sent < ?`, now.Add(-keepKnown), now.Add(-keepStranger)),
	}
}

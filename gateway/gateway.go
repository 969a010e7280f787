package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"simgate/gateway/backup"
	"simgate/gateway/bookmark"
	"simgate/gateway/call"
	"simgate/gateway/canary"
	"simgate/gateway/clock"
	"simgate/gateway/code"
	"simgate/gateway/contact"
	"simgate/gateway/conversation"
	"simgate/gateway/fault"
	"simgate/gateway/forward"
	"simgate/gateway/guard"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/line/signal"
	"simgate/gateway/msisdn"
	"simgate/gateway/notify"
	"simgate/gateway/optout"
	"simgate/gateway/schedule"
	"simgate/gateway/setting"
	"simgate/gateway/store"
	"simgate/gateway/store/sqlite"
	"simgate/gateway/text"
	"simgate/gateway/user"
	"simgate/gateway/webhook"
)

// Config is what a gateway is told. Zero limits and times take the values of
// [DefaultConfig].
type Config struct {
	Database string // path of the SQLite file
	CodeKey  string // path of the key that seals codes; best in memory (tmpfs)
	Country  string // home country of national numbers, ISO 3166-1 alpha-2; "" for none

	MaxParts  int // of one message, at most 255
	MaxQueue  int // messages that may wait
	SendTries int // of a part that the network refuses for the moment, with each cause; 0: until the time of the message is over

	CodeLength      int           // digits
	CodeLifetime    time.Duration // where the caller asks for none
	MaxCodeLifetime time.Duration // whatever a caller asks for
	MessageLifetime time.Duration // where the caller asks for none

	Locale        string            // of texts for which the caller names none; AutoLocale: that of the number
	Texts         map[string]string // by locale, in the place of ours
	Apps          map[string]App    // by name
	VoiceFallback Fallback          // sms
	TestNumbers   map[string]string // number -> code: nothing is sent to these
	Guard         guard.Config

	Lines line.Config

	KeepMessages      time.Duration // after their end
	KeepVerifications time.Duration // after their end
	KeepInbox         time.Duration // what came in, after its receipt
	GapTimeout        time.Duration // a message whose parts do not all come is shown with gaps after this
	KeepEvents        time.Duration

	Webhooks webhook.Config
	Voice    call.Voice
	Notify   notify.Config
	Forward  []forward.Rule
	Backup   backup.Config
	Canary   canary.Config
	OptOut   optout.Config
	// Machine returns what is wrong with the machine, nil for none that is looked at.
	Machine func() []notify.Condition
	// Over returns these settings with those over them that the database keeps; nil: there are
	// none.
	Over func(kept []setting.Setting) (Config, error)
	// Fewer is called when some of those were removed with the number of a person.
	Fewer func(ctx context.Context) error

	OnStatement func(query string, args []any) // is called with each SQL statement; for tests, nil for none

	Clock clock.Source // zero: that of the machine
	Log   *slog.Logger
}

// App is what the configuration says about one app.
type App struct {
	Hint    text.Hint // the last line of its texts, for requests that give none
	Numbers string    // what digits without a plus mean where they can mean two numbers, see [msisdn.Reading.As]
	// Quiet are the hours in which its messages do not go, but for urgent ones and those that
	// name their own; without a zone in that of the number, or in the first that it may be in.
	Quiet schedule.Quiet
}

// DefaultConfig returns the settings that the zero values of a [Config] stand for,
// without a database, a log and a clock.
func DefaultConfig() Config { return Config{}.withDefaults() }

func (c Config) withDefaults() Config {
	or := func(n *int, d int) {
		if *n == 0 {
			*n = d
		}
	}
	orTime := func(t *time.Duration, d time.Duration) {
		if *t == 0 {
			*t = d
		}
	}
	or(&c.MaxParts, 10)
	or(&c.MaxQueue, 100_000)
	or(&c.CodeLength, 6)
	orTime(&c.CodeLifetime, 5*time.Minute)
	orTime(&c.MaxCodeLifetime, 24*time.Hour)
	orTime(&c.MessageLifetime, 72*time.Hour)
	orTime(&c.KeepMessages, 30*24*time.Hour)
	orTime(&c.KeepVerifications, 7*24*time.Hour)
	orTime(&c.KeepInbox, 30*24*time.Hour)
	orTime(&c.GapTimeout, 24*time.Hour)
	orTime(&c.KeepEvents, 90*24*time.Hour)
	c.Locale = cmp.Or(c.Locale, text.Default)
	c.VoiceFallback = cmp.Or(c.VoiceFallback, FallbackSMS)
	c.TestNumbers = canonicalKeys(c.TestNumbers)
	c.Guard = c.Guard.WithDefaults()
	c.Lines = c.Lines.WithDefaults()
	orTime(&c.Voice.Ring, line.DefaultRing)
	orTime(&c.Voice.Limit, line.DefaultCallLimit)
	return c
}

// canonicalKeys returns test numbers in the form that numbers are compared in.
func canonicalKeys(codes map[string]string) map[string]string {
	out := make(map[string]string, len(codes))
	for number, code := range codes {
		if n, err := msisdn.Read(number, msisdn.International()); err == nil {
			number = string(n)
		}
		out[number] = code
	}
	return out
}

// Gateway is the product: messages, verifications, keys, and the modems that
// carry them. It is safe for concurrent use.
type Gateway struct {
	cfg        atomic.Pointer[Config]
	log        *slog.Logger
	clock      *clock.Clock
	journal    *journal.Journal
	inbox      *inbox.Inbox
	webhooks   *webhook.Webhooks
	calls      *call.Calls
	notifier   *notify.Notifier
	forwarder  *forward.Forwarder
	backups    *backup.Maker
	canary     *canary.Canary
	optOuts    *optout.List
	guard      *guard.Guard
	db         *store.DB
	codes      *code.Safe
	lines      *line.Pool
	signals    *signal.History
	dispatcher *dispatcher
	metrics    *metrics
	keys       *key.Ring
	bookmarks  *bookmark.Bookmarks
	users      *user.Users
	talks      *conversation.Conversations[Message, inbox.Message]
	queue      queueBound
	holds      atomic.Bool // something of a backup may be held
}

// Open opens the database and prepares the modems. Nothing is sent, and nothing can
// be written, until [Gateway.Run] has recovered the work of the last run.
func Open(ctx context.Context, cfg Config, drivers []line.Driver) (_ *Gateway, err error) {
	cfg = cfg.withDefaults()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock.Boot == "" {
		if cfg.Clock, err = clock.System(); err != nil {
			return nil, err
		}
	}
	g := &Gateway{log: cfg.Log, clock: clock.New(cfg.Clock)}
	g.cfg.Store(&cfg)
	g.journal = journal.New(g.clock, cfg.Log)
	if g.codes, err = code.OpenSafe(cfg.CodeKey, cfg.Log); err != nil {
		return nil, err
	}
	g.db, err = store.Open(ctx, cfg.Database, cfg.Log)
	if err != nil {
		return nil, err
	}
	if cfg.Over != nil {
		kept, err := g.Settings(ctx)
		over := cfg
		if err == nil {
			over, err = cfg.Over(kept)
		}
		if err != nil {
			return nil, errors.Join(err, g.db.Close())
		}
		cfg = cfg.becomes(over)
	}
	g.db.OnStatement(cfg.OnStatement)
	g.db.OnChange(g.changed)
	cfg.Guard.Cost = g.costOf
	if g.guard, err = guard.Open(ctx, cfg.Guard, g.readRule, g.db, g.clock, cfg.Log); err != nil {
		return nil, errors.Join(err, g.db.Close())
	}
	g.bookmarks = bookmark.New(g.db, g.clock, func(number string) (string, error) { return g.readFilter("", number) })
	g.users = user.New(g.db, g.clock, cfg.Log)
	g.keys = key.New(g.db, g.clock, cfg.Log, g.codes.Sign)
	g.inbox = inbox.New(g.db, g.clock, g.journal, cfg.Log, cfg.GapTimeout, inbox.World{Country: g.countryOf, Arrive: g.arrived, Shown: g.shown,
		Decode: func(raw string) inbox.Part { return inbox.Part(g.lines.Decode(raw)) }})
	g.webhooks = webhook.New(cfg.Webhooks, g.subjects(), g.db, g.clock, g.journal, cfg.Log)
	g.db.KeepTime(g.clock, g.log, slices.Concat(user.Times, []store.Timed{messageTimes, verificationTimes, call.Times, webhook.Times, inbox.Times, journal.Times, notify.Times, signal.Times, optout.Times})...)
	g.lines = line.New(cfg.Lines, g.db, g.clock, g.journal, cfg.Log, drivers, handler{g})
	g.signals = signal.New(g.db, g.clock, cfg.Log, g.lines.Signals)
	g.calls = g.newCalls(ctx)
	g.notifier = notify.New(cfg.Notify, notify.World{Conditions: g.conditions, Unready: g.linesUnready, Text: g.textOwner}, g.db, g.clock, g.journal, cfg.Log)
	g.forwarder = g.newForwarder(cfg.Forward)
	g.backups = backup.New(cfg.Backup, cfg.Database, g.db, g.clock, g.journal, cfg.Log, g.writeLists)
	g.canary = g.newCanary(cfg.Canary)
	if g.optOuts, err = g.openOptOuts(ctx, cfg); err != nil {
		return nil, errors.Join(err, g.db.Close())
	}
	g.talks = conversation.New(g.db, sentSide, cameSide, inbox.CountUnread)
	g.dispatcher = newDispatcher(g)
	g.metrics = newMetrics(g)
	return g, nil
}

// Run recovers, then dispatches until ctx ends. It stops in the order in which
// work flows: no more is claimed, the parts under way end, the modems close,
// and last the committer writes what remains.
func (g *Gateway) Run(ctx context.Context) error {
	committer := newStage(g.db.Run)
	defer committer.stop()
	if err := g.recoverLastRun(ctx); err != nil {
		return fmt.Errorf("recovering the work of the last run: %w", err)
	}
	if err := g.heedWish(ctx); err != nil {
		return err
	}
	lines := newStage(g.lines.Run)
	defer lines.stop()
	senders := newStage(func(ctx context.Context) error {
		var group sync.WaitGroup
		for _, s := range g.dispatcher.senders {
			group.Go(func() { s.run(ctx, g.dispatcher.results) })
		}
		group.Wait()
		return nil
	})
	defer senders.stop()
	callers := newStage(g.calls.Run)
	defer callers.stop()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return g.dispatcher.run(ctx, senders.cancel) })
	group.Go(func() error { return g.sweep(ctx) })
	group.Go(func() error { return g.inbox.Run(ctx) })
	group.Go(func() error { return g.lines.WatchBalances(ctx) })
	group.Go(func() error { return g.signals.Run(ctx) })
	group.Go(func() error { return g.webhooks.Run(ctx) })
	group.Go(func() error { return g.guard.Run(ctx) })
	group.Go(func() error { return g.notifier.Run(ctx) })
	group.Go(func() error { return g.forwarder.Run(ctx) })
	group.Go(func() error { return g.backups.Run(ctx) })
	group.Go(func() error { return g.canary.Run(ctx) })
	group.Go(func() error { return g.optOuts.Run(ctx) })
	for _, s := range []*stage{committer, lines, callers} {
		group.Go(func() error { return s.watch(ctx) })
	}
	return group.Wait()
}

// becomes returns the settings to change to, with all that stays as it is.
func (c Config) becomes(to Config) Config {
	to.Database, to.CodeKey, to.Clock, to.Log, to.OnStatement = c.Database, c.CodeKey, c.Clock, c.Log, c.OnStatement
	to.Machine, to.Over, to.Fewer, to.Voice, to.GapTimeout = c.Machine, c.Over, c.Fewer, c.Voice, c.GapTimeout
	return to.withDefaults()
}

// Configure changes the settings of a gateway that runs: all but the paths of files, the clock,
// the log, [Config.Voice], [Config.GapTimeout] and whether callbacks go to any address, which
// stay as they are. What has been counted and what waits goes on under the new ones.
func (g *Gateway) Configure(ctx context.Context, cfg Config) error {
	cfg = g.cfg.Load().becomes(cfg)
	cfg.Guard.Cost = g.costOf
	g.cfg.Store(&cfg)
	g.guard.Configure(cfg.Guard)
	g.webhooks.Configure(cfg.Webhooks)
	g.backups.Configure(cfg.Backup)
	g.canary.Configure(g.canonicalCanary(cfg.Canary))
	g.optOuts.Configure(cfg.OptOut)
	err := errors.Join(g.lines.Configure(ctx, cfg.Lines), g.notifier.Configure(ctx, cfg.Notify), g.forwarder.Configure(ctx, cfg.Forward))
	g.dispatcher.poke()
	return store.Error(err)
}

// Events returns what happened, newest first.
func (g *Gateway) Events(ctx context.Context, f journal.Filter) ([]journal.Event, error) {
	return store.Read(ctx, g.db, func(tx *store.Tx) ([]journal.Event, error) { return journal.Events(tx, f) })
}

// Note writes down an event that the program has for its owner.
func (g *Gateway) Note(ctx context.Context, e journal.Event) error {
	return store.Error(g.db.Commit(ctx, func(tx *store.Tx) error { return g.journal.Note(tx, e) }))
}

// Settings returns what was set while the gateway ran and lies over the configuration file,
// the latest at the end.
func (g *Gateway) Settings(ctx context.Context) ([]setting.Setting, error) {
	return store.Read(ctx, g.db, setting.All)
}

// ActSetting is what is written down of a change of a setting.
const ActSetting user.Action = "setting"

// KeepSettings changes what lies over the configuration file, all of it or nothing, and writes
// down who did. It takes effect with [Gateway.Configure], or with the next start.
func (g *Gateway) KeepSettings(ctx context.Context, by user.By, changes []setting.Change) error {
	return store.Error(g.db.Commit(ctx, func(tx *store.Tx) error {
		for _, c := range changes {
			if err := errors.Join(setting.Keep(tx, c, by.Name, g.clock.Wall()), g.users.NoteIn(tx, by, ActSetting, c.Detail)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Keys returns the API keys.
func (g *Gateway) Keys() *key.Ring { return g.keys }

// App returns what the configuration says about an app.
func (g *Gateway) App(name string) App { return g.cfg.Load().Apps[name] }

// Bookmarks returns the searches that people have named.
func (g *Gateway) Bookmarks() *bookmark.Bookmarks { return g.bookmarks }

// Users returns who may open the pages.
func (g *Gateway) Users() *user.Users { return g.users }

// SetTag gives a contact of an app another tag, "" for none.
func (g *Gateway) SetTag(ctx context.Context, app, number, tag string) error {
	to, err := g.ReadNumber(app, number, msisdn.Reading{})
	if err != nil {
		return err
	}
	if tag != "" {
		if err := fault.CheckName("tag", tag, contact.MaxTag); err != nil {
			return err
		}
	}
	return store.Error(g.db.Commit(ctx, func(tx *store.Tx) error { return contact.SetTag(tx, g.journal, app, to, tag, g.clock.Wall()) }))
}

// Inbox returns what came in.
func (g *Gateway) Inbox() *inbox.Inbox { return g.inbox }

// Conversations returns what went to numbers and came from them.
func (g *Gateway) Conversations() *conversation.Conversations[Message, inbox.Message] { return g.talks }

// The two sides of conversations.
var (
	sentSide = conversation.Side[Message]{Newest: newestMarks, Later: hasLater, Get: selectMessage,
		Of: func(tx *store.Tx, app, number string, below int64, limit int) ([]Message, error) {
			p, err := selectPage(tx, MessageFilter{App: app, To: number, NoCodes: true, Before: below, Limit: limit})
			return p.Messages, err
		},
		Mark: func(m Message) store.Mark { return store.Mark{ID: m.ID, Number: string(m.To), At: m.Accepted} }}
	cameSide = conversation.Side[inbox.Message]{Newest: inbox.NewestMarks, Later: inbox.HasLater, Get: inbox.Select,
		Of: func(tx *store.Tx, app, number string, below int64, limit int) ([]inbox.Message, error) {
			list, _, err := inbox.SelectPage(tx, inbox.Filter{App: app, Sender: number, Before: below, Limit: limit})
			return list, err
		},
		Mark: func(m inbox.Message) store.Mark { return store.Mark{ID: m.ID, Number: m.Sender, At: m.Received} }}
)

// Webhooks returns the webhooks and their deliveries.
func (g *Gateway) Webhooks() *webhook.Webhooks { return g.webhooks }

// Notifier returns what tells the owner what is wrong.
func (g *Gateway) Notifier() *notify.Notifier { return g.notifier }

// Forwards returns what passes on what comes in.
func (g *Gateway) Forwards() *forward.Forwarder { return g.forwarder }

// Canary returns what sees whether messages arrive.
func (g *Gateway) Canary() *canary.Canary { return g.canary }

// OptOuts returns the list of the numbers that get no messages.
func (g *Gateway) OptOuts() *optout.List { return g.optOuts }

// Backups returns what makes backups of the database.
func (g *Gateway) Backups() *backup.Maker { return g.backups }

// Lines returns the lines of the gateway.
func (g *Gateway) Lines() *line.Pool { return g.lines }

// Signals returns how strong the signals of the lines have been.
func (g *Gateway) Signals() *signal.History { return g.signals }

// countryOf returns the home country of the numbers that a line, or any, is
// asked to send to.
func (g *Gateway) countryOf(id int64) string {
	return cmp.Or(g.lines.Country(id), g.cfg.Load().Country)
}

// Close closes the database. Call it after Run has returned.
func (g *Gateway) Close() error { return g.db.Close() }

// stage is a goroutine that is stopped at its own moment, not when the context
// of everything ends.
type stage struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

func newStage(run func(context.Context) error) *stage {
	ctx, cancel := context.WithCancel(context.Background())
	s := &stage{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		s.err = run(ctx)
	}()
	return s
}

func (s *stage) stop() {
	s.cancel()
	<-s.done
}

// watch returns when ctx ends, or the stage before it.
func (s *stage) watch(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-s.done:
		return s.err
	}
}

// topicSteps rings when the next step of a verification is due.
const topicSteps store.Topic = "steps"

// queueBound knows that the queue is not longer than bound, without counting
// it each time: what is queued is added, and only when the bound reaches the limit
// are the waiting messages counted again.
type queueBound struct {
	bound   atomic.Int64
	mu      sync.Mutex
	counted clock.Uptime // when it was counted last
}

// checkRoom refuses what the queue has no place for.
func (g *Gateway) checkRoom(ctx context.Context) error {
	limit := int64(g.cfg.Load().MaxQueue)
	if g.queue.bound.Load() < limit {
		return nil
	}
	full := &fault.Error{Code: fault.Unavailable, RetryAfter: time.Minute,
		Message: fmt.Sprintf("%d messages are waiting already, and more are not accepted: try again later", limit)}
	g.queue.mu.Lock()
	defer g.queue.mu.Unlock()
	if g.queue.bound.Load() < limit {
		return nil // somebody has counted
	}
	if now := g.clock.Uptime(); now.Sub(g.queue.counted) < time.Second {
		return full
	} else {
		g.queue.counted = now
	}
	before := g.queue.bound.Load()
	n, err := store.Read(ctx, g.db, countQueued)
	if err != nil {
		return err
	}
	g.queue.bound.Add(n - before) // and what was queued meanwhile stays
	if n >= limit {
		return full
	}
	return nil
}

// Alive returns when the committer has turned once and no driver is stuck, or else
// the reason. It writes nothing. A database that was deleted does not count: a restart
// would begin with an empty one before anybody has read why nothing is accepted.
func (g *Gateway) Alive(ctx context.Context) error {
	return errors.Join(g.commits(ctx), g.lines.Alive())
}

// commits returns when the committer has turned once.
func (g *Gateway) commits(ctx context.Context) error {
	err := g.db.Commit(ctx, func(*store.Tx) error { return nil })
	if errors.Is(err, sqlite.ErrReplaced) {
		return nil
	}
	return err
}

// Accepts returns nil when what is asked for now is kept, whether or not a modem can
// send it now, or else what stands in the way.
func (g *Gateway) Accepts(ctx context.Context) error {
	if g.db.Healthy() != nil && g.db.Room() == nil { // nobody may write for hours, who would find that it is over
		if err := g.db.Commit(ctx, store.Touch); err != nil {
			return store.Error(err)
		}
	}
	if err := g.db.Healthy(); err != nil {
		return store.Error(err)
	}
	if err := g.commits(ctx); err != nil {
		return store.Error(err)
	}
	return nil
}

// Ready returns nil when a message that is accepted now can be sent now, or
// else what stands in the way.
func (g *Gateway) Ready(ctx context.Context) error {
	if err := g.Accepts(ctx); err != nil {
		return err
	}
	lines, err := g.lines.List(ctx)
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		return &fault.Error{Code: fault.Unavailable, Message: "no modem can send; no modem is configured"}
	}
	why := whyNone(lines)
	if len(why) == 0 {
		return nil
	}
	return &fault.Error{Code: fault.Unavailable, Message: "no modem can send; " + strings.Join(why, "; ")}
}

// metrics are what is counted since the start, in a registry of the gateway's
// own. Labels are words of a fixed list: never a number, a code or a text.
type metrics struct {
	registry *prometheus.Registry

	codes  *prometheus.CounterVec // by channel
	checks *prometheus.CounterVec // by verdict
	texts  *prometheus.CounterVec // by verdict
}

func newMetrics(g *Gateway) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "simgate", Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	m.codes = vec("codes_total", "Attempts to bring codes to people.", "channel")
	m.checks = vec("checks_total", "Codes that were checked, by the verdict.", "verdict")
	m.texts = vec("mo_total", "Texts of people that came in with the token of a verification, by the verdict.", "verdict")
	m.registry.MustRegister(g.guard.Collectors()...)
	m.registry.MustRegister(g.lines.Collectors()...)
	m.registry.MustRegister(g.calls.Collectors()...)
	m.registry.MustRegister(g.webhooks.Collectors()...)
	m.registry.MustRegister(queueCollector{g})
	m.registry.MustRegister(g.canary.Collectors()...)
	return m
}

// queueCollector counts what waits when it is asked.
type queueCollector struct{ g *Gateway }

var queueLength = prometheus.NewDesc("simgate_queue", "What waits: messages with codes, other messages, calls, deliveries to webhooks, and what is held since a restore.", []string{"what"}, nil)

// Describe implements [prometheus.Collector].
func (queueCollector) Describe(ch chan<- *prometheus.Desc) { ch <- queueLength }

// Collect implements [prometheus.Collector]. Where the database does not answer it tells
// nothing.
func (c queueCollector) Collect(ch chan<- prometheus.Metric) {
	waiting, err := c.g.Waiting(context.Background())
	if err != nil {
		c.g.log.Warn("what waits could not be counted", "err", err)
		return
	}
	for what, n := range waiting {
		ch <- prometheus.MustNewConstMetric(queueLength, prometheus.GaugeValue, float64(n), what)
	}
}

// Metrics returns the registry, for whoever shows it.
func (g *Gateway) Metrics() *prometheus.Registry { return g.metrics.registry }

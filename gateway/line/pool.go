package line

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/line/balance"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Config is what the lines of a gateway are told.
type Config struct {
	Pace Pace       // of every SIM that has none of its own; zero: no limits
	SIMs []Settings // of single SIMs

	// A line is quarantined after BlockRefusals different recipients in a row were
	// refused with an error that tells of a block; or when the last BlockSilent parts
	// older than BlockWindow were not reported on, where reports normally come.
	// Below 0: never.
	BlockRefusals int
	BlockSilent   int
	BlockWindow   time.Duration
}

// WithDefaults returns the configuration with defaults in the place of zero limits.
func (c Config) WithDefaults() Config {
	c.BlockRefusals = cmp.Or(c.BlockRefusals, 3)
	c.BlockSilent = cmp.Or(c.BlockSilent, 10)
	c.BlockWindow = cmp.Or(c.BlockWindow, time.Hour)
	return c
}

// Pool is all lines of a gateway. It is safe for concurrent use, but for what says
// that it is the dispatcher's.
type Pool struct {
	cfg     atomic.Pointer[Config]
	db      *store.DB
	clock   *clock.Clock
	journal *journal.Journal
	log     *slog.Logger
	events  Events

	lines     []*Line
	settings  sync.Map    // id of a line -> *Settings
	proved    sync.Map    // id of a line -> the number that was proved to be its own
	suspicion atomic.Bool // some line was refused as blocked ones are, or is in quarantine
	seen      atomic.Pointer[[]Candidate]
	metrics   *metrics
	senders   *senders
	pins      pins

	// Of the dispatcher alone.
	serving   map[int64]bool // the lines that were in service in the last round
	silence   silence
	suspected bool // what the round that is not committed yet has found of suspicion
}

// Events hears of what lines report. Its methods return when that is on the disk,
// which may take time; Changed does not block. line is the id of the line.
type Events interface {
	// Changed is called when a line may have come into service, or left it.
	Changed()
	// Report is called with what became of a unit for good.
	Report(ctx context.Context, line int64, r Report) error
	// Received is called with what came in, perhaps more than once.
	Received(ctx context.Context, line int64, r Received) error
	// Called is called with a call that came in and that nobody took, perhaps more than
	// once; e is the event that its owner sees.
	Called(ctx context.Context, line int64, c Called, e journal.Event) error
	// Late is called with the outcome of a unit that had been [Unknown].
	Late(ctx context.Context, line int64, of Token, ref int, refused error) error
}

// Line is a driver and the SIM that is in it now.
type Line struct {
	Driver
	id atomic.Int64

	// Of the dispatcher alone.
	busy     bool
	lastUsed clock.Uptime
	breaker  breaker
	rests    clock.Uptime // until which it pauses after a part
	held     Hold         // what the last round found in the database
}

// ID returns the id of the SIM, 0 until it has been read for the first time.
func (l *Line) ID() int64 { return l.id.Load() }

// New returns the lines of drivers, in their order.
func New(cfg Config, db *store.DB, c *clock.Clock, j *journal.Journal, log *slog.Logger, drivers []Driver, events Events) *Pool {
	p := &Pool{db: db, clock: c, journal: j, log: log, events: events, metrics: newMetrics(), serving: map[int64]bool{}, senders: newSenders(),
		pins: pins{typed: map[*Line]string{}, cards: map[string]string{}}}
	p.cfg.Store(&cfg)
	for _, d := range drivers {
		l := &Line{Driver: d}
		p.lines = append(p.lines, l)
		d.Attach(Host{Handler: handler{p, l}, DB: db, Clock: c, Log: log, PIN: func(iccid string) string { return p.pin(l, iccid) }, SMSOverData: p.smsOverData})
	}
	return p
}

// Configure changes what the lines are told. What has been counted stays, and PINs count
// when a SIM next asks for one.
func (p *Pool) Configure(ctx context.Context, cfg Config) error {
	p.cfg.Store(&cfg)
	return p.db.Read(ctx, p.bindAll)
}

// counts reports whether some line has something that apps share.
func (p *Pool) counts() bool {
	cfg := p.cfg.Load()
	return cfg.Pace.budgets() || slices.ContainsFunc(cfg.SIMs, func(s Settings) bool { return s.sharesCredit() || s.Pace != nil && s.Pace.budgets() })
}

// Run runs the drivers until ctx ends.
func (p *Pool) Run(ctx context.Context) error {
	var group errgroup.Group
	for _, l := range p.lines {
		group.Go(func() error { return l.Run(ctx) })
	}
	return group.Wait()
}

// Alive returns an error if the loop of a driver is stuck.
func (p *Pool) Alive() error {
	errs := make([]error, len(p.lines))
	for i, l := range p.lines {
		errs[i] = l.Alive()
	}
	return errors.Join(errs...)
}

// All returns the lines in the order of the configuration.
func (p *Pool) All() []*Line { return p.lines }

// Info is a line as its owner sees it. What people call sim_card_id is its ID: it
// stays with the SIM, whatever modem or port that moves to.
type Info struct {
	ID     int64 // 0 until the SIM has been read for the first time
	Number string
	// Certain is set where Number is sure to be its own: as configured, or proved by a message.
	Certain bool
	Label   string      // name of the SIM in the configuration, "" for none
	Hold    cause.Cause // why it sends nothing now, even by a modem that is ready; zero where it does
	Usage   []Usage
	Status
}

// Held reports whether the line sends nothing now, even by a modem that is ready.
func (i Info) Held() bool { return i.Hold != cause.Cause{} }

// Usage is what a SIM has sent in the day or month that is being counted.
type Usage struct {
	Period        string // "day" or "month"
	Parts         int
	MaxParts      int // 0: no limit
	Recipients    int // different numbers
	MaxRecipients int // 0: no limit
	Cost          float64
	MaxCost       float64 // 0: no limit
}

// List returns all lines, in the order of the configuration.
func (p *Pool) List(ctx context.Context) ([]Info, error) {
	candidates, err := store.Read(ctx, p.db, p.Look)
	if err != nil {
		return nil, err
	}
	all := make([]Info, len(p.lines))
	for i, l := range p.lines {
		status := l.Status()
		all[i] = Info{ID: l.ID(), Number: status.MSISDN, Status: status}
		settings, c := p.settingsOf(all[i].ID), candidates[i]
		all[i].Label = settings.Name
		all[i].Number = cmp.Or(settings.Number, all[i].Number)
		all[i].Certain = p.sureNumber(l) != ""
		if all[i].ID != c.ID {
			continue // another SIM has been inserted in between
		}
		all[i].Hold = c.why()
		for _, b := range c.budgets {
			all[i].Usage = append(all[i].Usage, Usage{Period: string(b.kind), Parts: b.used.parts, Recipients: b.used.recipients, Cost: float64(b.used.micros) / balance.Micro,
				MaxParts: b.limits.parts, MaxRecipients: b.limits.recipients, MaxCost: float64(b.limits.micros) / balance.Micro})
		}
	}
	return all, nil
}

// Check returns an invalid error if there was never a SIM with this id; 0 is valid and
// means any.
func Check(tx *store.Tx, id int64) error {
	if id == 0 {
		return nil
	}
	ok, err := exists(tx, id)
	if err == nil && !ok {
		return fault.NewInvalid("line", "there is no SIM with this id: see the list of modems")
	}
	return err
}

// find returns the line of a SIM; 0 is the only one there is.
func (p *Pool) find(id int64) (*Line, error) {
	if id == 0 {
		if len(p.lines) == 1 {
			return p.lines[0], nil
		}
		return nil, fault.NewInvalid("line", fmt.Sprintf("there are %d modems: give the id of the SIM, which is in the list of modems", len(p.lines)))
	}
	for _, l := range p.lines {
		if l.ID() == id {
			return l, nil
		}
	}
	return nil, fault.NewInvalid("line", "this SIM is in no modem now: see the list of modems")
}

// Receive takes a webhook of the device with this name.
func (p *Pool) Receive(ctx context.Context, name string, w Webhook) error {
	for _, l := range p.lines {
		if r, ok := l.Driver.(Receiver); ok && l.Name() == name {
			return r.Receive(ctx, w)
		}
	}
	return fault.NewNotFound("no phone here has this name")
}

// Decode decodes the Raw of a message that came in before, whichever line it came by.
func (p *Pool) Decode(raw string) Received {
	for _, l := range p.lines {
		if d, ok := l.Driver.(Decoder); ok {
			return d.Decode(raw)
		}
	}
	return Received{Raw: raw, Invalid: errors.New("no line here can decode it")}
}

// InCountry returns a SIM of a country, 0 for none or for "".
func (p *Pool) InCountry(country string) int64 {
	if country == "" {
		return 0
	}
	for _, l := range p.lines {
		if p.home(l) == country {
			return l.ID()
		}
	}
	return 0
}

// Homes returns the countries of the SIMs that are in the modems (ISO 3166-1 alpha-2).
func (p *Pool) Homes() []string {
	var list []string
	for _, l := range p.lines {
		if c := p.home(l); c != "" && !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}

// Numbers returns the numbers of the SIMs that are in the modems, as far as they are known.
func (p *Pool) Numbers() []string {
	var list []string
	for _, l := range p.lines {
		if n, err := msisdn.Read(cmp.Or(l.Status().MSISDN, p.settingsOf(l.ID()).Number), msisdn.International()); err == nil {
			list = append(list, string(n))
		}
	}
	return list
}

// home returns the country of the SIM of a line: that of its IMSI, or of its number
// where the IMSI is of no country, as in private and satellite networks, or not known; ""
// where neither tells.
func (p *Pool) home(l *Line) string {
	sim := l.Status().SIM
	if c := msisdn.CountryOfIMSI(sim.IMSI); c != "" || sim == (SIM{}) {
		return c
	}
	number, err := msisdn.Read(cmp.Or(sim.MSISDN, p.settingsOf(l.ID()).Number), msisdn.International())
	if err != nil || !msisdn.KnownCountry(number.Region()) { // 001: of no country
		return ""
	}
	return number.Region()
}

// handler is the [Handler] of one driver. Its methods are called on goroutines of the
// driver.
type handler struct {
	p *Pool
	l *Line
}

// Changed implements [Handler].
func (h handler) Changed() { h.p.events.Changed() }

// Identified implements [Handler]. It writes an event when another SIM than before is
// in a modem.
func (h handler) Identified(ctx context.Context, sim SIM) error {
	name := h.l.Name()
	id, err := store.Write(ctx, h.p.db, func(tx *store.Tx) (int64, error) {
		id, err := upsertSIM(tx, sim, h.p.clock.Wall())
		if err != nil {
			return 0, err
		}
		proved, err := provedNumber(tx, id)
		if err != nil {
			return 0, err
		}
		h.p.proved.Store(id, proved)
		before, err := swapSIM(tx, name, id)
		if err != nil || before == 0 || before == id {
			return id, err
		}
		return id, h.p.journal.Note(tx, journal.Event{Kind: journal.LineSwapped, Line: id, Modem: name,
			Text: fmt.Sprintf("another SIM is in %s: line %d, and line %d before", name, id, before)})
	})
	if err != nil {
		return err
	}
	h.p.bind(id, sim)
	h.l.id.Store(id)
	return nil
}

// Report implements [Handler].
func (h handler) Report(ctx context.Context, r Report) error {
	return h.p.events.Report(ctx, h.l.ID(), r)
}

// Received implements [Handler].
func (h handler) Received(ctx context.Context, r Received) error {
	return h.p.events.Received(ctx, h.l.ID(), r)
}

// Late implements [Handler].
func (h handler) Late(ctx context.Context, of Token, ref int, refused error) error {
	return h.p.events.Late(ctx, h.l.ID(), of, ref, refused)
}

// Called implements [Handler].
func (h handler) Called(ctx context.Context, c Called) error {
	e := journal.Event{Kind: journal.CallIncoming, Line: h.l.ID(), Modem: h.l.Name(), Text: c.Text}
	if c.From != "" {
		e.Text += "; the number is " + c.From
	}
	return h.p.events.Called(ctx, h.l.ID(), c, e)
}

// Notice implements [Handler].
func (h handler) Notice(ctx context.Context, n Notice) {
	e := journal.Event{Kind: n.Kind, Line: h.l.ID(), Modem: h.l.Name(), Text: n.Text}
	if err := h.p.db.Commit(ctx, func(tx *store.Tx) error { return h.p.journal.Keep(tx, e) }); err != nil {
		h.p.log.Warn("an event could not be written", "err", err)
	}
}

// Restart restarts the modem with a name when what is being sent has ended. It returns before.
func (p *Pool) Restart(name string) error {
	for _, l := range p.lines {
		if l.Name() != name {
			continue
		}
		r, ok := l.Driver.(Restarter)
		if !ok {
			return &fault.Error{Code: fault.Conflict, Message: name + " cannot be restarted from here"}
		}
		err := r.Restart()
		if e, ok := errors.AsType[*Error](err); ok {
			err = &fault.Error{Code: fault.Conflict, Message: e.Cause.Text, Err: err}
		}
		return err
	}
	return &fault.Error{Code: fault.NotFound, Message: "there is no modem " + name}
}

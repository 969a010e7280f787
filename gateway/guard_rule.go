package gateway

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// RuleKind says what a [Rule] does.
type RuleKind string

// The kinds of rules.
const (
	BlockRule RuleKind = "block"
	Safe      RuleKind = "safe" // no list, limit or monitor holds for it
)

// Rule blocks something, or lets it pass whatever else is said.
type Rule struct {
	ID     int64
	Kind   RuleKind
	Scope  string // number, prefix, country, app or client
	Key    string // as +4915112345678, +4915, DE, the name of an app, an IP address
	Reason string
	Origin string    // operator or guard
	Until  time.Time // zero: for good
	Made   time.Time
}

// NewRule asks for a rule.
type NewRule struct {
	Kind     RuleKind
	Scope    string // "": found out from Key
	Key      string
	Reason   string
	Lifetime time.Duration // 0: for good
}

// Rules returns all rules, oldest first.
func (g *Gateway) Rules(ctx context.Context) ([]Rule, error) {
	return store.Read(ctx, g.db, func(tx *store.Tx) ([]Rule, error) {
		return selectRules(tx, int64(g.clock.Wall())-int64(g.clock.Tick()))
	})
}

// SetRule makes a rule, in the place of one for the same if there is one. It
// takes effect at once.
func (g *Gateway) SetRule(ctx context.Context, n NewRule) (Rule, error) {
	r := Rule{Kind: n.Kind, Scope: n.Scope, Reason: strings.TrimSpace(n.Reason), Origin: "operator"}
	if n.Kind != BlockRule && n.Kind != Safe {
		return r, fault.NewInvalid("kind", "a rule is of the kind block or safe")
	}
	if err := g.readKey(&r, strings.TrimSpace(n.Key)); err != nil {
		return r, err
	}
	if r.Reason == "" {
		r.Reason = "the operator said so"
	}
	if err := fault.CheckName("reason", r.Reason, 200); err != nil {
		return r, err
	}
	if n.Lifetime < 0 || n.Lifetime > 366*oneDay {
		return r, fault.NewInvalid("lifetime", "a rule lives up to a year, or for good without a lifetime")
	}
	return write(ctx, g, func(tx *store.Tx) (Rule, error) {
		wall, until := int64(g.clock.Wall()), int64(0)
		if n.Lifetime > 0 {
			until = int64(g.clock.Tick()) + n.Lifetime.Milliseconds()
			r.Until = clock.Wall(wall + n.Lifetime.Milliseconds()).Time()
		}
		r.Made = clock.Wall(wall).Time()
		id, err := upsertRule(tx, r, until, wall)
		r.ID = id
		return r, err
	})
}

// readKey finds out what a rule is for.
func (g *Gateway) readKey(r *Rule, key string) error {
	if r.Scope == "" {
		r.Scope = scopeOfKey(key)
	}
	r.Key = key
	switch scope(r.Scope) {
	case scopeNumber:
		to, err := g.ReadNumber("", key, msisdn.Reading{})
		r.Key = string(to)
		return err
	case scopePrefix:
		// Counters know numbers less their last four digits; rules match any.
		digits, international, ok := msisdn.Digits(key)
		if !ok || !international || digits == "" || len(digits) > msisdn.MaxDigits {
			return fault.NewInvalid("key", "a prefix begins with + and country code, as +4915")
		}
		r.Key = "+" + digits
	case scopeCountry:
		if r.Key = strings.ToUpper(key); !msisdn.KnownCountry(r.Key) {
			return fault.NewInvalid("key", "this is not a country in two letters, such as DE")
		}
	case scopeClient:
		client, err := parseClientKey(key, "key")
		r.Key = client
		return err
	case scopeApp:
		return fault.CheckName("key", key, 64)
	default:
		return fault.NewInvalid("scope", "there is no scope "+fault.Quote(r.Scope)+": use number, prefix, country, app or client")
	}
	return nil
}

// scopeOfKey guesses what people mean: a whole number begins with + and has
// more than eight digits.
func scopeOfKey(key string) string {
	if _, err := netip.ParseAddr(strings.Split(key, "/")[0]); err == nil {
		return string(scopeClient)
	}
	switch digits, _, ok := msisdn.Digits(key); {
	case ok && len(digits) > 8:
		return string(scopeNumber)
	case ok && digits != "":
		return string(scopePrefix)
	case len(key) == 2:
		return string(scopeCountry)
	}
	return string(scopeApp)
}

// ReleaseRule ends a rule at once.
func (g *Gateway) ReleaseRule(ctx context.Context, id int64) error {
	return store.Error(g.commit(ctx, func(tx *store.Tx) error { return deleteRule(tx, id) }))
}

// Standing is what the guard thinks of a number.
type Standing struct {
	To       msisdn.Number
	Country  string
	Verdict  string        // why a code would be refused now, "" where it would go out
	Reason   fault.Reason  // of Verdict
	Wait     time.Duration // of Verdict, 0 where time alone ends nothing
	Rules    []Rule        // that match it
	Locks    []Lock        // after too many wrong codes
	Refusals []Refusal     // of the number, newest first
}

// Lock is a number that an app has seen too many wrong codes for.
type Lock struct {
	App, Purpose string
	Failed       int // wrong codes in a row
	Until        time.Time
}

// Unlock forgets the wrong codes for a number, with all apps and purposes: its
// owner has been in touch. It returns how many locks it has ended.
func (g *Gateway) Unlock(ctx context.Context, to string) (int, error) {
	number, err := g.readPerson(to, g.reading("", 0, g.cfg.Guard.Countries))
	if err != nil {
		return 0, err
	}
	return write(ctx, g, func(tx *store.Tx) (int, error) {
		locks, err := selectLocks(tx, number, int64(g.clock.Tick()), int64(g.clock.Wall())-int64(g.clock.Tick()))
		if err != nil {
			return 0, err
		}
		return len(locks), deleteFailures(tx, number)
	})
}

// Why says why codes to a number are refused, for an app and a client address
// if they are given.
func (g *Gateway) Why(ctx context.Context, app, to, client string) (Standing, error) {
	number, err := g.readPerson(to, g.reading(app, 0, g.cfg.Guard.Countries))
	if err != nil {
		return Standing{}, err
	}
	if client != "" {
		if client, err = parseClientKey(client, "client_ip"); err != nil {
			return Standing{}, err
		}
	}
	return store.Read(ctx, g.db, func(tx *store.Tx) (Standing, error) {
		s := Standing{To: number, Country: number.Region(), Refusals: g.refusals.of(number)}
		r := guardRequest{App: app, To: number, Region: s.Country, Client: client, Dry: true}
		tick := int64(g.clock.Tick())
		if e := refusalOf(g.inspect(tx, r, tick)); e != nil {
			s.Verdict, s.Reason, s.Wait = e.Message, e.Reason, e.RetryAfter
		}
		if s.Rules, err = rulesFor(tx, r.keys(), tick, int64(g.clock.Wall())-tick); err != nil {
			return s, err
		}
		s.Locks, err = selectLocks(tx, number, tick, int64(g.clock.Wall())-tick)
		return s, err
	})
}

// refusalOf returns the refusal that an error is, nil for every other.
func refusalOf(err error) *fault.Error {
	if c, ok := errors.AsType[*conversionError](err); ok {
		return blocked(c.rule)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Reason != "" {
		return e
	}
	return nil
}

// keepRefusal writes down that a code was refused, and why, for the owner who
// asks later; and what the guard makes of it.
func (g *Gateway) keepRefusal(tx *store.Tx, r guardRequest, err error, e *fault.Error) error {
	wall := int64(g.clock.Wall())
	if c, ok := errors.AsType[*conversionError](err); ok {
		if _, err := upsertRule(tx, c.rule, c.until, wall); err != nil {
			return err
		}
		text := "codes to " + c.rule.Scope + " " + c.rule.Key + " are blocked for a day: " + c.rule.Reason + "; simgate guard release ends it"
		if err := g.journal.Note(tx, journal.Event{Kind: journal.GuardBlocked, Text: text}); err != nil {
			return err
		}
	}
	switch e.Reason {
	case fault.TooSoon, fault.TooManySends, fault.AlreadyPending, fault.NotPending:
		return nil // these are part of the answer, and no riddle to anybody
	}
	g.noteRefused(r, e.Reason, e.Message, false)
	return nil
}

// noteRefused counts a refusal, and keeps it as an example.
func (g *Gateway) noteRefused(r guardRequest, why fault.Reason, text string, shadow bool) {
	g.metrics.refused.WithLabelValues(string(why)).Inc()
	g.refusals.note(Refusal{App: r.App, To: r.To, Reason: why, Text: text, Shadow: shadow, At: g.clock.Wall().Time()})
}

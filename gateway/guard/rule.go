package guard

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Kind says what a [Rule] does.
type Kind string

// The kinds of rules.
const (
	Block Kind = "block"
	Safe  Kind = "safe" // always allow: no list of countries and no limit applies
	// Opens opens a country as if the configuration listed it, for codes, calls and messages:
	// all limits apply.
	Opens Kind = "open"
)

// byOperator is the origin of the rules that the owner has made.
const byOperator = "operator"

// Rule blocks codes, calls and messages, always allows them, or opens a country.
type Rule struct {
	ID     int64
	App    string // whose codes it is about, "" all: the guard blocks one app at a time
	Kind   Kind
	Scope  Scope
	Key    string // as +4915112345678, +4915, DE, the name of an app, an IP address
	Reason string
	Origin string    // operator or guard
	Until  time.Time // zero: for good
	Made   time.Time
}

// NewRule asks for a rule.
type NewRule struct {
	Kind     Kind
	Scope    Scope // "": found out from Key
	Key      string
	Reason   string
	Lifetime time.Duration // 0: for good
}

// Rules returns all rules, oldest first.
func (g *Guard) Rules(ctx context.Context) ([]Rule, error) {
	return store.Read(ctx, g.db, func(tx *store.Tx) ([]Rule, error) {
		return selectRules(tx, g.clock.Now())
	})
}

// SetRule makes a rule, in the place of one for the same if there is one. It
// takes effect at once.
func (g *Guard) SetRule(ctx context.Context, n NewRule) (Rule, error) {
	r := Rule{Kind: n.Kind, Scope: n.Scope, Reason: strings.TrimSpace(n.Reason), Origin: byOperator}
	if n.Kind != Block && n.Kind != Safe && n.Kind != Opens {
		return r, fault.NewInvalid("kind", "a rule is of the kind block, safe or open")
	}
	if err := g.readKey(&r, strings.TrimSpace(n.Key)); err != nil {
		return r, err
	}
	if r.Kind == Opens && r.Scope != ByCountry {
		return r, fault.NewInvalid("key", "a country is opened: give it in two letters, such as DE")
	}
	if r.Reason == "" {
		r.Reason = "the operator said so"
	}
	if err := fault.CheckName("reason", r.Reason, 200); err != nil {
		return r, err
	}
	if n.Lifetime < 0 || n.Lifetime > 366*day {
		return r, fault.NewInvalid("lifetime", "a rule lives up to a year, or for good without a lifetime")
	}
	return store.Write(ctx, g.db, func(tx *store.Tx) (Rule, error) {
		now, until := g.clock.Now(), clock.Tick(0)
		if n.Lifetime > 0 {
			until = now.Tick.Add(n.Lifetime)
			r.Until = now.Wall.Add(n.Lifetime).Time()
		}
		r.Made = now.Wall.Time()
		var err error
		r.ID, err = g.upsertRule(tx, r, until, now.Wall)
		return r, err
	})
}

// readKey finds out what a rule is for.
func (g *Guard) readKey(r *Rule, key string) error {
	if r.Scope == "" {
		r.Scope = scopeOfKey(key)
	}
	r.Key = key
	switch r.Scope {
	case ByNumber:
		to, err := g.read(key)
		r.Key = string(to)
		return err
	case ByPrefix:
		// Counters know numbers less their last four digits; rules match any.
		digits, international, ok := msisdn.Digits(key)
		if !ok || !international || digits == "" || len(digits) > msisdn.MaxDigits {
			return fault.NewInvalid("key", "a prefix begins with + and country code, as +4915")
		}
		r.Key = "+" + digits
	case ByCountry:
		if r.Key = strings.ToUpper(key); !msisdn.KnownCountry(r.Key) {
			return fault.NewInvalid("key", "this is not a country in two letters, such as DE")
		}
	case ByClient:
		client, err := ParseClientRule(key, "key")
		r.Key = client
		return err
	case ByApp:
		return fault.CheckName("key", key, 64)
	default:
		return fault.NewInvalid("scope", "there is no scope "+fault.Quote(string(r.Scope))+": use number, prefix, country, app or client")
	}
	return nil
}

// scopeOfKey guesses what people mean: a whole number begins with + and has
// more than eight digits.
func scopeOfKey(key string) Scope {
	if _, err := netip.ParseAddr(strings.Split(key, "/")[0]); err == nil {
		return ByClient
	}
	switch digits, _, ok := msisdn.Digits(key); {
	case ok && len(digits) > 8:
		return ByNumber
	case ok && digits != "":
		return ByPrefix
	case len(key) == 2:
		return ByCountry
	}
	return ByApp
}

// ReleaseRule removes a rule at once.
func (g *Guard) ReleaseRule(ctx context.Context, id int64) error {
	return store.Error(g.db.Commit(ctx, func(tx *store.Tx) error { return deleteRule(tx, id) }))
}

package guard

import (
	"context"
	"slices"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Limits bound the codes and checks of one app, number or client address. Zero fields
// take their defaults; below 0 there is no limit.
type Limits struct {
	Resend time.Duration // before the first resend; it doubles up to 8 times as long
	Sends  int           // of one verification

	// Of one app each; nothing that is done in one counts for another.
	NumberHour  int // codes to a number
	NumberDay   int
	PrefixDay   int // unanswered codes to the ten thousand numbers around one
	Run         int // unanswered neighbours of a number
	CountryHour int // unanswered codes to a country
	AppHour     int // codes of the app
	ClientHour  int // codes of a client address
	Unanswered  int // with Throttle: by how many more codes to unknown numbers of a country were not answered than were, in an hour or a day

	ElsewherePrefixDay  int // codes that are checked elsewhere, to the ten thousand numbers around one
	ElsewhereCountryDay int // and to a country

	Failures         int // wrong codes for a number in a day, after which codes to it are started once an hour; at most 50
	AppFailedHour    int // wrong codes of the app, after which its verifications have fewer tries
	ClientFailedHour int // wrong codes of a client address
}

func (l Limits) withDefaults() Limits {
	or := func(n *int, d int) {
		if *n == 0 {
			*n = d
		}
	}
	if l.Resend == 0 {
		l.Resend = 30 * time.Second
	}
	or(&l.Sends, 5)
	or(&l.NumberHour, 5)
	or(&l.NumberDay, 10)
	or(&l.PrefixDay, 25)
	or(&l.Run, 5)
	or(&l.CountryHour, 500)
	or(&l.AppHour, 1000)
	or(&l.ClientHour, 20)
	or(&l.Unanswered, 50)
	or(&l.ElsewherePrefixDay, 100)
	or(&l.ElsewhereCountryDay, 2000)
	or(&l.Failures, maxFailures)
	or(&l.AppFailedHour, 300)
	or(&l.ClientFailedHour, 20)
	if l.Failures < 1 || l.Failures > maxFailures {
		l.Failures = maxFailures
	}
	return l
}

// maxFailures keeps a day below 100 wrong codes for a number, whatever is configured:
// see [wrongTries].
const maxFailures = 50

// Pause returns how long to wait after the nth send: 30, 60, 120, 240, 240 … s.
func (l Limits) Pause(n int) time.Duration {
	if l.Resend < 0 {
		return 0
	}
	return l.Resend << min(max(n-1, 0), 3)
}

// Scope is what a counter or a rule is about.
type Scope string

// The scopes.
const (
	ByNumber  Scope = "number"
	ByPrefix  Scope = "prefix" // numbers that begin alike
	ByCountry Scope = "country"
	ByApp     Scope = "app"
	ByClient  Scope = "client" // address of the person
)

// bound is one limit: how much of what, in which time.
type bound struct {
	scope  Scope
	limit  int
	within time.Duration
	of     func(count) int
	reason fault.Reason
	text   string
}

// over reports whether it is reached.
func (b bound) over(w window) bool { return b.limit >= 0 && w.sum(b.within, b.of) >= b.limit }

// refuse returns the error of a bound that is reached.
func (b bound) refuse(w window) *fault.Error {
	return fault.NewLimited(b.reason, w.wait(b.within, b.limit, b.of), b.text)
}

// Texts of refusals.
const (
	textPrefix  = "too many codes to numbers like this one were not answered"
	textCountry = "too many codes to this country were not answered"
)

// bounds are those of sends. What with Throttle only slows down is not among them.
func (l Limits) bounds(m Mode) []bound {
	list := []bound{
		{ByNumber, l.NumberHour, time.Hour, sendsOf, fault.LimitNumber, "this number has been sent as many codes as an hour allows"},
		{ByNumber, l.NumberDay, day, sendsOf, fault.LimitNumber, "this number has been sent as many codes as a day allows"},
		{ByPrefix, l.PrefixDay, day, unansweredOf, fault.LimitPrefix, textPrefix},
		{ByClient, l.ClientHour, time.Hour, sendsOf, fault.LimitClient, "this client address has caused as many codes as an hour allows"},
		{ByCountry, l.CountryHour, time.Hour, unansweredOf, fault.LimitCountry, textCountry},
		{ByApp, l.AppHour, time.Hour, sendsOf, fault.LimitKey, "this app has sent as many codes as an hour allows"},
	}
	if m == Throttle {
		return slices.DeleteFunc(list, func(b bound) bool { return b.scope == ByPrefix || b.scope == ByCountry })
	}
	return list
}

// Allowance returns how many codes an app may send in an hour, and how many are left
// of these; 0 and 0 where there is no limit.
func (g *Guard) Allowance(ctx context.Context, app string) (limit, left int, err error) {
	limit = g.cfg.Load().Limits.AppHour
	if limit < 0 {
		return 0, 0, nil
	}
	w, err := store.Read(ctx, g.db, func(tx *store.Tx) (window, error) {
		return selectWindow(tx, app, ByApp, app, g.clock.Tick(), time.Hour)
	})
	return limit, max(0, limit-w.sum(time.Hour, sendsOf)), err
}

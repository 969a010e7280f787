package guard

import (
	"context"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Limits bound the codes and checks of one number, app or client address. Zero fields
// take their defaults; below 0 there is no limit.
type Limits struct {
	Resend time.Duration // before the first resend; it doubles up to 8 times as long
	Sends  int           // of one verification

	NumberHour  int // codes to a number
	NumberDay   int
	PrefixDay   int // unanswered codes to the ten thousand numbers around one
	Run         int // unanswered neighbours of a number
	CountryHour int // unanswered codes to a country
	AppHour     int // codes of an app
	ClientHour  int // codes of a client address

	Failures         int // consecutive wrong codes that lock a number for an hour, then two, …; at most 20
	AppFailedHour    int // failed checks of an app
	ClientFailedHour int // failed checks of a client address
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
	or(&l.Failures, 10)
	or(&l.AppFailedHour, 300)
	or(&l.ClientFailedHour, 20)
	if l.Failures < 1 || l.Failures > maxFailures {
		l.Failures = maxFailures
	}
	return l
}

// maxFailures keeps a day below 100 wrong codes for a number, whatever is
// configured: with 20 before each lock there are five locks a day.
const maxFailures = 20

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

// bounds are those of sends.
func (l Limits) bounds() []bound {
	return []bound{
		{ByNumber, l.NumberHour, time.Hour, sendsOf, fault.LimitNumber, "this number has been sent as many codes as an hour allows"},
		{ByNumber, l.NumberDay, day, sendsOf, fault.LimitNumber, "this number has been sent as many codes as a day allows"},
		{ByPrefix, l.PrefixDay, day, unansweredOf, fault.LimitPrefix, "too many codes to numbers like this one were not answered"},
		{ByClient, l.ClientHour, time.Hour, sendsOf, fault.LimitClient, "this client address has caused as many codes as an hour allows"},
		{ByCountry, l.CountryHour, time.Hour, unansweredOf, fault.LimitCountry, "too many codes to this country were not answered"},
		{ByApp, l.AppHour, time.Hour, sendsOf, fault.LimitKey, "this app has sent as many codes as an hour allows"},
	}
}

// Allowance returns how many codes an app may send in an hour, and how many are left
// of these; 0 and 0 where there is no limit.
func (g *Guard) Allowance(ctx context.Context, app string) (limit, left int, err error) {
	limit = g.cfg.Limits.AppHour
	if limit < 0 {
		return 0, 0, nil
	}
	w, err := store.Read(ctx, g.db, func(tx *store.Tx) (window, error) {
		return selectWindow(tx, ByApp, app, g.clock.Tick(), time.Hour)
	})
	return limit, max(0, limit-w.sum(time.Hour, sendsOf)), err
}

package gateway

import (
	"context"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Limits bound the codes and checks of one number, app or client address. Zero fields
// take the values of [DefaultConfig]; below 0 there is no limit.
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

// pause returns how long to wait after the nth send: 30, 60, 120, 240, 240 … s.
func (l Limits) pause(n int) time.Duration {
	if l.Resend < 0 {
		return 0
	}
	return l.Resend << min(max(n-1, 0), 3)
}

// scope is what a counter or a rule is about.
type scope string

const (
	scopeNumber  scope = "number"
	scopePrefix  scope = "prefix"
	scopeCountry scope = "country"
	scopeApp     scope = "app"
	scopeClient  scope = "client"
)

// slot is the grain of counters. A window reaches back to the beginning of the
// slot in which it begins, so that it is at most this much too long.
const slot = 10 * time.Minute

func slotOf(tick int64) int64 { return tick / slot.Milliseconds() }

// count is what one slot holds.
type count struct {
	slot                    int64
	sends, answered, failed int
}

func (c count) unanswered() int { return c.sends - c.answered }

// window is what is known of the last day of a counter, oldest slot first.
type window struct {
	counts []count
	tick   int64
}

// sum adds up a time that ends now.
func (w window) sum(d time.Duration, of func(count) int) int {
	n, from := 0, slotOf(w.tick-d.Milliseconds())
	for _, c := range w.counts {
		if c.slot >= from {
			n += of(c)
		}
	}
	return n
}

// wait returns how long the sum of a time stays at limit or above, if nothing
// is added.
func (w window) wait(d time.Duration, limit int, of func(count) int) time.Duration {
	n := w.sum(d, of)
	from := slotOf(w.tick - d.Milliseconds())
	for _, c := range w.counts {
		if c.slot < from {
			continue
		}
		if n -= of(c); n < limit {
			end := (c.slot+1)*slot.Milliseconds() + d.Milliseconds()
			return time.Duration(end-w.tick) * time.Millisecond
		}
	}
	return d
}

func sendsOf(c count) int      { return c.sends }
func failedOf(c count) int     { return c.failed }
func unansweredOf(c count) int { return c.unanswered() }

// bound is one limit: how much of what, in which time.
type bound struct {
	scope  scope
	limit  int
	within time.Duration
	of     func(count) int
	reason fault.Reason
	text   string
}

// bounds are those of sends.
func (l Limits) bounds() []bound {
	return []bound{
		{scopeNumber, l.NumberHour, time.Hour, sendsOf, fault.LimitNumber, "this number has been sent as many codes as an hour allows"},
		{scopeNumber, l.NumberDay, oneDay, sendsOf, fault.LimitNumber, "this number has been sent as many codes as a day allows"},
		{scopePrefix, l.PrefixDay, oneDay, unansweredOf, fault.LimitPrefix, "too many codes to numbers like this one were not answered"},
		{scopeClient, l.ClientHour, time.Hour, sendsOf, fault.LimitClient, "this client address has caused as many codes as an hour allows"},
		{scopeCountry, l.CountryHour, time.Hour, unansweredOf, fault.LimitCountry, "too many codes to this country were not answered"},
		{scopeApp, l.AppHour, time.Hour, sendsOf, fault.LimitKey, "this app has sent as many codes as an hour allows"},
	}
}

const oneDay = 24 * time.Hour

// prefixOf is a number less its last four digits: the block that operators hand
// out, and pumps rent.
func prefixOf(to msisdn.Number) string { return string(to[:max(0, len(to)-4)]) }

// Allowance returns how many codes an app may send in an hour, and how many are
// left of these; 0 and 0 where there is no limit.
func (g *Gateway) Allowance(ctx context.Context, app string) (limit, left int, err error) {
	limit = g.cfg.Limits.AppHour
	if limit < 0 {
		return 0, 0, nil
	}
	w, err := store.Read(ctx, g.db, func(tx *store.Tx) (window, error) {
		return selectWindow(tx, scopeApp, app, int64(g.clock.Tick()), time.Hour)
	})
	return limit, max(0, limit-w.sum(time.Hour, sendsOf)), err
}

// checkBudget refuses a check by who has failed too often. It is asked before
// anything is compared.
func (g *Gateway) checkBudget(tx *store.Tx, app, client string, tick int64) error {
	for _, b := range []struct {
		scope  scope
		key    string
		limit  int
		reason fault.Reason
		who    string
	}{{scopeApp, app, g.cfg.Limits.AppFailedHour, fault.LimitKey, "app"}, {scopeClient, client, g.cfg.Limits.ClientFailedHour, fault.LimitClient, "client address"}} {
		if b.key == "" || b.limit < 0 {
			continue
		}
		w, err := selectWindow(tx, b.scope, b.key, tick, time.Hour)
		if err != nil {
			return err
		}
		if w.sum(time.Hour, failedOf) >= b.limit {
			return fault.NewLimited(b.reason, w.wait(time.Hour, b.limit, failedOf), "this %s has had too many failed checks", b.who)
		}
	}
	return nil
}

// noteFailed counts a check that failed. What was compared and wrong counts
// against the number too, across all its verifications, and locks it in the end.
func (g *Gateway) noteFailed(tx *store.Tx, c subject, client string, compared bool, tick int64) error {
	err := addCounts(tx, map[scope]string{scopeApp: c.app, scopeClient: client}, tick, count{failed: 1})
	if err != nil || !compared {
		return err
	}
	f, err := addFailure(tx, c, tick)
	if err != nil || f.failed%g.cfg.Limits.Failures != 0 {
		return err
	}
	lock := time.Hour << min(f.locks, 4) // 1, 2, 4, 8, 16 hours
	return lockFailure(tx, c, tick+lock.Milliseconds())
}

// lockedAt returns how long a number stays locked against checks and sends.
func (f failures) lockedAt(tick int64) time.Duration {
	return max(0, time.Duration(f.locked-tick)*time.Millisecond)
}

// subject is what verifications are told apart by.
type subject struct {
	app     string
	to      msisdn.Number
	purpose string
}

// recoverTime lets the time of limits go on after a boot where it stood, and notes
// which rows are of earlier boots. It comes before all else that is recovered.
func (g *Gateway) recoverTime(tx *store.Tx, now clock.Moment) error {
	c, err := selectGuardClock(tx)
	if err != nil {
		return err
	}
	if c.boot != g.clock.Boot() {
		c.boot, c.ahead, c.aheadWall = g.clock.Boot(), c.last-int64(now.Up), 0
		c.first = c.last + 1
		if err := updateGuardClock(tx, c); err != nil {
			return err
		}
		if err := noteBoot(tx); err != nil {
			return err
		}
	}
	g.clock.SetTick(clock.Tick(int64(now.Up)+c.ahead), now.Up)
	now.Tick = g.clock.Tick()
	return g.noteTime(tx, now)
}

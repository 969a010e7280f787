package guard

import (
	"context"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Subject is what wrong codes are counted for.
type Subject struct {
	App     string
	To      msisdn.Number
	Purpose string
}

// Lock is a number that an app has seen too many wrong codes for.
type Lock struct {
	App, Purpose string
	Failed       int // wrong codes in a row
	Until        time.Time
}

// InspectLock refuses a code for a number that is locked after too many wrong codes.
func (g *Guard) InspectLock(tx *store.Tx, r Request, purpose string, now clock.Moment) (v Verdict, err error) {
	locked, err := g.Locked(tx, Subject{r.App, r.To, purpose}, now.Tick)
	if err != nil || locked == 0 {
		return v, err
	}
	v.Refusal = fault.NewLimited(fault.LockedNumber, locked, "this number is locked after too many wrong codes")
	if !r.Dry {
		g.note(r, v.Refusal.Reason, v.Refusal.Message, false, now)
	}
	return v, nil
}

// Locked returns for how long no code of a subject is compared or sent, 0 where it is
// not locked.
func (g *Guard) Locked(tx *store.Tx, s Subject, now clock.Tick) (time.Duration, error) {
	f, err := selectFailure(tx, s)
	return max(0, f.locked.Sub(now)), err
}

// MayCheck refuses a check by an app or client address whose checks failed too often,
// before anything is compared.
func (g *Guard) MayCheck(tx *store.Tx, app, client string, now clock.Tick) error {
	for _, b := range []struct {
		scope  Scope
		key    string
		limit  int
		reason fault.Reason
		who    string
	}{
		{ByApp, app, g.cfg.Limits.AppFailedHour, fault.LimitKey, "app"},
		{ByClient, client, g.cfg.Limits.ClientFailedHour, fault.LimitClient, "client address"},
	} {
		if b.key == "" || b.limit < 0 {
			continue
		}
		w, err := selectWindow(tx, b.scope, b.key, now, time.Hour)
		if err != nil {
			return err
		}
		if w.sum(time.Hour, failedOf) >= b.limit {
			return fault.NewLimited(b.reason, w.wait(time.Hour, b.limit, failedOf), "this %s has had too many failed checks", b.who)
		}
	}
	return nil
}

// Failed counts a check that failed. If a code was compared, it also counts for the
// subject, across all its verifications, and every so many lock it.
func (g *Guard) Failed(tx *store.Tx, s Subject, client string, compared bool, now clock.Tick) error {
	err := addCounts(tx, map[Scope]string{ByApp: s.App, ByClient: client}, now, count{failed: 1})
	if err != nil || !compared {
		return err
	}
	f, err := addFailure(tx, s, now)
	if err != nil || f.failed%g.cfg.Limits.Failures != 0 {
		return err
	}
	return lockFailure(tx, s, now.Add(time.Hour<<min(f.locks, 4))) // 1, 2, 4, 8, 16 hours
}

// Unlock forgets the wrong codes for a number, with all apps and purposes: its owner
// has been in touch. It returns how many locks it has ended.
func (g *Guard) Unlock(ctx context.Context, to msisdn.Number) (int, error) {
	return store.Write(ctx, g.db, func(tx *store.Tx) (int, error) {
		locks, err := selectLocks(tx, to, g.clock.Now())
		if err != nil {
			return 0, err
		}
		return len(locks), deleteFailures(tx, to)
	})
}

package guard

import (
	"context"
	"fmt"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// TightTries is how many codes of a verification are compared while the checks of its
// app fail too often, and TightPause how far apart.
const (
	TightTries = 3
	TightPause = 5 * time.Second
)

// After as many wrong codes for a number as a day allows, each start brings a code with
// two tries, and there is one start an hour: with 50 in a day that stays below 100.
const (
	wrongTries = 2
	wrongPause = time.Hour
)

// Wrong codes of a number are counted in units: of four characters, which are guessed
// more easily, each takes more, so that 20 of them are as many as 50 others.
const (
	wrongUnits      = 2
	shortWrongUnits = 5
)

func unitsOf(length int) int {
	if length <= 4 {
		return shortWrongUnits
	}
	return wrongUnits
}

// Lock is a number that an app has seen too many wrong codes for: codes for it are
// started once an hour.
type Lock struct {
	App, Purpose string
	Failed       int // wrong codes in a day
	Until        time.Time
}

// Tight reports whether so many checks of an app have failed that its verifications are
// to have fewer tries, and these a pause between them.
func (g *Guard) Tight(tx *store.Tx, app string, now clock.Tick) (bool, error) {
	w, err := selectWindow(tx, app, ByApp, app, now, time.Hour)
	return g.tight(w), err
}

func (g *Guard) tight(app window) bool {
	limit := g.cfg.Load().Limits.AppFailedHour
	return limit >= 0 && app.sum(time.Hour, failedOf) >= limit
}

// MayCheck refuses a check for a client address of an app whose checks failed too often,
// before anything is compared.
func (g *Guard) MayCheck(tx *store.Tx, app, client string, now clock.Tick) error {
	limit := g.cfg.Load().Limits.ClientFailedHour
	if client == "" || limit < 0 {
		return nil
	}
	w, err := selectWindow(tx, app, ByClient, client, now, time.Hour)
	if err != nil || w.sum(time.Hour, failedOf) < limit {
		return err
	}
	return fault.NewLimited(fault.LimitClient, w.wait(time.Hour, limit, failedOf), "this client address has had too many failed checks")
}

// Failed counts a wrong code that was compared with one of a length. Once the number has
// had as many as a day allows it returns an event: then end all verifications of the app
// for it.
func (g *Guard) Failed(tx *store.Tx, s Subject, client string, length int, now clock.Tick) (*journal.Event, error) {
	at, units := slotOf(now), unitsOf(length)
	err := addCounts(tx, s.App, map[Scope]string{ByApp: s.App, ByClient: client}, count{slot: at, failed: 1})
	if err != nil {
		return nil, err
	}
	if err := addCounts(tx, s.App, map[Scope]string{ByNumber: string(s.To)}, count{slot: at, failed: units}); err != nil {
		return nil, err
	}
	w, err := selectWindow(tx, s.App, ByNumber, string(s.To), now, day)
	if sum, limit := w.sum(day, failedOf), g.wrongLimit(); err != nil || sum < limit || sum-units >= limit {
		return nil, err
	}
	t := turn{scope: byWrong, key: string(s.To), next: now.Add(wrongPause), told: now}
	return &journal.Event{Kind: journal.GuardWrong, Text: fmt.Sprintf("too many wrong codes for %s in the app %s: for a day codes to it are started once an hour; "+
		"simgate guard unlock ends it", s.To, s.App)}, upsertTurn(tx, s.App, t)
}

// wrongLimit is how many units of wrong codes of a number are compared in a day.
func (g *Guard) wrongLimit() int { return g.cfg.Load().Limits.Failures * wrongUnits }

// Unlock forgets the wrong codes for a number, with all apps: its owner has been in
// touch. It returns how many locks it has ended.
func (g *Guard) Unlock(ctx context.Context, to msisdn.Number) (int, error) {
	return store.Write(ctx, g.db, func(tx *store.Tx) (int, error) {
		locks, err := selectLocks(tx, to, g.wrongLimit(), g.clock.Now())
		if err != nil {
			return 0, err
		}
		return len(locks), forgetWrong(tx, to)
	})
}

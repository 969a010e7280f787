package gateway

import (
	"errors"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// guardClock is the row of the time of limits.
type guardClock struct {
	boot        string
	ahead, last int64
	first       int64 // tick of this boot
	aheadWall   int64 // of the time of day before uptime, 0 not known
	stamped     int64 // tick from which rows have one
}

// selectGuardClock returns it with the last tick of which anything is known.
func selectGuardClock(tx *store.Tx) (guardClock, error) {
	return store.Get(tx, func(row store.Scanner) (c guardClock, err error) {
		return c, row.Scan(&c.boot, &c.ahead, &c.last, &c.first, &c.aheadWall, &c.stamped)
	}, `SELECT boot, ahead, MAX(last, COALESCE((SELECT MAX(slot) * ? FROM counter), 0),
		COALESCE((SELECT MAX(last) FROM failure), 0)),
		first, ahead_wall, stamped FROM guard_clock`, slot.Milliseconds())
}

func updateGuardClock(tx *store.Tx, c guardClock) error {
	_, err := tx.Exec(`UPDATE guard_clock SET boot = ?, ahead = ?, last = ?, first = ?, ahead_wall = ?`,
		c.boot, c.ahead, c.last, c.first, c.aheadWall)
	return err
}

// addCounts adds to the slot of this moment, for each scope that has a key.
func addCounts(tx *store.Tx, keys map[scope]string, tick int64, c count) error {
	var rows []string
	var args []any
	for s, key := range keys {
		if key != "" {
			rows = append(rows, "(?, ?, ?, ?, ?, ?)")
			args = append(args, string(s), key, slotOf(tick), c.sends, c.answered, c.failed)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO counter (scope, key, slot, sends, answered, failed) VALUES `+strings.Join(rows, ", ")+`
		ON CONFLICT (scope, key, slot) DO UPDATE SET sends = sends + excluded.sends,
			answered = answered + excluded.answered, failed = failed + excluded.failed`, args...)
	return err
}

// selectWindow reads the slots of a time that ends now.
func selectWindow(tx *store.Tx, s scope, key string, tick int64, d time.Duration) (window, error) {
	counts, err := store.All(tx, func(row store.Scanner) (c count, err error) {
		return c, row.Scan(&c.slot, &c.sends, &c.answered, &c.failed)
	}, `SELECT slot, sends, answered, failed FROM counter WHERE scope = ? AND key = ? AND slot >= ? ORDER BY slot`,
		string(s), key, slotOf(tick-d.Milliseconds()))
	return window{counts, tick}, err
}

// failures is what is known of the wrong codes for a subject.
type failures struct {
	failed, locks int
	locked        int64
}

func scanFailures(row store.Scanner) (f failures, err error) {
	return f, row.Scan(&f.failed, &f.locks, &f.locked)
}

func selectFailure(tx *store.Tx, s subject) (failures, error) {
	f, err := store.Get(tx, scanFailures, `SELECT failed, locks, locked FROM failure
		WHERE app = ? AND recipient = ? AND purpose = ?`, s.app, string(s.to), s.purpose)
	if errors.Is(err, store.ErrNoRows) {
		return failures{}, nil
	}
	return f, err
}

func addFailure(tx *store.Tx, s subject, tick int64) (failures, error) {
	return store.Get(tx, scanFailures, `INSERT INTO failure (app, recipient, purpose, failed, locks, locked, last)
		VALUES (?, ?, ?, 1, 0, 0, ?)
		ON CONFLICT (app, recipient, purpose) DO UPDATE SET failed = failed + 1, last = excluded.last
		RETURNING failed, locks, locked`, s.app, string(s.to), s.purpose, tick)
}

func lockFailure(tx *store.Tx, s subject, until int64) error {
	_, err := tx.Exec(`UPDATE failure SET locks = locks + 1, locked = ? WHERE app = ? AND recipient = ? AND purpose = ?`,
		until, s.app, string(s.to), s.purpose)
	return err
}

// deleteFailure forgets the wrong codes: the right one came.
func deleteFailure(tx *store.Tx, s subject) error {
	_, err := tx.Exec(`DELETE FROM failure WHERE app = ? AND recipient = ? AND purpose = ?`, s.app, string(s.to), s.purpose)
	return err
}

// selectLocks returns the locks of a number that are in force; ahead is by how
// much the time of day is ahead of that of limits.
func selectLocks(tx *store.Tx, to msisdn.Number, tick, ahead int64) ([]Lock, error) {
	return store.All(tx, func(row store.Scanner) (l Lock, err error) {
		var until int64
		err = row.Scan(&l.App, &l.Purpose, &l.Failed, &until)
		l.Until = clock.Wall(until + ahead).Time()
		return l, err
	}, `SELECT app, purpose, failed, locked FROM failure WHERE recipient = ? AND locked > ? ORDER BY app, purpose`, string(to), tick)
}

func deleteFailures(tx *store.Tx, to msisdn.Number) error {
	_, err := tx.Exec(`DELETE FROM failure WHERE recipient = ?`, string(to))
	return err
}

// keepCounters is how long counters matter, keepFailures how long a number is
// remembered that was locked, and with it that the next lock is longer.
const (
	keepCounters    = 25 * time.Hour
	keepFailures    = 48 * time.Hour
	keepIdempotency = 25 * time.Hour
)

// limitDeletions delete what no limit looks at any more.
func (g *Gateway) limitDeletions() []store.Deletion {
	tick := int64(g.clock.Tick())
	ago := func(d time.Duration) int64 { return tick - d.Milliseconds() }
	return []store.Deletion{
		store.DeleteWhere(`counter`, `scope, key, slot`, `slot < ?`, slotOf(ago(keepCounters))),
		store.DeleteWhere(`failure`, `app, recipient, purpose`, `last < ? AND locked < ?`, ago(keepFailures), tick),
		store.DeleteWhere(`guard_rule`, `id`, `until > 0 AND until < ?`, tick),
		store.DeleteWhere(`idempotency`, `app, route, key`, `at < ?`, ago(keepIdempotency)),
	}
}

// noteTick notes the time of limits, from which it goes on after a boot, and by how
// much the time of day is ahead of uptime.
func noteTick(tx *store.Tx, tick, aheadWall int64) error {
	_, err := tx.Exec(`UPDATE guard_clock SET last = ?, ahead_wall = ?`, tick, aheadWall)
	return err
}

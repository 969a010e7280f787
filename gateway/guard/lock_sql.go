package guard

import (
	"errors"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// failures is what is known of the wrong codes for a subject.
type failures struct {
	failed, locks int
	locked        clock.Tick // until then
}

func scanFailures(row store.Scanner) (f failures, err error) {
	return f, row.Scan(&f.failed, &f.locks, &f.locked)
}

func selectFailure(tx *store.Tx, s Subject) (failures, error) {
	f, err := store.Get(tx, scanFailures, `SELECT failed, locks, locked FROM failure
		WHERE app = ? AND recipient = ? AND purpose = ?`, s.App, string(s.To), s.Purpose)
	if errors.Is(err, store.ErrNoRows) {
		return failures{}, nil
	}
	return f, err
}

func addFailure(tx *store.Tx, s Subject, now clock.Tick) (failures, error) {
	return store.Get(tx, scanFailures, `INSERT INTO failure (app, recipient, purpose, failed, locks, locked, last)
		VALUES (?, ?, ?, 1, 0, 0, ?)
		ON CONFLICT (app, recipient, purpose) DO UPDATE SET failed = failed + 1, last = excluded.last
		RETURNING failed, locks, locked`, s.App, string(s.To), s.Purpose, now)
}

func lockFailure(tx *store.Tx, s Subject, until clock.Tick) error {
	_, err := tx.Exec(`UPDATE failure SET locks = locks + 1, locked = ? WHERE app = ? AND recipient = ? AND purpose = ?`,
		until, s.App, string(s.To), s.Purpose)
	return err
}

// deleteFailure forgets the wrong codes: the right one came.
func deleteFailure(tx *store.Tx, s Subject) error {
	_, err := tx.Exec(`DELETE FROM failure WHERE app = ? AND recipient = ? AND purpose = ?`, s.App, string(s.To), s.Purpose)
	return err
}

// selectLocks returns the locks of a number that are in force.
func selectLocks(tx *store.Tx, to msisdn.Number, now clock.Moment) ([]Lock, error) {
	return store.All(tx, func(row store.Scanner) (l Lock, err error) {
		var until clock.Tick
		err = row.Scan(&l.App, &l.Purpose, &l.Failed, &until)
		l.Until = now.AtTick(until).Time()
		return l, err
	}, `SELECT app, purpose, failed, locked FROM failure WHERE recipient = ? AND locked > ? ORDER BY app, purpose`, string(to), now.Tick)
}

func deleteFailures(tx *store.Tx, to msisdn.Number) error {
	_, err := tx.Exec(`DELETE FROM failure WHERE recipient = ?`, string(to))
	return err
}

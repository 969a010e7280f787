package guard

import (
	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// selectLocks returns the apps that have seen too many wrong codes for a number.
func selectLocks(tx *store.Tx, to msisdn.Number, limit int, now clock.Moment) ([]Lock, error) {
	return store.All(tx, func(row store.Scanner) (l Lock, err error) {
		var units int
		var until clock.Tick
		err = row.Scan(&l.App, &units, &until)
		l.Failed, l.Until = units/wrongUnits, now.AtTick(until).Time()
		return l, err
	}, `SELECT c.app, c.failed, t.next FROM (SELECT app, SUM(failed) AS failed FROM guard_count
			WHERE scope = 'number' AND key = ? AND slot >= ? GROUP BY app) c
		JOIN guard_turn t ON t.app = c.app AND t.scope = 'wrong' AND t.key = ?
		WHERE c.failed >= ? AND t.next > ? ORDER BY c.app`, string(to), slotOf(now.Tick.Add(-day)), string(to), limit, now.Tick)
}

// forgetWrong forgets the wrong codes for a number.
func forgetWrong(tx *store.Tx, to msisdn.Number) error {
	_, err := tx.Exec(`UPDATE guard_count SET failed = 0 WHERE scope = 'number' AND key = ?`, string(to))
	return err
}

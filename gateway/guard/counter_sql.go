package guard

import (
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// addCounts adds c to its slot, for an app and each scope that has a key.
func addCounts(tx *store.Tx, app string, keys map[Scope]string, c count) error {
	var rows []string
	var args []any
	for s, key := range keys {
		if key != "" {
			rows = append(rows, "(?, ?, ?, ?, ?, ?, ?, ?, ?)")
			args = append(args, app, string(s), key, c.slot, c.sends, c.answered, c.strange, c.slow, c.failed)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO guard_count (app, scope, key, slot, sends, answered, strange, slow, failed) VALUES `+strings.Join(rows, ", ")+`
		ON CONFLICT (app, scope, key, slot) DO UPDATE SET sends = sends + excluded.sends, answered = answered + excluded.answered,
			strange = strange + excluded.strange, slow = slow + excluded.slow, failed = failed + excluded.failed`, args...)
	return err
}

// selectWindow reads the slots of the last d.
func selectWindow(tx *store.Tx, app string, s Scope, key string, now clock.Tick, d time.Duration) (window, error) {
	counts, err := store.All(tx, func(row store.Scanner) (c count, err error) {
		return c, row.Scan(&c.slot, &c.sends, &c.answered, &c.strange, &c.slow, &c.failed)
	}, `SELECT slot, sends, answered, strange, slow, failed FROM guard_count WHERE app = ? AND scope = ? AND key = ? AND slot >= ? ORDER BY slot`,
		app, string(s), key, slotOf(now.Add(-d)))
	return window{counts, now}, err
}

// creditCount credits codes that came back to the slot in which they were sent, whose row
// was made then.
func creditCount(tx *store.Tx, app string, s Scope, key string, c count) error {
	_, err := tx.Exec(`UPDATE guard_count SET answered = answered + ?, strange = strange - ?, slow = slow - ?
		WHERE app = ? AND scope = ? AND key = ? AND slot = ?`, c.sends, c.strange, c.slow, app, string(s), key, c.slot)
	return err
}

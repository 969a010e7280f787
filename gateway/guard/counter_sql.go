package guard

import (
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// addCounts adds to the slot of this moment, for each scope that has a key.
func addCounts(tx *store.Tx, keys map[Scope]string, now clock.Tick, c count) error {
	var rows []string
	var args []any
	for s, key := range keys {
		if key != "" {
			rows = append(rows, "(?, ?, ?, ?, ?, ?)")
			args = append(args, string(s), key, slotOf(now), c.sends, c.answered, c.failed)
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

// selectWindow reads the slots of the last d.
func selectWindow(tx *store.Tx, s Scope, key string, now clock.Tick, d time.Duration) (window, error) {
	counts, err := store.All(tx, func(row store.Scanner) (c count, err error) {
		return c, row.Scan(&c.slot, &c.sends, &c.answered, &c.failed)
	}, `SELECT slot, sends, answered, failed FROM counter WHERE scope = ? AND key = ? AND slot >= ? ORDER BY slot`,
		string(s), key, slotOf(now.Add(-d)))
	return window{counts, now}, err
}

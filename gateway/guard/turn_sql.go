package guard

import (
	"errors"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// selectTurn returns when the next of a turn may go out and when the owner was told of
// it, 0 for at once and for never.
func selectTurn(tx *store.Tx, app string, t turn) (next, told clock.Tick, err error) {
	_, err = store.Get(tx, func(row store.Scanner) (bool, error) { return true, row.Scan(&next, &told) },
		`SELECT next, told FROM guard_turn WHERE app = ? AND scope = ? AND key = ?`, app, string(t.scope), t.key)
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	return next, told, err
}

func upsertTurn(tx *store.Tx, app string, t turn) error {
	_, err := tx.Exec(`INSERT INTO guard_turn (app, scope, key, next, told) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (app, scope, key) DO UPDATE SET next = excluded.next, told = excluded.told`, app, string(t.scope), t.key, t.next, t.told)
	return err
}

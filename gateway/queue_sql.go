package gateway

import (
	"errors"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// holdMessages puts off all that is queued.
func holdMessages(tx *store.Tx) error {
	_, err := tx.Exec(`UPDATE message SET due = ?, held = 0 WHERE state = 'queued'`, store.Held)
	return err
}

func releaseHeldMessages(tx *store.Tx, now clock.Uptime) error {
	_, err := tx.Exec(`UPDATE message SET due = ? WHERE state = 'queued' AND due >= ?`, now, store.Held)
	return err
}

func countHeldMessages(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COUNT(*) FROM message WHERE state = 'queued' AND due >= ?`, store.Held)
}

// selectHeld returns since when what was restored is held, the zero time for nothing.
func selectHeld(tx *store.Tx) (time.Time, error) {
	at, err := store.Get(tx, store.Int, `SELECT at FROM held`)
	if errors.Is(err, store.ErrNoRows) {
		return time.Time{}, nil
	}
	return clock.Wall(at).Time(), err
}

func insertHeld(tx *store.Tx, now clock.Wall) error {
	_, err := tx.Exec(`INSERT INTO held (one, at) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at`, now)
	return err
}

func deleteHeld(tx *store.Tx) error {
	_, err := tx.Exec(`DELETE FROM held`)
	return err
}

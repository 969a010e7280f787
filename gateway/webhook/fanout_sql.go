package webhook

import "simgate/gateway/store"

// selectCursor returns the last change of which all deliveries are made.
func selectCursor(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT change FROM webhook_cursor`)
}

func updateCursor(tx *store.Tx, change int64) error {
	_, err := tx.Exec(`UPDATE webhook_cursor SET change = ?`, change)
	return err
}

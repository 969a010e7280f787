package gateway

import "simgate/gateway/store"

// selectCallback returns the callback of a message or of a verification, "" for none.
func selectCallback(tx *store.Tx, table string, id int64) (string, error) {
	return store.Get(tx, store.Text, `SELECT callback FROM `+table+` WHERE id = ?`, id)
}

package gateway

import (
	"errors"

	"simgate/gateway/line"
	"simgate/gateway/store"
)

func upsertLine(tx *store.Tx, sim line.SIM, now int64) (int64, error) {
	return store.Get(tx, store.Int, `
		INSERT INTO line (iccid, imsi, msisdn, seen_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (iccid) DO UPDATE SET imsi = excluded.imsi, msisdn = excluded.msisdn, seen_at = excluded.seen_at
		RETURNING id`, sim.ICCID, sim.IMSI, sim.MSISDN, now)
}

func lineExists(tx *store.Tx, id int64) (bool, error) {
	n, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM line WHERE id = ?`, id)
	return n > 0, err
}

// swapModemLine notes the line of a modem, and returns the one before, 0 for none.
func swapModemLine(tx *store.Tx, modemName string, line int64) (int64, error) {
	before, err := store.Get(tx, store.Int, `SELECT line FROM modem_line WHERE modem = ?`, modemName)
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	if err != nil || before == line {
		return before, err
	}
	_, err = tx.Exec(`INSERT INTO modem_line (modem, line) VALUES (?, ?)
		ON CONFLICT (modem) DO UPDATE SET line = excluded.line`, modemName, line)
	return before, err
}

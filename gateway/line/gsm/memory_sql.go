package gsm

import (
	"errors"

	"simgate/gateway/store"
	"simgate/modem"
)

func selectPINTry(tx *store.Tx, iccid, digest string) (int, bool, error) {
	n, err := store.Get(tx, store.Int, `SELECT tries FROM pin_try WHERE sim = ? AND digest = ?`, iccid, digest)
	if errors.Is(err, store.ErrNoRows) {
		return 0, false, nil
	}
	return int(n), err == nil, err
}

func insertPINTry(tx *store.Tx, iccid, digest string, tries int) error {
	_, err := tx.Exec(`INSERT INTO pin_try (sim, digest, tries) VALUES (?, ?, ?)
		ON CONFLICT (sim, digest) DO UPDATE SET tries = excluded.tries`, iccid, digest, tries)
	return err
}

func deletePINTries(tx *store.Tx, iccid string) error {
	_, err := tx.Exec(`DELETE FROM pin_try WHERE sim = ?`, iccid)
	return err
}

func selectSteps(tx *store.Tx, name string, today int64) ([]modem.StepRecord, error) {
	return store.All(tx, func(row store.Scanner) (r modem.StepRecord, err error) {
		var on int64
		err = row.Scan(&r.Step, &r.Tried, &r.Worked, &on, &r.Today)
		if on != today {
			r.Today = 0
		}
		return r, err
	}, `SELECT step, tried, worked, day, today FROM recovery WHERE modem = ?`, name)
}

func upsertStep(tx *store.Tx, name string, step modem.Step, worked bool, today int64) error {
	if worked {
		_, err := tx.Exec(`UPDATE recovery SET worked = worked + 1 WHERE modem = ? AND step = ?`, name, string(step))
		return err
	}
	_, err := tx.Exec(`INSERT INTO recovery (modem, step, tried, worked, day, today) VALUES (?, ?, 1, 0, ?, 1)
		ON CONFLICT (modem, step) DO UPDATE SET tried = recovery.tried + 1,
			today = CASE WHEN recovery.day = excluded.day THEN recovery.today + 1 ELSE 1 END, day = excluded.day`,
		name, string(step), today)
	return err
}

package line

import (
	"context"
	"errors"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

func upsertSIM(tx *store.Tx, sim SIM, now clock.Wall) (int64, error) {
	return store.Get(tx, store.Int, `
		INSERT INTO line (iccid, imsi, msisdn, seen_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (iccid) DO UPDATE SET imsi = excluded.imsi, msisdn = excluded.msisdn, seen_at = excluded.seen_at
		RETURNING id`, sim.ICCID, sim.IMSI, sim.MSISDN, now)
}

// storedSIM is a SIM that was in a modem once.
type storedSIM struct {
	id int64
	SIM
}

func selectSIMs(tx *store.Tx) ([]storedSIM, error) {
	return store.All(tx, func(row store.Scanner) (s storedSIM, err error) {
		return s, row.Scan(&s.id, &s.ICCID, &s.IMSI, &s.MSISDN)
	}, `SELECT id, iccid, imsi, msisdn FROM line`)
}

func exists(tx *store.Tx, id int64) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM line WHERE id = ?`, id)
}

// NumberOf returns the number of a line as its SIM says it, "" where it is not known.
func NumberOf(tx *store.Tx, id int64) (msisdn.Number, error) {
	number, err := store.Get(tx, store.Text, `SELECT msisdn FROM line WHERE id = ?`, id)
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	return msisdn.Number(number), err
}

// provedNumber returns the number of a line that was proved, "" for none.
func provedNumber(tx *store.Tx, id int64) (string, error) {
	return store.Get(tx, store.Text, `SELECT proved FROM line WHERE id = ?`, id)
}

// NoteProved records that a message to a number, which its card says is its own, has come
// back to a SIM.
func (p *Pool) NoteProved(ctx context.Context, id int64, number string) error {
	err := p.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE line SET proved = ? WHERE id = ?`, number, id)
		return err
	})
	if err == nil {
		p.proved.Store(id, number)
	}
	return store.Error(err)
}

// swapSIM notes which line is in a modem, and returns the one before, 0 for none.
func swapSIM(tx *store.Tx, modemName string, id int64) (int64, error) {
	before, err := store.Get(tx, store.Int, `SELECT line FROM modem_line WHERE modem = ?`, modemName)
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	if err != nil || before == id {
		return before, err
	}
	_, err = tx.Exec(`INSERT INTO modem_line (modem, line) VALUES (?, ?)
		ON CONFLICT (modem) DO UPDATE SET line = excluded.line`, modemName, id)
	return before, err
}

// SMSC returns the address of the SMSC that a SIM had when it was last used, "" if it
// is not known.
func SMSC(ctx context.Context, db *store.DB, iccid string) (string, error) {
	return store.Read(ctx, db, func(tx *store.Tx) (string, error) {
		smsc, err := store.Get(tx, store.Text, `SELECT smsc FROM line WHERE iccid = ?`, iccid)
		if errors.Is(err, store.ErrNoRows) {
			return "", nil
		}
		return smsc, err
	})
}

// NoteSMSC records the address of the SMSC of a SIM.
func NoteSMSC(ctx context.Context, db *store.DB, iccid, smsc string) error {
	if known, err := SMSC(ctx, db, iccid); err != nil || known == smsc {
		return err
	}
	return db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE line SET smsc = ? WHERE iccid = ?`, smsc, iccid)
		return err
	})
}

// Bearer returns the mode of +CGSMS in which data has carried a message of a SIM, -1 if
// it is not known.
func Bearer(ctx context.Context, db *store.DB, iccid string) (int, error) {
	return store.Read(ctx, db, func(tx *store.Tx) (int, error) {
		mode, err := store.Get(tx, store.Int, `SELECT bearer FROM line WHERE iccid = ?`, iccid)
		if errors.Is(err, store.ErrNoRows) {
			return -1, nil
		}
		return int(mode), err
	})
}

// NoteBearer records the mode of +CGSMS in which data has carried a message of a SIM.
func NoteBearer(ctx context.Context, db *store.DB, iccid string, mode int) error {
	return db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE line SET bearer = ? WHERE iccid = ?`, mode, iccid)
		return err
	})
}

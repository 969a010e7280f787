package line

import (
	"context"
	"errors"

	"simgate/gateway/store"
)

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

package gateway

import (
	"errors"

	"simgate/gateway/sqlite"
)

// verificationRow is a verification with what only the engine may see.
type verificationRow struct {
	Verification
	id          int64
	mac, sealed []byte
	deadline    int64
}

const verificationColumns = `id, uuid, app, recipient, purpose, state, mac, sealed, tries, max_tries, sends,
	deadline, created_at, expires_at, ended_at`

func scanVerification(row sqlite.Scanner) (verificationRow, error) {
	var v verificationRow
	var created, expires, ended int64
	err := row.Scan(&v.id, &v.ID, &v.App, &v.To, &v.Purpose, &v.State, &v.mac, &v.sealed, &v.Tries, &v.MaxTries,
		&v.Sends, &v.deadline, &created, &expires, &ended)
	v.Created, v.Expires, v.Ended = fromMillis(created), fromMillis(expires), fromMillis(ended)
	return v, err
}

// found turns "no such row" into false.
func found(v verificationRow, err error) (verificationRow, bool, error) {
	if errors.Is(err, sqlite.ErrNoRows) {
		return verificationRow{}, false, nil
	}
	return v, err == nil, err
}

func insertVerification(tx *sqlite.Tx, v verificationRow) (int64, error) {
	res, err := tx.Exec(`
		INSERT INTO verification (uuid, app, recipient, purpose, state, mac, sealed, max_tries, deadline, created_at, expires_at)
		VALUES (?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?)`,
		v.ID, v.App, string(v.To), v.Purpose, v.mac, v.sealed, v.MaxTries, v.deadline,
		v.Created.UnixMilli(), v.Expires.UnixMilli())
	return res.LastInsertId, err
}

func pendingVerification(tx *sqlite.Tx, app string, to MSISDN, purpose string) (verificationRow, bool, error) {
	return found(sqlite.Get(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification
		WHERE app = ? AND recipient = ? AND purpose = ? AND state = 'pending'`, app, string(to), purpose))
}

func pendingByID(tx *sqlite.Tx, id int64) (verificationRow, bool, error) {
	return found(sqlite.Get(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification
		WHERE id = ? AND state = 'pending'`, id))
}

func latestVerification(tx *sqlite.Tx, app string, to MSISDN, purpose string) (verificationRow, bool, error) {
	return found(sqlite.Get(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification
		WHERE app = ? AND recipient = ? AND purpose = ? ORDER BY id DESC LIMIT 1`, app, string(to), purpose))
}

func selectVerification(tx *sqlite.Tx, uuid string) (Verification, error) {
	v, ok, err := found(sqlite.Get(tx, scanVerification,
		`SELECT `+verificationColumns+` FROM verification WHERE uuid = ?`, uuid))
	if err != nil {
		return Verification{}, err
	}
	if !ok {
		return Verification{}, notFound("there is no verification with this id")
	}
	v.Attempts, err = sqlite.All(tx, func(row sqlite.Scanner) (Attempt, error) {
		var a Attempt
		var at int64
		err := row.Scan(&a.N, &a.Channel, &a.Message, &a.State, &a.Reason, &a.Cause, &at)
		a.At = fromMillis(at)
		return a, err
	}, `SELECT a.n, a.channel, a.message_id, m.state, a.reason, m.cause, a.at
		FROM attempt a JOIN message m ON m.id = a.message_id WHERE a.verification_id = ? ORDER BY a.n`, v.id)
	return v.Verification, err
}

// spendTry takes one try from what is pending and alive, before anything is
// compared.
func spendTry(tx *sqlite.Tx, app string, to MSISDN, purpose string, now int64) (verificationRow, bool, error) {
	return found(sqlite.Get(tx, scanVerification, `UPDATE verification SET tries = tries + 1
		WHERE app = ? AND recipient = ? AND purpose = ? AND state = 'pending' AND tries < max_tries AND deadline > ?
		RETURNING `+verificationColumns, app, string(to), purpose, now))
}

func renewVerification(tx *sqlite.Tx, id, deadline, expires int64) error {
	_, err := tx.Exec(`UPDATE verification SET deadline = ?, expires_at = ? WHERE id = ?`, deadline, expires, id)
	return err
}

// endVerification ends it for good: what is secret is wiped, and what has not
// been sent will not be.
func endVerification(tx *sqlite.Tx, id int64, s VerificationState, now int64) error {
	_, err := tx.Exec(`UPDATE verification SET state = ?, mac = NULL, sealed = NULL, ended_at = ?
		WHERE id = ? AND state = 'pending'`, string(s), now, id)
	if err != nil {
		return err
	}
	return cancelQueued(tx, id, now, "the verification is "+string(s))
}

// expireVerifications ends those whose time is over.
func expireVerifications(tx *sqlite.Tx, up, wall int64) error {
	_, err := tx.Exec(`UPDATE verification SET state = 'expired', mac = NULL, sealed = NULL, ended_at = ?
		WHERE state = 'pending' AND deadline <= ?`, wall, up)
	return err
}

func insertAttempt(tx *sqlite.Tx, verification int64, a Attempt) error {
	if _, err := tx.Exec(`UPDATE verification SET sends = ? WHERE id = ?`, a.N, verification); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO attempt (verification_id, n, channel, message_id, reason, at) VALUES (?, ?, ?, ?, ?, ?)`,
		verification, a.N, a.Channel, a.Message, a.Reason, a.At.UnixMilli())
	return err
}

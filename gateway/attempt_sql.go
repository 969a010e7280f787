package gateway

import (
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// insertAttempt notes one more attempt; its number is given here.
func insertAttempt(tx *store.Tx, v *verificationRow, a Attempt, up clock.Uptime) error {
	_, err := tx.Exec(`UPDATE verification SET sends = ?, step = ? WHERE id = ?`, v.Sends, v.step, v.id)
	if err != nil {
		return err
	}
	var message, call any
	if a.Message != 0 {
		message = a.Message
	}
	if a.Call != 0 {
		call = a.Call
	}
	_, err = tx.Exec(`INSERT INTO attempt (verification_id, n, step, channel, message_id, call_id, state, reason, cause, at, up)
		SELECT ?, COALESCE(MAX(n), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM attempt WHERE verification_id = ?`,
		v.id, a.Step, string(a.Channel), message, call, string(a.State), a.Reason, a.Cause, a.At.UnixMilli(), up, v.id)
	return err
}

// attemptsOf returns the attempts of a verification, in order. For a workflow,
// their times are those since the boot, which do not jump, and that of a call is when it
// was dialled, if it was.
func attemptsOf(tx *store.Tx, verification int64, sinceBoot bool) ([]Attempt, error) {
	return store.All(tx, func(row store.Scanner) (Attempt, error) {
		var a Attempt
		var at, up, queued int64
		err := row.Scan(&a.N, &a.Step, &a.Channel, &a.Message, &a.Call, &a.State, &a.Reason, &a.Cause, &a.Passed, &at, &up, &queued)
		if sinceBoot {
			at = up + queued
		}
		a.At = clock.Wall(at).Time()
		return a, err
	}, `SELECT a.n, a.step, a.channel, COALESCE(a.message_id, 0), COALESCE(a.call_id, 0), COALESCE(m.state, c.state, a.state), a.reason,
			COALESCE(m.cause, c.cause, a.cause),
			COALESCE(c.passed, (SELECT p.passed FROM part p WHERE p.message_id = m.id AND p.seq = 1), ''), a.at, a.up,
			CASE WHEN c.dialled_at > c.accepted_at THEN c.dialled_at - c.accepted_at ELSE 0 END
		FROM attempt a LEFT JOIN message m ON m.id = a.message_id LEFT JOIN call c ON c.id = a.call_id WHERE a.verification_id = ? ORDER BY a.n`, verification)
}

// hasArrived reports whether a message with the code of a verification was delivered.
func hasArrived(tx *store.Tx, verification int64) (bool, error) {
	n, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM attempt a JOIN message m ON m.id = a.message_id
		WHERE a.verification_id = ? AND m.state = 'delivered'`, verification)
	return n > 0, err
}

// noteResend stores the resend count, and when the code may be asked for again.
func noteResend(tx *store.Tx, v *verificationRow) error {
	_, err := tx.Exec(`UPDATE verification SET ladder = ?, resend_due = ? WHERE id = ?`, v.resends, v.resendDue, v.id)
	return err
}

func setStepDue(tx *store.Tx, verification int64, due clock.Uptime) error {
	_, err := tx.Exec(`UPDATE verification SET step_due = ? WHERE id = ?`, due, verification)
	return err
}

// hastenStep makes the next step of a verification due, if it is pending and has one.
func hastenStep(tx *store.Tx, which store.Clause) error {
	res, err := tx.Exec(`UPDATE verification SET step_due = 1 WHERE state = 'pending' AND step_due > 0 AND `+which.SQL, which.Args...)
	if res.RowsAffected > 0 {
		tx.Ring(topicSteps)
	}
	return err
}

// withMessage selects the verification that a message carries the code of.
func withMessage(id int64) store.Clause {
	return store.Where(`id = (SELECT verification_id FROM attempt WHERE message_id = ?)`, id)
}

// stepsAtOnce bounds what one round takes on.
const stepsAtOnce = 100

func dueSteps(tx *store.Tx, up clock.Uptime) ([]verificationRow, error) {
	return store.All(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification
		WHERE state = 'pending' AND step_due > 0 AND step_due <= ? ORDER BY step_due LIMIT ?`, up, stepsAtOnce)
}

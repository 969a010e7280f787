package gateway

import (
	"errors"

	"simgate/gateway/store"
)

// endPart moves a part that was Sending to where its modem left it. It reports
// false where something else has moved it before.
func endPart(tx *store.Tx, message int64, seq int, s State, mr int, cause string, now int64) (bool, error) {
	res, err := tx.Exec(`UPDATE part SET state = ?, mr = ?, cause = ?, ended_at = ?
		WHERE message_id = ? AND seq = ? AND state = 'sending'`, string(s), mr, cause, now, message, seq)
	return res.RowsAffected > 0, err
}

// advance moves a message on after one of its parts has left: to its next part,
// or to where its parts together stand. A message whose verification has ended
// meanwhile goes no further.
func advance(tx *store.Tx, message int64, seq int, now int64) error {
	more, err := tx.Exec(`UPDATE message SET state = 'queued', next_part = ?, tries = 0, cause = ''
		WHERE id = ? AND state = 'sending' AND parts > ? AND (verification_id IS NULL OR EXISTS (
			SELECT 1 FROM verification v WHERE v.id = message.verification_id AND v.state = 'pending'))`,
		seq+1, message, seq)
	if err != nil || more.RowsAffected > 0 {
		return err
	}
	if _, err := tx.Exec(`UPDATE message SET state = 'sent' WHERE id = ? AND state = 'sending'`, message); err != nil {
		return err
	}
	return summarise(tx, message, now)
}

// summarise gives a message the state that follows from its parts, unless it
// has parts to send yet or was given up.
func summarise(tx *store.Tx, message, now int64) error {
	parts, err := partStates(tx, message)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE message SET state = ?, ended_at = ?,
			cause = COALESCE((SELECT p.cause FROM part p WHERE p.message_id = message.id AND p.cause <> '' ORDER BY p.seq LIMIT 1), '')
		WHERE id = ? AND state NOT IN ('queued', 'sending', 'expired', 'cancelled')`, string(summary(parts)), now, message)
	return err
}

// failMessage ends a message: one part of it was refused for good, so the rest
// would arrive as a torso.
func failMessage(tx *store.Tx, message int64, seq int, line int64, modemName, cause string, now int64) error {
	_, err := tx.Exec(`
		INSERT INTO part (message_id, seq, state, line, modem, cause, submitted_at, ended_at) VALUES (?, ?, 'failed', ?, ?, ?, ?, ?)
		ON CONFLICT (message_id, seq) DO UPDATE SET state = 'failed', cause = excluded.cause, ended_at = excluded.ended_at`,
		message, seq, line, modemName, cause, now, now)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE message SET state = 'failed', cause = ?, ended_at = ? WHERE id = ?`, cause, now, message)
	return err
}

// countTry returns how often the next part of a message has been refused.
func countTry(tx *store.Tx, message int64, counts bool) (int, error) {
	step := 0
	if counts {
		step = 1
	}
	n, err := store.Get(tx, store.Int, `UPDATE message SET tries = tries + ? WHERE id = ? RETURNING tries`, step, message)
	return int(n), err
}

// requeue makes a message due again. Its first part may take another line; the
// others must follow the first, or they will not be put together again. One
// whose verification has ended meanwhile is not sent at all.
func requeue(tx *store.Tx, message int64, seq int, avoid, due int64, cause string, now int64) error {
	_, err := tx.Exec(`UPDATE message SET state = 'queued', cause = ?, due = ?, avoid = ?,
			line = CASE WHEN ? = 1 THEN pinned ELSE line END
		WHERE id = ? AND state = 'sending'`, cause, due, avoid, seq, message)
	if err != nil {
		return err
	}
	over, err := store.All(tx, store.Int, `SELECT m.verification_id FROM message m JOIN verification v ON v.id = m.verification_id
		WHERE m.id = ? AND v.state <> 'pending'`, message)
	if err != nil || len(over) == 0 {
		return err
	}
	return cancelQueued(tx, over[0], now, "the verification is over")
}

// unknownMessage is a message with a code whose fate is unknown.
type unknownMessage struct {
	verification, pinned int64
	body, customID       string
	parts                int
}

// unknownCode returns the message if it carries a code and was not itself sent
// because the one before was unknown.
func unknownCode(tx *store.Tx, message int64) (unknownMessage, bool, error) {
	m, err := store.Get(tx, func(row store.Scanner) (m unknownMessage, err error) {
		return m, row.Scan(&m.verification, &m.pinned, &m.body, &m.customID, &m.parts)
	}, `SELECT m.verification_id, m.pinned, m.body, m.custom_id, m.parts
		FROM message m JOIN attempt a ON a.message_id = m.id WHERE m.id = ? AND a.reason <> ?`, message, reasonUnknown)
	if errors.Is(err, store.ErrNoRows) {
		return m, false, nil
	}
	return m, err == nil, err
}

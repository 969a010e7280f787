package gateway

import (
	"strings"

	"simgate/gateway/call"
	"simgate/gateway/clock"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// sameBoot reports whether the deadlines in the database count from this boot,
// and whether its codes are sealed with this key.
func sameBoot(tx *store.Tx, boot, codeKey string) (bool, error) {
	n, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM boot WHERE id = ? AND code_key = ?`, boot, codeKey)
	return n == 1, err
}

// newBoot makes the database one of this boot.
func newBoot(tx *store.Tx, boot, codeKey string, now clock.Moment) error {
	if _, err := verifications.Move(tx, VerificationExpired, wiped(now.Wall), store.Where(`0 = 0`)); err != nil {
		return err
	}
	if err := expireMessages(tx, store.Where(`verification_id IS NOT NULL`), "the machine was restarted", now.Wall); err != nil {
		return err
	}
	statements := []struct {
		query string
		args  []any
	}{
		// A clock that has gone back, or leapt, must neither give a message more
		// life than it was accepted with nor a due time that never comes.
		{`UPDATE message SET due = CASE WHEN due >= ? THEN due ELSE ? END, deadline = ? + CASE
				WHEN expires_at < ? THEN 0
				WHEN expires_at - ? > expires_at - accepted_at THEN expires_at - accepted_at
				ELSE expires_at - ? END
			WHERE id IN (SELECT id FROM message WHERE state = 'queued'
				UNION ALL SELECT message_id FROM part WHERE state = 'sending')`, []any{store.Held, now.Up, now.Up, now.Wall, now.Wall, now.Wall}},
		{`DELETE FROM boot`, nil},
		{`INSERT INTO boot (one, id, code_key) VALUES (1, ?, ?)`, []any{boot, codeKey}},
	}
	for _, s := range statements {
		if _, err := tx.Exec(s.query, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// heldPart is a part that a modem of a line had been given.
type heldPart struct {
	line.Token
	line int64
	to   msisdn.Number
}

// sendingParts returns the parts that a modem had been given.
func sendingParts(tx *store.Tx) ([]heldPart, error) {
	return store.All(tx, func(row store.Scanner) (p heldPart, err error) {
		return p, row.Scan(&p.Message, &p.Seq, &p.line, &p.to)
	}, `SELECT p.message_id, p.seq, p.line, m.recipient FROM part p JOIN message m ON m.id = p.message_id
		WHERE p.state = 'sending' ORDER BY p.message_id, p.seq`)
}

// deleteMessages removes messages, with codes or without, of that age.
func deleteMessages(tx *store.Tx, withCodes bool, old clock.Past, limit int) (int64, error) {
	which := `SELECT id FROM message WHERE ended_at > 0 AND ended_at < ? AND tick < ? AND state <> 'queued' AND verification_id IS NULL
		ORDER BY ended_at, id LIMIT ?`
	if withCodes {
		which = strings.Replace(which, "IS NULL", "IS NOT NULL", 1)
	}
	gone, err := store.All(tx, store.Int, which, old.Wall, old.Tick, limit)
	if err != nil {
		return 0, err
	}
	for _, id := range gone {
		if err := line.DeleteOutcomes(tx, id); err != nil {
			return 0, err
		}
	}
	for _, table := range []string{"attempt", "part"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE message_id IN (`+which+`)`, old.Wall, old.Tick, limit); err != nil {
			return 0, err
		}
	}
	res, err := tx.Exec(`DELETE FROM message WHERE id IN (`+which+`)`, old.Wall, old.Tick, limit)
	return res.RowsAffected, err
}

// deleteVerifications removes those of that age whose messages are gone.
func deleteVerifications(tx *store.Tx, old clock.Past, limit int) (int64, error) {
	type gone struct {
		id   int64
		uuid string
	}
	all, err := store.All(tx, func(row store.Scanner) (v gone, err error) { return v, row.Scan(&v.id, &v.uuid) },
		`SELECT v.id, v.uuid FROM verification v WHERE v.ended_at > 0 AND v.ended_at < ? AND v.tick < ?
			AND NOT EXISTS (SELECT 1 FROM message m WHERE m.verification_id = v.id)
		ORDER BY v.ended_at, v.id LIMIT ?`, old.Wall, old.Tick, limit)
	if err != nil {
		return 0, err
	}
	for _, v := range all {
		if _, err := tx.Exec(`DELETE FROM attempt WHERE verification_id = ?`, v.id); err != nil {
			return 0, err
		}
		if err := call.DeleteRef(tx, v.uuid); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(`DELETE FROM verification WHERE id = ?`, v.id); err != nil {
			return 0, err
		}
	}
	return int64(len(all)), nil
}

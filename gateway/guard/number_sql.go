package guard

import (
	"fmt"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// upsertNumber notes that an app has sent a code to a number.
func upsertNumber(tx *store.Tx, app string, to msisdn.Number, now clock.Tick) error {
	_, err := tx.Exec(`INSERT INTO guard_number (app, recipient, sent, answered, unanswered) VALUES (?, ?, ?, 0, 1)
		ON CONFLICT (app, recipient) DO UPDATE SET sent = excluded.sent, unanswered = unanswered + 1`, app, string(to), now)
	return err
}

// answerNumber notes that a number has answered a code of an app.
func answerNumber(tx *store.Tx, app string, to msisdn.Number, now clock.Tick) error {
	_, err := tx.Exec(`UPDATE guard_number SET answered = ?, unanswered = 0 WHERE app = ? AND recipient = ?`, now, app, string(to))
	return err
}

// countUnanswered counts the numbers of the same length between two, but for to, that
// an app has sent codes to since, and that have not answered.
func countUnanswered(tx *store.Tx, app string, to msisdn.Number, first, last int64, since clock.Tick) (int, error) {
	n, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM guard_number
		WHERE app = ? AND recipient BETWEEN ? AND ? AND length(recipient) = ? AND recipient <> ? AND sent > ? AND unanswered > 0`,
		app, fmt.Sprintf("+%d", first), fmt.Sprintf("+%d", last), len(to), string(to), since)
	return int(n), err
}

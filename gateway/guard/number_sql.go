package guard

import (
	"errors"
	"fmt"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// upsertNumber notes that an app has sent a code to a number, another or the same again,
// and which have not come back.
func upsertNumber(tx *store.Tx, app string, to msisdn.Number, another bool, open openSends, now clock.Tick) error {
	n := 0
	if another {
		n = 1
	}
	_, err := tx.Exec(`INSERT INTO guard_number (app, recipient, sent, answered, unanswered, open) VALUES (?, ?, ?, 0, 1, ?)
		ON CONFLICT (app, recipient) DO UPDATE SET sent = excluded.sent, open = excluded.open, unanswered = unanswered + ?`,
		app, string(to), now, open.column(), n)
	return err
}

// answerNumber notes that a number has answered a code of an app.
func answerNumber(tx *store.Tx, app string, to msisdn.Number, now clock.Tick) error {
	_, err := tx.Exec(`UPDATE guard_number SET answered = ?, unanswered = 0, open = '[]' WHERE app = ? AND recipient = ?`, max(now, 1), app, string(to))
	return err
}

// forgiveNumber notes that a number had one code less to answer.
func forgiveNumber(tx *store.Tx, app string, to msisdn.Number) error {
	_, err := tx.Exec(`UPDATE guard_number SET unanswered = unanswered - 1 WHERE app = ? AND recipient = ? AND unanswered > 0`, app, string(to))
	return err
}

// selectNumber returns what is stored of a number for an app, nothing where there is no
// row.
func selectNumber(tx *store.Tx, app string, to msisdn.Number) (numberRow, error) {
	n, err := store.Get(tx, func(row store.Scanner) (n numberRow, err error) {
		var open string
		if err := row.Scan(&n.answered, &n.unanswered, &open); err != nil {
			return n, err
		}
		n.open, err = openSendsOf(open)
		return n, err
	}, `SELECT answered, unanswered, open FROM guard_number WHERE app = ? AND recipient = ?`, app, string(to))
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	return n, err
}

// upsertClient notes that a code to a number came back from a client address.
func upsertClient(tx *store.Tx, s Subject, client string, now clock.Tick) error {
	_, err := tx.Exec(`INSERT INTO guard_client (app, recipient, client, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (app, recipient, client) DO UPDATE SET at = excluded.at`, s.App, string(s.To), client, now)
	return err
}

// hasClient reports whether a code to the number of a request came back from its client
// address since a tick.
func hasClient(tx *store.Tx, r Request, since clock.Tick) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM guard_client WHERE app = ? AND recipient = ? AND client = ? AND at >= ?`,
		r.App, string(r.To), r.Client, since)
}

// countUnanswered counts the numbers of the same length between two, but for to, that
// an app has sent codes to since, and that have not answered.
func countUnanswered(tx *store.Tx, app string, to msisdn.Number, first, last int64, since clock.Tick) (int, error) {
	n, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM guard_number
		WHERE app = ? AND recipient BETWEEN ? AND ? AND length(recipient) = ? AND recipient <> ? AND sent > ? AND unanswered > 0`,
		app, fmt.Sprintf("+%d", first), fmt.Sprintf("+%d", last), len(to), string(to), since)
	return int(n), err
}

// Personal is where numbers of people stand.
var Personal = []store.Personal{
	{Name: "guard_numbers", Table: "guard_number", Which: `recipient = ?`, Numbers: "recipient", Columns: "app, unanswered"},
	{Name: "guard_clients", Table: "guard_client", Which: `recipient = ?`, Numbers: "recipient", Columns: "app, client"},
	{Name: "guard_counts", Table: "guard_count", Which: `key = ?`, Numbers: "key", Columns: "app, scope, sends, answered, failed"},
	{Name: "guard_turns", Table: "guard_turn", Which: `key = ?`, Numbers: "key", Columns: "app, scope"},
	{Name: "guard_rules", Table: "guard_rule", Which: `key = ?`, Numbers: "key",
		Columns: "id, app, kind, scope, reason, origin, made_at", Times: []string{"made_at"}},
	{Name: "guard_refusals", Table: "refused", Which: `recipient = ?`, Numbers: "recipient",
		Columns: "app, reason, text, shadow, at", Times: []string{"at"}},
}

package line

import (
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// The states of an outcome.
const (
	outcomeSent     = "sent"
	outcomeUnknown  = "unknown"
	outcomeReported = "reported"
)

func upsertOutcome(tx *store.Tx, o Outcome, class Class, now clock.Tick) error {
	state := outcomeSent
	if class == Unknown {
		state = outcomeUnknown
	}
	_, err := tx.Exec(`INSERT INTO line_outcome (message, seq, line, recipient, outcome, tick) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (message, seq) DO UPDATE SET line = excluded.line, outcome = excluded.outcome, tick = excluded.tick`,
		o.Of.Message, o.Of.Seq, o.Line, string(o.To), state, now)
	return err
}

// updateOutcome changes the state of an outcome, if there is one that has not been
// reported on.
func updateOutcome(tx *store.Tx, of Token, state string) error {
	_, err := tx.Exec(`UPDATE line_outcome SET outcome = ? WHERE message = ? AND seq = ? AND outcome <> 'reported'`, state, of.Message, of.Seq)
	return err
}

// DeleteOutcomes deletes what is known of the units of a message.
func DeleteOutcomes(tx *store.Tx, message int64) error {
	_, err := tx.Exec(`DELETE FROM line_outcome WHERE message = ?`, message)
	return err
}

// silenceDepth is how many messages back reports are looked for.
const silenceDepth = 2000

// recentParts returns the parts that were sent of the last messages, the newest
// first, and deletes what is older.
func recentParts(tx *store.Tx) ([]sentPart, error) {
	_, err := tx.Exec(`DELETE FROM line_outcome WHERE message <= (SELECT COALESCE(MAX(message), 0) FROM line_outcome) - ?`, silenceDepth)
	if err != nil {
		return nil, err
	}
	return store.All(tx, func(row store.Scanner) (p sentPart, err error) {
		return p, row.Scan(&p.line, &p.to, &p.at, &p.reported, &p.forgiven)
	}, `SELECT o.line, o.recipient, o.tick, o.outcome = 'reported', o.message <= COALESCE(l.forgiven, 0)
		FROM line_outcome o LEFT JOIN line l ON l.id = o.line
		WHERE o.message > 0 AND o.outcome <> 'unknown' ORDER BY o.message DESC, o.seq DESC`)
}

// Personal is where numbers of people stand.
var Personal = []store.Personal{
	{Name: "sim_outcomes", Table: "line_outcome", Which: `recipient = ?`, Numbers: "recipient", Columns: "message, seq, line, outcome"},
	{Name: "sim_recipients", Table: "pace_recipient", Which: `recipient = ?`, Numbers: "recipient", Columns: "line, period"},
	{Name: "sim_refusals", Table: "refusal", Which: `recipient = ?`, Numbers: "recipient", Columns: "line, recipient to"},
}

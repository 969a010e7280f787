package inbox

import (
	"errors"
	"slices"
	"strings"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

func selectAll(tx *store.Tx, f Filter) ([]Message, error) {
	// That change is above 0 is said in so many words: the index needs it.
	where, args := []string{"change > 0 AND change > ?"}, []any{max(f.After, 0)}
	add := func(condition string, arg any) {
		where, args = append(where, condition), append(args, arg)
	}
	if f.App != "" {
		add("app = ?", f.App)
	}
	if f.Line != 0 {
		add("line = ?", f.Line)
	}
	if f.Sender != "" {
		add("sender = ?", f.Sender)
	}
	if !f.Since.IsZero() {
		add("received_at >= ?", f.Since.UnixMilli())
	}
	if f.Before != 0 {
		add("id < ?", f.Before)
	}
	order := "id DESC"
	if f.After != 0 {
		order = "change ASC"
	}
	rows, err := store.All(tx, scan, `SELECT `+columns+` FROM incoming
		WHERE `+strings.Join(where, " AND ")+` ORDER BY `+order+` LIMIT ?`, append(args, f.Limit)...)
	list := make([]Message, len(rows))
	for i, row := range rows {
		if err == nil {
			list[i], err = row.withMissing(tx)
		}
	}
	return list, err
}

// Select returns one message that came in.
func Select(tx *store.Tx, id int64) (Message, error) {
	row, err := store.Get(tx, scan, `SELECT `+columns+` FROM incoming WHERE id = ? AND change > 0`, id)
	if errors.Is(err, store.ErrNoRows) {
		return Message{}, fault.NewNotFound("there is no incoming message with this id")
	}
	if err != nil {
		return Message{}, err
	}
	return row.withMissing(tx)
}

// withMissing tells which parts have not come.
func (m row) withMissing(tx *store.Tx) (Message, error) {
	if m.have == m.Total {
		return m.Message, nil
	}
	stored, err := selectPieces(tx, m.ID)
	for seq := 1; seq <= m.Total; seq++ {
		if !slices.ContainsFunc(stored, func(p storedPiece) bool { return p.seq == seq }) {
			m.Missing = append(m.Missing, seq)
		}
	}
	return m.Message, err
}

// Deletions removes messages that were received before both times, but for those
// that nobody could have seen yet, and forgets PDUs that are too old to come again.
func Deletions(now clock.Wall, old clock.Past) []store.Deletion {
	const which = `SELECT id FROM incoming WHERE received_at < ? AND tick < ? AND change > 0 ORDER BY received_at, id LIMIT ?`
	return []store.Deletion{
		func(tx *store.Tx, limit int) (int64, error) {
			if _, err := tx.Exec(`DELETE FROM incoming_part WHERE incoming_id IN (`+which+`)`, old.Wall, old.Tick, limit); err != nil {
				return 0, err
			}
			res, err := tx.Exec(`DELETE FROM incoming WHERE id IN (`+which+`)`, old.Wall, old.Tick, limit)
			return res.RowsAffected, err
		},
		store.DeleteWhere(`incoming_seen`, `hash`, `at < ? ORDER BY at`, now.Add(-seenFor)),
	}
}

// Personal is where numbers of people stand.
var Personal = []store.Personal{
	{Name: "inbox_parts", Table: "incoming_part", Which: `incoming_id IN (SELECT id FROM incoming WHERE sender = ?)`,
		Columns: "incoming_id message, seq, kind, body, pdu"},
	{Name: "inbox", Table: "incoming", Which: `sender = ?`, Told: true, Numbers: "sender",
		Columns: "id, app, line, sender, kind, body text, parts, have, pdu, sent_at, received_at",
		Times:   []string{"sent_at", "received_at"}},
}

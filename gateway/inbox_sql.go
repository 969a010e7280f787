package gateway

import (
	"errors"
	"strings"

	"simgate/gateway/fault"
	"simgate/gateway/store"
)

func selectInbox(tx *store.Tx, f InboxFilter) ([]Incoming, error) {
	// That change is above 0 is said in so many words: the index needs it.
	where, args := []string{"change > 0 AND change > ?"}, []any{max(f.After, 0)}
	add := func(condition string, arg any) {
		where, args = append(where, condition), append(args, arg)
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
		order = "change"
	}
	rows, err := store.All(tx, scanIncoming, `SELECT `+incomingColumns+` FROM incoming
		WHERE `+strings.Join(where, " AND ")+` ORDER BY `+order+` LIMIT ?`, append(args, f.Limit)...)
	list := make([]Incoming, len(rows))
	for i, row := range rows {
		if err == nil {
			list[i], err = row.withMissing(tx)
		}
	}
	return list, err
}

func selectIncoming(tx *store.Tx, id int64) (Incoming, error) {
	row, err := store.Get(tx, scanIncoming, `SELECT `+incomingColumns+` FROM incoming WHERE id = ? AND change > 0`, id)
	if errors.Is(err, store.ErrNoRows) {
		return Incoming{}, fault.NewNotFound("there is no incoming message with this id")
	}
	if err != nil {
		return Incoming{}, err
	}
	return row.withMissing(tx)
}

// withMissing tells which parts have not come.
func (m incomingRow) withMissing(tx *store.Tx) (Incoming, error) {
	if m.have == m.Total {
		return m.Incoming, nil
	}
	parts, err := incomingParts(tx, m.ID)
	for seq := 1; seq <= m.Total; seq++ {
		if _, ok := parts[seq]; !ok {
			m.Missing = append(m.Missing, seq)
		}
	}
	return m.Incoming, err
}

// deleteIncoming removes what came in before the given time, but for what nobody
// could have seen yet.
func deleteIncoming(tx *store.Tx, before int64, limit int) (int64, error) {
	const old = `SELECT id FROM incoming WHERE received_at < ? AND change > 0 ORDER BY received_at, id LIMIT ?`
	if _, err := tx.Exec(`DELETE FROM incoming_part WHERE incoming_id IN (`+old+`)`, before, limit); err != nil {
		return 0, err
	}
	res, err := tx.Exec(`DELETE FROM incoming WHERE id IN (`+old+`)`, before, limit)
	return res.RowsAffected, err
}

func deleteSeen(tx *store.Tx, before int64, limit int) (int64, error) {
	return store.DeleteWhere(`incoming_seen`, `hash`, `at < ? ORDER BY at`, before)(tx, limit)
}

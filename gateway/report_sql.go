package gateway

import (
	"errors"

	"simgate/gateway/clock"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

// reportedPart finds the part that a report speaks of: the newest with its
// reference; else the newest whose fate is unknown, and with it the reference,
// unless a part to this recipient is under way, whose report it may be.
func reportedPart(tx *store.Tx, of int64, r line.Report, since clock.Wall) (line.Token, bool, error) {
	id, err := store.Get(tx, func(row store.Scanner) (id line.Token, err error) {
		return id, row.Scan(&id.Message, &id.Seq)
	}, `SELECT p.message_id, p.seq FROM part p JOIN message m ON m.id = p.message_id
		WHERE p.line = ? AND p.state IN ('sending', 'sent', 'unknown')
			AND p.mr IN (?, -1) AND m.recipient LIKE '%' || ? AND p.submitted_at >= ?
		ORDER BY p.mr DESC, CASE p.state WHEN 'sending' THEN 0 ELSE 1 END, p.submitted_at DESC, p.message_id DESC LIMIT 1`,
		of, r.Ref, r.Recipient, since)
	if errors.Is(err, store.ErrNoRows) {
		return id, false, nil
	}
	if err != nil {
		return id, false, err
	}
	underWay, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM part
		WHERE message_id = ? AND seq = ? AND state = 'sending'`, id.Message, id.Seq)
	return id, underWay == 0, err
}

// reportPart gives a part, and so its message, the state of a status report.
func reportPart(tx *store.Tx, id line.Token, s State, cause string, now clock.Wall) error {
	err := parts.MoveOne(tx, s, store.Set(`cause = ?, ended_at = ?`, cause, now), store.Where(`message_id = ? AND seq = ?`, id.Message, id.Seq))
	if err != nil {
		return err
	}
	return summarise(tx, id.Message, now, Sent, Unknown)
}

func insertEarlyReport(tx *store.Tx, line int64, r line.Report, now clock.Wall) error {
	_, err := tx.Exec(`INSERT INTO early_report (line, mr, recipient, delivered, text, at) VALUES (?, ?, ?, ?, ?, ?)`,
		line, r.Ref, r.Recipient, r.Delivered, r.Text, now)
	return err
}

// takeEarlyReport removes and returns the report that waited for this part.
func takeEarlyReport(tx *store.Tx, id line.Token, since clock.Wall) (r line.Report, ok bool, err error) {
	r, err = store.Get(tx, func(row store.Scanner) (r line.Report, err error) { return r, row.Scan(&r.Delivered, &r.Text) }, `DELETE FROM early_report WHERE id = (
			SELECT r.id FROM part p JOIN message m ON m.id = p.message_id
				JOIN early_report r ON r.line = p.line AND (r.mr = p.mr OR p.mr = -1)
			WHERE p.message_id = ? AND p.seq = ? AND r.at >= ? AND r.at >= p.submitted_at
				AND m.recipient LIKE '%' || r.recipient
			ORDER BY r.id DESC LIMIT 1)
		RETURNING delivered, text`, id.Message, id.Seq, since)
	if errors.Is(err, store.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, err
}

package gateway

import "simgate/gateway/store"

func selectQuarantines(tx *store.Tx) (map[int64]quarantine, error) {
	all, err := store.All(tx, func(row store.Scanner) (q quarantine, err error) {
		return q, row.Scan(&q.line, &q.kind, &q.text, &q.since, &q.probes, &q.probeDue)
	}, `SELECT line, kind, text, since_at, probes, probe_due FROM quarantine`)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	byLine := make(map[int64]quarantine, len(all))
	for _, q := range all {
		byLine[q.line] = q
	}
	return byLine, nil
}

// suspected reports whether anything is held against any line. Where nothing is,
// as nearly always, nothing need be looked up for each message.
func suspected(tx *store.Tx) (bool, error) {
	n, err := store.Get(tx, store.Int, `SELECT EXISTS (SELECT 1 FROM refusal) OR EXISTS (SELECT 1 FROM quarantine)`)
	return n > 0, err
}

func insertQuarantine(tx *store.Tx, q quarantine, boot string) (bool, error) {
	res, err := tx.Exec(`INSERT INTO quarantine (line, kind, text, since_at, boot, probe_due) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, q.line, q.kind, q.text, q.since, boot, q.probeDue)
	return res.RowsAffected > 0, err
}

func deleteQuarantine(tx *store.Tx, line int64, kind string) (bool, error) {
	res, err := tx.Exec(`DELETE FROM quarantine WHERE line = ? AND kind = ?`, line, kind)
	return res.RowsAffected > 0, err
}

func updateProbe(tx *store.Tx, line, message int64, probes int, boot string, due int64) error {
	_, err := tx.Exec(`UPDATE quarantine SET probe_message = ?, probes = ?, boot = ?, probe_due = ? WHERE line = ?`,
		message, probes, boot, due, line)
	return err
}

// probedWith reports whether a line in quarantine was tried with this message.
func probedWith(tx *store.Tx, line, message int64) (bool, error) {
	n, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM quarantine WHERE line = ? AND probe_message = ?`, line, message)
	return n > 0, err
}

// noteRefusal returns to how many recipients in a row a line could not send.
func noteRefusal(tx *store.Tx, line, message int64) (int, error) {
	_, err := tx.Exec(`INSERT INTO refusal (line, recipient) SELECT ?, recipient FROM message WHERE id = ?
		ON CONFLICT DO NOTHING`, line, message)
	if err != nil {
		return 0, err
	}
	n, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM refusal WHERE line = ?`, line)
	return int(n), err
}

func forgetRefusals(tx *store.Tx, line int64) error {
	_, err := tx.Exec(`DELETE FROM refusal WHERE line = ?`, line)
	return err
}

// forgive holds nothing against a line that has happened up to now.
func forgive(tx *store.Tx, line int64) error {
	if err := forgetRefusals(tx, line); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE line SET forgiven = (SELECT COALESCE(MAX(id), 0) FROM message) WHERE id = ?`, line)
	return err
}

// silenceDepth is how many messages back reports are looked for.
const silenceDepth = 2000

// recentParts returns the parts that were sent of the last messages, the newest
// first.
func recentParts(tx *store.Tx) ([]sentPart, error) {
	return store.All(tx, func(row store.Scanner) (p sentPart, err error) {
		return p, row.Scan(&p.message, &p.line, &p.to, &p.at, &p.reported, &p.forgiven)
	}, `SELECT p.message_id, p.line, m.recipient, p.submitted_at, p.state <> 'sent', p.message_id <= COALESCE(l.forgiven, 0)
		FROM part p JOIN message m ON m.id = p.message_id LEFT JOIN line l ON l.id = p.line
		WHERE p.message_id > (SELECT COALESCE(MAX(id), 0) FROM message) - ? AND p.state IN ('sent', 'delivered', 'undelivered')
		ORDER BY p.message_id DESC, p.seq DESC`, silenceDepth)
}

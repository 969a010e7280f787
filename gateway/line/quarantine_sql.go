package line

import (
	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

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

func deleteQuarantine(tx *store.Tx, id int64, kind string) (bool, error) {
	res, err := tx.Exec(`DELETE FROM quarantine WHERE line = ? AND kind = ?`, id, kind)
	return res.RowsAffected > 0, err
}

func updateProbe(tx *store.Tx, id, message int64, probes int, boot string, due clock.Uptime) error {
	_, err := tx.Exec(`UPDATE quarantine SET probe_message = ?, probes = ?, boot = ?, probe_due = ? WHERE line = ?`,
		message, probes, boot, due, id)
	return err
}

// probedWith reports whether a line in quarantine was tried with this message.
func probedWith(tx *store.Tx, id, message int64) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM quarantine WHERE line = ? AND probe_message = ?`, id, message)
}

// insertRefusal returns to how many recipients in a row a line could not send.
func insertRefusal(tx *store.Tx, id int64, to msisdn.Number) (int, error) {
	_, err := tx.Exec(`INSERT INTO refusal (line, recipient) VALUES (?, ?) ON CONFLICT DO NOTHING`, id, string(to))
	if err != nil {
		return 0, err
	}
	n, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM refusal WHERE line = ?`, id)
	return int(n), err
}

func deleteRefusals(tx *store.Tx, id int64) error {
	_, err := tx.Exec(`DELETE FROM refusal WHERE line = ?`, id)
	return err
}

// forgive holds nothing against a line that has happened up to now.
func forgive(tx *store.Tx, id int64) error {
	if err := deleteRefusals(tx, id); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE line SET forgiven = (SELECT COALESCE(MAX(message), 0) FROM line_outcome) WHERE id = ?`, id)
	return err
}

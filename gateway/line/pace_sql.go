package line

import (
	"errors"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

func selectPeriod(tx *store.Tx, id int64, kind periodKind) (period, error) {
	p, err := store.Get(tx, func(row store.Scanner) (p period, err error) {
		return p, row.Scan(&p.label, &p.boot, &p.begun, &p.used.parts, &p.used.recipients, &p.used.micros)
	}, `SELECT label, boot, begun, parts, recipients, micros FROM pace WHERE line = ? AND period = ?`, id, string(kind))
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	p.kind = kind
	return p, err
}

func replacePeriod(tx *store.Tx, id int64, p period, fresh bool) error {
	_, err := tx.Exec(`INSERT INTO pace (line, period, label, boot, begun, parts, recipients, micros) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (line, period) DO UPDATE SET label = excluded.label, boot = excluded.boot, begun = excluded.begun,
			parts = excluded.parts, recipients = excluded.recipients, micros = excluded.micros`,
		id, string(p.kind), p.label, p.boot, p.begun, p.used.parts, p.used.recipients, p.used.micros)
	if err != nil || !fresh {
		return err
	}
	if _, err = tx.Exec(`DELETE FROM pace_recipient WHERE line = ? AND period = ?`, id, string(p.kind)); err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM pace_app WHERE line = ? AND period = ?`, id, string(p.kind))
	return err
}

// addToPeriod counts what an app sends in a period.
func addToPeriod(tx *store.Tx, app string, m meeting, add usage) error {
	_, err := tx.Exec(`UPDATE pace SET parts = parts + ?, recipients = recipients + ?, micros = micros + ? WHERE line = ? AND period = ?`,
		add.parts, add.recipients, add.micros, m.line, string(m.kind))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO pace_app (app, line, period, parts, recipients, micros) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (app, line, period) DO UPDATE SET parts = parts + excluded.parts, recipients = recipients + excluded.recipients,
			micros = micros + excluded.micros`,
		app, m.line, string(m.kind), add.parts, add.recipients, add.micros)
	return err
}

// selectUsages returns what an app has taken of the periods of all lines.
func selectUsages(tx *store.Tx, app string) (map[meeting]usage, error) {
	type row struct {
		meeting
		usage
	}
	all, err := store.All(tx, func(s store.Scanner) (r row, err error) {
		return r, s.Scan(&r.line, &r.kind, &r.parts, &r.recipients, &r.micros)
	}, `SELECT line, period, parts, recipients, micros FROM pace_app WHERE app = ?`, app)
	taken := make(map[meeting]usage, len(all))
	for _, r := range all {
		taken[r.meeting] = r.usage
	}
	return taken, err
}

func selectSenders(tx *store.Tx, since clock.Tick) (map[sender]clock.Tick, error) {
	type row struct {
		sender
		last clock.Tick
	}
	rows, err := store.All(tx, func(s store.Scanner) (r row, err error) { return r, s.Scan(&r.app, &r.line, &r.last) },
		`SELECT app, line, last FROM pace_sender WHERE last > ?`, since)
	all := make(map[sender]clock.Tick, len(rows))
	for _, r := range rows {
		all[r.sender] = r.last
	}
	return all, err
}

func upsertSender(tx *store.Tx, who sender, last clock.Tick) error {
	_, err := tx.Exec(`INSERT INTO pace_sender (app, line, last) VALUES (?, ?, ?)
		ON CONFLICT (app, line) DO UPDATE SET last = excluded.last`, who.app, who.line, last)
	return err
}

func deleteSenders(tx *store.Tx, until clock.Tick) error {
	_, err := tx.Exec(`DELETE FROM pace_sender WHERE last <= ?`, until)
	return err
}

// meet notes that a line writes to a recipient, and reports whether it is for
// the first time in this period.
func meet(tx *store.Tx, to msisdn.Number, id int64, kind periodKind) (bool, error) {
	res, err := tx.Exec(`INSERT INTO pace_recipient (recipient, line, period) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		string(to), id, string(kind))
	return res.RowsAffected > 0, err
}

// meetings returns which lines have written to a recipient.
func meetings(tx *store.Tx, to msisdn.Number) (map[meeting]bool, error) {
	all, err := store.All(tx, func(row store.Scanner) (m meeting, err error) { return m, row.Scan(&m.line, &m.kind) },
		`SELECT line, period FROM pace_recipient WHERE recipient = ?`, string(to))
	met := make(map[meeting]bool, len(all))
	for _, m := range all {
		met[m] = true
	}
	return met, err
}

func selectRest(tx *store.Tx, id int64, boot string) (clock.Uptime, error) {
	next, err := store.Get(tx, store.Int, `SELECT next FROM pace_rest WHERE line = ? AND boot = ?`, id, boot)
	if errors.Is(err, store.ErrNoRows) {
		return 0, nil
	}
	return clock.Uptime(next), err
}

func upsertRest(tx *store.Tx, id int64, boot string, next clock.Uptime) error {
	_, err := tx.Exec(`INSERT INTO pace_rest (line, boot, next) VALUES (?, ?, ?)
		ON CONFLICT (line) DO UPDATE SET boot = excluded.boot, next = excluded.next`, id, boot, next)
	return err
}

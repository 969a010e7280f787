package gateway

import (
	"errors"

	"simgate/gateway/clock"
	"simgate/gateway/store"
	"simgate/modem"
)

func upsertLine(tx *store.Tx, sim modem.SIM, now int64) (int64, error) {
	return store.Get(tx, store.Int, `
		INSERT INTO line (iccid, imsi, msisdn, seen_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (iccid) DO UPDATE SET imsi = excluded.imsi, msisdn = excluded.msisdn, seen_at = excluded.seen_at
		RETURNING id`, sim.ICCID, sim.IMSI, sim.MSISDN, now)
}

func lineExists(tx *store.Tx, id int64) (bool, error) {
	n, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM line WHERE id = ?`, id)
	return n > 0, err
}

func selectPINTry(tx *store.Tx, iccid, digest string) (int, bool, error) {
	n, err := store.Get(tx, store.Int, `SELECT tries FROM pin_try WHERE sim = ? AND digest = ?`, iccid, digest)
	if errors.Is(err, store.ErrNoRows) {
		return 0, false, nil
	}
	return int(n), err == nil, err
}

func insertPINTry(tx *store.Tx, iccid, digest string, tries int) error {
	_, err := tx.Exec(`INSERT INTO pin_try (sim, digest, tries) VALUES (?, ?, ?)
		ON CONFLICT (sim, digest) DO UPDATE SET tries = excluded.tries`, iccid, digest, tries)
	return err
}

func deletePINTries(tx *store.Tx, iccid string) error {
	_, err := tx.Exec(`DELETE FROM pin_try WHERE sim = ?`, iccid)
	return err
}

// reportedPart finds the part that a report speaks of: the newest with its
// reference; else the newest whose fate is unknown, and with it the reference,
// unless a part to this recipient is under way, whose report it may be.
func reportedPart(tx *store.Tx, line int64, mr int, recipient string, since clock.Wall) (partID, bool, error) {
	id, err := store.Get(tx, func(row store.Scanner) (id partID, err error) {
		return id, row.Scan(&id.message, &id.seq)
	}, `SELECT p.message_id, p.seq FROM part p JOIN message m ON m.id = p.message_id
		WHERE p.line = ? AND p.state IN ('sending', 'sent', 'unknown')
			AND p.mr IN (?, -1) AND m.recipient LIKE '%' || ? AND p.submitted_at >= ?
		ORDER BY p.mr DESC, CASE p.state WHEN 'sending' THEN 0 ELSE 1 END, p.submitted_at DESC, p.message_id DESC LIMIT 1`,
		line, mr, recipient, since)
	if errors.Is(err, store.ErrNoRows) {
		return id, false, nil
	}
	if err != nil {
		return id, false, err
	}
	underWay, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM part
		WHERE message_id = ? AND seq = ? AND state = 'sending'`, id.message, id.seq)
	return id, underWay == 0, err
}

// reportPart gives a part, and so its message, the state of a status report.
func reportPart(tx *store.Tx, id partID, s State, cause string, now clock.Wall) error {
	if s == Delivered {
		cause = ""
	}
	err := parts.MoveOne(tx, s, store.Set(`cause = ?, ended_at = ?`, cause, now), store.Where(`message_id = ? AND seq = ?`, id.message, id.seq))
	if err != nil {
		return err
	}
	return summarise(tx, id.message, now, Sent, Unknown)
}

func insertEarlyReport(tx *store.Tx, line int64, mr int, recipient string, status int, now clock.Wall) error {
	_, err := tx.Exec(`INSERT INTO early_report (line, mr, recipient, status, at) VALUES (?, ?, ?, ?, ?)`,
		line, mr, recipient, status, now)
	return err
}

// takeEarlyReport removes and returns the status of a report that waited for
// this part.
func takeEarlyReport(tx *store.Tx, id partID, since clock.Wall) (int, bool, error) {
	n, err := store.Get(tx, store.Int, `DELETE FROM early_report WHERE id = (
			SELECT r.id FROM part p JOIN message m ON m.id = p.message_id
				JOIN early_report r ON r.line = p.line AND (r.mr = p.mr OR p.mr = -1)
			WHERE p.message_id = ? AND p.seq = ? AND r.at >= ? AND r.at >= p.submitted_at
				AND m.recipient LIKE '%' || r.recipient
			ORDER BY r.id DESC LIMIT 1)
		RETURNING status`, id.message, id.seq, since)
	if errors.Is(err, store.ErrNoRows) {
		return 0, false, nil
	}
	return int(n), err == nil, err
}

func selectSteps(tx *store.Tx, name string, today int64) ([]modem.StepRecord, error) {
	return store.All(tx, func(row store.Scanner) (r modem.StepRecord, err error) {
		var on int64
		err = row.Scan(&r.Step, &r.Tried, &r.Worked, &on, &r.Today)
		if on != today {
			r.Today = 0
		}
		return r, err
	}, `SELECT step, tried, worked, day, today FROM recovery WHERE modem = ?`, name)
}

func upsertStep(tx *store.Tx, name string, step modem.Step, worked bool, today int64) error {
	if worked {
		_, err := tx.Exec(`UPDATE recovery SET worked = worked + 1 WHERE modem = ? AND step = ?`, name, string(step))
		return err
	}
	_, err := tx.Exec(`INSERT INTO recovery (modem, step, tried, worked, day, today) VALUES (?, ?, 1, 0, ?, 1)
		ON CONFLICT (modem, step) DO UPDATE SET tried = recovery.tried + 1,
			today = CASE WHEN recovery.day = excluded.day THEN recovery.today + 1 ELSE 1 END, day = excluded.day`,
		name, string(step), today)
	return err
}

func selectCentre(tx *store.Tx, iccid string) (string, error) {
	smsc, err := store.Get(tx, store.Text, `SELECT smsc FROM line WHERE iccid = ?`, iccid)
	if errors.Is(err, store.ErrNoRows) {
		return "", nil
	}
	return smsc, err
}

func updateCentre(tx *store.Tx, iccid, smsc string) error {
	_, err := tx.Exec(`UPDATE line SET smsc = ? WHERE iccid = ?`, smsc, iccid)
	return err
}

// swapModemLine notes the line of a modem, and returns the one before, 0 for none.
func swapModemLine(tx *store.Tx, modemName string, line int64) (int64, error) {
	before, err := store.Get(tx, store.Int, `SELECT line FROM modem_line WHERE modem = ?`, modemName)
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	if err != nil || before == line {
		return before, err
	}
	_, err = tx.Exec(`INSERT INTO modem_line (modem, line) VALUES (?, ?)
		ON CONFLICT (modem) DO UPDATE SET line = excluded.line`, modemName, line)
	return before, err
}

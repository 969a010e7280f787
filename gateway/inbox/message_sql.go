package inbox

import (
	"encoding/hex"
	"errors"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// row is a message that came in with what only its parts need.
type row struct {
	Message
	pid, reference, have int
	wide                 bool
	received, last       clock.Wall
	gapDue, gapEnd       clock.Uptime
}

// Times are the times of day of messages.
var Times = store.Timed{Table: "incoming", Begun: []string{"received_at", "last_at"}}

const columns = `id, app, abroad, line, sender, sender_raw, named, kind, unread, body, class, pid, reference, wide, parts, have, replaces,
	pdu, repair, sent_at, sent_offset, received_at, last_at, gap_due, gap_end, change`

func scan(row store.Scanner) (m row, err error) {
	var body string
	var sent, offset int64
	err = row.Scan(&m.ID, &m.App, &m.Abroad, &m.Line, &m.Sender, &m.Written, &m.Named, &m.Kind, &m.Unread, &body, &m.Class, &m.pid, &m.reference, &m.wide, &m.Total,
		&m.have, &m.Replaces, &m.PDU, &m.Repair, &sent, &offset, &m.received, &m.last, &m.gapDue, &m.gapEnd, &m.Change)
	if err != nil {
		return m, err
	}
	m.Received = m.received.Time()
	if sent != 0 {
		const minute = 60
		m.Sent = time.UnixMilli(sent).In(time.FixedZone("", int(offset)*minute))
	}
	m.Text = body
	if m.Kind == Data || m.Kind == MMS {
		m.Text = ""
		m.Data, err = hex.DecodeString(body)
	}
	if m.Kind == MMS {
		m.Text = mmsText
	}
	return m, err
}

// mmsText is what people are shown of an MMS.
const mmsText = "an MMS waits, which this gateway cannot fetch"

// body is what stands in the column of that name.
func (m *row) body() string {
	if m.Kind == Data || m.Kind == MMS {
		return hex.EncodeToString(m.Data)
	}
	return m.Text
}

func (m *row) sentAt() (at, offset int64) {
	if m.Sent.IsZero() {
		return 0, 0
	}
	_, seconds := m.Sent.Zone()
	const minute = 60
	return m.Sent.UnixMilli(), int64(seconds / minute)
}

func insert(tx *store.Tx, m *row) error {
	sent, offset := m.sentAt()
	m.last = m.received
	res, err := tx.Exec(`INSERT INTO incoming (app, abroad, line, sender, sender_raw, named, kind, unread, body, class, pid, reference, wide, parts, have,
			replaces, pdu, repair, sent_at, sent_offset, received_at, last_at, gap_due, gap_end, change, tick)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, `+store.Tick+`)`,
		m.App, m.Abroad, m.Line, m.Sender, m.Written, m.Named, string(m.Kind), m.Unread, m.body(), m.Class, m.pid, m.reference, m.wide, m.Total, m.have,
		m.Replaces, m.PDU, m.Repair, sent, offset, m.received, m.last, m.gapDue, m.gapEnd, m.Change)
	m.ID = res.LastInsertId
	return err
}

func update(tx *store.Tx, m *row) error {
	_, err := tx.Exec(`UPDATE incoming SET app = ?, abroad = ?, body = ?, pdu = ?, have = ?, last_at = ?, gap_due = ?, change = ? WHERE id = ?`,
		m.App, m.Abroad, m.body(), m.PDU, m.have, m.last, m.gapDue, m.Change, m.ID)
	return err
}

// openFor returns the messages that a part with this place may belong to.
func openFor(tx *store.Tx, m row, seq int) ([]row, error) {
	return store.All(tx, scan, `SELECT `+columns+` FROM incoming i
		WHERE line = ? AND sender_raw = ? AND reference = ? AND parts = ? AND have < parts AND wide = ?
			AND NOT EXISTS (SELECT 1 FROM incoming_part p WHERE p.incoming_id = i.id AND p.seq = ?)
		ORDER BY id DESC LIMIT 16`, m.Line, m.Written, m.reference, m.Total, m.wide, seq)
}

// replacedBy returns the last message with the same sender and type, which the
// next of that type means to replace (TS 23.040 9.2.3.9).
func replacedBy(tx *store.Tx, line int64, sender string, pid int) (int64, error) {
	ids, err := store.All(tx, store.Int, `SELECT id FROM incoming
		WHERE line = ? AND sender = ? AND pid = ? ORDER BY id DESC LIMIT 1`, line, sender, pid)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return ids[0], nil
}

func nextChange(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `UPDATE incoming_change SET last = last + 1 RETURNING last`)
}

func incomplete(tx *store.Tx, up clock.Uptime) ([]row, error) {
	return store.All(tx, scan, `SELECT `+columns+` FROM incoming
		WHERE gap_due > 0 AND gap_due <= ? ORDER BY gap_due LIMIT 100`, up)
}

func nextGap(tx *store.Tx) (clock.Uptime, error) {
	return store.Get(tx, func(row store.Scanner) (due clock.Uptime, err error) { return due, row.Scan(&due) }, `SELECT COALESCE(MIN(gap_due), 0) FROM incoming WHERE gap_due > 0`)
}

// restartGaps lets the waits for missing parts count from this boot: each is what is
// left of it by the time of day, but no less than least and no more than all.
func restartGaps(tx *store.Tx, now clock.Moment, least, all time.Duration) error {
	_, err := tx.Exec(`UPDATE incoming SET gap_due = ?, gap_end = ? + CASE
			WHEN received_at > ? THEN ?
			WHEN ? - received_at > ? THEN ?
			ELSE ? - (? - received_at) END
		WHERE gap_due > 0`, now.Up.Add(least), now.Up, now.Wall, all.Milliseconds(), now.Wall, (all - least).Milliseconds(),
		least.Milliseconds(), all.Milliseconds(), now.Wall)
	return err
}

// markSeen notes a PDU, and reports whether it was known already, by a note from
// the given times.
func markSeen(tx *store.Tx, hash []byte, now, since, until clock.Wall) (bool, error) {
	at, err := store.Get(tx, func(row store.Scanner) (at clock.Wall, err error) { return at, row.Scan(&at) }, `SELECT at FROM incoming_seen WHERE hash = ?`, hash)
	switch {
	case err == nil && at >= since && at <= until:
		return true, nil
	case err != nil && !errors.Is(err, store.ErrNoRows):
		return false, err
	}
	_, err = tx.Exec(`INSERT INTO incoming_seen (hash, at) VALUES (?, ?)
		ON CONFLICT (hash) DO UPDATE SET at = excluded.at`, hash, now)
	return false, err
}

// complements returns the messages that have nothing that m has, and may be the
// rest of it. What has been shown stays what it is.
func complements(tx *store.Tx, m row) ([]row, error) {
	return store.All(tx, scan, `SELECT `+columns+` FROM incoming i
		WHERE line = ? AND sender_raw = ? AND reference = ? AND parts = ? AND have < parts AND wide = ? AND id <> ? AND change = 0
			AND NOT EXISTS (SELECT 1 FROM incoming_part p JOIN incoming_part q ON q.seq = p.seq
				WHERE p.incoming_id = i.id AND q.incoming_id = ?)
		ORDER BY id DESC LIMIT 16`, m.Line, m.Written, m.reference, m.Total, m.wide, m.ID, m.ID)
}

// moveParts gives the parts of one message to another, and ends the first.
func moveParts(tx *store.Tx, from, to int64) error {
	if _, err := tx.Exec(`UPDATE incoming_part SET incoming_id = ? WHERE incoming_id = ?`, to, from); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM incoming WHERE id = ?`, from)
	return err
}

func countParts(tx *store.Tx, id int64) (int, error) {
	n, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM incoming_part WHERE incoming_id = ?`, id)
	return int(n), err
}

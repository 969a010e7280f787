package inbox

import (
	"errors"
	"slices"
	"strings"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// listing returns what a filter asks for.
func (f Filter) listing() store.Listing {
	// A message that nobody could see yet has no change; the sum uses no index.
	l := store.Listing{Columns: columns, Table: "incoming", ID: "id", At: "received_at",
		Since: clock.WallOf(f.Since), Until: clock.WallOf(f.Until), Before: f.Before, Limit: f.Limit}
	switch {
	case f.Sender != "" && f.Unread:
		l.By = append(l.By, store.Where("unread = 1 AND sender = ?", f.Sender))
	case f.Sender != "":
		l.By = append(l.By, store.Where("sender = ?", f.Sender))
	case f.Unread:
		l.Rest = append(l.Rest, store.Where("unread + 0 = 1"))
	}
	if f.App != "" {
		l.Ask("app = ?", "app || '' = ?", f.App)
	}
	if f.Line != 0 {
		l.Ask("", "line = ?", f.Line)
	}
	if f.Kind != "" {
		l.Ask("", "kind = ?", string(f.Kind))
	}
	if f.Text != "" {
		l.Rest = append(l.Rest, store.Where("kind IN ('text', 'indication')"), store.Contains("body", f.Text))
	}
	l.Most = append(l.Most, store.Where("change + 0 > 0"))
	return l
}

// SelectPage returns the newest messages that a filter selects, and the Before of the next
// page, 0 where there is none.
func SelectPage(tx *store.Tx, f Filter) (list []Message, next int64, err error) {
	rows, next, err := store.Page(tx, f.listing(), scan, func(m row) int64 { return m.ID })
	if err != nil {
		return nil, 0, err
	}
	list, err = outward(tx, rows)
	return list, next, err
}

// selectChanged returns the messages that were shown after the change of a filter, the
// oldest first.
func selectChanged(tx *store.Tx, f Filter) ([]Message, error) {
	l := f.listing()
	var where strings.Builder
	// That change is above 0 is said in so many words: the index needs it.
	where.WriteString("change > 0 AND change > ?")
	args := []any{max(f.After, 0)}
	add := func(c store.Clause) {
		where.WriteString(" AND " + c.SQL)
		args = append(args, c.Args...)
	}
	for _, c := range slices.Concat(l.By, l.Rest) {
		add(c)
	}
	if l.Since != 0 {
		add(store.Where("received_at >= ?", l.Since))
	}
	if l.Until != 0 {
		add(store.Where("received_at < ?", l.Until))
	}
	if l.Before != 0 {
		add(store.Where("id < ?", l.Before))
	}
	rows, err := store.All(tx, scan, `SELECT `+columns+` FROM incoming WHERE `+where.String()+` ORDER BY change LIMIT ?`, append(args, f.Limit)...)
	if err != nil {
		return nil, err
	}
	return outward(tx, rows)
}

// Select returns one message that came in.
func Select(tx *store.Tx, id int64) (Message, error) {
	m, err := store.Get(tx, scan, `SELECT `+columns+` FROM incoming WHERE id = ? AND change > 0`, id)
	if errors.Is(err, store.ErrNoRows) {
		return Message{}, errNone
	}
	if err != nil {
		return Message{}, err
	}
	return m.outward(tx)
}

var errNone = fault.NewNotFound("there is no incoming message with this id")

func outward(tx *store.Tx, rows []row) (list []Message, err error) {
	list = make([]Message, len(rows))
	for i, m := range rows {
		if err == nil {
			list[i], err = m.outward(tx)
		}
	}
	return list, err
}

// outward returns the message as others see it, with the parts that have not come.
func (m row) outward(tx *store.Tx) (Message, error) {
	if m.Repair == "" {
		m.PDU = ""
	}
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

// selectRaw returns all of a message as it came.
func selectRaw(tx *store.Tx, m Message) ([]Raw, error) {
	scan := func(row store.Scanner) (r Raw, err error) { return r, row.Scan(&r.Seq, &r.PDU) }
	raw, err := store.All(tx, scan, `SELECT seq, pdu FROM incoming_part WHERE incoming_id = ? AND pdu <> '' ORDER BY seq`, m.ID)
	if err != nil || len(raw) > 0 || m.Total > 1 {
		return raw, err
	}
	return store.All(tx, scan, `SELECT 1, pdu FROM incoming WHERE id = ? AND pdu <> ''`, m.ID)
}

func updateUnread(tx *store.Tx, id int64, unread bool) error {
	_, err := tx.Exec(`UPDATE incoming SET unread = ? WHERE id = ?`, unread, id)
	return err
}

// owned is a message, and the app that it belongs to.
type owned struct {
	id  int64
	app string
}

// readSome marks as read the first of what came from a sender for an app, "" for any, up to an
// id, 0 for all, and returns them.
func readSome(tx *store.Tx, app, sender string, upTo int64, limit int) ([]owned, error) {
	some, err := store.All(tx, func(row store.Scanner) (m owned, err error) { return m, row.Scan(&m.id, &m.app) },
		`SELECT id, app FROM incoming WHERE unread = 1 AND sender = ? AND (? = '' OR app = ?) AND (? = 0 OR id <= ?) AND change + 0 > 0 ORDER BY id LIMIT ?`,
		sender, app, app, upTo, upTo, limit)
	for _, m := range some {
		if err == nil {
			err = updateUnread(tx, m.id, false)
		}
	}
	return some, err
}

// NewestMarks returns the newest of what came in for an app, "" for any, with ids below one, at
// most limit; those for others have no number.
func NewestMarks(tx *store.Tx, app string, below int64, limit int) ([]store.Mark, error) {
	return store.All(tx, store.ScanMark, `SELECT id, CASE WHEN ? = '' OR app = ? THEN sender ELSE '' END, received_at FROM incoming
		WHERE id < ? AND change + 0 > 0 ORDER BY id DESC LIMIT ?`, app, app, below, limit)
}

// HasLater reports whether something with an id above one came in from a number for an app, "" for any.
func HasLater(tx *store.Tx, app, sender string, above int64) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM incoming WHERE sender = ? AND id > ? AND (? = '' OR app = ?) AND change + 0 > 0`, sender, above, app, app)
}

// mostCounted bounds how much that is unread is counted.
const mostCounted = 1000

// CountUnread counts what came from a sender for an app, "" for any, and nobody has read,
// up to 1000.
func CountUnread(tx *store.Tx, app, sender string) (int, error) {
	n, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM (SELECT id FROM incoming
		WHERE unread = 1 AND sender = ? AND (? = '' OR app = ?) AND change + 0 > 0 LIMIT ?) some`, sender, app, app, mostCounted)
	return int(n), err
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
		Columns: "id, app, line, sender, sender_raw written, kind, unread, body text, parts, have, pdu, sent_at, received_at",
		Times:   []string{"sent_at", "received_at"}},
}

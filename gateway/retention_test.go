package gateway_test

import (
	"testing"
	"time"

	"simgate/gateway/gatewaytest"
)

// oldRows are tables, each with a statement that puts a row into it for every number,
// which has ended at the time that is given twice.
var oldRows = map[string]string{
	"message": `INSERT INTO message (app, recipient, body, custom_id, lane, state, pinned, line, reference, parts, due, deadline, accepted_at, expires_at, ended_at)
		SELECT 'shop', '+49160' || i, '', '', 1, 'sent', 0, 0, 0, 1, 0, 0, ?, 0, ? FROM number`,
	"verification": `INSERT INTO verification (uuid, app, recipient, purpose, state, max_tries, deadline, created_at, expires_at, ended_at)
		SELECT 'old-' || i, 'shop', '+49160' || i, '', 'expired', 5, 0, ?, 0, ? FROM number`,
	"call": `INSERT INTO call (app, recipient, body, file, locale, custom_id, callback, state, pinned, line, due, deadline, accepted_at, ended_at)
		SELECT 'shop', '+49160' || i, '', '', '', '', '', 'completed', 0, 0, 0, 0, ?, ? FROM number`,
	"delivery": `INSERT INTO delivery (webhook_id, callback, app, kind, subject, at, state, ended_at)
		SELECT 1, '', 'shop', 'message.sent', i, ?, 'delivered', ? FROM number`,
	"incoming": `INSERT INTO incoming (abroad, app, line, sender, sender_raw, named, kind, unread, body, class, pid, reference, wide, parts, have, replaces, pdu, repair,
			sent_at, sent_offset, gap_due, gap_end, tick, change, received_at, last_at)
		SELECT 0, '', 1, '+49160' || i, '', 0, 'text', 1, '', -1, 0, 0, 0, 1, 1, 0, '', '', 0, 0, 0, 0, 0, 1000000 + i, ?, ? FROM number`,
	"audit":         `INSERT INTO audit (at, account, address, action, detail, tick) SELECT MIN(?, ?), '', '', 'x', '', 0 FROM number GROUP BY i`,
	"event":         `INSERT INTO event (at, kind, line, modem, text) SELECT MIN(?, ?), 'x', 0, '', '' FROM number GROUP BY i`,
	"incoming_seen": `INSERT INTO incoming_seen (hash, at) SELECT randomblob(32), MIN(?, ?) FROM number GROUP BY i`,
	"early_report":  `INSERT INTO early_report (line, mr, recipient, delivered, text, at) SELECT 1, 1, i, 0, '', MIN(?, ?) FROM number GROUP BY i`,
	"reference":     `INSERT INTO reference (recipient, last, used_at) SELECT '+49160' || i, 1, MIN(?, ?) FROM number GROUP BY i`,
}

// One look at the tables deletes all that is past its retention, however much it is.
func TestRetentionGoesOnUntilAllIsDeleted(t *testing.T) {
	const n = 1700
	for table, fill := range oldRows {
		t.Run(table, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t, gatewaytest.Modems(0))
				time.Sleep(100 * time.Hour) // of which an hour is left to the next look
				ago := time.Now().Add(-400 * 24 * time.Hour).UnixMilli()
				made, err := w.Gateway.Store(t.Context(), `WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ?) `+fill, n, ago, ago)
				if err != nil || made != n {
					t.Fatal(made, err)
				}
				if table == "incoming" || table == "event" { // these were given the tick of now
					if _, err := w.Gateway.Store(t.Context(), `UPDATE `+table+` SET tick = 0`); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(61 * time.Minute)
				if left, err := w.Gateway.Count(t.Context(), table); err != nil || left != 0 {
					t.Errorf("%d are left, %v", left, err)
				}
			})
		})
	}
}

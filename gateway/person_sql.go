package gateway

import (
	"slices"

	"simgate/gateway/call"
	"simgate/gateway/contact"
	"simgate/gateway/guard"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/notify"
	"simgate/gateway/store"
	"simgate/gateway/webhook"
)

// personal are the tables that hold numbers of people. What refers to a row stands before
// it.
var personal = slices.Concat([]store.Personal{
	{Name: "attempts", Table: "attempt", Which: `verification_id IN (SELECT id FROM verification WHERE recipient = ?)`,
		Columns: "verification_id verification, n, channel, state, reason, cause, at", Times: []string{"at"}},
	{Name: "parts", Table: "part", Which: `message_id IN (SELECT id FROM message WHERE recipient = ?)`,
		Columns: "message_id message, seq, state, line, modem, cause, submitted_at, ended_at", Times: []string{"submitted_at", "ended_at"}},
	{Name: "messages", Table: "message", Which: `recipient = ?`, Told: true, Numbers: "recipient",
		Columns: "id, app, recipient to, body text, custom_id, state, cause, line, parts, origin_request request, origin_note note, callback, accepted_at, expires_at, ended_at",
		Times:   []string{"accepted_at", "expires_at", "ended_at"}},
}, call.Personal, []store.Personal{
	{Name: "verifications", Table: "verification", Which: `recipient = ?`, Told: true, Numbers: "recipient",
		Columns: "id, uuid, app, recipient to, purpose, state, tries, sends, body text, brand, locale, custom_id, origin_request request, origin_note note, callback, created_at, expires_at, ended_at",
		Times:   []string{"created_at", "expires_at", "ended_at"}},
	{Name: "references", Table: "reference", Which: `recipient = ?`, Numbers: "recipient", Columns: "used_at", Times: []string{"used_at"}},
	{Name: "reports", Table: "early_report", Which: `recipient <> '' AND ? LIKE '%' || recipient`, Columns: "line, text, at", Times: []string{"at"}},
}, contact.Personal, inbox.Personal, webhook.Personal, guard.Personal, line.Personal, journal.Personal, notify.Personal)

// openFor is what goes on for a number.
type openFor struct{ messages, calls, verifications, underWay int64 }

func selectOpenFor(tx *store.Tx, to msisdn.Number) (o openFor, err error) {
	if o.calls, o.underWay, err = call.CountOpen(tx, to); err != nil {
		return o, err
	}
	sending, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM part p JOIN message m ON m.id = p.message_id WHERE p.state = 'sending' AND m.recipient = ?`, string(to))
	if err != nil {
		return o, err
	}
	o.underWay += sending
	if o.messages, err = store.Get(tx, store.Int, `SELECT COUNT(*) FROM message WHERE recipient = ? AND state = 'queued'`, string(to)); err != nil {
		return o, err
	}
	o.verifications, err = store.Get(tx, store.Int, `SELECT COUNT(*) FROM verification WHERE recipient = ? AND state = 'pending'`, string(to))
	return o, err
}

package gateway

import (
	"errors"
	"fmt"
	"strings"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

const deliveryColumns = `id, webhook_id, callback, app, kind, subject, at, state, tries, cause, ended_at`

func scanDelivery(row store.Scanner) (Delivery, error) {
	var d Delivery
	var at, ended int64
	err := row.Scan(&d.ID, &d.Webhook, &d.callback, &d.App, &d.Kind, &d.Subject, &at, &d.State, &d.Tries, &d.Cause, &ended)
	d.At, d.Ended = clock.Wall(at).Time(), clock.Wall(ended).Time()
	return d, err
}

// dueDeliveries returns the first that is due of each receiver.
func dueDeliveries(tx *store.Tx, tick int64) ([]Delivery, error) {
	return store.All(tx, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery WHERE id IN (
		SELECT MIN(id) FROM delivery WHERE state = 'pending' AND due <= ? GROUP BY webhook_id, callback) ORDER BY id`, tick)
}

// nextDue returns the tick at which the next will be due that is not yet, 0 for
// none.
func nextDue(tx *store.Tx, tick int64) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COALESCE(MIN(due), 0) FROM delivery WHERE state = 'pending' AND due > ?`, tick)
}

func postponeDelivery(tx *store.Tx, d Delivery, due int64) error {
	_, err := tx.Exec(`UPDATE delivery SET tries = ?, cause = ?, due = ? WHERE id = ?`, d.Tries, d.Cause, due, d.ID)
	return err
}

func endDelivery(tx *store.Tx, d Delivery, wall int64) error {
	_, err := deliveries.Move(tx, d.State, store.Set(`tries = ?, cause = ?, ended_at = ?`, d.Tries, d.Cause, wall), store.Where(`id = ?`, d.ID))
	return err // one that was deleted meanwhile, or has ended, is left alone
}

// disableWebhook ends what a webhook is told, which none has the id 0.
func disableWebhook(tx *store.Tx, id int64, why string) error {
	_, err := tx.Exec(`UPDATE webhook SET disabled = ? WHERE id = ?`, why, id)
	return err
}

func replayDelivery(tx *store.Tx, id int64) (Delivery, error) {
	if _, err := deliveries.Move(tx, DeliveryPending, store.Set(`ended_at = 0`), store.Where(`id = ?`, id)); err != nil {
		return Delivery{}, err
	}
	d, err := store.Get(tx, scanDelivery, `UPDATE delivery SET due = 0, tries = 0 WHERE id = ? RETURNING `+deliveryColumns, id)
	if errors.Is(err, store.ErrNoRows) {
		err = fault.NewNotFound("there is no delivery with this id: simgate webhooks deliveries lists them")
	}
	return d, err
}

func selectDeliveries(tx *store.Tx, f DeliveryFilter) ([]Delivery, error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(clause string, arg any) { where, args = append(where, clause), append(args, arg) }
	if f.Webhook != 0 {
		add("webhook_id = ?", f.Webhook)
	}
	if f.State != "" {
		add("state = ?", string(f.State))
	}
	if f.Before != 0 {
		add("id < ?", f.Before)
	}
	return store.All(tx, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery
		WHERE `+strings.Join(where, " AND ")+` ORDER BY id DESC LIMIT ?`, append(args, f.Limit)...)
}

// deleteDeliveries deletes those that have ended before, and the oldest where
// there are far too many: a receiver that is gone must not fill the disk.
func deleteDeliveries(tx *store.Tx, before int64, limit int) (int64, error) {
	n, err := store.DeleteWhere(`delivery`, `id`, `ended_at > 0 AND ended_at < ? ORDER BY ended_at`, before)(tx, limit)
	if err != nil || n == int64(limit) {
		return n, err
	}
	return store.DeleteWhere(`delivery`, `id`, `id <= (SELECT MAX(d.id) FROM delivery d) - ? ORDER BY id`, maxDeliveries)(tx, limit)
}

// selectNews reads what a delivery tells of. The state is that of its kind: the
// subject may have moved on since.
func selectNews(tx *store.Tx, d Delivery) (News, error) {
	n := News{ID: fmt.Sprintf("evt_%x_%d", d.At.UnixMilli(), d.ID), Kind: d.Kind, App: d.App, At: d.At}
	subject, state, _ := strings.Cut(d.Kind, ".")
	var err error
	switch {
	case d.Kind == NewsReceived || d.Kind == NewsAmended:
		var m Incoming
		if m, err = selectIncoming(tx, d.Subject); err == nil {
			n.Incoming = &m
			n.Number, err = numberOf(tx, m.Line)
		}
	case subject == "message":
		var m Message
		if m, err = selectMessage(tx, d.Subject); err == nil {
			m.State, n.Message = State(state), &m
			n.Number, err = numberOf(tx, m.Line)
		}
	case subject == "verification":
		row, ok, e := verificationByID(tx, d.Subject)
		if err = e; err == nil && !ok {
			err = fault.NewNotFound("the verification is gone")
		}
		row.State, row.Parts = VerificationState(state), row.parts
		n.Verification = &row.Verification
	case subject == "call":
		var row callRow
		if row, err = selectCall(tx, d.Subject); err == nil {
			row.State, n.Call = CallState(state), &row.Call
		}
	case subject == "contact":
		var c Contact
		if c, err = selectContact(tx, d.Subject); err == nil {
			n.Contact = &c
		}
	}
	return n, err
}

// numberOf returns the number of a line as it is stored, "" where it is not known.
func numberOf(tx *store.Tx, line int64) (msisdn.Number, error) {
	number, err := store.Get(tx, store.Text, `SELECT msisdn FROM line WHERE id = ?`, line)
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	return msisdn.Number(number), err
}

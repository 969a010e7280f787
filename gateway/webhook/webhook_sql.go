package webhook

import (
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

func scanWebhook(row store.Scanner) (Webhook, error) {
	var w Webhook
	var made clock.Wall
	err := row.Scan(&w.ID, &w.App, &w.URL, &w.Format, &w.Secret, &w.former, &w.formerUntil, &w.Disabled, &made, &w.since, &w.AllIncoming)
	w.Made = made.Time()
	return w, err
}

func selectWebhooks(tx *store.Tx) ([]Webhook, error) {
	all, err := store.All(tx, scanWebhook, `SELECT id, app, url, format, secret, former, former_until, disabled, made_at, since, all_incoming
		FROM webhook ORDER BY id`)
	for i := range all {
		if err == nil {
			all[i].Kinds, err = store.All(tx, store.Text, `SELECT kind FROM webhook_kind WHERE webhook_id = ? ORDER BY kind`, all[i].ID)
		}
	}
	return all, err
}

// selectWebhook returns one of the few that there are.
func selectWebhook(tx *store.Tx, id int64) (Webhook, error) {
	all, err := selectWebhooks(tx)
	for _, w := range all {
		if w.ID == id {
			return w, nil
		}
	}
	if err == nil {
		err = fault.NewNotFound("there is no webhook with this id: see the list of webhooks")
	}
	return Webhook{}, err
}

func insertWebhook(tx *store.Tx, w Webhook) (int64, error) {
	id, err := store.Get(tx, store.Int, `INSERT INTO webhook (app, url, format, secret, made_at, since, all_incoming) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		w.App, w.URL, w.Format, w.Secret, clock.WallOf(w.Made), w.since, w.AllIncoming)
	if err != nil {
		return 0, err
	}
	for _, k := range w.Kinds {
		if _, err := tx.Exec(`INSERT INTO webhook_kind (kind, webhook_id) VALUES (?, ?)`, k, id); err != nil {
			return 0, err
		}
	}
	return id, nil
}

func updateWebhook(tx *store.Tx, w Webhook) error {
	_, err := tx.Exec(`UPDATE webhook SET secret = ?, former = ?, former_until = ?, disabled = ?, since = ? WHERE id = ?`,
		w.Secret, w.former, w.formerUntil, w.Disabled, w.since, w.ID)
	return err
}

func deleteWebhook(tx *store.Tx, id int64) error {
	if _, err := selectWebhook(tx, id); err != nil {
		return err
	}
	for _, query := range []string{`DELETE FROM delivery WHERE webhook_id = ?`, `DELETE FROM webhook_kind WHERE webhook_id = ?`, `DELETE FROM webhook WHERE id = ?`} {
		if _, err := tx.Exec(query, id); err != nil {
			return err
		}
	}
	return nil
}

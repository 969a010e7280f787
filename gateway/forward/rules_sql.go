package forward

import (
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// Personal is where numbers of people stand. A rule of one who is forgotten goes with the
// number.
var Personal = []store.Personal{
	personal("forwards_to", `number = ?`, "number"),
	personal("forwards_of", `sender = ?`, "sender"),
	mentions(personal("forwards_about", store.Mentions("text"), "text")),
}

func personal(name, which, column string) store.Personal {
	return store.Personal{Name: name, Table: "forward_rule", Which: which, Numbers: column,
		Columns: "name, sender, line, app, text, number, email, made_at", Times: []string{"made_at"}}
}

func mentions(p store.Personal) store.Personal {
	p.Text = true
	return p
}

func scanRule(row store.Scanner) (r Rule, err error) {
	var made clock.Wall
	err = row.Scan(&r.ID, &r.Name, &r.From, &r.Line, &r.App, &r.Text, &r.Calls, &r.Number, &r.Limit, &r.Email, &r.Webhook, &r.Ntfy, &r.Token, &made)
	r.Made = made.Time()
	return r, err
}

func selectRules(tx *store.Tx) ([]Rule, error) {
	return store.All(tx, scanRule, `SELECT id, name, sender, line, app, text, calls, number, most, email, webhook, ntfy, ntfy_token, made_at FROM forward_rule ORDER BY id`)
}

func insertRule(tx *store.Tx, r Rule) (int64, error) {
	return store.Get(tx, store.Int, `INSERT INTO forward_rule (name, sender, line, app, text, calls, number, most, email, webhook, ntfy, ntfy_token, made_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		r.Name, r.From, r.Line, r.App, r.Text, r.Calls, r.Number, r.Limit, r.Email, r.Webhook, r.Ntfy, r.Token, clock.WallOf(r.Made))
}

func updateRule(tx *store.Tx, r Rule) error {
	_, err := tx.Exec(`UPDATE forward_rule SET name = ?, sender = ?, line = ?, app = ?, text = ?, calls = ?, number = ?, most = ?, email = ?, webhook = ?, ntfy = ?, ntfy_token = ?
		WHERE id = ?`, r.Name, r.From, r.Line, r.App, r.Text, r.Calls, r.Number, r.Limit, r.Email, r.Webhook, r.Ntfy, r.Token, r.ID)
	return err
}

func deleteRule(tx *store.Tx, id int64) error {
	_, err := tx.Exec(`DELETE FROM forward_rule WHERE id = ?`, id)
	return err
}

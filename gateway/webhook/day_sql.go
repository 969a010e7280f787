package webhook

import (
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// outcome is what came of a delivery, and when.
type outcome struct {
	state     State
	at, ended clock.Wall
}

// selectNewest returns what came of the newest deliveries to a webhook, newest first.
func selectNewest(tx *store.Tx, webhook int64, limit int) ([]outcome, error) {
	return store.All(tx, func(row store.Scanner) (o outcome, err error) { return o, row.Scan(&o.state, &o.at, &o.ended) },
		`SELECT state, at, ended_at FROM delivery WHERE webhook_id = ? ORDER BY id DESC LIMIT ?`, webhook, limit)
}

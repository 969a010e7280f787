package gateway

import (
	"encoding/json"

	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// batchBefore returns a batch that an earlier request has carried out, and takes note of
// its messages as they are now. Their ids follow each other, as they are of one
// transaction; other ids in it are of batches before.
func batchBefore(tx *store.Tx, kept string, p *mailingPlan, err error) (batch, error) {
	b := batch{before: true}
	if err == nil {
		err = json.Unmarshal([]byte(kept), &b)
	}
	if err != nil {
		return b, err
	}
	first, last := int64(0), int64(0)
	for _, id := range b.Sent {
		if id > p.last {
			if first == 0 {
				first = id
			}
			last = max(last, id)
		}
	}
	type made struct {
		id    int64
		to    msisdn.Number
		state State
	}
	list, err := store.All(tx, func(row store.Scanner) (m made, err error) { return m, row.Scan(&m.id, &m.to, &m.state) },
		`SELECT id, recipient, state FROM message WHERE id >= ? AND id <= ? ORDER BY id`, first, last)
	for _, m := range list {
		p.made(m.to, m.id, m.state)
	}
	return b, err
}

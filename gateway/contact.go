package gateway

import (
	"context"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Contact is what an app knows of a number beside messages.
type Contact struct {
	Number  msisdn.Number
	Tag     string
	Changed time.Time
}

const maxTag = 100

// changeOfContact is the kind of changes of contacts in the journal.
const changeOfContact = "contact"

// SetTag gives a contact of an app another tag, "" for none. Who is not known yet
// becomes one.
func (g *Gateway) SetTag(ctx context.Context, app, number, tag string) error {
	to, err := g.ReadNumber(app, number, msisdn.Reading{})
	if err != nil {
		return err
	}
	if tag != "" {
		if err := fault.CheckName("tag", tag, maxTag); err != nil {
			return err
		}
	}
	return store.Error(g.commit(ctx, func(tx *store.Tx) error {
		now := g.clock.Wall()
		id, changed, err := upsertTag(tx, app, to, tag, now)
		if err != nil || !changed {
			return err
		}
		return g.journal.Append(tx, journal.Change{Kind: changeOfContact, Subject: id, App: app, To: "tagged", At: now})
	}))
}

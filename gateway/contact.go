package gateway

import (
	"context"
	"time"

	"simgate/gateway/fault"
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
	return store.Error(g.commit(ctx, func(tx *store.Tx) error { return upsertTag(tx, app, to, tag, g.clock.Wall()) }))
}

package gateway

import (
	"context"

	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// Events returns what happened, newest first.
func (g *Gateway) Events(ctx context.Context, f journal.Filter) ([]journal.Event, error) {
	return store.Read(ctx, g.db, func(tx *store.Tx) ([]journal.Event, error) { return journal.Events(tx, f) })
}

package gateway

import (
	"context"

	"simgate/gateway/inbox"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

// handler is the [line.Events] of the gateway. Its methods are called on goroutines of
// the drivers.
type handler struct{ g *Gateway }

// Changed implements [line.Events].
func (h handler) Changed() {
	h.g.dispatcher.poke()
	h.g.calls.Wake()
}

// Report implements [line.Events].
func (h handler) Report(ctx context.Context, id int64, r line.Report) error {
	err := h.g.commit(ctx, func(tx *store.Tx) error { return h.g.unlessRefused(h.g.settleReport(tx, id, r), "line", id) })
	if err == nil && !r.Delivered {
		h.g.dispatcher.poke() // a verification may go on to its next step
	}
	return err
}

// Received implements [line.Events].
func (h handler) Received(ctx context.Context, id int64, r line.Received) error {
	return h.g.inbox.Take(ctx, id, inbox.Part(r))
}

// Late implements [line.Events].
func (h handler) Late(ctx context.Context, id int64, of line.Token, ref int, refused error) error {
	err := h.g.commit(ctx, func(tx *store.Tx) error {
		return h.g.unlessRefused(h.g.settleLate(tx, of, id, ref, refused), "message", of.Message, "part", of.Seq)
	})
	if err == nil && refused != nil {
		h.g.dispatcher.poke() // a verification may go on to its next step
	}
	return err
}

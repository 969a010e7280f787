package gateway

import (
	"context"

	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

// handler is the [line.Handler] of one driver. Its methods are called on goroutines of
// the driver.
type handler struct {
	g *Gateway
	s *sender
}

// Changed implements [line.Handler].
func (h handler) Changed() { h.g.dispatcher.poke() }

// Identified implements [line.Handler].
func (h handler) Identified(ctx context.Context, sim line.SIM) error {
	id, err := write(ctx, h.g, func(tx *store.Tx) (int64, error) {
		id, err := upsertLine(tx, sim, int64(h.g.clock.Wall()))
		if err != nil {
			return 0, err
		}
		return id, h.g.noteSIM(tx, h.s.driver.Name(), id)
	})
	if err != nil {
		return err
	}
	h.g.bind(id, sim)
	h.s.line.Store(id)
	return nil
}

// Report implements [line.Handler].
func (h handler) Report(ctx context.Context, r line.Report) error {
	id := h.s.line.Load()
	err := h.g.commit(ctx, func(tx *store.Tx) error { return h.g.unlessRefused(h.g.settleReport(tx, id, r), "line", id) })
	if err == nil && !r.Delivered {
		h.g.dispatcher.poke() // a verification may go on to its next step
	}
	return err
}

// Received implements [line.Handler].
func (h handler) Received(ctx context.Context, r line.Received) error {
	return h.g.inbox.Take(ctx, h.s.line.Load(), r.Raw)
}

// Late implements [line.Handler].
func (h handler) Late(ctx context.Context, of line.Token, ref int, refused error) error {
	id := h.s.line.Load()
	err := h.g.commit(ctx, func(tx *store.Tx) error {
		return h.g.unlessRefused(h.g.settleLate(tx, of, id, ref, refused), "message", of.Message, "part", of.Seq)
	})
	if err == nil && refused != nil {
		h.g.dispatcher.poke() // a verification may go on to its next step
	}
	return err
}

// Notice implements [line.Handler].
func (h handler) Notice(ctx context.Context, n line.Notice) {
	e := journal.Event{Kind: n.Kind, Line: h.s.line.Load(), Modem: h.s.driver.Name(), Text: n.Text}
	if err := h.g.commit(ctx, func(tx *store.Tx) error { return h.g.journal.Keep(tx, e) }); err != nil {
		h.g.log.Warn("an event could not be written", "err", err)
	}
}

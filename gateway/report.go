package gateway

import (
	"context"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/inbox"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

// reportWindow is how long after its submission a part may be reported on.
// Networks hold a message for days while its recipient is out of reach.
const reportWindow = 7 * 24 * time.Hour

// earlyReportLife is how long a report without a part waits for one.
const earlyReportLife = 10 * time.Minute

// settleReport gives a part the state that its status report tells. It is found
// by line, reference and recipient, the newest first: the reference alone
// repeats after 256 parts.
func (g *Gateway) settleReport(tx *store.Tx, line int64, r line.Report) error {
	wall := g.clock.Wall()
	r.Recipient = tail(r.Recipient)
	id, ok, err := reportedPart(tx, line, r, wall.Add(-reportWindow))
	switch {
	case err != nil:
		return err
	case !ok:
		// The answer that carries the reference may still be on its way.
		return insertEarlyReport(tx, line, r, wall)
	}
	return g.applyReport(tx, id, line, r, wall)
}

// matchEarlyReport looks for a status report that came before the outcome of its
// part was known: with the same reference, or, for a part that has none because its
// outcome is unknown, to the same recipient. It reports whether there was one.
func (g *Gateway) matchEarlyReport(tx *store.Tx, id line.Token, line int64, wall clock.Wall) (bool, error) {
	r, ok, err := takeEarlyReport(tx, id, wall.Add(-earlyReportLife))
	if err != nil || !ok {
		return false, err
	}
	return true, g.applyReport(tx, id, line, r, wall)
}

// applyReport gives a part the state of its status report.
func (g *Gateway) applyReport(tx *store.Tx, id line.Token, line int64, r line.Report, wall clock.Wall) error {
	if err := g.lines.RecordReport(tx, line, id, r.Delivered); err != nil {
		return err
	}
	if !r.Delivered {
		return reportPart(tx, id, Undelivered, r.Text, wall)
	}
	return reportPart(tx, id, Delivered, "", wall)
}

// tail is what survives of a number when networks rewrite it between national
// and international form.
func tail(number string) string {
	const digits = 8
	return number[max(0, len(number)-digits):]
}

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
	err := h.g.db.Commit(ctx, func(tx *store.Tx) error { return h.g.unlessRefused(h.g.settleReport(tx, id, r), "line", id) })
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
	err := h.g.db.Commit(ctx, func(tx *store.Tx) error {
		return h.g.unlessRefused(h.g.settleLate(tx, of, id, ref, refused), "message", of.Message, "part", of.Seq)
	})
	if err == nil && refused != nil {
		h.g.dispatcher.poke() // a verification may go on to its next step
	}
	return err
}

package gateway

import (
	"cmp"
	"context"
	"errors"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/optout"
	"simgate/gateway/store"
)

// changed is called for each change of a state, in the transaction that makes it: it
// writes the change for those who follow, and makes the next step of a verification due
// whose message has failed. It hears of all changes, so that none who changes a state
// can forget it.
func (g *Gateway) changed(tx *store.Tx, c store.Change) error {
	err := g.journal.Append(tx, journal.Change{Kind: c.Noun, Subject: c.ID, App: c.App, From: c.From, To: c.To})
	if err != nil {
		return err
	}
	if c.Noun == messages.Table && State(c.To).hopeless() {
		return hastenStep(tx, withMessage(c.ID))
	}
	return nil
}

// settleAll writes down what became of the jobs.
func (g *Gateway) settleAll(tx *store.Tx, results []result) error {
	for _, r := range results {
		if err := g.lines.RecordOutcome(tx, r.outcome()); err != nil {
			return err
		}
		if err := g.settleOrFollow(tx, r); err != nil {
			return err
		}
	}
	return nil
}

// settleOrFollow is settle, but where the part is in a state that its outcome does
// not allow, that is logged, and the message follows what its parts are.
func (g *Gateway) settleOrFollow(tx *store.Tx, r result) error {
	err := g.settle(tx, r)
	if _, refused := errors.AsType[*store.StateError](err); !refused {
		return err
	}
	of := []any{"message", r.message, "part", r.seq}
	_ = g.unlessRefused(err, of...)
	return g.unlessRefused(advance(tx, r.part(), g.clock.Wall()), of...)
}

// settle writes down what became of one part, and what follows for its message:
//
//	no error          the part is Sent
//	Unknown           nobody can tell; a code goes out again, once; nothing else does
//	GiveUp            the part and its message are Failed
//	Retry, OtherLine  not sent for certain: again after a pause that grows, or by
//	                  another line, until the tries that the cause is worth or the
//	                  time of the message run out
//	Device            the device was at fault and nothing left it: again as soon
//	                  as a line is ready, at no cost of tries
func (g *Gateway) settle(tx *store.Tx, r result) error {
	wall := g.clock.Wall()
	switch class := line.ClassOf(r.err); class {
	case line.None:
		return g.settleSent(tx, r, wall)
	case line.Unknown:
		return g.settleUnknown(tx, r.part(), r.line, line.CauseOf(r.err), wall)
	case line.GiveUp:
		return failPart(tx, r.part(), r.line, r.sender.Name(), line.CauseOf(r.err), wall)
	default:
		return g.settleRefused(tx, r, class, wall)
	}
}

func (g *Gateway) settleSent(tx *store.Tx, r result, wall clock.Wall) error {
	if _, err := endPart(tx, r.part(), Sent, r.ref, cause.Cause{}, wall); err != nil {
		return err
	}
	if err := advance(tx, r.part(), wall); err != nil {
		return err
	}
	_, err := g.matchEarlyReport(tx, r.part(), r.line, wall)
	return err
}

func (g *Gateway) settleUnknown(tx *store.Tx, id line.Token, line int64, why cause.Cause, wall clock.Wall) error {
	moved, err := endPart(tx, id, Unknown, -1, why, wall)
	if err != nil {
		return err
	}
	if err := advance(tx, id, wall); err != nil || !moved {
		return err // a late answer was faster
	}
	reported, err := g.matchEarlyReport(tx, id, line, wall)
	if err != nil || reported {
		return err // a report was: it has arrived, or it never will
	}
	return g.repeatCode(tx, id.Message)
}

// settleLate settles a part of unknown outcome whose answer has come after all:
// its reference, or the reason why it was refused. A refused part is missing in its
// message, which therefore fails; what has not left of it is not sent.
func (g *Gateway) settleLate(tx *store.Tx, id line.Token, by int64, mr int, refused error) error {
	wall := g.clock.Wall()
	here := store.Where(`message_id = ? AND seq = ?`, id.Message, id.Seq)
	if refused != nil {
		why := line.CauseOf(refused)
		n, err := parts.Move(tx, Failed, store.Set(`cause = ?, cause_code = ?, ended_at = ?`, why.Text, string(why.Code), wall), here)
		if err != nil || n == 0 {
			return err
		}
		return failMessage(tx, id.Message, why, wall)
	}
	n, err := parts.Move(tx, Sent, store.Set(`mr = ?, cause = '', cause_code = '', sent_at = ?, ended_at = ?`, mr, wall, wall), here)
	if err != nil || n == 0 {
		return err // a status report was faster
	}
	if err := g.lines.RecordLate(tx, id); err != nil {
		return err
	}
	if err := summarise(tx, id.Message, wall, Unknown); err != nil {
		return err
	}
	_, err = g.matchEarlyReport(tx, id, by, wall)
	return err
}

// settleRefused puts a part back that has not been sent for certain.
func (g *Gateway) settleRefused(tx *store.Tx, r result, class line.Class, wall clock.Wall) error {
	why := line.CauseOf(r.err)
	tries, err := countTry(tx, r.message, class != line.Device)
	if err != nil {
		return err
	}
	wait, avoid := deviceRetry, int64(0)
	if class != line.Device {
		same, err := countTried(tx, r.part(), why)
		if err != nil {
			return err
		}
		if most := line.TriesOf(r.err, g.cfg.Load().SendTries); most > 0 && same+1 >= most {
			return failPart(tx, r.part(), r.line, r.sender.Name(), why, wall)
		}
		wait = line.PauseOf(r.err, tries)
	}
	if class == line.OtherLine {
		avoid = r.line
	}
	if err := noteTry(tx, r.part(), why, wall.Add(wait), wall); err != nil {
		return err
	}
	if _, err := endPart(tx, r.part(), Queued, -1, why, wall); err != nil {
		return err
	}
	if err := requeue(tx, r.part(), avoid, g.clock.Uptime().Add(wait), why, wall); err != nil {
		return err
	}
	return g.cancelIfUnwanted(tx, r.message, r.to, wall)
}

// cancelIfUnwanted cancels a message that is to be tried again if its recipient has opted
// out while it was under way.
func (g *Gateway) cancelIfUnwanted(tx *store.Tx, message int64, to msisdn.Number, now clock.Wall) error {
	app, text, err := appOfText(tx, message)
	if err != nil || !text {
		return err
	}
	err = g.wanted(tx, app, to)
	if refusalOf(err) != nil {
		err = cancelUnwanted(tx, app, to, cause.OptedOut.With(), now)
	}
	return err
}

// deviceRetry is the pause after a device has failed, for one that fails at once.
const deviceRetry = time.Second

// repeatCode sends a code once more whose message may or may not have left. To
// get the same code twice harms nobody; to wait for one that never comes does.
func (g *Gateway) repeatCode(tx *store.Tx, message int64) error {
	m, ok, err := unknownCode(tx, message)
	if err != nil || !ok {
		return err
	}
	v, ok, err := pendingByID(tx, m.verification)
	if err != nil || !ok {
		return err
	}
	now := g.clock.Now()
	left := v.deadline.Sub(now.Up)
	if left <= 0 {
		return nil
	}
	return g.attemptSMS(tx, &v, reasonUnknown, newRow{app: v.App, to: v.To, body: m.body, parts: m.parts,
		customID: m.customID, lane: line.Codes, line: m.pinned, lifetime: left}, now)
}

// report logs an outcome, once, where it is decided what follows.
func (g *Gateway) report(r result) {
	log := g.log.With("message", r.message, "part", r.seq, "modem", r.sender.Name())
	switch class := line.ClassOf(r.err); class {
	case line.None:
		log.Debug("sent", "mr", r.ref)
	case line.Unknown:
		log.Warn("handed over, and no answer came: nobody can tell whether it was sent", "err", r.err)
	default:
		log.Warn("not sent", "class", string(class), "err", r.err)
	}
}

// reportWindow is how long after its submission a part may be reported on.
// Networks hold a message for days while its recipient is out of reach.
const reportWindow = 7 * 24 * time.Hour

// earlyReportLife is how long a report without a part waits for one.
const earlyReportLife = 10 * time.Minute

// settleReport gives a part the state that its status report tells. Where the report does
// not name it, it is found by line, reference and recipient, the newest first: the
// reference alone repeats after 256 parts.
func (g *Gateway) settleReport(tx *store.Tx, line int64, r line.Report) error {
	wall := g.clock.Wall()
	r.Recipient = tail(r.Recipient)
	if r.Of.Message != 0 {
		return g.settleNamed(tx, line, r, wall)
	}
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

// settleNamed gives the part that a report names the state that it tells, once.
func (g *Gateway) settleNamed(tx *store.Tx, line int64, r line.Report, wall clock.Wall) error {
	state, err := partState(tx, r.Of)
	switch {
	case err != nil:
		return err
	case state == Sending:
		return insertEarlyReport(tx, line, r, wall)
	case state.May(Delivered):
		return g.applyReport(tx, r.Of, line, r, wall)
	}
	return nil
}

// matchEarlyReport looks for a status report that came before the outcome of its
// part was known: one that names it, or else with the same reference, or, for a part that
// has none because its outcome is unknown, to the same recipient. It reports whether there
// was one.
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
		r.Cause.Code = cmp.Or(r.Cause.Code, cause.Device) // an earlier release has kept none
		return reportPart(tx, id, Undelivered, r.Cause, wall)
	}
	return reportPart(tx, id, Delivered, cause.Cause{}, wall)
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
	if h.g.tookCanary(ctx, id, r) {
		return nil
	}
	return h.g.inbox.Take(ctx, id, inbox.Part(r))
}

// Called implements [line.Events].
func (h handler) Called(ctx context.Context, id int64, c line.Called, e journal.Event) error {
	return h.g.inbox.TakeCall(ctx, id, inbox.Called{From: c.From, At: c.At, Raw: c.Raw}, func(tx *store.Tx) error { return h.g.journal.Keep(tx, e) })
}

// arrived is called with each message that came in, in the transaction that shows it, and
// again when parts of it come later. It decides what app it belongs to: that of a
// verification whose token it has, or else the one that wrote last to its sender. And it
// does what the message asks for.
func (g *Gateway) arrived(tx *store.Tx, m *inbox.Message) error {
	err := g.takeTokens(tx, m)
	if err == nil && m.App == "" {
		m.App, err = g.ownerOf(tx, *m)
	}
	if err == nil && m.Change == 0 && m.Kind == inbox.Text && !m.Named {
		err = g.optOuts.Heed(tx, optout.Incoming{Line: m.Line, Sender: m.Sender, Text: m.Text})
	}
	return err
}

// answerWindow is how long what comes in belongs to the app that wrote last to its sender.
const answerWindow = 7 * 24 * time.Hour

// ownerOf returns the app that a message that came in belongs to: the one that wrote last
// to its sender from the same SIM; "" for none.
func (g *Gateway) ownerOf(tx *store.Tx, m inbox.Message) (string, error) {
	return lastWriter(tx, m.Sender, m.Line, g.clock.Wall().Add(-answerWindow))
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

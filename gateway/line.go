package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync/atomic"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
	"simgate/modem"
	"simgate/modem/pdu"
)

// Line is a SIM in the modem that it is in now. What people call sim_card_id
// is its ID: it stays with the SIM, whatever modem or port that moves to.
type Line struct {
	ID     int64 // 0 until the SIM has been read for the first time
	Number string
	Label  string // name of the SIM in the configuration, "" for none
	Hold   string // why it sends nothing now though its modem is ready, in words; "" where it does
	Usage  []Usage
	modem.Status
}

// Usage is what a SIM has sent in the day or month that is being counted.
type Usage struct {
	Period        string // "day" or "month"
	Parts         int
	MaxParts      int // 0: no limit
	Recipients    int // different numbers
	MaxRecipients int // 0: no limit
}

// lineRef is the line that a sender's modem is, as far as is known.
type lineRef struct{ atomic.Int64 }

// Lines returns all modems with their SIMs, in the order of the configuration.
func (g *Gateway) Lines(ctx context.Context) ([]Line, error) {
	held, err := g.statuses(ctx)
	if err != nil {
		return nil, err
	}
	lines := make([]Line, len(g.dispatcher.senders))
	for i, s := range g.dispatcher.senders {
		st := s.modem.Status()
		lines[i] = Line{ID: s.line.Load(), Number: st.MSISDN, Status: st}
		set, l := g.settings(lines[i].ID), held[i]
		lines[i].Label = set.Name
		if lines[i].Number == "" {
			lines[i].Number = set.Number
		}
		if lines[i].ID != l.line {
			continue // another SIM has come in between
		}
		lines[i].Hold = l.why()
		for _, b := range l.budgets {
			lines[i].Usage = append(lines[i].Usage, Usage{Period: string(b.kind), Parts: b.parts, Recipients: b.recipients,
				MaxParts: b.maxParts, MaxRecipients: b.maxRecipients})
		}
	}
	return lines, nil
}

// checkLine refuses a line that no SIM ever was.
func checkLine(tx *store.Tx, id int64) error {
	if id == 0 {
		return nil
	}
	ok, err := lineExists(tx, id)
	if err == nil && !ok {
		return fault.NewInvalid("line", "there is no SIM with this id: simgate modems shows them")
	}
	return err
}

// events is what one modem tells the gateway, and what the gateway remembers
// for it. Its methods are called on the modem's own goroutines.
type events struct {
	g *Gateway
	s *sender
}

// Changed is told that the modem's state is another.
func (e events) Changed() { e.g.dispatcher.poke() }

// Identified is told which SIM is in the modem.
func (e events) Identified(ctx context.Context, sim modem.SIM) error {
	id, err := write(ctx, e.g, func(tx *store.Tx) (int64, error) {
		id, err := upsertLine(tx, sim, int64(e.g.clock.Wall()))
		if err != nil {
			return 0, err
		}
		return id, e.g.noteSIM(tx, e.s.modem.Name(), id)
	})
	if err != nil {
		return err
	}
	e.g.bind(id, sim)
	e.s.line.Store(id)
	return nil
}

// Report is told of a status report, and returns when it is on the disk.
func (e events) Report(ctx context.Context, r pdu.StatusReport) error {
	line := e.s.line.Load()
	err := e.g.commit(ctx, func(tx *store.Tx) error { return e.g.unlessRefused(e.g.settleReport(tx, line, r), "line", line) })
	if s, final := reportedState(r.Status); err == nil && final && s.hopeless() {
		e.g.dispatcher.poke() // a verification may go on to its next step
	}
	return err
}

// Late stores the answer to a part that came when nobody waited for it any more:
// its reference, or the reason why it was refused.
func (e events) Late(ctx context.Context, token any, mr int, refused error) error {
	id, ok := token.(partID)
	if !ok {
		return nil
	}
	line := e.s.line.Load()
	err := e.g.commit(ctx, func(tx *store.Tx) error {
		return e.g.unlessRefused(e.g.settleLate(tx, id, line, mr, refused), "message", id.message, "part", id.seq)
	})
	if err == nil && refused != nil {
		e.g.dispatcher.poke() // a verification may go on to its next step
	}
	return err
}

// Notice is told what the owner should know. The modem has logged it.
func (e events) Notice(ctx context.Context, n modem.Notice) {
	ev := journal.Event{Kind: journal.Kind(n.Kind), Line: e.s.line.Load(), Modem: e.s.modem.Name(), Text: n.Text}
	if n.From != "" {
		ev.Text += "; the number is " + n.From
	}
	err := e.g.commit(ctx, func(tx *store.Tx) error { return e.g.journal.Keep(tx, ev) })
	if err != nil {
		e.g.log.Warn("an event could not be kept", "err", err)
	}
}

// SMSC returns the address of the SMSC that a SIM had when it was last used.
func (e events) SMSC(ctx context.Context, iccid string) (string, error) {
	return store.Read(ctx, e.g.db, func(tx *store.Tx) (string, error) { return selectCentre(tx, iccid) })
}

// NoteSMSC remembers it.
func (e events) NoteSMSC(ctx context.Context, iccid, smsc string) error {
	if known, err := e.SMSC(ctx, iccid); err != nil || known == smsc {
		return err
	}
	return e.g.commit(ctx, func(tx *store.Tx) error { return updateCentre(tx, iccid, smsc) })
}

// RecoveryHistory returns what has been done for a modem that had gone silent.
func (e events) RecoveryHistory(ctx context.Context, name string) ([]modem.StepRecord, error) {
	today := day(int64(e.g.clock.Wall()))
	return store.Read(ctx, e.g.db, func(tx *store.Tx) ([]modem.StepRecord, error) { return selectSteps(tx, name, today) })
}

// NoteRecovery notes that a step is taken, or that it has worked.
func (e events) NoteRecovery(ctx context.Context, name string, step modem.Step, worked bool) error {
	today := day(int64(e.g.clock.Wall()))
	return e.g.commit(ctx, func(tx *store.Tx) error { return upsertStep(tx, name, step, worked, today) })
}

// day numbers the days of a wall time, so that what may be done so often a day
// can be counted. A clock that is set wrong only makes it another day.
func day(wall int64) int64 { return wall / (24 * time.Hour).Milliseconds() }

// PINTried reports whether this PIN was tried on this SIM and never accepted,
// and how many tries were left before.
func (e events) PINTried(ctx context.Context, iccid, pin string) (tries int, tried bool, err error) {
	type answer struct {
		tries int
		tried bool
	}
	a, err := store.Read(ctx, e.g.db, func(tx *store.Tx) (answer, error) {
		n, ok, err := selectPINTry(tx, iccid, pinDigest(iccid, pin))
		return answer{n, ok}, err
	})
	return a.tries, a.tried, err
}

// TryPIN remembers, before the PIN is sent, that it will be.
func (e events) TryPIN(ctx context.Context, iccid, pin string, tries int) error {
	return e.g.commit(ctx, func(tx *store.Tx) error { return insertPINTry(tx, iccid, pinDigest(iccid, pin), tries) })
}

// PINAccepted forgets the tries: the PIN is right.
func (e events) PINAccepted(ctx context.Context, iccid string) error {
	return e.g.commit(ctx, func(tx *store.Tx) error { return deletePINTries(tx, iccid) })
}

// pinDigest tells PINs apart. It hides nothing from somebody who has the disk:
// the PIN itself stands in the configuration.
func pinDigest(iccid, pin string) string {
	sum := sha256.Sum256([]byte(iccid + "\x00" + pin))
	return hex.EncodeToString(sum[:])
}

// reportWindow is how long after its submission a part may be reported on.
// Centres hold a message for days while its recipient is out of reach.
const reportWindow = 7 * 24 * time.Hour

// settleReport gives a part the state that its status report tells. It is found
// by line, reference and recipient, the newest first: the reference alone
// repeats after 256 parts.
func (g *Gateway) settleReport(tx *store.Tx, line int64, r pdu.StatusReport) error {
	s, final := reportedState(r.Status)
	if !final {
		return nil
	}
	wall := g.clock.Wall()
	recipient := tail(r.Recipient.Number)
	id, ok, err := reportedPart(tx, line, int(r.MR), recipient, wall.Add(-reportWindow))
	switch {
	case err != nil:
		return err
	case !ok:
		// The answer that carries the reference may still be on its way.
		return insertEarlyReport(tx, line, int(r.MR), recipient, int(r.Status), wall)
	}
	return g.applyReport(tx, id, line, s, r.Status, wall)
}

// matchEarlyReport looks for a status report that came before the outcome of its
// part was known: with the same reference, or, for a part that has none because its
// outcome is unknown, to the same recipient. It reports whether there was one.
func (g *Gateway) matchEarlyReport(tx *store.Tx, id partID, line int64, wall clock.Wall) (bool, error) {
	status, ok, err := takeEarlyReport(tx, id, wall.Add(-earlyReportLife))
	if err != nil || !ok {
		return false, err
	}
	s, _ := reportedState(pdu.Status(status))
	return true, g.applyReport(tx, id, line, s, pdu.Status(status), wall)
}

// applyReport gives a part the state of its status report. One that was delivered ends
// the quarantine of a line whose messages seemed to arrive nowhere.
func (g *Gateway) applyReport(tx *store.Tx, id partID, line int64, s State, status pdu.Status, wall clock.Wall) error {
	if s == Delivered {
		if err := g.heard(tx, line, id.message); err != nil {
			return err
		}
	}
	return reportPart(tx, id, s, status.String(), wall)
}

// earlyReportLife is how long a report without a part waits for one.
const earlyReportLife = 10 * time.Minute

func reportedState(s pdu.Status) (State, bool) {
	switch {
	case s.Delivered():
		return Delivered, true
	case s.Final():
		return Undelivered, true
	}
	return "", false
}

// tail is what survives of a number when networks rewrite it between national
// and international form.
func tail(number string) string {
	const digits = 8
	return number[max(0, len(number)-digits):]
}

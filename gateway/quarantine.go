package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

const (
	forRefusals = "refused"
	forSilence  = "silent"
)

// quarantine is a line that sends no more, because it seems to be blocked.
type quarantine struct {
	line     int64
	kind     string
	text     string
	since    int64 // wall time
	probes   int
	probeDue int64 // uptime in milliseconds
}

// probePauses are the times until a line in quarantine is given one message
// that waits, the last again and again. They are long: an operator that has
// blocked a SIM looks at what it does next.
var probePauses = []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour}

func probePause(probes int) time.Duration { return probePauses[min(probes, len(probePauses)-1)] }

// describe says what is the matter and what to do.
func (q quarantine) describe(c *clock.Clock, up int64) string {
	next := c.Local().Add(time.Duration(q.probeDue-up) * time.Millisecond)
	return fmt.Sprintf("line %d is in quarantine: %s; it is tried with one message at %s, or end it with \"simgate lines release %d\"",
		q.line, q.text, next.Format("2006-01-02 15:04"), q.line)
}

// judge draws from the outcome of a part what it says of the SIM.
func (g *Gateway) judge(tx *store.Tx, r result) error {
	class := line.ClassOf(r.err)
	switch {
	case class == line.None && !g.suspicion.Load():
		return nil
	case class == line.None:
		if err := forgetRefusals(tx, r.line); err != nil {
			return err
		}
		return g.release(tx, r.line, forRefusals, "the network takes its messages again")
	case class == line.Unknown, class == line.Device, !line.TellsOfBlock(r.err), g.cfg.BlockRefusals < 0:
		return nil
	}
	g.suspicion.Store(true)
	n, err := noteRefusal(tx, r.line, r.message)
	if err != nil || n < g.cfg.BlockRefusals {
		return err
	}
	reason, _, _ := strings.Cut(line.Cause(r.err), ";") // without what is to be done about a single one
	return g.quarantine(tx, r.line, forRefusals, fmt.Sprintf(
		"messages to %d different numbers in a row were refused, the last with %q; the SIM is probably blocked or has no credit: ask its operator",
		n, reason))
}

// quarantine takes a line out of service, unless it is already.
func (g *Gateway) quarantine(tx *store.Tx, line int64, kind, text string) error {
	g.suspicion.Store(true)
	up := int64(g.clock.Uptime())
	q := quarantine{line: line, kind: kind, text: text, since: int64(g.clock.Wall()), probeDue: up + probePause(0).Milliseconds()}
	added, err := insertQuarantine(tx, q, g.clock.Boot())
	if err != nil || !added {
		return err
	}
	return g.journal.Note(tx, journal.Event{Kind: journal.LineQuarantined, Line: line, Text: q.describe(g.clock, up)})
}

// release puts a line back into service that was taken out for this kind of
// reason.
func (g *Gateway) release(tx *store.Tx, line int64, kind, why string) error {
	gone, err := deleteQuarantine(tx, line, kind)
	if err != nil || !gone {
		return err
	}
	if err := forgive(tx, line); err != nil {
		return err
	}
	return g.journal.Note(tx, journal.Event{Kind: journal.LineReleased, Line: line, Text: fmt.Sprintf("line %d is out of quarantine: %s", line, why)})
}

// Release ends the quarantine of a line by hand. What made it suspect is
// forgotten.
func (g *Gateway) Release(ctx context.Context, line int64) error {
	_, err := write(ctx, g, func(tx *store.Tx) (bool, error) {
		if known, err := lineExists(tx, line); err != nil || !known {
			return false, errors.Join(err, fault.NewNotFound("there is no SIM with this id: see the list of modems"))
		}
		if q, err := selectQuarantines(tx); err != nil || q[line].line == 0 {
			return false, errors.Join(err, fault.NewNotFound("this SIM is not in quarantine: nothing is to be released"))
		}
		for _, kind := range []string{forRefusals, forSilence} {
			if err := g.release(tx, line, kind, "somebody has released it"); err != nil {
				return false, err
			}
		}
		return true, nil
	})
	if err == nil {
		g.dispatcher.poke()
	}
	return err
}

// probe notes that a line in quarantine is given a message to try it.
func (g *Gateway) probe(tx *store.Tx, line, message, up int64) error {
	q, err := selectQuarantines(tx)
	if err != nil {
		return err
	}
	next := q[line].probes + 1
	return updateProbe(tx, line, message, next, g.clock.Boot(), up+probePause(next).Milliseconds())
}

// renewProbes lets the pauses begin anew with a boot.
func (g *Gateway) renewProbes(tx *store.Tx, up int64) error {
	all, err := selectQuarantines(tx)
	for _, q := range all {
		if err == nil {
			err = updateProbe(tx, q.line, 0, q.probes, g.clock.Boot(), up+probePause(q.probes).Milliseconds())
		}
	}
	return err
}

// onReport ends the quarantine of a line whose messages seemed to arrive nowhere, if it
// was tried with this one, which was delivered.
func (g *Gateway) onReport(tx *store.Tx, line, message int64) error {
	if !g.suspicion.Load() {
		return nil
	}
	probe, err := probedWith(tx, line, message)
	if err != nil || !probe {
		return err
	}
	return g.release(tx, line, forSilence, "its messages are reported as delivered again")
}

// noteSIM notes which SIM is in a modem, and writes an event when it is another
// than before.
func (g *Gateway) noteSIM(tx *store.Tx, modemName string, line int64) error {
	before, err := swapModemLine(tx, modemName, line)
	if err != nil || before == 0 || before == line {
		return err
	}
	return g.journal.Note(tx, journal.Event{Kind: journal.LineSwapped, Line: line, Modem: modemName,
		Text: fmt.Sprintf("another SIM is in %s: line %d, and line %d before", modemName, line, before)})
}

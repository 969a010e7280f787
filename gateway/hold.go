package gateway

import (
	"context"
	"fmt"
	"math"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

// hold is a reason for which a line, or a message on it, has to wait.
type hold struct {
	until int64  // uptime in milliseconds; 0: there is none
	why   string // in words that name the line
	brief bool   // a pause between two parts, and nothing that another line need step in for
}

// later returns the hold that lasts longer.
func later(a, b hold) hold {
	if b.until > a.until {
		return b
	}
	return a
}

// refuses returns why a line does not take a message now though it is free: its
// budgets. A message that has been counted goes to its end.
func (l lineStatus) refuses(n need) (h hold) {
	if n.charged != 0 && n.charged == l.line {
		return hold{}
	}
	for _, b := range l.budgets {
		h = later(h, b.refuses(n, l.line))
	}
	return h
}

// takes reports whether a line may take anything of a lane.
func (l lineStatus) takes(lane int) bool {
	for _, b := range l.budgets {
		if !b.open(lane) {
			return false
		}
	}
	return true
}

// inService reports whether a line sends, if it is not resting for a moment.
func (l lineStatus) inService() bool {
	return l.line != 0 && l.state == line.Ready && (l.hold.until == 0 || l.hold.brief)
}

// waitsFor returns what a message waits for: of the lines that could take it,
// the hold that ends first. There is none while one of them is merely busy, or
// while no modem is ready.
func waitsFor(n need, lines []lineStatus) hold {
	first := hold{until: math.MaxInt64}
	for _, l := range lines {
		if l.line == 0 || l.state != line.Ready || n.line != 0 && l.line != n.line {
			continue
		}
		h := later(l.hold, l.refuses(n))
		if h.until == 0 {
			return hold{}
		}
		if h.until < first.until {
			first = h
		}
	}
	if first.until == math.MaxInt64 {
		return hold{}
	}
	return first
}

// untilOpen returns how long it takes until the first line can take something
// that it cannot now.
func untilOpen(lines []lineStatus, up int64) time.Duration {
	wait := longestWait
	note := func(until int64) {
		if until > up {
			wait = min(wait, time.Duration(until-up)*time.Millisecond)
		}
	}
	for _, l := range lines {
		if l.line == 0 || l.state != line.Ready || l.busy {
			continue
		}
		note(l.hold.until)
		for _, b := range l.budgets {
			if !b.open(laneMessages) || !b.open(laneCodes) {
				note(b.until)
			}
		}
	}
	return wait
}

// breaker takes a modem out of service that is given parts and answers none.
// It is of the dispatcher alone.
type breaker struct {
	unknowns int   // outcomes in a row that stayed unknown
	until    int64 // uptime in milliseconds; 0 in service
}

// breakAfter is how many parts in a row a modem may leave without an answer:
// each may have been sent, or be lost.
const breakAfter = 3

// breakPauses are how long a modem is out of service, the last again and again.
// After each it is given one part.
var breakPauses = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// note takes up the outcome of a part. It reports whether the modem goes out of
// service now, and for how long.
func (b *breaker) note(class line.Class, up int64) (time.Duration, bool) {
	switch class {
	case line.Unknown:
		b.unknowns++
	case line.Device: // nothing was handed over: it says nothing of answers
		return 0, false
	default: // a refusal is an answer too
		*b = breaker{}
		return 0, false
	}
	if b.unknowns < breakAfter {
		return 0, false
	}
	pause := breakPauses[min(b.unknowns-breakAfter, len(breakPauses)-1)]
	b.until = up + pause.Milliseconds()
	return pause, true
}

// hold is why the modem does not send.
func (b breaker) hold(name string, c *clock.Clock, up int64) hold {
	if b.until <= up {
		return hold{}
	}
	again := c.Local().Add(time.Duration(b.until-up) * time.Millisecond)
	return hold{until: b.until, why: fmt.Sprintf("%s left %d messages in a row without an answer and pauses until %s", name, b.unknowns, again.Format("15:04:05"))}
}

// tellBreaker writes an event when a modem goes out of service by this outcome,
// which is noted once the round is committed.
func (g *Gateway) tellBreaker(tx *store.Tx, r result) error {
	next := r.sender.breaker
	pause, broken := next.note(line.ClassOf(r.err), int64(g.clock.Uptime()))
	if !broken {
		return nil
	}
	name := r.sender.driver.Name()
	return g.journal.Note(tx, journal.Event{Kind: journal.ModemBreaker, Line: r.line, Modem: name, Text: fmt.Sprintf(
		"%s left %d messages in a row without an answer, and nobody can tell whether they were sent: it pauses for %s; look at its antenna and supply",
		name, next.unknowns, pause)})
}

// why says why a line sends nothing, or no messages, in words; "" where it does.
func (l lineStatus) why() string {
	if l.hold.until != 0 && !l.hold.brief {
		return l.hold.why
	}
	for _, lane := range []int{laneCodes, laneMessages} {
		if !l.takes(lane) {
			return l.refuses(need{lane: lane, parts: 1}).why
		}
	}
	return ""
}

// statuses looks at the lines as the next round would.
func (g *Gateway) statuses(ctx context.Context) ([]lineStatus, error) {
	return store.Read(ctx, g.db, g.peek)
}

func (g *Gateway) peek(tx *store.Tx) ([]lineStatus, error) {
	d, up := g.dispatcher, int64(g.clock.Uptime())
	lines := make([]lineStatus, len(d.senders))
	for i, s := range d.senders {
		lines[i] = lineStatus{name: s.driver.Name(), line: s.line.Load(), state: s.driver.State()}
		if seen := d.seen.Load(); seen != nil && (*seen)[i].own.until > up {
			lines[i].hold = (*seen)[i].own
		}
	}
	_, err := g.holds(tx, lines, up, false)
	return lines, err
}

// waiting says what a queued message waits for, "" where it goes as soon as a
// modem is free.
func (g *Gateway) waiting(tx *store.Tx, id int64) (string, error) {
	m, err := store.Get(tx, scanDue, `SELECT `+dueColumns+` FROM message WHERE id = ?`, id)
	if err != nil {
		return "", err
	}
	lines, err := g.peek(tx)
	if err != nil {
		return "", err
	}
	n, err := m.need(tx, lines)
	return waitsFor(n, lines).why, err
}

package line

import (
	"time"

	"simgate/gateway/clock"
)

// Pace bounds what one SIM sends, as its operator does and as people do. Zero
// is no limit. [budget] says how apps share it. A part is counted when it is given to the modem, and once for a
// message and SIM, however often the network refuses it.
type Pace struct {
	Rate   int           // parts a minute, on average
	Jitter float64       // share of the time between two parts by which it varies, 0 to 1
	Pause  time.Duration // at the least, from the end of a part to the next

	Day, Month                     int     // parts
	RecipientsDay, RecipientsMonth int     // different numbers
	CostDay, CostMonth             int64   // by the prices of the SIM, in millionths; what has no price costs nothing
	Reserve                        float64 // share of each budget that is kept for codes, 0 to 1
}

// rest returns how long a line rests from the start of a part to that of the
// next. draw is a random number from 0 to 1.
func (p Pace) rest(draw float64) time.Duration {
	if p.Rate <= 0 {
		return p.Pause
	}
	between := float64(time.Minute) / float64(p.Rate)
	return max(p.Pause, time.Duration(between*(1+p.Jitter*(2*draw-1))))
}

// limits returns what a period may hold, 0 for any.
func (p Pace) limits(k periodKind) usage {
	if k == daily {
		return usage{p.Day, p.RecipientsDay, p.CostDay}
	}
	return usage{p.Month, p.RecipientsMonth, p.CostMonth}
}

// budgets reports whether there is anything to count.
func (p Pace) budgets() bool {
	return p.limits(daily) != usage{} || p.limits(monthly) != usage{}
}

// periodKind is the period that a budget covers.
type periodKind string

const (
	daily   periodKind = "day"
	monthly periodKind = "month"
)

var periodKinds = []periodKind{daily, monthly}

// label names the day or the month; labels sort as the times do.
func (k periodKind) label(now time.Time) string {
	if k == daily {
		return now.Format(time.DateOnly)
	}
	return now.Format("2006-01")
}

// bounds returns the midnights at which the day or month of a time begins and ends.
func (k periodKind) bounds(now time.Time) (begin, end time.Time) {
	y, m, d := now.Date()
	if k == daily {
		return time.Date(y, m, d, 0, 0, 0, 0, now.Location()), time.Date(y, m, d+1, 0, 0, 0, 0, now.Location())
	}
	return time.Date(y, m, 1, 0, 0, 0, 0, now.Location()), time.Date(y, m+1, 1, 0, 0, 0, 0, now.Location())
}

// shortest is the shortest that a day or a month can be: an hour is lost where
// summer time begins.
func (k periodKind) shortest() time.Duration {
	const day = 24 * time.Hour
	if k == daily {
		return day - time.Hour
	}
	return 28*day - time.Hour
}

// period is a day or a month of one line and what was sent in it.
type period struct {
	kind  periodKind
	label string       // "" before the first
	boot  string       // that begun counts from
	begun clock.Uptime // before 0 where it began before the boot
	used  usage
}

// settledClock is how long after the start of the machine its time of day can
// be taken for what it will be: before, the network may not have told it yet.
const settledClock = time.Hour

// at returns the period that is counted in now, and whether it is another than
// before, with nothing in it.
//
// It begins at local midnight, as people and operators count. But the clock of
// a Pi jumps, and no jump may give a second budget, nor withhold one for long:
//
//   - A later date begins a period only if the one before has lasted as long as
//     it must, by the time since boot, which does not jump. A clock that leaps
//     forward, or forth and back, gains nothing; what is left of the day before
//     is waited for, so that such a leap costs at most one period.
//   - After a boot nobody can tell how long the machine was off, and a later
//     date is believed.
//   - An earlier date begins no period: the count goes on under its name, and ends
//     at its midnight. Just after a boot the old name is kept: a machine without
//     a clock wakes up in the past, and learns the time soon after.
func (p period) at(now time.Time, up clock.Uptime, boot string) (period, bool) {
	label := p.kind.label(now)
	begin, _ := p.kind.bounds(now)
	next := period{kind: p.kind, label: label, boot: boot, begun: up.Add(-now.Sub(begin))}
	switch {
	case label == p.label:
		return p, false
	case label > p.label && p.boot != boot:
		return next, true
	case label > p.label && up >= p.over():
		next.begun = max(next.begun, p.over())
		return next, true
	case label > p.label:
		return p, false
	case p.boot == boot:
		p.label = label
	case up >= clock.Uptime(0).Add(settledClock):
		p.label, p.boot, p.begun = label, boot, up
	}
	return p, false
}

// over returns the uptime before which no other period may follow on this boot.
func (p period) over() clock.Uptime { return p.begun.Add(p.kind.shortest()) }

// ends returns when the next period begins: at midnight, unless the clock has leapt and
// what is left has to be measured.
func (p period) ends(now time.Time, up clock.Uptime, boot string) clock.Uptime {
	_, end := p.kind.bounds(now)
	until := up.Add(end.Sub(now) + time.Millisecond - 1)
	switch {
	case p.boot != boot:
	case p.kind.label(now) > p.label:
		until = p.over()
	default:
		until = max(until, p.over())
	}
	return max(until, up+1)
}

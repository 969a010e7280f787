package guard

import (
	"time"

	"simgate/gateway/clock"
)

// slot is the grain of counters. A window reaches back to the beginning of the slot in
// which it begins, so that it is at most this much too long.
const slot = 10 * time.Minute

// slotOf returns the number of the slot of a tick.
func slotOf(t clock.Tick) int64 { return int64(t) / slot.Milliseconds() }

// endOf returns the tick at which a slot ends.
func endOf(slotNumber int64) clock.Tick { return clock.Tick((slotNumber + 1) * slot.Milliseconds()) }

// count is what one slot holds.
type count struct {
	slot                    int64
	sends, answered, failed int
}

func sendsOf(c count) int      { return c.sends }
func failedOf(c count) int     { return c.failed }
func unansweredOf(c count) int { return c.sends - c.answered }

// window is a counter over a period that ends now, oldest slot first.
type window struct {
	counts []count
	tick   clock.Tick
}

// sum adds up the last d of the window.
func (w window) sum(d time.Duration, of func(count) int) int {
	n, from := 0, slotOf(w.tick.Add(-d))
	for _, c := range w.counts {
		if c.slot >= from {
			n += of(c)
		}
	}
	return n
}

// wait returns how long the sum of the last d stays at limit or above, if nothing is
// added.
func (w window) wait(d time.Duration, limit int, of func(count) int) time.Duration {
	n, from := w.sum(d, of), slotOf(w.tick.Add(-d))
	for _, c := range w.counts {
		if c.slot < from {
			continue
		}
		if n -= of(c); n < limit {
			return endOf(c.slot).Add(d).Sub(w.tick)
		}
	}
	return d
}

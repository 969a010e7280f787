package guard

import (
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// slot is the grain of counters. A window reaches back to the beginning of the slot in
// which it begins, so that it is at most this much too long.
const slot = 10 * time.Minute

// slotOf returns the number of the slot of a tick.
func slotOf(t clock.Tick) int64 { return int64(t) / slot.Milliseconds() }

// endOf returns the tick at which a slot ends.
func endOf(slotNumber int64) clock.Tick { return clock.Tick((slotNumber + 1) * slot.Milliseconds()) }

// count is what one slot holds. Codes that come back are credited to the slot in which
// they were sent.
type count struct {
	slot     int64
	sends    int
	answered int // of these, came back
	strange  int // of these, went to numbers that are not known, and did not come back
	slow     int // as strange, of those that went out although too many do not come back
	failed   int // wrong codes that were compared
}

func sendsOf(c count) int    { return c.sends }
func answeredOf(c count) int { return c.answered }
func failedOf(c count) int   { return c.failed }

// unansweredOf leaves out what is bounded by its turns.
func unansweredOf(c count) int { return c.sends - c.answered - c.slow }

// surplusOf returns by how many more codes were not answered than were.
func surplusOf(c count) int { return unansweredOf(c) - c.answered }

// strangeSurplusOf is the same of codes to numbers that are not known.
func strangeSurplusOf(c count) int { return c.strange - c.answered }

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

// windows reads each counter of a request for the last day, once.
type windows struct {
	tx   *store.Tx
	app  string
	keys map[Scope]string
	tick clock.Tick
	read map[Scope]window
}

func newWindows(tx *store.Tx, r Request, now clock.Tick) windows {
	return windows{tx, r.App, r.keys(), now, map[Scope]window{}}
}

func (w windows) of(s Scope) (window, error) {
	known, ok := w.read[s]
	if ok || w.keys[s] == "" {
		return known, nil
	}
	one, err := selectWindow(w.tx, w.app, s, w.keys[s], w.tick, day)
	w.read[s] = one
	return one, err
}

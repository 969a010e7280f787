package gateway

import (
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

const (
	// leastStep is the smallest change of the time of day that counts as a step.
	leastStep = 10 * time.Second
	// tickEvery bounds how old the noted tick is that rows are given.
	tickEvery = 10 * time.Second
	// ranFor is how long the gateway must have run after a row has ended before it is
	// deleted, or its retention where that is shorter: a clock that leaps must not
	// delete what has just arrived.
	ranFor = 72 * time.Hour
)

// timekeeper notes ticks for rows, and corrects the times of day of this boot when the
// clock is set: a Pi without a battery learns the time after its start, and what it
// delivered before that must neither show a wrong time for ever nor be deleted for
// its age.
type timekeeper struct {
	noted clock.Tick
	ahead time.Duration // of the time of day before uptime, as noted last; 0: not known
}

func ahead(now clock.Moment) time.Duration {
	return time.Duration(int64(now.Wall)-int64(now.Up)) * time.Millisecond
}

// stepped reports whether the time of day has been set since the last note.
func (k timekeeper) stepped(now clock.Moment) bool {
	return (ahead(now) - k.ahead).Abs() >= leastStep
}

// keepTime notes the tick, and a step of the clock if there was one. It is called in
// every writing transaction before anything else, so that each row is written either
// before a step was noted or after it. It reports whether it has changed anything.
func (g *Gateway) keepTime(tx *store.Tx) (bool, error) {
	now := g.clock.Now()
	if k := g.time.Load(); k != nil && !k.stepped(now) && now.Tick.Sub(k.noted) < tickEvery {
		return false, nil
	}
	return true, g.noteTime(tx, now)
}

// noteTime does it.
func (g *Gateway) noteTime(tx *store.Tx, now clock.Moment) error {
	c, err := selectClock(tx)
	if err != nil {
		return err
	}
	tick := max(now.Tick, c.last+1)
	before := timekeeper{ahead: time.Duration(c.aheadWall) * time.Millisecond}
	if c.aheadWall != 0 && before.stepped(now) {
		delta := ahead(now) - before.ahead
		g.log.Info("the clock was set, and times since the start of the machine are corrected", "by", delta.String())
		g.correcting.Store(true)
		if err := g.correctTimes(tx, c, delta, now, tick); err != nil {
			return err
		}
	}
	if err := noteTick(tx, tick, ahead(now)); err != nil {
		return err
	}
	g.time.Store(&timekeeper{noted: tick, ahead: ahead(now)})
	return nil
}

// clockSet reports whether the clock has been set and rows are still to be corrected.
func (g *Gateway) clockSet() bool {
	k := g.time.Load()
	return k == nil || k.stepped(g.clock.Now()) || g.correcting.Load()
}

// ran returns the tick before which a row must have ended to be deleted, where its
// retention is keep.
func (g *Gateway) ran(stamped clock.Tick, keep time.Duration) clock.Tick {
	tick := g.clock.Tick().Add(-min(ranFor, keep))
	if tick <= stamped {
		return 0 // rows without a tick may be younger than this
	}
	return tick
}

// recoverTime lets ticks go on after a boot where they stood, and notes which rows are
// of earlier boots. It comes before all else that is recovered.
func (g *Gateway) recoverTime(tx *store.Tx, now clock.Moment) error {
	c, err := selectClock(tx)
	if err != nil {
		return err
	}
	if c.boot != g.clock.Boot() {
		c.boot, c.ahead, c.aheadWall = g.clock.Boot(), int64(c.last)-int64(now.Up), 0
		c.first = c.last + 1
		if err := updateClock(tx, c); err != nil {
			return err
		}
		if err := noteBoot(tx); err != nil {
			return err
		}
	}
	g.clock.SetTick(clock.Tick(int64(now.Up)+c.ahead), now.Up)
	now.Tick = g.clock.Tick()
	return g.noteTime(tx, now)
}

package store

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"simgate/gateway/clock"
)

const (
	// LeastStep is the smallest change of the time of day that counts as a step.
	LeastStep = 10 * time.Second
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
	clock      *clock.Clock
	log        *slog.Logger
	tables     []Timed
	noted      atomic.Pointer[note]
	correcting atomic.Bool // the clock was set, and not all rows are corrected
}

// note is what was noted of the time last.
type note struct {
	tick  clock.Tick
	ahead time.Duration // of the time of day before uptime; 0 not known
}

// KeepTime gives the database its clock, and the tables whose times of day are corrected
// when that is set. It is called once, before [DB.Recover].
func (db *DB) KeepTime(c *clock.Clock, log *slog.Logger, tables ...Timed) {
	db.time = &timekeeper{clock: c, log: log, tables: tables}
}

func ahead(now clock.Moment) time.Duration {
	return time.Duration(int64(now.Wall)-int64(now.Up)) * time.Millisecond
}

// stepped reports whether the time of day has been set since the note.
func (n note) stepped(now clock.Moment) bool {
	return (ahead(now) - n.ahead).Abs() >= LeastStep
}

// keep notes the tick, and a step of the clock if there was one. It is called in every
// writing transaction before anything else, so that each row is written either before a
// step was noted or after it. It reports whether it has changed anything.
func (k *timekeeper) keep(tx *Tx) (bool, error) {
	now := k.clock.Now()
	if n := k.noted.Load(); n != nil && !n.stepped(now) && now.Tick.Sub(n.tick) < tickEvery {
		return false, nil
	}
	return true, k.note(tx, now)
}

func (k *timekeeper) note(tx *Tx, now clock.Moment) error {
	c, err := selectClock(tx)
	if err != nil {
		return err
	}
	tick := max(now.Tick, c.last+1)
	before := note{ahead: time.Duration(c.aheadWall) * time.Millisecond}
	if c.aheadWall != 0 && before.stepped(now) {
		delta := ahead(now) - before.ahead
		k.log.Info("the clock was set, and times since the start of the machine are corrected", "by", delta.String())
		k.correcting.Store(true)
		if err := k.step(tx, c, delta, now, tick); err != nil {
			return err
		}
	}
	if err := updateTick(tx, tick, ahead(now)); err != nil {
		return err
	}
	k.noted.Store(&note{tick: tick, ahead: ahead(now)})
	return nil
}

// recover lets ticks go on after a boot where they stood, and notes which rows are of
// earlier boots. It comes before all else that is recovered.
func (k *timekeeper) recover(tx *Tx) error {
	c, err := selectClock(tx)
	if err != nil {
		return err
	}
	now := k.clock.Now()
	if c.boot != k.clock.Boot() {
		c.boot, c.ahead, c.aheadWall = k.clock.Boot(), int64(c.last)-int64(now.Up), 0
		c.first = c.last + 1
		if err := updateClock(tx, c); err != nil {
			return err
		}
		if err := k.noteBoot(tx); err != nil {
			return err
		}
	}
	k.clock.SetTick(clock.Tick(int64(now.Up)+c.ahead), now.Up)
	now.Tick = k.clock.Tick()
	return k.note(tx, now)
}

// ClockSet reports whether the clock has been set and rows are still to be corrected.
func (db *DB) ClockSet() bool {
	n := db.time.noted.Load()
	return n == nil || n.stepped(db.time.clock.Now()) || db.time.correcting.Load()
}

// CorrectTimes corrects all rows of the steps of the clock that were noted, a bounded
// number in each transaction.
func (db *DB) CorrectTimes(ctx context.Context) error {
	for {
		db.time.correcting.Store(false) // a step that is noted from here on sets it again
		more, err := Write(ctx, db, func(tx *Tx) (bool, error) { return db.time.correctNext(tx, false) })
		if err != nil {
			db.time.correcting.Store(true)
			return err
		}
		if !more {
			return nil
		}
	}
}

// Past returns what is past a retention. A row that lies before it by the time of day
// has also lain there while the gateway has run for 72 hours, or for the retention
// where that is shorter.
func (db *DB) Past(ctx context.Context) (func(keep time.Duration) clock.Past, error) {
	c, err := Read(ctx, db, selectClock)
	if err != nil {
		return nil, err
	}
	now := db.time.clock.Now()
	return func(keep time.Duration) clock.Past {
		past := clock.Past{Wall: now.Wall.Add(-keep), Tick: now.Tick.Add(-min(ranFor, keep))}
		if past.Tick <= c.stamped {
			past.Tick = 0 // rows without a tick may be younger than this
		}
		return past
	}, nil
}

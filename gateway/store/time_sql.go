package store

import (
	"strings"
	"time"

	"simgate/gateway/clock"
)

// clockRow is the row of the table clock.
type clockRow struct {
	boot      string
	ahead     int64      // of ticks before the uptime of that boot, in milliseconds
	last      clock.Tick // that was noted
	first     clock.Tick // of this boot
	aheadWall int64      // of the time of day before uptime, in milliseconds; 0 not known
	stamped   clock.Tick // from which rows have one
}

// Tick is, in SQL, the tick that was noted last: for rows that say when they were made.
const Tick = `(SELECT last FROM clock)`

func selectClock(tx *Tx) (clockRow, error) {
	return Get(tx, func(row Scanner) (c clockRow, err error) {
		return c, row.Scan(&c.boot, &c.ahead, &c.last, &c.first, &c.aheadWall, &c.stamped)
	}, `SELECT boot, ahead, last, first, ahead_wall, stamped FROM clock`)
}

func updateClock(tx *Tx, c clockRow) error {
	_, err := tx.Exec(`UPDATE clock SET boot = ?, ahead = ?, last = ?, first = ?, ahead_wall = ?`,
		c.boot, c.ahead, c.last, c.first, c.aheadWall)
	return err
}

// updateTick notes the tick from which time goes on after a boot, and by how much the
// time of day is ahead of uptime.
func updateTick(tx *Tx, tick clock.Tick, ahead time.Duration) error {
	_, err := tx.Exec(`UPDATE clock SET last = ?, ahead_wall = ?`, tick, ahead.Milliseconds())
	return err
}

// Touch writes what is there already, which shows whether anything can be written.
func Touch(tx *Tx) error {
	_, err := tx.Exec(`UPDATE clock SET last = last`)
	return err
}

// Timed is a table whose times of day are corrected when the clock is set. It has the
// columns id and tick, and where it has Ended the time of that name.
type Timed struct {
	Table string
	Begun []string // times that a row has from its beginning on
	Ended string   // the time of its last change of state, "" none
	Parts []Parts
}

// Parts is a table of parts of the rows of another.
type Parts struct {
	Table string
	Owner string   // its column that names the row
	Times []string // its times
}

// correctedAtOnce bounds the rows of a table that one transaction corrects.
const correctedAtOnce = 1000

// noteBoot notes which rows are of earlier boots.
func (k *timekeeper) noteBoot(tx *Tx) error {
	for _, t := range k.tables {
		_, err := tx.Exec(`INSERT INTO boot_row (noun, id) SELECT ?, COALESCE(MAX(id), 0) FROM `+t.Table+` WHERE 0 = 0
			ON CONFLICT (noun) DO UPDATE SET id = excluded.id`, t.Table)
		if err != nil {
			return err
		}
	}
	return nil
}

// step moves the times of day of this boot by delta: those of the newest rows at once,
// and of the others with [DB.CorrectTimes].
func (k *timekeeper) step(tx *Tx, c clockRow, delta time.Duration, now clock.Moment, until clock.Tick) error {
	for _, t := range k.tables {
		above, err := Get(tx, Int, `SELECT COALESCE(MAX(id), 0) FROM boot_row WHERE noun = ?`, t.Table)
		if err != nil {
			return err
		}
		if err := t.correctOlder(tx, c, delta, above, now); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO clock_step (noun, delta, above, upto, until)
			SELECT ?, ?, ?, COALESCE(MAX(id), 0), ? FROM `+t.Table, t.Table, delta.Milliseconds(), above, until)
		if err != nil {
			return err
		}
	}
	_, err := k.correctNext(tx, true)
	return err
}

// correctOlder corrects what rows of earlier boots were given in this one.
func (t Timed) correctOlder(tx *Tx, c clockRow, delta time.Duration, above int64, now clock.Moment) error {
	if t.Ended == "" {
		return nil
	}
	by := delta.Milliseconds()
	from, to := c.aheadWall, c.aheadWall+int64(now.Up)
	rows := `ended_at > 0 AND ended_at >= ? AND ended_at <= ? AND id + 0 <= ? AND tick >= ?`
	for _, p := range t.Parts {
		for _, column := range p.Times {
			_, err := tx.Exec(`UPDATE `+p.Table+` SET `+column+` = `+column+` + ? WHERE `+column+` >= ? AND `+column+` <= ?
				AND `+p.Owner+` IN (SELECT id FROM `+t.Table+` WHERE `+rows+`)`, by, from, to, from, to, above, c.first)
			if err != nil {
				return err
			}
		}
	}
	_, err := tx.Exec(`UPDATE `+t.Table+` SET ended_at = ended_at + ? WHERE `+rows, by, from, to, above, c.first)
	return err
}

// clockStep is a row of the table of that name.
type clockStep struct {
	id, delta, above, upto, until int64
	noun                          string
}

// correctNext corrects the next rows of a step of the clock, the newest first, or with
// all those of each table. It reports whether there is more to do.
func (k *timekeeper) correctNext(tx *Tx, all bool) (bool, error) {
	steps, err := All(tx, func(row Scanner) (s clockStep, err error) {
		return s, row.Scan(&s.id, &s.noun, &s.delta, &s.above, &s.upto, &s.until)
	}, `SELECT id, noun, delta, above, upto, until FROM clock_step ORDER BY id DESC`)
	if err != nil || len(steps) == 0 {
		return false, err
	}
	if !all {
		steps = steps[:1]
	}
	for _, s := range steps {
		for _, t := range k.tables {
			if t.Table == s.noun {
				if err := t.correct(tx, s); err != nil {
					return false, err
				}
			}
		}
	}
	return true, nil
}

// correct corrects the newest of the rows that are left of a step.
func (t Timed) correct(tx *Tx, s clockStep) error {
	from := max(s.above, s.upto-correctedAtOnce)
	moved := func(column, when string) string {
		return column + ` = CASE WHEN ` + column + ` > 0` + when + ` THEN ` + column + ` + ? ELSE ` + column + ` END`
	}
	for _, p := range t.Parts {
		var sets []string
		var args []any
		for _, column := range p.Times {
			sets, args = append(sets, moved(column, "")), append(args, s.delta)
		}
		_, err := tx.Exec(`UPDATE `+p.Table+` SET `+strings.Join(sets, ", ")+` WHERE `+p.Owner+` IN (
			SELECT id FROM `+t.Table+` WHERE id > ? AND id <= ? AND tick < ?)`, append(args, from, s.upto, s.until)...)
		if err != nil {
			return err
		}
	}
	var sets []string
	var args []any
	for _, column := range t.Begun {
		sets, args = append(sets, moved(column, "")), append(args, s.delta)
	}
	if t.Ended != "" {
		sets, args = append(sets, moved(t.Ended, " AND tick < ?")), append(args, s.until, s.delta)
	}
	_, err := tx.Exec(`UPDATE `+t.Table+` SET `+strings.Join(sets, ", ")+` WHERE id > ? AND id <= ?`, append(args, from, s.upto)...)
	if err != nil {
		return err
	}
	if from <= s.above {
		_, err = tx.Exec(`DELETE FROM clock_step WHERE id = ?`, s.id)
	} else {
		_, err = tx.Exec(`UPDATE clock_step SET upto = ? WHERE id = ?`, from, s.id)
	}
	return err
}

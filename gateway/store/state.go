package store

import (
	"errors"
	"fmt"
	"strings"
)

// Noun is a table whose rows have a state, with the changes of it that are allowed.
// Move and MoveOne are the only functions that change a state; a test reads every
// query to see to that.
//
// Each row that changes is given to the function of [DB.OnChange], but for a Silent
// noun, and gets the tick of its change, but for a Part.
type Noun[S ~string] struct {
	Table  string
	from   map[S]string // condition on the state that a row has before
	silent bool
	part   bool
}

// Change is a change of the state of one row.
type Change struct {
	Noun     string // the table
	ID       int64
	App      string
	From, To string // From is "" for a row that is new
}

// NewNoun returns the noun that lies in a table with the columns id, app, state and
// tick; it asks may for each pair of states whether the change is allowed.
func NewNoun[S ~string](table string, all []S, may func(from, to S) bool) Noun[S] {
	n := Noun[S]{Table: table, from: map[S]string{}}
	for _, to := range all {
		var before []string
		for _, s := range all {
			if may(s, to) {
				before = append(before, "'"+string(s)+"'")
			}
		}
		switch len(before) {
		case 0:
			n.from[to] = "0 = 1"
		case 1: // written so that partial indexes are used
			n.from[to] = "state = " + before[0]
		default:
			n.from[to] = "state IN (" + strings.Join(before, ", ") + ")"
		}
	}
	return n
}

// Silent returns the noun with changes that nobody hears of. Its table needs no app.
func (n Noun[S]) Silent() Noun[S] {
	n.silent = true
	return n
}

// Part returns the noun of what is a part of another: it is Silent, and the tick of its
// changes is that of the whole. Its table needs no id and no tick.
func (n Noun[S]) Part() Noun[S] {
	n.silent, n.part = true, true
	return n
}

// OnChange sets what is called for each row whose state has changed, in the transaction
// that changed it. It is called once, before the first transaction.
func (db *DB) OnChange(fn func(*Tx, Change) error) { db.Attach(fn) }

// Clause is a piece of SQL with its arguments.
type Clause struct {
	SQL  string
	Args []any
}

// Set returns the columns that change together with a state.
func Set(sql string, args ...any) Clause { return Clause{sql, args} }

// Where returns the condition that selects the rows whose state changes.
func Where(sql string, args ...any) Clause { return Clause{sql, args} }

// Move changes the state of those selected rows that may take it, and leaves the
// others alone. It returns how many it changed.
func (n Noun[S]) Move(tx *Tx, to S, set, where Clause) (int64, error) {
	from, known := n.from[to]
	if !known {
		return 0, &StateError{n.Table, "", string(to)}
	}
	where.SQL = from + ` AND ` + where.SQL
	onChange, _ := tx.Attached().(func(*Tx, Change) error)
	var changes []Change
	if onChange != nil && !n.silent {
		var err error
		if changes, err = All(tx, n.change(to), `SELECT id, app, state FROM `+n.Table+` WHERE `+where.SQL, where.Args...); err != nil || len(changes) == 0 {
			return 0, err
		}
	}
	moved, err := n.update(tx, to, set, where)
	for _, c := range changes {
		if err == nil {
			err = onChange(tx, c)
		}
	}
	return moved, err
}

// Made tells the function of [DB.OnChange] of a row that was inserted.
func (n Noun[S]) Made(tx *Tx, row Row[S]) error {
	onChange, _ := tx.Attached().(func(*Tx, Change) error)
	if onChange == nil || n.silent {
		return nil
	}
	return onChange(tx, Change{Noun: n.Table, ID: row.ID, App: row.App, To: string(row.State)})
}

// update writes the new state of rows, and the tick at which they got it.
func (n Noun[S]) update(tx *Tx, to S, set, where Clause) (int64, error) {
	also := ""
	if !n.part {
		also = `, tick = ` + Tick
	}
	if set.SQL != "" {
		also += `, ` + set.SQL
	}
	res, err := tx.Exec(`UPDATE `+n.Table+` SET state = '`+string(to)+`'`+also+` WHERE `+where.SQL, append(set.Args[:len(set.Args):len(set.Args)], where.Args...)...)
	return res.RowsAffected, err
}

// change reads the row of a change that is about to be made.
func (n Noun[S]) change(to S) func(Scanner) (Change, error) {
	return func(row Scanner) (Change, error) {
		c := Change{Noun: n.Table, To: string(to)}
		return c, row.Scan(&c.ID, &c.App, &c.From)
	}
}

// MoveOne is Move for one row that must exist. Where its state may not change to
// this one it is left alone, and the error is a [StateError].
func (n Noun[S]) MoveOne(tx *Tx, to S, set, where Clause) error {
	moved, err := n.Move(tx, to, set, where)
	if err != nil || moved > 0 {
		return err
	}
	from, err := Get(tx, Text, `SELECT state FROM `+n.Table+` WHERE `+where.SQL, where.Args...)
	if errors.Is(err, ErrNoRows) {
		from, err = "", nil
	}
	if err != nil {
		return err
	}
	return &StateError{n.Table, from, string(to)}
}

// Row is what a transaction has read of a row whose state it changes.
type Row[S ~string] struct {
	ID    int64
	App   string
	State S
}

// MoveRow is MoveOne for a row that the transaction has read: it need not be looked up
// again.
func (n Noun[S]) MoveRow(tx *Tx, row Row[S], to S, set Clause) error {
	from, known := n.from[to]
	if !known {
		return &StateError{n.Table, "", string(to)}
	}
	moved, err := n.update(tx, to, set, Where(from+` AND state = ? AND id = ?`, string(row.State), row.ID))
	switch onChange, _ := tx.Attached().(func(*Tx, Change) error); {
	case err != nil:
		return err
	case moved == 0:
		return &StateError{n.Table, string(row.State), string(to)}
	case onChange != nil && !n.silent:
		return onChange(tx, Change{Noun: n.Table, ID: row.ID, App: row.App, From: string(row.State), To: string(to)})
	}
	return nil
}

// StateError is a change of state that is not allowed; from is "" where there is
// no such row.
type StateError struct{ noun, from, to string }

// Error says which noun it is about, and both states.
func (e *StateError) Error() string {
	if e.from == "" {
		return fmt.Sprintf("there is no such %s to become %s", e.noun, e.to)
	}
	return fmt.Sprintf("a %s that is %s cannot become %s", e.noun, e.from, e.to)
}

package gateway

import (
	"errors"
	"fmt"
	"strings"

	"simgate/gateway/store"
)

// The nouns that have states. Their states are changed here and nowhere else.
var (
	messages      = newNoun("message", States, State.May)
	parts         = newNoun("part", States, State.May)
	verifications = newNoun("verification", VerificationStates, VerificationState.May)
	calls         = newNoun("call", CallStates, CallState.May)
	deliveries    = newNoun("delivery", DeliveryStates, DeliveryState.May)
)

// noun is a table whose rows have a state, and the changes of it that are allowed.
type noun[S ~string] struct {
	table string
	from  map[S]string // condition on the state that a row has before
}

// newNoun asks may for each pair of states whether the change is allowed.
func newNoun[S ~string](table string, all []S, may func(from, to S) bool) noun[S] {
	n := noun[S]{table, map[S]string{}}
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

// clause is a piece of SQL with its arguments.
type clause struct {
	sql  string
	args []any
}

// set is what else changes with a state; where selects the rows that change.
func set(sql string, args ...any) clause   { return clause{", " + sql, args} }
func where(sql string, args ...any) clause { return clause{sql, args} }

// move changes the state of those selected rows that may take it, and leaves the
// others alone. It returns how many it changed.
func (n noun[S]) move(tx *store.Tx, to S, set, where clause) (int64, error) {
	from, known := n.from[to]
	if !known {
		return 0, &stateError{n.table, "", string(to)}
	}
	res, err := tx.Exec(`UPDATE `+n.table+` SET state = '`+string(to)+`'`+set.sql+` WHERE `+from+` AND `+where.sql,
		append(set.args[:len(set.args):len(set.args)], where.args...)...)
	return res.RowsAffected, err
}

// moveOne is move for one row that must exist. Where its state may not change to
// this one it is left alone, and the error is a stateError.
func (n noun[S]) moveOne(tx *store.Tx, to S, set, where clause) error {
	moved, err := n.move(tx, to, set, where)
	if err != nil || moved > 0 {
		return err
	}
	from, err := store.Get(tx, store.Text, `SELECT state FROM `+n.table+` WHERE `+where.sql, where.args...)
	if errors.Is(err, store.ErrNoRows) {
		from, err = "", nil
	}
	if err != nil {
		return err
	}
	return &stateError{n.table, from, string(to)}
}

// stateError is a change of state that is not allowed; from is "" where there is
// no such row.
type stateError struct{ noun, from, to string }

func (e *stateError) Error() string {
	if e.from == "" {
		return fmt.Sprintf("there is no such %s to become %s", e.noun, e.to)
	}
	return fmt.Sprintf("a %s that is %s cannot become %s", e.noun, e.from, e.to)
}

// unlessRefused logs a change of state that was refused, and returns every other
// error. Nothing was written of a refused change; to try it again would be in vain.
func (g *Gateway) unlessRefused(err error, of ...any) error {
	if _, refused := errors.AsType[*stateError](err); refused {
		g.log.Error("a change of state was refused; it is left as it was", append(of, "err", err)...)
		return nil
	}
	return err
}

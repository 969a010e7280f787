// Package store is the database as the rooms of the gateway see it: transactions,
// rows, the gate at the start, and bells that ring after a commit.
//
// Rooms import this package and nothing of the engine behind it. Their SQL is what
// both SQLite and PostgreSQL speak: placeholders are ?, each used once and in order;
// booleans are conditions, TRUE and FALSE; the greater of two values is a CASE; an id
// comes from RETURNING.
//
// # The gate
//
// What the last run left is recovered before anything new is written: new rows could
// be mistaken for it. [Write] waits until [DB.Recover] has succeeded.
//
// # Bells
//
// A transaction that makes work for somebody says so with [Tx.Ring]; after its commit
// whoever waits at [DB.Bell] for that topic wakes. A bell carries nothing: who is
// woken reads from the database what there is to do, and looks once before it waits.
package store

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/store/schema"
	"simgate/gateway/store/sqlite"
)

// Tx is a transaction.
type Tx = sqlite.Tx

// ErrFull says that the disk is full. Nothing was written.
var ErrFull = sqlite.ErrFull

// Scanner is a row whose columns can be read.
type Scanner = sqlite.Scanner

// Held is added to the due times of what is held after a restore: they lie so far ahead
// that nothing is due, and durations to them can still be counted.
const Held int64 = 1 << 42 // milliseconds: 139 years

// Topic names a bell.
type Topic = sqlite.Topic

// ErrNoRows is returned by [Get] where the query finds nothing.
var ErrNoRows = sqlite.ErrNoRows

// Get returns the first row of a query, or [ErrNoRows]. The query may change data and
// return it; it runs to its end, so one that finds many rows wants a LIMIT.
func Get[T any](tx *Tx, scan func(Scanner) (T, error), query string, args ...any) (T, error) {
	return sqlite.Get(tx, scan, query, args...)
}

// All returns all rows of a query; none is not an error.
func All[T any](tx *Tx, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	return sqlite.All(tx, scan, query, args...)
}

// Int reads a row of one integer.
func Int(row Scanner) (n int64, err error) { return n, row.Scan(&n) }

// Any reports whether a query of an integer, without a LIMIT, finds a row. It costs little:
// ask it before a query of many columns that mostly finds none.
func Any(tx *Tx, query string, args ...any) (bool, error) {
	found, err := All(tx, Int, query+" LIMIT 1", args...)
	return len(found) > 0, err
}

// Text reads a row of one string.
func Text(row Scanner) (s string, err error) { return s, row.Scan(&s) }

// DB is an open database. It is safe for concurrent use.
type DB struct {
	*sqlite.DB
	open chan struct{} // closed when the work of the last run is recovered
	time *timekeeper
}

// Open opens the database at path, and makes it if there is none. Nothing can be
// written until [sqlite.DB.Run] runs and [DB.Recover] has succeeded.
func Open(ctx context.Context, path string, log *slog.Logger) (*DB, error) {
	db, err := sqlite.Open(ctx, sqlite.Config{Path: path, Log: log}, schema.FS)
	if err != nil {
		return nil, err
	}
	return &DB{DB: db, open: make(chan struct{})}, nil
}

// Recover lets ticks go on where they stood, runs fn in the same transaction, which is
// before all others, and then opens the gate for them. It is called once.
func (db *DB) Recover(ctx context.Context, fn func(*Tx) error) error {
	err := db.Write(ctx, func(tx *Tx) error {
		if db.time != nil {
			if err := db.time.recover(tx); err != nil {
				return err
			}
		}
		return fn(tx)
	})
	if err == nil {
		close(db.open)
	}
	return err
}

// SkipRecovery opens the gate without a recovery, for a program that writes nothing
// which a later recovery could mistake for the work of a gateway.
func (db *DB) SkipRecovery() { close(db.open) }

// Commit runs fn in a writing transaction. When it returns nil, the changes are on the
// disk; on an error none of them has happened. Its errors are of the engine or of fn;
// callers outside of the gateway get those of [Write].
func (db *DB) Commit(ctx context.Context, fn func(*Tx) error) error {
	select {
	case <-db.open:
	case <-ctx.Done():
		return ctx.Err()
	}
	var failure error // of fn alone: what was noted of the time is kept
	err := db.Write(ctx, func(tx *Tx) error {
		if db.time == nil {
			return fn(tx)
		}
		changed, err := db.time.keep(tx)
		if err != nil {
			return err
		}
		if !changed {
			return fn(tx)
		}
		if failure = tx.Savepoint(func() error { return fn(tx) }); sqlite.IsFault(failure) {
			return failure // of the disk, which the committer is to hear of
		}
		return nil
	})
	if err != nil {
		return err
	}
	return failure
}

// Write runs fn in a writing transaction. When it returns without an error, what it
// returns is on the disk. Errors are [fault.Error]s.
func Write[T any](ctx context.Context, db *DB, fn func(*Tx) (T, error)) (T, error) {
	return transact(ctx, db.Commit, fn)
}

// errRehearsed undoes a transaction that has succeeded.
var errRehearsed = errors.New("store: only rehearsed")

// Rehearse runs fn as [Write] does, and undoes all that it has written: no bell rings. Its
// error is that of fn.
func Rehearse(ctx context.Context, db *DB, fn func(*Tx) error) error {
	err := db.Commit(ctx, func(tx *Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return Error(err)
}

// Read runs fn on one consistent snapshot. Errors are [fault.Error]s.
func Read[T any](ctx context.Context, db *DB, fn func(*Tx) (T, error)) (T, error) {
	return transact(ctx, db.Read, fn)
}

func transact[T any](ctx context.Context, do func(context.Context, func(*Tx) error) error, fn func(*Tx) (T, error)) (T, error) {
	var value T
	err := do(ctx, func(tx *Tx) (err error) {
		value, err = fn(tx)
		return err
	})
	if err != nil {
		var none T
		return none, Error(err)
	}
	return value, nil
}

// Error returns what the failure of a transaction means for the caller, nil for nil.
func Error(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &fault.Error{Code: fault.Unavailable, Message: "the gateway did not get to it in time: try again", Err: err}
	case errors.Is(err, sqlite.ErrFull):
		return &fault.Error{Code: fault.Unavailable, Message: "the disk of the gateway is full: nothing was accepted", Err: err, RetryAfter: time.Minute}
	case errors.Is(err, sqlite.ErrReadOnly):
		return &fault.Error{Code: fault.Unavailable, Message: "the disk of the gateway has become read-only, and nothing is accepted: it may be failing, check it and restart the machine", Err: err}
	case errors.Is(err, sqlite.ErrReplaced):
		return &fault.Error{Code: fault.Unavailable, Message: "the database file of the gateway was deleted or replaced, and nothing is accepted: restore it and restart the gateway", Err: err}
	case errors.Is(err, sqlite.ErrClosed):
		return &fault.Error{Code: fault.Unavailable, Message: "the gateway is stopping: try again in a moment", Err: err}
	}
	if sqlite.IsFault(err) {
		return &fault.Error{Code: fault.Unavailable, Message: "the disk of the gateway fails, and nothing is accepted: its log says how", Err: err}
	}
	return &fault.Error{Code: fault.Internal, Message: "the database failed", Err: err}
}

// Deletion deletes at most limit rows that are past their time, and returns how many
// it did. It is repeated, each time in a transaction of its own, while that is limit.
type Deletion func(tx *Tx, limit int) (int64, error)

// DeleteWhere deletes the rows of a table that meet a condition, which may end in
// ORDER BY; key is the primary key of the table.
func DeleteWhere(table, key, condition string, args ...any) Deletion {
	return func(tx *Tx, limit int) (int64, error) {
		res, err := tx.Exec(`DELETE FROM `+table+` WHERE (`+key+`) IN (SELECT `+key+` FROM `+table+` WHERE `+condition+` LIMIT ?)`,
			append(args[:len(args):len(args)], limit)...)
		return res.RowsAffected, err
	}
}

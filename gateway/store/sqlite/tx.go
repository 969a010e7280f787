package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// Tx is a transaction, lent to the function that Write or Read was given. It
// is for that function's goroutine only and is dead once the function returns.
type Tx struct {
	conn *sql.Conn
	// bound ends the statements of a read. A Tx lives no longer than the call
	// that the context belongs to, and a write's is never cancelled.
	bound context.Context
	// err is set when the transaction is over, either because the function
	// returned or because SQLite abandoned it. Statements after that would
	// commit themselves one by one, so none is let through.
	err error
	// rung are the bells that ring once the transaction is committed.
	rung []Topic
	// hear is that of DB.OnStatement.
	hear func(query string, args []any)
	// attached is that of DB.Attach.
	attached any
}

// Attached returns the value of [DB.Attach], nil where there is none.
func (t *Tx) Attached() any { return t.attached }

// Result tells what a statement did.
type Result struct {
	RowsAffected int64
	LastInsertId int64 // rowid of the last inserted row
}

// Scanner is a row whose columns can be read.
type Scanner interface {
	Scan(dest ...any) error
}

// Exec runs a statement that returns no rows. In a Read every change is
// refused.
func (t *Tx) Exec(query string, args ...any) (Result, error) {
	if t.err != nil {
		return Result{}, t.err
	}
	if t.hear != nil {
		t.hear(query, args)
	}
	done, err := t.conn.ExecContext(t.bound, query, args...)
	if err != nil {
		return Result{}, t.failed(err)
	}
	// The driver knows both numbers by now and returns no error with them.
	var res Result
	res.RowsAffected, _ = done.RowsAffected()
	res.LastInsertId, _ = done.LastInsertId()
	return res, nil
}

// Get returns the first row of a query, or ErrNoRows. The query may change
// data and return it (RETURNING). It runs to its end, so a query that finds
// many rows wants a LIMIT.
func Get[T any](t *Tx, scan func(Scanner) (T, error), query string, args ...any) (T, error) {
	var first T
	found := false
	err := t.each(func(row Scanner) (err error) {
		if !found {
			found = true
			first, err = scan(row)
		}
		return err
	}, query, args)
	if err == nil && !found {
		err = ErrNoRows
	}
	return first, err
}

// All returns all rows of a query; none is not an error. The rows are in
// memory when it returns, so nothing the caller does with them holds the
// snapshot or the connection.
func All[T any](t *Tx, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := t.each(func(row Scanner) error {
		one, err := scan(row)
		all = append(all, one)
		return err
	}, query, args)
	if err != nil {
		return nil, err
	}
	return all, nil
}

// each calls visit for every row. The rows are read to their end even where one
// is enough: a constraint that the statement breaks is reported only there.
func (t *Tx) each(visit func(Scanner) error, query string, args []any) error {
	if t.err != nil {
		return t.err
	}
	if t.hear != nil {
		t.hear(query, args)
	}
	rows, err := t.conn.QueryContext(t.bound, query, args...)
	if err != nil {
		return t.failed(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return t.failed(err)
	}
	return nil
}

// Savepoint runs fn so that its changes stand or fall alone: an error of fn undoes
// them, is returned as it is, and the transaction goes on. Savepoints may be nested.
// Where SQLite has abandoned the whole transaction, every later statement returns
// that error.
func (t *Tx) Savepoint(fn func() error) error {
	if _, err := t.Exec("SAVEPOINT inner"); err != nil {
		return err
	}
	failure := fn()
	if failure == nil {
		_, err := t.Exec("RELEASE inner")
		return err
	}
	if t.err != nil {
		return failure // there is nothing left to undo
	}
	if _, err := t.Exec("ROLLBACK TO inner; RELEASE inner"); err != nil {
		return errors.Join(failure, err)
	}
	return failure
}

// HasTable reports whether the database has a table.
func (t *Tx) HasTable(name string) (bool, error) {
	n, err := Get(t, func(row Scanner) (n int, err error) { return n, row.Scan(&n) },
		"SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", name)
	return n > 0, err
}

// Erase runs fn, of whose deletions nothing stays in the file: pages that become free, or
// are free already, are overwritten, too. The log has the old pages until [DB.EmptyLog].
func (t *Tx) Erase(fn func() error) (err error) {
	set := func(mode string) error {
		_, err := Get(t, func(row Scanner) (n int, err error) { return n, row.Scan(&n) }, "PRAGMA secure_delete = "+mode)
		return err
	}
	if err := set("ON"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, set("FAST")) }()
	if err := fn(); err != nil {
		return err
	}
	return t.overwriteFree()
}

// overwriteFree overwrites the free pages: rows that were moved to others may have left
// copies there. It takes all of them for something empty, and drops that.
func (t *Tx) overwriteFree() error {
	number := func(pragma string) (int64, error) {
		return Get(t, func(row Scanner) (n int64, err error) { return n, row.Scan(&n) }, "PRAGMA "+pragma)
	}
	free, err := number("freelist_count")
	if err != nil || free == 0 {
		return err
	}
	size, err := number("page_size")
	if err != nil {
		return err
	}
	if _, err := t.Exec("CREATE TABLE overwritten (x BLOB)"); err != nil {
		return err
	}
	const most = 256 << 20 // octets of one value
	for left := free * size; left > 0; left -= most {
		if _, err := t.Exec("-- a table that is there for a moment\nINSERT INTO overwritten (x) VALUES (zeroblob(?))", min(left, most)); err != nil {
			return err
		}
	}
	_, err = t.Exec("DROP TABLE overwritten")
	return err
}

// failed translates the error of a statement and notes whether the transaction
// died of it.
func (t *Tx) failed(err error) error {
	err = translate(err)
	if !t.open() {
		t.err = fmt.Errorf("sqlite: transaction abandoned: %w", err)
	}
	return err
}

// open reports whether SQLite still holds the transaction.
func (t *Tx) open() bool {
	open := false
	err := t.conn.Raw(func(driver any) error {
		open = !driver.(*sqlite3.SQLiteConn).AutoCommit()
		return nil
	})
	return err == nil && open
}

package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

var (
	// ErrNoRows is returned by Get when the query has no row.
	ErrNoRows = errors.New("sqlite: no rows")
	// ErrFull says that the disk, the quota or the database's own size limit is
	// used up. Nothing was written; the same write succeeds once there is space.
	ErrFull = errors.New("sqlite: disk full")
	// ErrReadOnly says that the file system has become read-only, as it does on a card
	// that fails. Nothing was written.
	ErrReadOnly = errors.New("sqlite: the file system is read-only")
	// ErrReplaced says that a file of the database was deleted or replaced while it
	// was open. What would be written now would be lost at the next start, so every
	// write is refused. Healthy and writes succeed again once the files are back.
	ErrReplaced = errors.New("sqlite: the database file was deleted or replaced")
	// ErrClosed is returned by writes that come after Run has ended, and by
	// every call that comes after Close. The function it was given did not run.
	ErrClosed = errors.New("sqlite: database is closed")
)

// errDone answers a statement on a Tx that outlived its function.
var errDone = errors.New("sqlite: the transaction has ended")

// Panic is what Write panics with when its function panicked: the value, and
// the stack of the committer, where the function ran.
type Panic struct {
	Value any
	Stack []byte
}

// Error shows the value and the stack.
func (p *Panic) Error() string {
	return fmt.Sprintf("%v\n\nin a write:\n%s", p.Value, p.Stack)
}

// Unwrap returns the value if it is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// translate gives the driver's errors the names that callers ask for and keeps
// the original inside.
func translate(err error) error {
	if errors.Is(err, sql.ErrConnDone) {
		return ErrClosed
	}
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		// SQLite says FULL when a write finds no space, but IOERR when a file
		// cannot be extended or synced for the same reason.
		if e.Code == sqlite3.ErrFull || e.SystemErrno == syscall.ENOSPC || e.SystemErrno == syscall.EDQUOT {
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
		if e.Code == sqlite3.ErrReadonly || e.SystemErrno == syscall.EROFS {
			return fmt.Errorf("%w: %w", ErrReadOnly, err)
		}
	}
	return err
}

// IsFault reports whether err means that the disk or the file is at fault, not
// the statement or the row.
func IsFault(err error) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return false
	}
	switch e.Code {
	case sqlite3.ErrIoErr, sqlite3.ErrFull, sqlite3.ErrCorrupt, sqlite3.ErrNotADB,
		sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrNomem:
		return true
	}
	return false
}

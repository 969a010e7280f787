package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// ReadLimit is how long one Read may take, the wait for a free connection
// included.
const ReadLimit = 5 * time.Second

// Config tells Open where the database is and how to use it.
type Config struct {
	// Path of the database file. Beside it come PATH-wal and PATH-shm, which
	// are part of it, PATH.lock, and before a migration PATH.vN.bak. A folder
	// that does not exist is made for its owner only.
	Path string
	// Log hears of migrations and of a log that will not shrink; nil for none.
	Log *slog.Logger
	// Readers is the number of reading connections; 0 for 4.
	Readers int
	// BatchLimit is the most writes that one commit may hold; 0 for 256.
	BatchLimit int
}

// DB is an open database. Its methods may be called from any goroutine.
type DB struct {
	path       string
	log        *slog.Logger
	batchLimit int
	hear       func(query string, args []any) // of OnStatement, nil for none
	attached   any                            // of Attach

	held    *os.File // the lock on the path
	writes  *sql.DB
	writer  *sql.Conn // the one connection of writes, the committer's own
	readers *sql.DB
	wal     *os.File // the write-ahead log, to see its size
	files   files    // as they were opened

	queue   chan *write
	started atomic.Bool
	closing chan struct{} // closed by Close
	stopped chan struct{} // closed when the committer has ended, or never can begin
	close   func() error

	replaced atomic.Bool // as was seen last
	looked   time.Time   // when the committer checked last; its own

	bells   bells
	commits atomic.Uint64
	written atomic.Uint64
	fault   atomic.Pointer[error]
	changed int64        // of the committer: the rows that were changed when there was a fault last
	pace    pace         // the committer's own
	asking  atomic.Int64 // writes under way
	walMark int64        // size of the log at which it is emptied next; the committer's own
}

// Stats are figures for health and metrics.
type Stats struct {
	Commits  uint64 // transactions made durable since Open
	Writes   uint64 // calls of Write that those held
	WALBytes int64  // size of the write-ahead log
}

// Open opens the database, making it if need be, and brings it up to the newest
// of migrations: files named NNNN_name.sql in the root of the file system,
// numbered from 0001 without a gap. It starts nothing; writes wait for Run.
//
// It fails if the path is in use by another process, on a network file system,
// not a SQLite database, another program's or a newer simgate's, and if a
// connection's commits would not be durable. None of these changes the file.
func Open(ctx context.Context, cfg Config, migrations fs.FS) (_ *DB, err error) {
	if cfg.Path == "" {
		return nil, errors.New("sqlite: no path")
	}
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	db := &DB{
		path:       path,
		log:        cfg.Log,
		batchLimit: cmp.Or(cfg.BatchLimit, 256),
		queue:      make(chan *write),
		closing:    make(chan struct{}),
		stopped:    make(chan struct{}),
		walMark:    walLimit,
	}
	db.close = sync.OnceValue(db.shut)
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("open database: %w", translate(err)), db.Close())
		}
	}()

	if err := prepareFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	// Before the file is touched, for closing it would let go the locks that
	// SQLite has on it in this process.
	if db.held, err = lock(path); err != nil {
		return nil, err
	}
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	if err := db.connect(ctx, migrations, cmp.Or(cfg.Readers, 4)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return db, nil
}

// connect migrates the database and makes the writer and the first reader. The
// other readers are made, and proved, when they are first needed.
func (db *DB) connect(ctx context.Context, migrations fs.FS, readers int) (err error) {
	if err := migrate(ctx, db.path, migrations, db.log); err != nil {
		return err
	}
	db.writes = pool(db.path, writer, 1)
	if db.writer, err = db.writes.Conn(ctx); err != nil {
		return err
	}
	// SQLite opens the log, and makes it, with the first statement.
	if _, err := number(ctx, db.writer, "SELECT count(*) FROM sqlite_schema"); err != nil {
		return err
	}
	if db.wal, err = os.Open(db.path + "-wal"); err != nil {
		return err
	}
	if db.files, err = findFiles(db.path); err != nil {
		return err
	}
	db.readers = pool(db.path, reader, readers)
	return db.readers.PingContext(ctx)
}

// Read runs fn on one consistent snapshot of what has been committed. It ends
// with the context's error when ctx does or after ReadLimit. While fn runs, the
// log cannot be emptied: it is to do nothing but SQL and memory.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	if db.isClosed() {
		return ErrClosed
	}
	ctx, cancel := context.WithTimeout(ctx, ReadLimit)
	defer cancel()
	conn, err := db.readers.Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(context.Background(), "BEGIN"); err != nil {
		return translate(err)
	}
	tx := &Tx{conn: conn, bound: ctx, hear: db.hear, attached: db.attached}
	defer func() {
		tx.err = errDone
		// Fails only where SQLite has rolled back by itself.
		_, _ = conn.ExecContext(context.Background(), "ROLLBACK")
	}()
	return fn(tx)
}

// Healthy returns ErrReplaced if a file of the database was deleted or replaced;
// else the fault of disk or file that the last commit or one of its writes met, or
// nil. After a fault writes are tried all the same: the first that succeeds, and
// changes something, makes the database healthy again.
func (db *DB) Healthy() error {
	err := db.files.check("", "-wal", "-shm")
	db.replaced.Store(err != nil)
	if err != nil {
		return err
	}
	if fault := db.fault.Load(); fault != nil {
		return *fault
	}
	return nil
}

// room is how many octets have to find place on the disk for it not to be full: more than a
// transaction has.
const room = 256 << 10

// Room returns an error if the disk is full, which it finds out by writing a file beside the
// database.
func (db *DB) Room() error {
	path := db.files.path + ".room"
	defer os.Remove(path)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(make([]byte, room))
	return errors.Join(err, file.Sync(), file.Close())
}

// OnStatement sets a function that is called with each statement of a Tx before it
// runs, from several goroutines at once; nil for none. It is for tests, which look at
// how statements are carried out, and is to be called before anything else.
func (db *DB) OnStatement(fn func(query string, args []any)) { db.hear = fn }

// Attach gives every later transaction a value, which [Tx.Attached] returns. It is to
// be called before anything else.
func (db *DB) Attach(value any) { db.attached = value }

// Stats returns the figures as they are now.
func (db *DB) Stats() Stats {
	return Stats{Commits: db.commits.Load(), Writes: db.written.Load(), WALBytes: db.walSize()}
}

// Close ends Run if it still runs, waits for the batch in hand, moves the log
// into the database and releases the path. Calling it again is no error.
func (db *DB) Close() error { return db.close() }

// shut is Close, once.
func (db *DB) shut() error {
	close(db.closing)
	if db.started.CompareAndSwap(false, true) {
		close(db.stopped)
	}
	<-db.stopped
	var errs []error
	if db.readers != nil {
		errs = append(errs, db.readers.Close())
	}
	if db.writer != nil {
		// The last connection to close empties the log and removes it.
		errs = append(errs, db.writer.Close())
	}
	if db.writes != nil {
		errs = append(errs, db.writes.Close())
	}
	if db.wal != nil {
		errs = append(errs, db.wal.Close())
	}
	if db.held != nil {
		errs = append(errs, db.held.Close())
	}
	return errors.Join(errs...)
}

// isClosed reports whether Close has been called.
func (db *DB) isClosed() bool {
	select {
	case <-db.closing:
		return true
	default:
		return false
	}
}

package sqlite

import (
	"context"
	"errors"
	"runtime/debug"
	"time"
)

// write is one call of Write on its way through the committer.
type write struct {
	fn    func(*Tx) error
	err   error
	panic *Panic
	rung  []Topic
	done  chan struct{} // closed when the outcome is known
}

// Write runs fn in the committer's transaction and returns nil only once that
// is durable. An error of fn undoes fn's changes alone and is returned as it
// is; if the commit fails, everyone in it gets that error and none of it has
// happened. fn runs at most once, on the committer's goroutine: it must be
// brief, do nothing but SQL and memory, and not call Write. If it panics, Write
// panics with a *Panic.
//
// If ctx ends while the write waits for its turn, fn does not run and the
// context's error is returned. After that the outcome is waited for.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	db.asking.Add(1)
	defer db.asking.Add(-1)
	w := &write{fn: fn, done: make(chan struct{})}
	select {
	case db.queue <- w:
	case <-ctx.Done():
		return ctx.Err()
	case <-db.stopped:
		return ErrClosed
	}
	<-w.done
	if w.panic != nil {
		panic(w.panic)
	}
	if w.err == nil {
		db.bells.ring(w.rung)
	}
	return w.err
}

// Run is the committer. It ends when ctx does or at Close, after one last batch
// of what is waiting by then; writes that come later get ErrClosed. A second Run
// is an error; one after Close has nothing to do.
func (db *DB) Run(ctx context.Context) error {
	if !db.started.CompareAndSwap(false, true) {
		if db.isClosed() {
			return nil
		}
		return errors.New("sqlite: Run was called before")
	}
	defer close(db.stopped)
	for {
		select {
		case w := <-db.queue:
			db.commit(w)
			db.trim()
			continue
		case <-ctx.Done():
		case <-db.closing:
		}
		if w := db.waiting(); w != nil {
			db.commit(w)
		}
		return nil
	}
}

// waiting returns a write that waits for its turn, nil if there is none.
func (db *DB) waiting() *write {
	select {
	case w := <-db.queue:
		return w
	default:
		return nil
	}
}

// pace is what the last commit tells about the next: how long the disk takes, and how
// many had a write under way when it ended. They are expected to ask again.
type pace struct {
	sync    time.Duration
	callers int
	until   time.Time // when lingering ends, in this batch
}

const (
	lingerShare = 8 // of the time of a sync, at most one such part is spent waiting for the next write
	lingerMost  = 4 * time.Millisecond
	lingerLeast = 200 * time.Microsecond // a disk that is so fast that less would help is not waited for
)

// linger waits for a write to join a batch, nil if none comes in time. A disk
// that takes long to sync is best used by many at once, so that those who were
// answered by the last commit, and are about to ask again, are worth a short
// wait: for each, and for all of them no longer than a sync takes. A lone caller
// waits at most once, right after there were others.
func (db *DB) linger(batch int) *write {
	wait := min(db.pace.sync/lingerShare, lingerMost)
	if batch >= db.pace.callers || wait < lingerLeast {
		return nil
	}
	if db.pace.until.IsZero() {
		db.pace.until = time.Now().Add(db.pace.sync)
	}
	left := min(wait, time.Until(db.pace.until))
	if left <= 0 {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case w := <-db.queue:
		return w
	case <-timer.C:
		return nil
	case <-db.closing:
		return nil
	}
}

// commit makes one transaction of w and the writes that come while it is being
// made, and tells them all how it ended.
func (db *DB) commit(w *write) {
	var batch []*write
	// Stands if a function ends this goroutine (runtime.Goexit).
	outcome := ErrClosed
	defer func() {
		for _, w := range batch {
			if w.err == nil {
				w.err = outcome
			}
			close(w.done)
		}
	}()

	db.pace.until = time.Time{}
	err := db.inPlace()
	if err == nil {
		err = db.exec("BEGIN IMMEDIATE; SAVEPOINT one")
	}
	for w != nil {
		if batch = append(batch, w); err == nil {
			err = db.apply(w, len(batch) == 1 || !batch[len(batch)-2].stands())
		}
		if err != nil || len(batch) == db.batchLimit {
			break
		}
		if w = db.waiting(); w == nil {
			w = db.linger(len(batch))
		}
	}
	if err == nil {
		began := time.Now()
		err = db.exec("COMMIT")
		db.pace = pace{sync: time.Since(began), callers: int(db.asking.Load())}
	}
	if err != nil {
		// Fails only where SQLite has rolled back by itself.
		_ = db.exec("ROLLBACK")
	}
	db.record(batch, err)
	outcome = err
}

// apply runs one write in a savepoint of its own: a new one, but where the one that is
// there is empty. The last is released by the commit. The error it returns is not the
// write's but that the transaction as a whole is lost.
func (db *DB) apply(w *write, empty bool) error {
	if !empty {
		if err := db.exec("RELEASE one; SAVEPOINT one"); err != nil {
			return err
		}
	}
	tx := &Tx{conn: db.writer, bound: context.Background(), hear: db.hear, attached: db.attached}
	w.run(tx)
	w.rung = tx.rung
	abandoned := tx.err
	tx.err = errDone
	if abandoned == nil && !w.stands() {
		return db.exec("ROLLBACK TO one")
	}
	return abandoned
}

// stands reports whether what a write did is to be committed.
func (w *write) stands() bool { return w.err == nil && w.panic == nil }

// run calls the function and keeps what came of it, a panic included.
func (w *write) run(tx *Tx) {
	defer func() {
		if value := recover(); value != nil {
			w.panic = &Panic{Value: value, Stack: debug.Stack()}
		}
	}()
	w.err = w.fn(tx)
}

// exec runs a statement about the transaction itself. It cannot be cancelled:
// half a commit is not to be had.
func (db *DB) exec(query string) error {
	_, err := db.writer.ExecContext(context.Background(), query)
	return translate(err)
}

// changes returns how many rows the committer has changed since the start, those that were rolled
// back too.
func (db *DB) changes() (n int64) {
	_ = db.writer.QueryRowContext(context.Background(), "SELECT total_changes()").Scan(&n) // it needs no disk
	return n
}

// record keeps the figures and the health after a batch that ended with err.
func (db *DB) record(batch []*write, err error) {
	fault, succeeded := err, false
	for _, w := range batch {
		if IsFault(w.err) {
			fault = w.err
		}
		succeeded = succeeded || err == nil && w.stands()
	}
	switch {
	case IsFault(fault):
		db.fault.Store(&fault)
		db.changed = db.changes()
	case succeeded && db.fault.Load() != nil && db.changes() != db.changed: // what changes nothing fits on a full disk
		db.fault.Store(nil)
	}
	if err == nil {
		db.commits.Add(1)
		db.written.Add(uint64(len(batch)))
	}
}

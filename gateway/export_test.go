package gateway

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"simgate/gateway/clock"
	"simgate/gateway/guard"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
	"simgate/gateway/webhook"
)

// Personal are the tables that hold numbers of people.
var Personal = personal

// LimitPages lets the database grow to so many pages and no further, as a full
// disk does; never below what it has already.
func (g *Gateway) LimitPages(ctx context.Context, pages int) error {
	return g.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		return err
	})
}

// Remember fills the table of verifications with so many that have ended.
func (g *Gateway) Remember(ctx context.Context, n int) error {
	const step = 20_000
	for from := 0; from < n; from += step {
		err := g.db.Commit(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`WITH RECURSIVE number (i) AS (SELECT ? UNION ALL SELECT i + 1 FROM number WHERE i + 1 < ?)
				INSERT INTO verification (uuid, app, recipient, purpose, state, max_tries, deadline, created_at, expires_at, ended_at)
				SELECT 'past-' || i, 'app' || (i % 7), '+49160' || i, '', 'verified', 5, 0, ?, ?, ? FROM number`,
				from, min(from+step, n), int64(g.clock.Wall()), int64(g.clock.Wall()), int64(g.clock.Wall()))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Store runs a statement on the database, to make rows that this version writes no more.
func (g *Gateway) Store(ctx context.Context, query string, args ...any) (changed int64, err error) {
	err = g.db.Commit(ctx, func(tx *store.Tx) error {
		done, err := tx.Exec("-- of a test, and not explained\n"+query, args...)
		changed = done.RowsAffected
		return err
	})
	return changed, err
}

// Queue returns how long the queue is at most, as far as the gateway knows without
// counting, and how long it is.
func (g *Gateway) Queue(ctx context.Context) (bound, queued int64, err error) {
	queued, err = store.Read(ctx, g.db, countQueued)
	return g.queue.bound.Load(), queued, err
}

// Count returns how many rows a table has.
func (g *Gateway) Count(ctx context.Context, table string) (int64, error) {
	return store.Read(ctx, g.db, func(tx *store.Tx) (int64, error) {
		return store.Get(tx, store.Int, "-- not a statement of the gateway: it is not explained\nSELECT COUNT(*) FROM "+table)
	})
}

// ReleaseMessages is releaseMessages, from one place to the next.
func (g *Gateway) ReleaseMessages(ctx context.Context, held, id int64) (int64, int64, bool, error) {
	type answer struct {
		place
		more bool
	}
	a, err := store.Write(ctx, g.db, func(tx *store.Tx) (a answer, err error) {
		a.place, a.more, err = releaseMessages(tx, place{clock.Uptime(held), id})
		return a, err
	})
	return int64(a.held), a.id, a.more, err
}

// Owe writes so many deliveries to a webhook, in a state.
func (g *Gateway) Owe(ctx context.Context, w webhook.Webhook, n int, state webhook.State) error {
	return g.db.Commit(ctx, func(tx *store.Tx) error {
		ended := int64(0)
		if state != webhook.Pending {
			ended = int64(g.clock.Wall())
		}
		_, err := tx.Exec(`WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ?)
			INSERT INTO delivery (webhook_id, callback, app, kind, subject, at, state, ended_at, origin)
			SELECT ?, '', ?, 'verification.cancelled', 1, ?, ?, ?, 'http://' || ? || '.example:80' FROM number`, n, w.ID, w.App, int64(g.clock.Wall()), string(state), ended, w.App)
		return err
	})
}

// RowsWritten returns how many rows were written since the start.
func (g *Gateway) RowsWritten(ctx context.Context) (int64, error) {
	return store.Write(ctx, g.db, func(tx *store.Tx) (int64, error) { return store.Get(tx, store.Int, `SELECT total_changes()`) })
}

// Judge reads a number and asks the guard as a start and a message do, and returns what
// that took: outside of the transaction, and in it.
func (g *Gateway) Judge(ctx context.Context, app, to string, c guard.Channel) (reading, judging Took, err error) {
	began := now()
	n, err := msisdn.Read(to, g.reading(app, 0, c))
	if err != nil {
		return reading, judging, err
	}
	r := g.request(app, n, c)
	reading = began.took()
	return reading, judging, g.db.Commit(ctx, func(tx *store.Tx) error {
		began, now := now(), g.clock.Now()
		v, err := g.guard.Inspect(tx, r, now)
		if err == nil {
			err = g.heed(tx, v)
		}
		if err == nil && c != guard.Text {
			err = g.guard.Sent(tx, r, now.Tick)
		}
		judging = began.took()
		return err
	})
}

// Took is how long something took, and how much of that time its thread was running.
type Took struct{ Wall, CPU time.Duration }

// moment is the beginning of a [Took]. Its thread is locked until then.
type moment struct {
	wall time.Time
	cpu  time.Duration
}

func now() moment {
	runtime.LockOSThread()
	return moment{time.Now(), cpuOf(unix.CLOCK_THREAD_CPUTIME_ID)}
}

func (m moment) took() Took {
	defer runtime.UnlockOSThread()
	return Took{time.Since(m.wall), cpuOf(unix.CLOCK_THREAD_CPUTIME_ID) - m.cpu}
}

// CPU is how long all threads of the program have run.
func CPU() time.Duration { return cpuOf(unix.CLOCK_PROCESS_CPUTIME_ID) }

func cpuOf(clock int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}

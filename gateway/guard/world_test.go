package guard

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
	"simgate/gateway/store/storetest"
)

// run runs the committer of a database until the test ends.
func run(t *testing.T, db interface {
	Run(context.Context) error
	Close() error
}) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := db.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		<-done
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// world is a guard on a database, with a clock that a test moves.
type world struct {
	*Guard
	t  *testing.T
	up time.Duration
}

func newWorld(t *testing.T, cfg Config) *world {
	t.Helper()
	w := &world{t: t, up: 100 * day}
	log := slog.New(slog.DiscardHandler)
	path := filepath.Join(t.TempDir(), "simgate.db")
	storetest.Make(t, path)
	db, err := store.Open(t.Context(), path, log)
	if err != nil {
		t.Fatal(err)
	}
	run(t, db)
	db.SkipRecovery()
	c := clock.New(clock.Source{Boot: "this", Uptime: func() time.Duration { return w.up },
		Wall: func() time.Time { return time.Unix(1_700_000_000, 0).Add(w.up) }})
	read := func(s string) (msisdn.Number, error) { return msisdn.Read(s, msisdn.International()) }
	if w.Guard, err = Open(t.Context(), cfg, read, db, c, log); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) write(fn func(tx *store.Tx) error) {
	w.t.Helper()
	if err := w.db.Commit(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// inspect inspects a request from a network whose SIMs are German.
func (w *world) inspect(r Request) (v Verdict) {
	w.t.Helper()
	r.Homes = []string{"DE"}
	w.write(func(tx *store.Tx) (err error) {
		v, err = w.Inspect(tx, r, w.clock.Now())
		return err
	})
	return v
}

func (w *world) sent(r Request) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error { return w.Sent(tx, r, w.clock.Tick()) })
}

func (w *world) answered(r Request) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error {
		return w.Answered(tx, Subject{App: r.App, To: r.To, Region: r.Region}, r.Client, w.clock.Tick())
	})
}

// changes returns how many rows were written so far.
func (w *world) changes() (n int64) {
	w.t.Helper()
	w.write(func(tx *store.Tx) (err error) {
		n, err = store.Get(tx, store.Int, `SELECT total_changes()`)
		return err
	})
	return n
}

// pump lets nobody of the country answer, so that the guard blocks it.
func (w *world) pump(t *testing.T) {
	t.Helper()
	rule := Rule{Kind: Block, Scope: ByCountry, Key: "DE", Reason: "nobody answers", Origin: "guard"}
	w.write(func(tx *store.Tx) error {
		_, err := w.upsertRule(tx, rule, w.clock.Tick().Add(day), w.clock.Now().Wall)
		return err
	})
}

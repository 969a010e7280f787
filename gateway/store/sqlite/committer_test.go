package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"simgate/gateway/store/sqlite"
)

// batch makes one commit of the writes: it holds the committer inside a first
// write until all of them wait, in the order given, and returns their errors and
// panics. It must run inside a bubble.
func batch(t *testing.T, db *sqlite.DB, writes ...func(*sqlite.Tx) error) []error {
	t.Helper()
	var all sync.WaitGroup
	errs := make([]error, len(writes))
	release := make(chan struct{})
	all.Go(func() {
		err := db.Write(t.Context(), func(*sqlite.Tx) error { <-release; return errors.New("only to hold") })
		if err == nil || err.Error() != "only to hold" {
			t.Errorf("the holder got %v", err)
		}
	})
	synctest.Wait()
	for i, fn := range writes {
		all.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[i] = p.(*sqlite.Panic)
				}
			}()
			errs[i] = db.Write(t.Context(), fn)
		})
		synctest.Wait()
	}
	close(release)
	all.Wait()
	return errs
}

func TestBatchIsOneCommitInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, sqlite.Config{})
		before := db.Stats()
		var want []string
		var writes []func(*sqlite.Tx) error
		for i := range 20 {
			want = append(want, fmt.Sprint(i))
			writes = append(writes, insert(want[i]))
		}
		if err := errors.Join(batch(t, db, writes...)...); err != nil {
			t.Fatal(err)
		}
		if got := bodies(t, db); !slices.Equal(got, want) {
			t.Errorf("found %q", got)
		}
		after := db.Stats()
		if after.Commits != before.Commits+1 || after.Writes != before.Writes+21 || after.WALBytes == 0 {
			t.Errorf("the figures went from %+v to %+v", before, after)
		}
	})
}

func TestBatchLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, sqlite.Config{BatchLimit: 2})
		batch(t, db, insert("a"), insert("b"), insert("c"))
		if got := db.Stats().Commits; got != 2 { // holder and a; b and c
			t.Errorf("%d commits", got)
		}
	})
}

// A write that fails takes nothing else with it.
func TestFailedWriteIsIsolated(t *testing.T) {
	errOwn := errors.New("own")
	bad := map[string]struct {
		write func(*sqlite.Tx) error
		want  func(error) bool
	}{
		"error after a change": {
			func(tx *sqlite.Tx) error { return errors.Join(insert("bad")(tx), errOwn) },
			func(err error) bool { return errors.Is(err, errOwn) },
		},
		"error returned as it is": {
			func(*sqlite.Tx) error { return errOwn },
			func(err error) bool { return err == errOwn },
		},
		"unique": {
			func(tx *sqlite.Tx) error { return errors.Join(insert("bad")(tx), insert("first")(tx)) },
			sqlite.IsUnique,
		},
		"no such table": {
			func(tx *sqlite.Tx) error { _, err := tx.Exec("DELETE FROM nothing"); return err },
			func(err error) bool { return err != nil && !sqlite.IsUnique(err) },
		},
	}
	for name, test := range bad {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := open(t, sqlite.Config{})
				errs := batch(t, db, insert("first"), test.write, insert("last"))
				if errs[0] != nil || errs[2] != nil {
					t.Errorf("the others got %v and %v", errs[0], errs[2])
				}
				if !test.want(errs[1]) {
					t.Errorf("it got %v", errs[1])
				}
				if got := bodies(t, db); !slices.Equal(got, []string{"first", "last"}) {
					t.Errorf("found %q", got)
				}
				if err := db.Healthy(); err != nil {
					t.Errorf("Healthy: %v", err)
				}
			})
		})
	}
}

func TestPanicReachesItsCallerAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, sqlite.Config{})
		errOwn := errors.New("own")
		errs := batch(t, db,
			insert("first"),
			func(tx *sqlite.Tx) error { panic(errors.Join(insert("bad")(tx), errOwn)) },
			insert("last"))
		if errs[0] != nil || errs[2] != nil {
			t.Errorf("the others got %v and %v", errs[0], errs[2])
		}
		p, ok := errors.AsType[*sqlite.Panic](errs[1])
		if !ok || !errors.Is(p, errOwn) || !strings.Contains(p.Error(), "TestPanicReachesItsCallerAlone") {
			t.Errorf("the caller recovered %v", errs[1])
		}
		if got := bodies(t, db); !slices.Equal(got, []string{"first", "last"}) {
			t.Errorf("found %q", got)
		}
	})
}

// A function that ends the committer's goroutine, as t.Fatal does, leaves
// nobody waiting.
func TestGoexitClosesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, sqlite.Config{})
		errs := batch(t, db,
			insert("first"),
			func(*sqlite.Tx) error { runtime.Goexit(); return nil },
			insert("last"))
		for i, err := range errs {
			if err != sqlite.ErrClosed {
				t.Errorf("write %d got %v", i, err)
			}
		}
		if got := bodies(t, db); len(got) != 0 {
			t.Errorf("found %q", got)
		}
	})
}

// Whatever ends the transaction as a whole reaches every write of the batch,
// and the next batch is not concerned.
func TestLostBatch(t *testing.T) {
	rollback := func(tx *sqlite.Tx) error {
		_, err := tx.Exec("CREATE TEMP TRIGGER stop BEFORE INSERT ON note WHEN new.body = 'bad' BEGIN SELECT RAISE(ROLLBACK, 'stop'); END")
		return errors.Join(err, insert("bad")(tx))
	}
	for name, bad := range map[string]func(*sqlite.Tx) error{
		"commit refused": func(tx *sqlite.Tx) error {
			_, err := tx.Exec("INSERT INTO mark (note) VALUES (4711)")
			return err
		},
		"abandoned by SQLite": rollback,
		"abandoned and ignored": func(tx *sqlite.Tx) error {
			_ = rollback(tx)
			if err := insert("outside of any transaction")(tx); err == nil {
				t.Error("a statement ran after the transaction had ended")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := open(t, sqlite.Config{})
				errs := batch(t, db, insert("first"), bad)
				for i, err := range errs {
					if err == nil {
						t.Errorf("write %d got no error", i)
					}
				}
				if got := bodies(t, db); len(got) != 0 {
					t.Errorf("found %q", got)
				}
				if err := db.Write(t.Context(), insert("next")); err != nil {
					t.Errorf("the next write got %v", err)
				}
				if err := db.Healthy(); err != nil {
					t.Errorf("Healthy: %v", err)
				}
			})
		})
	}
}

func TestManyWriters(t *testing.T) {
	const writers, each = 64, 20
	db := open(t, sqlite.Config{})
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				body := fmt.Sprintf("%d/%d", w, i)
				if err := db.Write(t.Context(), insert(body)); err != nil {
					t.Error(err)
				}
				if i%5 == 0 {
					err := db.Read(t.Context(), func(tx *sqlite.Tx) error {
						_, err := sqlite.Get(tx, scanInt, "SELECT id FROM note WHERE body = ?", body)
						return err
					})
					if err != nil {
						t.Errorf("acknowledged, then: %v", err)
					}
				}
			}
		})
	}
	all.Wait()
	if got := bodies(t, db); len(got) != writers*each {
		t.Errorf("found %d notes", len(got))
	}
	if s := db.Stats(); s.Writes != writers*each || s.Commits > s.Writes {
		t.Errorf("the figures are %+v", s)
	}
}

func TestWriteAndContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, sqlite.Config{})
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.Write(gone, insert("cancelled before")); err != context.Canceled {
			t.Errorf("cancelled before: %v", err)
		}

		var all sync.WaitGroup
		release := make(chan struct{})
		running, cancelRunning := context.WithCancel(t.Context())
		all.Go(func() {
			err := db.Write(running, func(tx *sqlite.Tx) error { <-release; return insert("cancelled while running")(tx) })
			if err != nil {
				t.Errorf("cancelled while running: %v", err)
			}
		})
		synctest.Wait()
		waiting, cancelWaiting := context.WithCancel(t.Context())
		all.Go(func() {
			if err := db.Write(waiting, insert("cancelled while waiting")); err != context.Canceled {
				t.Errorf("cancelled while waiting: %v", err)
			}
		})
		synctest.Wait()
		cancelRunning()
		cancelWaiting()
		synctest.Wait()
		close(release)
		all.Wait()
		if got := bodies(t, db); !slices.Equal(got, []string{"cancelled while running"}) {
			t.Errorf("found %q", got)
		}
	})
}

func TestRunWritesWhatWaitsWhenItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "test.db")}, schema)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() {
				if err := db.Write(t.Context(), insert(fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.Run(ended); err != nil {
			t.Errorf("Run: %v", err)
		}
		all.Wait()
		if got := bodies(t, db); len(got) != 10 {
			t.Errorf("found %q", got)
		}
		if err := db.Write(t.Context(), insert("late")); err != sqlite.ErrClosed {
			t.Errorf("a late write got %v", err)
		}
		if err := db.Run(t.Context()); err == nil {
			t.Error("Run began a second time")
		}
	})
}

package guard

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
	"simgate/gateway/store/sqlite"
	"simgate/gateway/store/storetest"
)

// migration is the first with the guard's own table of numbers.
const migration = "0021_guard.sql"

// before opens a database as the version before the migration made it.
func before(t *testing.T, path string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Log: slog.New(slog.DiscardHandler)}, storetest.Before(t, migration))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// The verifications of an earlier version tell who was sent codes and who answered.
func TestNumbersOfAnEarlierVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "simgate.db")
	old := before(t, path)
	stop := run(t, old)
	err := old.Write(t.Context(), func(tx *store.Tx) error {
		for i, v := range []struct {
			app, to, state            string
			asked, sends, begun, over int64
		}{
			{"shop", "+4915100000001", "expired", 100, 2, 1000, 2000},
			{"shop", "+4915100000001", "pending", 300, 1, 3000, 0},
			{"shop", "+4915100000002", "expired", 100, 1, 1000, 2000},
			{"shop", "+4915100000002", "verified", 200, 1, 2000, 2050},
			{"shop", "+4915100000003", "verified", 100, 1, 1000, 1050},
			{"shop", "+4915100000003", "cancelled", 400, 3, 4000, 4050},
			{"bank", "+4915100000003", "exhausted", 500, 1, 5000, 5050},
			{"bank", "+4915100000004", "verified", 600, 1, 9000, 100},         // the clock was set back,
			{"bank", "+4915100000005", "verified", 600, 1, 9000, 900_000_000}, // and forward
			{"bank", "+4915100000006", "verified", 600, 0, 9000, 9050},        // a test number
		} {
			if _, err := tx.Exec(`INSERT INTO verification (uuid, app, recipient, purpose, state, max_tries, deadline, expires_at, asked, sends, created_at, ended_at)
				VALUES (?, ?, ?, '', ?, 5, 0, 0, ?, ?, ?, ?)`, fmt.Sprint(i), v.app, v.to, v.state, v.asked, v.sends, v.begun, v.over); err != nil {
				return err
			}
		}
		for _, s := range []string{
			`INSERT INTO counter (scope, key, slot, sends, answered, failed) VALUES ('app', 'shop', 3, 1, 0, 0)`,
			`INSERT INTO failure (app, recipient, purpose, failed, locks, locked, last) VALUES ('shop', '+4915100000001', '', 1, 0, 0, 1900000)`,
			`UPDATE guard_clock SET last = 5000`,
		} {
			if _, err := tx.Exec(s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	stop()

	db, err := store.Open(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	run(t, db)
	got, err := store.Read(t.Context(), db, func(tx *store.Tx) ([]string, error) {
		return store.All(tx, store.Text, `SELECT app || ' ' || recipient || ' ' || sent || ' ' || answered || ' ' || unanswered
			FROM guard_number UNION ALL SELECT 'clock ' || last FROM clock
			UNION ALL SELECT app || ' ' || scope || ' ' || key || ' ' || slot || ' ' || sends FROM guard_count WHERE scope = 'app' OR app = 'shop'`)
	})
	want := []string{
		"bank +4915100000003 500 0 1", "bank +4915100000004 600 600 0", "bank +4915100000005 600 600 0",
		"shop +4915100000001 300 0 3", "shop +4915100000002 200 250 0", "shop +4915100000003 400 150 3",
		"clock 1900000",
		"shop app shop 3 1", "shop number +4915100000001 0 3", "shop number +4915100000002 0 2", "shop number +4915100000003 0 4",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// Neighbours are numbers of the same length, of the same app, that were sent codes in
// the last day and have not answered since.
func TestUnansweredNeighbours(t *testing.T) {
	const to = msisdn.Number("+4915112345678")
	now := clock.Tick(100 * day.Milliseconds())
	for _, tc := range []struct {
		name string
		do   func(tx *store.Tx) error
		want int
	}{
		{"nobody", func(*store.Tx) error { return nil }, 0},
		{"the next one", func(tx *store.Tx) error { return upsertNumber(tx, "shop", "+4915112345679", true, nil, now) }, 1},
		{"the last within reach", func(tx *store.Tx) error { return upsertNumber(tx, "shop", "+4915112345628", true, nil, now) }, 1},
		{"out of reach", func(tx *store.Tx) error { return upsertNumber(tx, "shop", "+4915112345627", true, nil, now) }, 0},
		{"the number itself", func(tx *store.Tx) error { return upsertNumber(tx, "shop", to, true, nil, now) }, 0},
		{"a longer number", func(tx *store.Tx) error { return upsertNumber(tx, "shop", "+49151123456781", true, nil, now) }, 0},
		{"another app", func(tx *store.Tx) error { return upsertNumber(tx, "bank", "+4915112345679", true, nil, now) }, 0},
		{"a day ago", func(tx *store.Tx) error { return upsertNumber(tx, "shop", "+4915112345679", true, nil, now.Add(-day)) }, 0},
		{"who has answered", func(tx *store.Tx) error {
			return errors.Join(upsertNumber(tx, "shop", "+4915112345679", true, nil, now), answerNumber(tx, "shop", "+4915112345679", now))
		}, 0},
		{"who has answered, but not the last", func(tx *store.Tx) error {
			return errors.Join(upsertNumber(tx, "shop", "+4915112345679", true, nil, now), answerNumber(tx, "shop", "+4915112345679", now),
				upsertNumber(tx, "shop", "+4915112345679", true, nil, now))
		}, 1},
		{"one that was sent two", func(tx *store.Tx) error {
			return errors.Join(upsertNumber(tx, "shop", "+4915112345679", true, nil, now), upsertNumber(tx, "shop", "+4915112345679", true, nil, now))
		}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, Config{})
			w.write(func(tx *store.Tx) error {
				if err := tc.do(tx); err != nil {
					return err
				}
				n, err := countUnanswered(tx, "shop", to, 4915112345678-runReach, 4915112345678+runReach, now.Add(-day))
				if err == nil && n != tc.want {
					t.Errorf("%d, want %d", n, tc.want)
				}
				return err
			})
		})
	}
}

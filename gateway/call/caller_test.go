package call

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
	"simgate/gateway/store/storetest"
)

// What becomes of a call that was claimed and not dialled. A line that had another call
// costs no try, and the call keeps its place.
func TestNotDialled(t *testing.T) {
	db, up := storetest.Open(t), time.Hour
	now := clock.New(clock.Source{Boot: "b", Uptime: func() time.Duration { return up }, Wall: func() time.Time { return time.Unix(1e9, 0) }})
	if err := db.Recover(t.Context(), func(*store.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		err   error
		tries int // before
		left  time.Duration
		want  State
		after int // tries
		due   time.Duration
		cause string
	}{
		{"the line had another call", &NotDialled{Cause: cause.Device.With("a call is up"), Busy: true}, 0, time.Hour, Queued, 0, 0, ""},
		{"it had one at the last try", &NotDialled{Cause: cause.Device.With("a call is up"), Busy: true}, 4, time.Hour, Queued, 4, 0, ""},
		{"the line refused", &NotDialled{Cause: cause.Device.With("no carrier")}, 0, time.Hour, Queued, 1, retryPause, "no carrier"},
		{"it refused at the last try", &NotDialled{Cause: cause.Device.With("no carrier")}, 4, time.Hour, Failed, 0, 0, "no carrier"},
		{"it refused, and there is no time for another try", &NotDialled{Cause: cause.Device.With("no carrier")}, 0, 5 * time.Second, Failed, 0, 0, "no carrier"},
		{"no line can dial this number", &NotDialled{Cause: cause.Device.With("invalid number"), Final: true}, 0, time.Hour, Failed, 0, 0, "invalid number"},
		{"there is nothing to be said any more", fault.NewInvalid("", "the verification is over"), 0, time.Hour, Failed, 0, 0, "the verification is over"},
		{"the machine failed", errors.New("out of memory"), 0, time.Hour, Queued, 1, retryPause, "out of memory"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var settled []Call
			c := New(t.Context(), Config{Settle: func(_ *store.Tx, c Call) error { settled = append(settled, c); return nil }},
				db, now, slog.New(slog.DiscardHandler))
			got, err := store.Write(t.Context(), db, func(tx *store.Tx) (row, error) {
				made, err := c.Queue(tx, Request{App: "shop", To: "+4915112345678", Text: "hi", Lifetime: tc.left}, now.Now())
				if err != nil {
					return row{}, err
				}
				r, err := selectOne(tx, made.ID)
				if err != nil {
					return row{}, err
				}
				r.tries, r.Line, r.Dialled = tc.tries, 1, now.Wall().Time()
				if _, err := begin(tx, r.Call); err != nil {
					return row{}, err
				}
				if err := c.write(tx, placed{row: r, err: tc.err}); err != nil {
					return row{}, err
				}
				return selectOne(tx, made.ID)
			})
			if err != nil {
				t.Fatal(err)
			}
			if got.State != tc.want || got.Cause.Text != tc.cause || (got.Line == 0) != (tc.want == Queued) {
				t.Errorf("it is %s on line %d, for %q", got.State, got.Line, got.Cause)
			}
			if tc.want != Queued {
				if len(settled) != 1 || settled[0].ID != got.ID || settled[0].State != tc.want {
					t.Errorf("settled were %+v", settled)
				}
				return
			}
			if wait := got.due.Sub(now.Uptime()); got.tries != tc.after || wait != tc.due {
				t.Errorf("it has had %d tries and is due in %v, want %d and %v", got.tries, wait, tc.after, tc.due)
			}
		})
	}
}

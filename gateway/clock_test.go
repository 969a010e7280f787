package gateway_test

import (
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/clock"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
)

// A clock that is set deletes nothing that has just come or gone, and what happened
// since the start of the machine shows the right time afterwards.
func TestSetClockKeepsWhatIsNew(t *testing.T) {
	const day = 24 * time.Hour
	for _, tc := range []struct {
		name  string
		story func(w *gatewaytest.World)
		by    time.Duration // that times are corrected by
	}{
		{"forward 40 days", func(w *gatewaytest.World) { w.Clock.Step(40 * day) }, 40 * day},
		{"forward 40 days, with a restart", func(w *gatewaytest.World) { w.Stop(); w.Clock.Step(40 * day); w.Restart() }, 40 * day},
		{"forward two years", func(w *gatewaytest.World) { w.Clock.Step(730 * day) }, 730 * day},
		{"back 40 days", func(w *gatewaytest.World) { w.Clock.Step(-40 * day) }, -40 * day},
		{"forward and back", func(w *gatewaytest.World) {
			w.Clock.Step(40 * day)
			time.Sleep(time.Hour)
			w.Clock.Step(-39 * day)
		}, day},
		{"less than a step", func(w *gatewaytest.World) { w.Clock.Step(3 * time.Second) }, 0},
		{"forward 40 days across a reboot", func(w *gatewaytest.World) { w.Stop(); w.Clock.Step(40 * day); w.Reboot() }, 0},
		{"back 40 days across a reboot", func(w *gatewaytest.World) { w.Stop(); w.Clock.Step(-40 * day); w.Reboot() }, 0},
		{"forward 40 days an hour after a reboot", func(w *gatewaytest.World) { w.Reboot(); time.Sleep(time.Hour); w.Clock.Step(40 * day) }, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
					// Longer than until all is looked at, by as little as can be: each day takes its time.
					const keep = 74 * time.Hour
					c.KeepMessages, c.KeepVerifications, c.KeepInbox, c.KeepEvents = keep, keep, keep, keep
				}))
				ctx := t.Context()
				began := time.Now()
				m, s := send(t, w, anna, "hello"), start(t, w, anna)
				check(t, w, anna, s.Code)
				if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, "ahoy"); err != nil {
					t.Fatal(err)
				}
				if err := w.Gateway.Note(ctx, journal.Event{Kind: journal.LineSwapped, Text: "x"}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Hour)
				tc.story(w)
				time.Sleep(68 * time.Hour) // less than 72 in all, with two before the story and one in it

				near := func(what string, at time.Time) {
					t.Helper()
					if off := at.Sub(began.Add(tc.by)).Abs(); off > 5*time.Minute {
						t.Errorf("%s at %v, %v off", what, at, off)
					}
				}
				got := look(t, w, m.ID)
				near("the message was accepted", got.Accepted)
				near("the message ended", got.Ended)
				near("the part was submitted", got.Parts[0].Submitted)
				near("the part ended", got.Parts[0].Ended)
				v, err := w.Gateway.Verification(ctx, s.Verification.ID)
				if err != nil {
					t.Fatal(err)
				}
				near("the verification was made", v.Created)
				near("the verification ended", v.Ended)
				near("the attempt was made", v.Attempts[0].At)
				in, err := w.Gateway.Inbox().List(ctx, inbox.Filter{})
				if err != nil || len(in) != 1 {
					t.Fatalf("the inbox has %v, %v", in, err)
				}
				near("the message came in", in[0].Received)
				events, err := w.Gateway.Events(ctx, journal.Filter{Kind: journal.LineSwapped})
				if err != nil || len(events) != 1 {
					t.Fatalf("events: %v, %v", events, err)
				}
				near("the event was", events[0].At)

				if tc.name == "back 40 days across a reboot" {
					return // they go when the clock has caught up
				}
				time.Sleep(day)
				for _, table := range []string{"message", "verification", "incoming", "event", "part", "attempt"} {
					if n, err := w.Gateway.Count(ctx, table); err != nil || n != 0 {
						t.Errorf("%d rows of %s are left, %v", n, table, err)
					}
				}
			})
		})
	}
}

// What ended in an earlier boot under a wrong clock goes 72 hours of running later.
func TestRowOfAnEarlierBootIsKeptWhileTheGatewayRuns72Hours(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		m := send(t, w, anna, "hello")
		time.Sleep(2 * time.Hour)
		w.Stop()
		w.Clock.Step(40 * 24 * time.Hour)
		w.Reboot()
		time.Sleep(69 * time.Hour)
		look(t, w, m.ID)
		time.Sleep(6 * time.Hour) // the last hour of a boot may not have been noted
		if n, err := w.Gateway.Count(t.Context(), "message"); err != nil || n != 0 {
			t.Errorf("%d messages are left, %v", n, err)
		}
	})
}

// Many rows are corrected in steps, each once, and none that came after.
func TestSetClockCorrectsAllRowsOfTheBoot(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const n, by = 4500, 40 * 24 * time.Hour
		w := gatewaytest.Start(t, gatewaytest.Modems(0))
		fill := func() clock.Wall {
			at := clock.WallOf(w.Clock.Now())
			made, err := w.Gateway.Store(t.Context(), `WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ?) `+
				oldRows["message"], n, at, at)
			if err != nil || made != n {
				t.Fatal(made, err)
			}
			return at
		}
		before := fill()
		time.Sleep(time.Hour)
		w.Reboot()
		time.Sleep(time.Hour)
		at := fill()
		time.Sleep(time.Hour)
		w.Clock.Step(by)
		time.Sleep(time.Minute)
		first, err := w.Gateway.Store(t.Context(), `UPDATE message SET app = app WHERE accepted_at = ? AND ended_at = ?`, before, before)
		if err != nil || first != n {
			t.Errorf("%d rows of the boot before are as they were, want %d, %v", first, n, err)
		}
		moved, err := w.Gateway.Store(t.Context(), `UPDATE message SET app = app WHERE accepted_at = ? AND ended_at = ?`, at.Add(by), at.Add(by))
		if err != nil || moved != n {
			t.Errorf("%d rows of this boot are corrected, want %d, %v", moved, n, err)
		}
		if left, err := w.Gateway.Count(t.Context(), "clock_step"); err != nil || left != 0 {
			t.Errorf("%d steps are left, %v", left, err)
		}
	})
}

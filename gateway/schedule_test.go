package gateway_test

import (
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/idempotency"
	"simgate/gateway/line"
	"simgate/gateway/schedule"
)

func hours(t *testing.T, s string) schedule.Quiet {
	t.Helper()
	q, err := schedule.ParseQuiet(s)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// A message goes at its time, whatever happens to the machine and its clock meanwhile, and
// not in the quiet hours.
func TestMessagesGoAtTheirTime(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		notBefore time.Duration // from noon on
		quiet     string
		lifetime  time.Duration
		event     func(t *testing.T, w *gatewaytest.World)
		want      time.Duration
		state     gateway.State
	}{
		{"tomorrow", 24 * time.Hour, "", 0, nil, 24 * time.Hour, gateway.Delivered},
		{"across a restart", 24 * time.Hour, "", 0, func(_ *testing.T, w *gatewaytest.World) { w.Restart() }, 24 * time.Hour, gateway.Delivered},
		{"across a reboot", 24 * time.Hour, "", 0, func(_ *testing.T, w *gatewaytest.World) { w.Reboot() }, 24 * time.Hour, gateway.Delivered},
		{"the clock is set ahead", 24 * time.Hour, "", 0, func(_ *testing.T, w *gatewaytest.World) { w.Clock.Step(20 * time.Hour) }, 4 * time.Hour, gateway.Delivered},
		{"the clock is set back", 24 * time.Hour, "", time.Hour, func(_ *testing.T, w *gatewaytest.World) { w.Clock.Step(-20 * time.Hour) }, 44 * time.Hour, gateway.Delivered},
		{"past its time after the clock was set", 24 * time.Hour, "", 0, func(_ *testing.T, w *gatewaytest.World) { w.Clock.Step(25 * time.Hour) }, 0, gateway.Delivered},
		{"quiet hours", 0, "11:00-14:00 UTC", 0, nil, 2 * time.Hour, gateway.Delivered},
		{"quiet hours of the number", 0, "21:00-08:00", 0, nil, 0, gateway.Delivered},
		{"quiet hours begin while it waits", 0, "12:30-18:00 UTC", 0, func(_ *testing.T, w *gatewaytest.World) {
			time.Sleep(time.Hour)
			w.SIMs[0].Plug()
		}, 6 * time.Hour, gateway.Delivered},
		{"scheduled into quiet hours, with a short life", 12 * time.Hour, "21:00-08:00 UTC", time.Hour, nil, 20 * time.Hour, gateway.Delivered},
		{"its SIM is away at its time", time.Hour, "", time.Hour, func(_ *testing.T, w *gatewaytest.World) { w.SIMs[0].Unplug() }, 0, gateway.ExpiredOut},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				time.Sleep(12*time.Hour - time.Minute) // bubbles begin at midnight, UTC
				w := gatewaytest.Start(t)
				time.Sleep(time.Minute)
				noon := time.Now()
				n := gateway.NewMessage{App: "shop", To: anna, Text: "hello", Quiet: hours(t, tc.quiet), Lifetime: tc.lifetime}
				if tc.quiet == "12:30-18:00 UTC" {
					w.SIMs[0].Unplug()
				}
				if tc.notBefore > 0 {
					n.NotBefore = noon.Add(tc.notBefore)
				}
				m, err := w.Gateway.Send(t.Context(), n)
				if err != nil {
					t.Fatal(err)
				}
				if tc.event != nil {
					time.Sleep(time.Second)
					tc.event(t, w)
					time.Sleep(time.Minute)
				}
				if got := look(t, w, m.ID); !m.NotBefore.IsZero() && got.State == gateway.Queued && got.Expires.Sub(got.NotBefore) != m.Expires.Sub(m.NotBefore) {
					t.Errorf("it expires %v after its time, want %v", got.Expires.Sub(got.NotBefore), m.Expires.Sub(m.NotBefore))
				}
				if tc.want > time.Hour && tc.quiet != "12:30-18:00 UTC" {
					if got := look(t, w, m.ID); got.State != gateway.Queued || !strings.HasPrefix(got.Waiting.Text, "its time, ") {
						t.Errorf("before its time it is %s and waits for %q", got.State, got.Waiting)
					}
				}
				time.Sleep(tc.want + 3*time.Hour)
				if got := look(t, w, m.ID); got.State != tc.state {
					t.Fatalf("it is %s (%s)", got.State, got.Cause)
				}
				for _, s := range w.Network.Submissions() {
					if late := s.At.Sub(noon) - tc.want; late < -time.Second || late > 2*time.Minute {
						t.Errorf("it left %v after noon, want %v", s.At.Sub(noon), tc.want)
					}
				}
			})
		})
	}
}

func TestTimesThatAreRefused(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	now := time.Now()
	for _, tc := range []struct {
		name               string
		notBefore, expires time.Time
		to, quiet          string
	}{
		{"the year 3000", time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}, anna, ""},
		{"the year 300000", time.Date(300000, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}, anna, ""},
		{"yesterday", now.Add(-24 * time.Hour), time.Time{}, anna, ""},
		{"expired before now", time.Time{}, now.Add(-time.Minute), anna, ""},
		{"expired before its time", now.Add(2 * time.Hour), now.Add(time.Hour), anna, ""},
		{"lives too long", now.Add(2 * time.Hour), now.Add(200 * time.Hour), anna, ""},
		{"quiet hours of nowhere", time.Time{}, time.Time{}, "+447911123456", "21:00-08:00"},
	} {
		n := gateway.NewMessage{App: "shop", To: tc.to, Text: "x", NotBefore: tc.notBefore, Expires: tc.expires, Quiet: hours(t, tc.quiet)}
		_, err := w.Gateway.Send(t.Context(), n)
		if e := fault.MessageOf(err); fault.CodeOf(err) != fault.Invalid || len(e) < 20 {
			t.Errorf("%s: %v", tc.name, err)
		}
		list, _, err := w.Gateway.SendMailing(t.Context(), gateway.Mailing{NewMessage: n, Numbers: []string{tc.to}})
		if err == nil && list[0].Err == nil {
			t.Errorf("%s, to many: %+v", tc.name, list)
		}
	}
}

// The quiet hours of an app hold for messages that do not name their own, but for urgent
// ones and codes.
func TestQuietHoursOfAnApp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Apps = map[string]gateway.App{"shop": {Quiet: hours(t, "21:00-08:00")}}
		}))
		time.Sleep(22 * time.Hour) // bubbles begin at midnight, UTC
		night := time.Now()
		for _, tc := range []struct {
			to, app string
			m       gateway.NewMessage
			want    time.Duration
		}{
			{anna, "shop", gateway.NewMessage{}, 9 * time.Hour},
			{"+447911123456", "shop", gateway.NewMessage{}, 10 * time.Hour},
			{anna, "shop", gateway.NewMessage{Priority: line.Urgent}, 0},
			{anna, "shop", gateway.NewMessage{Quiet: hours(t, "23:00-23:30 UTC")}, 0},
			{anna, "bank", gateway.NewMessage{}, 0},
		} {
			tc.m.App, tc.m.To, tc.m.Text = tc.app, tc.to, "hello"
			m, err := w.Gateway.Send(t.Context(), tc.m)
			if begin := m.NotBefore; err != nil || tc.want == 0 && !begin.IsZero() || tc.want > 0 && begin.Sub(night).Round(time.Minute) != tc.want {
				t.Errorf("%s of %s goes at %v, %v; want %v after 22:00", tc.to, tc.app, begin, err, tc.want)
			}
		}
		start(t, w, anna)
		time.Sleep(time.Minute)
		if n := len(w.Network.Submissions()); n != 4 {
			t.Errorf("%d messages went at night", n)
		}
	})
}

// What waits can be changed and cancelled, until a line has it.
func TestEditAndCancel(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		time.Sleep(5 * time.Second)
		at := time.Now().Add(time.Hour)
		m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hello", NotBefore: at})
		if err != nil {
			t.Fatal(err)
		}
		gone, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "gone", NotBefore: at})
		if err != nil {
			t.Fatal(err)
		}
		edit := func(app string, e gateway.Edit) (gateway.Message, error) {
			return w.Gateway.EditMessage(t.Context(), app, m.ID, e)
		}
		long := strings.Repeat("a longer text ", 20)
		got, err := edit("shop", gateway.Edit{Text: long, Priority: line.Urgent, NotBefore: at.Add(time.Hour)})
		if err != nil || got.Text != long || got.Total != 2 || got.Priority != line.Urgent || !got.NotBefore.Equal(at.Add(time.Hour).Truncate(time.Millisecond)) ||
			got.Expires.Sub(got.NotBefore) != m.Expires.Sub(m.NotBefore) {
			t.Errorf("%+v, %v", got, err)
		}
		for name, err := range map[string]error{
			"another app":  func() error { _, err := edit("bank", gateway.Edit{Text: "x"}); return err }(),
			"no text":      func() error { _, err := edit("", gateway.Edit{Text: " "}); return err }(),
			"the past":     func() error { _, err := edit("", gateway.Edit{NotBefore: at.Add(-2 * time.Hour)}); return err }(),
			"no time left": func() error { _, err := edit("", gateway.Edit{Expires: at}); return err }(),
			"no message":   func() error { _, err := w.Gateway.CancelMessage(t.Context(), "", 99); return err }(),
			"not one's own": func() error {
				_, err := w.Gateway.CancelMessage(t.Context(), "bank", m.ID)
				return err
			}(),
		} {
			if c := fault.CodeOf(err); c != fault.Invalid && c != fault.NotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
		for range 2 { // twice is as once
			if c, err := w.Gateway.CancelMessage(t.Context(), "shop", gone.ID); err != nil || c.State != gateway.Cancelled {
				t.Errorf("%+v, %v", c, err)
			}
		}
		once := gateway.NewMessage{App: "shop", To: "+4915112340001", Text: "once", NotBefore: at, Once: idempotency.Request{Key: "a", Route: "b", Fingerprint: []byte("c")}}
		first, err := w.Gateway.Send(t.Context(), once)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)
		if again, err := w.Gateway.Send(t.Context(), once); err != nil || again.ID != first.ID || !again.Replayed {
			t.Errorf("a request that is repeated after its time: %+v, %v", again, err)
		}
		if got := w.Network.Subscriber(anna).Messages(); len(got) != 1 || got[0].Text != long {
			t.Errorf("%+v arrived", got)
		}
		if _, err := w.Gateway.CancelMessage(t.Context(), "shop", m.ID); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("after it has left: %v", err)
		}
		if _, err := edit("shop", gateway.Edit{Text: "x"}); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("after it has left: %v", err)
		}
		w.SIMs[0].Unplug()
		start(t, w, anna)
		if _, err := w.Gateway.CancelMessage(t.Context(), "shop", gone.ID+1); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a message with a code: %v", err)
		}
	})
}

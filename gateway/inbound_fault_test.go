package gateway_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/modem"
)

// What cannot be written stays on the SIM, and is taken when there is room again:
// nothing is lost, nothing comes twice.
func TestFullDiskLeavesMessagesOnTheSIM(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		kept := func() int { return w.SIMs[0].Stored("SM") + w.SIMs[0].Stored("ME") }
		limit := func(pages int) {
			t.Helper()
			if err := w.Gateway.LimitPages(t.Context(), pages); err != nil {
				t.Fatal(err)
			}
		}
		limit(1)
		var want []string
		for i := 0; kept() == 0; i++ {
			if i == 200 {
				t.Fatal("the disk does not fill up")
			}
			want = append(want, fmt.Sprintf("%03d %s", i, strings.Repeat("x", 140)))
			deliver(t, w, tpdu("04", "00", "00", i%60, septets(want[i])))
		}
		if got := texts(received(t, w)); !slices.Equal(got, want[:len(want)-1]) {
			t.Errorf("%d messages are shown, want %d", len(got), len(want)-1)
		}
		limit(1 << 20)
		time.Sleep(time.Hour)
		if got := texts(received(t, w)); !slices.Equal(got, want) {
			t.Errorf("with room again %d messages are shown, want %d", len(got), len(want))
		}
		empty(t, w)
	})
}

// The longest message there can be, its last part first.
func TestLongestMessage(t *testing.T) {
	const total = 255
	story(t, func(t *testing.T, w *gatewaytest.World) {
		var want strings.Builder
		parts := make([]string, total)
		for i := range parts {
			text := fmt.Sprintf("%03d %s", i+1, strings.Repeat("x", 148))
			want.WriteString(text)
			parts[i] = tpdu("44", "00", "00", 0, wide(4711, total, i+1, text))
		}
		for _, p := range slices.Backward(parts) {
			deliver(t, w, p)
		}
		if got := texts(received(t, w)); !slices.Equal(got, []string{want.String()}) {
			t.Errorf("%d messages are shown, want one of %d characters", len(got), want.Len())
		}
		empty(t, w)
	})
}

// A Pi starts with the time at which it was switched off. When the network time
// arrives between two parts, the message has not waited for days.
func TestClockLeapsForwardBetweenParts(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 3, 1, "one ")))
		w.Clock.Step(3 * 24 * time.Hour)
		deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 3, 2, "two ")))
		if got := texts(received(t, w)); len(got) != 0 {
			t.Errorf("%q is shown while its parts come in", got)
		}
		deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 3, 3, "three")))
		list := received(t, w)
		if got := texts(list); !slices.Equal(got, []string{"one two three"}) || list[0].Change != 1 {
			t.Errorf("%+v", list)
		}
	})
}

// A gap is shown when its time is over, whatever becomes of the time of day.
func TestGapIsShownThoughTheClockIsSet(t *testing.T) {
	for _, tc := range []struct {
		name string
		step time.Duration
		then func(*gatewaytest.World)
	}{
		{"back by years", -5 * 365 * 24 * time.Hour, func(*gatewaytest.World) {}},
		{"back by years, and the gateway starts anew", -5 * 365 * 24 * time.Hour, (*gatewaytest.World).Restart},
		{"back by years, and the machine starts anew", -5 * 365 * 24 * time.Hour, (*gatewaytest.World).Reboot},
		{"back by a second", -time.Second, func(*gatewaytest.World) {}},
		{"not, but the machine starts anew", 0, (*gatewaytest.World).Reboot},
	} {
		t.Run(tc.name, func(t *testing.T) {
			story(t, func(t *testing.T, w *gatewaytest.World) {
				deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 2, 1, "one ")))
				w.Clock.Step(tc.step)
				tc.then(w)
				time.Sleep(23 * time.Hour)
				if got := texts(received(t, w)); len(got) != 0 {
					t.Errorf("%q is shown too early", got)
				}
				time.Sleep(3 * time.Hour)
				if got := texts(received(t, w)); !slices.Equal(got, []string{"one […]"}) {
					t.Errorf("%q after its time", got)
				}
			})
		})
	}
}

// A machine that was off for days has yet to be brought what the network held.
func TestGapWaitsForTheNetworkAfterABoot(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 2, 1, "one ")))
		w.Clock.Step(2 * 24 * time.Hour)
		w.Reboot()
		time.Sleep(5 * time.Minute)
		deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 2, 2, "two")))
		list := received(t, w)
		if got := texts(list); !slices.Equal(got, []string{"one two"}) || list[0].Change != 1 {
			t.Errorf("%+v", list)
		}
	})
}

// The power fails between the commit and the deletion, and the clock is set back
// before the message is found again: it is the same one.
func TestClockGoesBackBeforeAMessageComesAgain(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		deliver(t, w, tpdu("04", "00", "00", 0, septets("once")))
		w.Clock.Step(-3 * time.Hour)
		deliver(t, w, tpdu("04", "00", "00", 0, septets("once")))
		if got := texts(received(t, w)); !slices.Equal(got, []string{"once"}) {
			t.Errorf("%q", got)
		}
	})
}

// Retention forgets what was shown, never what nobody could have seen.
func TestWhatWasNeverShownIsNotForgotten(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 2, 1, "one ")))
		answer := make(chan []inbox.Message, 1)
		go func() {
			list, err := w.Gateway.Inbox().Await(t.Context(), inbox.Filter{After: -1}, 48*time.Hour)
			if err != nil {
				t.Error(err)
			}
			answer <- list
		}()
		if got := texts(<-answer); !slices.Equal(got, []string{"one […]"}) {
			t.Errorf("who follows sees %q", got)
		}
		time.Sleep(2 * time.Hour)
		if got := texts(received(t, w)); len(got) != 0 {
			t.Errorf("%q is not forgotten", got)
		}
	}, gatewaytest.Configure(func(c *gateway.Config) { c.KeepInbox = time.Hour }))
}

// wire is a port to a modem. What is written to it once it is cut reaches nobody.
type wire struct {
	io.ReadWriteCloser
	write func(through func() (int, error)) (int, error)
}

func (w wire) Write(p []byte) (int, error) {
	return w.write(func() (int, error) { return w.ReadWriteCloser.Write(p) })
}

// A daemon is killed at each command to the modem while a long message comes in, before the
// modem has got the command or after: the message is there once, and whole.
func TestKilledBetweenEveryTwoStepsOfALongMessage(t *testing.T) {
	for step := int32(1); ; step++ {
		reached := false
		for _, taken := range []bool{false, true} {
			var w *gatewaytest.World
			var coming, dead atomic.Bool // dead is who runs at first
			var commands atomic.Int32
			disk := make(chan string, 1)
			write := func(through func() (int, error)) (int, error) {
				switch {
				case dead.Load():
					return 0, io.ErrClosedPipe
				case !coming.Load() || commands.Add(1) != step:
					return through()
				}
				if taken {
					_, _ = through()
				}
				dead.Store(true)
				disk <- w.Disk()
				return 0, io.ErrClosedPipe
			}
			killed := false
			synctest.Test(t, func(t *testing.T) {
				w = gatewaytest.Start(t, gatewaytest.ConfigureModem(func(_ int, c *modem.Config) {
					open := c.Open
					c.Open = func(ctx context.Context) (io.ReadWriteCloser, error) {
						port, err := open(ctx)
						switch {
						case err != nil || killed:
							return port, err
						case dead.Load():
							_ = port.Close()
							return nil, io.ErrClosedPipe
						}
						return wire{port, write}, nil
					}
				}))
				time.Sleep(10 * time.Second)
				coming.Store(true)
				deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 3, 1, "one ")))
				deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 3, 2, "two ")))
				deliver(t, w, tpdu("44", "00", "00", 0, piece(9, 3, 3, "three")))
				coming.Store(false)
				if dead.Load() {
					reached = true
					w.Stop()
					killed = true
					w.Crash(<-disk)
					time.Sleep(time.Hour)
				}
				if list := received(t, w); !slices.Equal(texts(list), []string{"one two three"}) {
					t.Errorf("killed at command %d, which the modem has got: %t: %q", step, taken, texts(list))
				}
				empty(t, w)
			})
		}
		if !reached {
			if step < 6 {
				t.Errorf("only %d commands were given", step-1)
			}
			return
		}
	}
}

// When there is room on the disk again the gateway is ready, though nobody has written anything.
func TestReadyAfterAFullDisk(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		time.Sleep(time.Minute)
		if err := w.Gateway.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.Gateway.LimitPages(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		var err error
		for n := 0; err == nil && n < 1000; n++ {
			_, err = w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: strings.Repeat("long ", 100)})
		}
		if err == nil {
			t.Fatal("the disk does not fill up")
		}
		if err := w.Gateway.LimitPages(t.Context(), 1<<20); err != nil {
			t.Fatal(err)
		}
		if err := w.Gateway.Ready(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

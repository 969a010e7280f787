package gateway_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/call"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/workflow"
	"simgate/modem/simulator"
)

// A call that the modem could not dial waits and is dialled again, a few times and
// while it has time; nobody is rung meanwhile.
func TestCallsThatCouldNotBeDialled(t *testing.T) {
	for _, tc := range []struct {
		name     string
		fault    func(w *gatewaytest.World)
		lifetime time.Duration
		first    call.State // after a moment
		last     call.State
		cause    string
		rung     int
	}{
		{"refused once", func(w *gatewaytest.World) { w.SIMs[0].On("D", simulator.PlainError()) }, time.Hour,
			call.Queued, call.Completed, "", 1},
		{"refused each time", func(w *gatewaytest.World) { w.SIMs[0].OnEvery("D", simulator.PlainError()) }, time.Hour,
			call.Queued, call.Failed, "refuses to dial", 0},
		{"refused, and no time for another try", func(w *gatewaytest.World) { w.SIMs[0].OnEvery("D", simulator.PlainError()) }, 5 * time.Second,
			call.Failed, call.Failed, "refuses to dial", 0},
		{"no modem in time", func(w *gatewaytest.World) { w.SIMs[0].Unplug() }, time.Minute,
			call.Queued, call.Expired, "in time", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", nil)
				time.Sleep(time.Minute)
				tc.fault(w)
				c, err := w.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: "shop", To: anna, Locale: "en-gb",
					Text: "the pump has stopped", Lifetime: tc.lifetime})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(4 * time.Second)
				if got, err := w.Gateway.Calls().Get(t.Context(), c.ID); err != nil || got.State != tc.first || got.State == call.Queued && got.Line != 0 {
					t.Errorf("first it is %+v, %v", got, err)
				}
				time.Sleep(30 * time.Minute)
				got, err := w.Gateway.Calls().Get(t.Context(), c.ID)
				if err != nil || got.State != tc.last || !strings.Contains(got.Cause.Text, tc.cause) || got.Ended.IsZero() {
					t.Errorf("then it is %+v, %v", got, err)
				}
				if n := len(w.Network.Subscriber(anna).Calls()); n != tc.rung {
					t.Errorf("it rang %d times, want %d", n, tc.rung)
				}
			})
		})
	}
}

// Of calls that are asked for at once on one modem one is up and the others wait: none
// loses a try, all are dialled one after the other, codes first, in the order in which
// they were asked for.
func TestCallsOfOneModemWaitTheirTurn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := speaking(t, "sim7600", nil)
		time.Sleep(time.Minute)
		var want []string
		place := func(to string) {
			if _, err := w.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: "shop", To: to, Locale: "en-gb", Text: "the pump has stopped"}); err != nil {
				t.Error(err)
			}
		}
		start := func(to string) {
			if _, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: to, Purpose: "x", Lifetime: time.Hour,
				Workflow: workflow.Numbered[7]}); err != nil {
				t.Error(err)
			}
		}
		number := func(i int) string { return fmt.Sprintf("+49151123400%02d", i) }
		place(number(0)) // takes the line
		time.Sleep(time.Second)
		place(number(1))
		place(number(2))
		for i := 3; i < 10; i++ {
			start(number(i))
		}
		for _, i := range []int{0, 3, 4, 5, 6, 7, 8, 9, 1, 2} {
			want = append(want, number(i))
		}
		for range 600 {
			time.Sleep(time.Second)
			up := 0
			list, err := w.Gateway.Calls().List(t.Context(), call.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list {
				if c.State == call.Calling {
					up++
				}
				if c.State == call.Queued && c.Cause.Text != "" {
					t.Errorf("a call that waits has lost a try: %s", c.Cause)
				}
			}
			if up > 1 {
				t.Fatalf("%d calls are up on one modem", up)
			}
		}
		var got []string
		list, err := w.Gateway.Calls().List(t.Context(), call.Filter{State: call.Completed})
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(list, func(a, b call.Call) int { return a.Dialled.Compare(b.Dialled) })
		for _, c := range list {
			got = append(got, string(c.To))
		}
		if !slices.Equal(got, want) {
			t.Errorf("dialled were %v, want %v", got, want)
		}
	})
}

// A call that waits for a line is not placed once its code has been checked, or its
// verification has ended otherwise.
func TestCallsOfAnEndedVerificationAreNotDialled(t *testing.T) {
	for _, tc := range []struct {
		name string
		end  func(t *testing.T, w *gatewaytest.World, s gateway.Started)
		want call.State
	}{
		{"the right code", func(t *testing.T, w *gatewaytest.World, s gateway.Started) {
			if v := check(t, w, anna, s.Code); v != gateway.Right {
				t.Errorf("the check says %s", v)
			}
		}, call.Cancelled},
		{"cancelled", func(t *testing.T, w *gatewaytest.World, s gateway.Started) {
			if _, err := w.Gateway.CancelVerification(t.Context(), "shop", s.Verification.ID); err != nil {
				t.Error(err)
			}
		}, call.Cancelled},
		{"expired", func(*testing.T, *gatewaytest.World, gateway.Started) { time.Sleep(time.Hour) }, call.Expired},
		{"another boot", func(_ *testing.T, w *gatewaytest.World, _ gateway.Started) { w.Reboot() }, call.Expired},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", nil)
				time.Sleep(time.Minute)
				w.SIMs[0].Unplug()
				s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: "login", Brand: "Shop",
					Workflow: workflow.Steps{{Channel: workflow.Voice}}})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
				tc.end(t, w, s)
				w.SIMs[0].Plug()
				time.Sleep(10 * time.Minute)
				calls, err := w.Gateway.Calls().List(t.Context(), call.Filter{})
				if err != nil || len(calls) != 1 || calls[0].State != tc.want || calls[0].Ended.IsZero() {
					t.Errorf("the calls are %+v, %v", calls, err)
				}
				if n := len(w.Network.Subscriber(anna).Calls()); n != 0 {
					t.Errorf("it rang %d times", n)
				}
			})
		})
	}
}

// A code that is sent goes before the next call on the line, and calls are not kept
// waiting for ever by codes.
func TestCodesGoBeforeTheNextCall(t *testing.T) {
	number := func(i int) string { return fmt.Sprintf("+49151123400%02d", i) }
	place := func(t *testing.T, w *gatewaytest.World, i int) int64 {
		c, err := w.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: "shop", To: number(i), Locale: "en-gb", Text: "the pump has stopped"})
		if err != nil {
			t.Fatal(err)
		}
		return c.ID
	}
	start := func(t *testing.T, w *gatewaytest.World, to, template string) {
		_, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: to, Purpose: "x", Template: template, Lifetime: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name  string
		codes int
		text  string // of each; "" the usual one
	}{
		{"one code", 1, ""},
		{"fourteen codes", 14, ""},
		{"a code in three parts", 1, strings.Repeat("read this to the end ", 18) + "{code}"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", nil, gatewaytest.On(simulator.NewNetwork(simulator.Latency(3*time.Second))))
				time.Sleep(time.Minute)
				for i := range 3 {
					place(t, w, i)
				}
				time.Sleep(5 * time.Second) // the first call is up
				for i := range tc.codes {
					start(t, w, number(20+i), tc.text)
				}
				time.Sleep(5 * time.Minute)
				first, second := w.Network.Subscriber(number(0)).Calls()[0], w.Network.Subscriber(number(1)).Calls()[0]
				for i := range tc.codes {
					got := w.Network.Subscriber(number(20 + i)).Messages()
					if len(got) != 1 || got[0].At.Before(first.Ended) || got[0].At.After(second.Begun) {
						t.Errorf("code %d: the calls are from %v and %v on, and the messages %+v", i, first.Begun, second.Begun, got)
					}
				}
			})
		})
	}
	t.Run("codes without end", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			w := speaking(t, "sim7600", nil, gatewaytest.On(simulator.NewNetwork(simulator.Latency(30*time.Second))))
			time.Sleep(time.Minute)
			for i := range 12 {
				start(t, w, number(20+i), "")
			}
			time.Sleep(time.Second)
			id := place(t, w, 0)
			time.Sleep(2 * time.Second)
			if c, err := w.Gateway.Calls().Get(t.Context(), id); err != nil || !strings.Contains(c.Waiting, "codes") {
				t.Errorf("it waits for %q, %v", c.Waiting, err)
			}
			time.Sleep(3 * time.Minute)
			if c, err := w.Gateway.Calls().Get(t.Context(), id); err != nil || c.State != call.Completed {
				t.Errorf("it is %+v, %v", c, err)
			}
		})
	})
}

// A call that is up is hung up when its code has been checked, or its verification was
// ended otherwise; one of another verification goes on, and so does one whose time is over
// while it speaks.
func TestCallsOfAnEndedVerificationAreHungUp(t *testing.T) {
	for _, tc := range []struct {
		name  string
		up    time.Duration // how long after it was asked for: it rings after 2 s and is answered after 6
		wrong int           // codes that are wrong; -1: it is cancelled, -2: nothing is done
		want  call.State
		cause string
	}{
		{"the right code while it is dialled", time.Second, 0, call.Cancelled, "verified"},
		{"the right code while it rings", 4 * time.Second, 0, call.Cancelled, "verified"},
		{"the right code while it speaks", 10 * time.Second, 0, call.HungUp, "verified"},
		{"wrong codes", 10 * time.Second, 4, call.Completed, ""},
		{"too many wrong codes", 10 * time.Second, 5, call.HungUp, "exhausted"},
		{"cancelled", 10 * time.Second, -1, call.HungUp, "cancelled"},
		{"the time of the code is over while it speaks", 10 * time.Second, -2, call.Completed, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", nil, gatewaytest.Modems(2))
				time.Sleep(time.Minute)
				lifetime := time.Duration(0)
				if tc.wrong == -2 {
					lifetime = tc.up
				}
				start := func(to string) gateway.Started {
					s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: to, Purpose: "login",
						Locale: "en-gb", Workflow: workflow.Numbered[7], Lifetime: lifetime})
					if err != nil {
						t.Fatal(err)
					}
					return s
				}
				const ben = "+4915112340000"
				s := start(anna)
				start(ben)
				time.Sleep(tc.up)
				switch tc.wrong {
				case 0:
					if v := check(t, w, anna, s.Code); v != gateway.Right {
						t.Errorf("the check says %s", v)
					}
				case -1:
					if _, err := w.Gateway.CancelVerification(t.Context(), "shop", s.Verification.ID); err != nil {
						t.Error(err)
					}
				}
				for range tc.wrong {
					check(t, w, anna, "x"+s.Code)
				}
				ended := time.Now()
				time.Sleep(2 * time.Minute)
				calls, err := w.Gateway.Calls().List(t.Context(), call.Filter{To: anna})
				if err != nil || len(calls) != 1 || calls[0].State != tc.want || !strings.Contains(calls[0].Cause.Text, tc.cause) {
					t.Errorf("the calls are %+v, %v", calls, err)
				}
				heard := w.Network.Subscriber(anna).Calls()
				if len(heard) != 1 {
					t.Fatalf("it rang %d times", len(heard))
				}
				if after := heard[0].Ended.Sub(ended); (tc.want != call.Completed) != (after < 3*time.Second) {
					t.Errorf("it was over %v after the check", after)
				}
				others, err := w.Gateway.Calls().List(t.Context(), call.Filter{To: ben})
				if err != nil || len(others) != 1 || others[0].State != call.Completed {
					t.Errorf("the other call is %+v, %v", others, err)
				}
			})
		})
	}
}

// Ten calls and fourteen codes that are asked for at once on one modem: the codes are gone
// within one call, and the calls are dialled in order, one after the other.
func TestTenCallsAndFourteenCodesAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := speaking(t, "sim7600", nil, gatewaytest.On(simulator.NewNetwork(simulator.Latency(2*time.Second))))
		time.Sleep(time.Minute)
		number := func(i int) string { return fmt.Sprintf("+49151123400%02d", i) }
		asked := time.Now()
		for i := range 24 {
			steps := workflow.Numbered[7]
			if i%2 == 1 && i/2 < 10 || i >= 20 {
				steps = workflow.Numbered[6]
			}
			if _, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: number(i), Purpose: "x", Locale: "en-gb",
				Workflow: steps, Lifetime: 15 * time.Minute}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(14 * time.Minute)
		var longest time.Duration
		ended := asked
		for i := 0; i < 20; i += 2 {
			calls := w.Network.Subscriber(number(i)).Calls()
			if len(calls) != 1 {
				t.Fatalf("number %d was called %d times", i, len(calls))
			}
			longest = max(longest, calls[0].Ended.Sub(calls[0].Begun))
			if pause := calls[0].Begun.Sub(ended); pause < 0 || i > 2 && pause > 5*time.Second {
				t.Errorf("call %d was dialled %v after the end of the one before", i, pause)
			}
			ended = calls[0].Ended
		}
		for i := range 24 {
			if i%2 == 0 && i < 20 {
				continue
			}
			got := w.Network.Subscriber(number(i)).Messages()
			if len(got) != 1 || got[0].At.Sub(asked) > longest+14*3*time.Second {
				t.Errorf("the code of number %d: %+v; calls took up to %v", i, got, longest)
			}
		}
	})
}

// A call that is asked for before the modems have started is not refused: it waits.
func TestCallsRightAfterAStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := speaking(t, "sim7600", nil)
		c, err := w.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: "shop", To: anna, Locale: "en-gb", Text: "the pump has stopped"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		if got, err := w.Gateway.Calls().Get(t.Context(), c.ID); err != nil || got.State != call.Completed {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

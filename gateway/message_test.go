package gateway_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/modem/simulator"
)

func send(t *testing.T, w *gatewaytest.World, to, text string) gateway.Message {
	t.Helper()
	m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: to, Text: text})
	if err != nil {
		t.Fatalf("sending: %v", err)
	}
	return m
}

func look(t *testing.T, w *gatewaytest.World, id int64) gateway.Message {
	t.Helper()
	m, err := w.Gateway.Message(t.Context(), id)
	if err != nil {
		t.Fatalf("looking at message %d: %v", id, err)
	}
	return m
}

func TestOutcomes(t *testing.T) {
	for _, tc := range []struct {
		name        string
		fault       func(w *gatewaytest.World)
		wait        time.Duration
		want        gateway.State
		cause       string
		submissions int
	}{
		{"delivered", func(*gatewaytest.World) {}, time.Minute, gateway.Delivered, "", 1},
		{"refused for good", func(w *gatewaytest.World) { w.Network.Refuse(anna, 1) }, time.Minute, gateway.Failed, "not assigned", 0},
		{"refused twice, then taken", func(w *gatewaytest.World) {
			w.SIMs[0].On("+CMGS", simulator.Refuse(42))
			w.SIMs[0].OnNth("+CMGS", 2, simulator.Refuse(42))
		}, time.Minute, gateway.Delivered, "", 1},
		{"refused for the moment for an hour", func(w *gatewaytest.World) { w.SIMs[0].OnEvery("+CMGS", simulator.Refuse(42)) },
			time.Hour, gateway.Queued, "congested", 0},
		{"refused without a reason", func(w *gatewaytest.World) { w.SIMs[0].OnEvery("+CMGS", simulator.PlainError()) },
			time.Hour, gateway.Failed, "without saying why", 0},
		{"no prompt once", func(w *gatewaytest.World) { w.SIMs[0].On("+CMGS", simulator.NoPrompt()) }, 5 * time.Minute, gateway.Delivered, "", 1},
		{"answer lost", func(w *gatewaytest.World) { w.SIMs[0].On("+CMGS", simulator.LoseAnswer()) }, 170 * time.Second, gateway.Delivered, "", 1},
		{"submission lost", func(w *gatewaytest.World) { w.SIMs[0].On("+CMGS", simulator.LoseSubmit()) }, time.Hour, gateway.Unknown, "did not answer", 0},
		{"unplugged after the PDU", func(w *gatewaytest.World) {
			w.SIMs[0].On("+CMGS", simulator.UnplugAfterPDU(), simulator.LoseSubmit())
		}, time.Hour, gateway.Unknown, "did not answer", 0},
		{"unplugged after the prompt", func(w *gatewaytest.World) { w.SIMs[0].On("+CMGS", simulator.UnplugAfterPrompt()) },
			time.Hour, gateway.Queued, "", 0},
		{"recipient out of reach", func(w *gatewaytest.World) { w.Network.Subscriber(anna).Off() }, time.Hour, gateway.Sent, "", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t)
				time.Sleep(5 * time.Second)
				tc.fault(w)
				m := send(t, w, anna, "hello")
				time.Sleep(tc.wait)
				got := look(t, w, m.ID)
				if got.State != tc.want || !strings.Contains(got.Cause.Text, tc.cause) {
					t.Errorf("the message is %s (%s), want %s (%s)", got.State, got.Cause, tc.want, tc.cause)
				}
				taken := 0
				for _, s := range w.Network.Submissions() {
					if s.Refused == nil {
						taken++
					}
				}
				if taken != tc.submissions {
					t.Errorf("the network took %d submissions, want %d", taken, tc.submissions)
				}
			})
		})
	}
}

// What the network refuses for the moment is tried again after pauses that grow, each
// cause as often as it is worth, until the time of the message is over.
func TestTriesByCause(t *testing.T) {
	for _, tc := range []struct {
		name     string
		refuse   simulator.CMSError
		lasts    time.Duration // until the network takes messages again
		lifetime time.Duration
		limit    int // of the owner
		want     gateway.State
		tries    int
		cause    string
	}{
		{"a network that is congested for a while", 42, 25 * time.Minute, 0, 0, gateway.Delivered, 7, ""},
		{"and for longer than the message lives", 42, 9 * time.Hour, time.Hour, 0, gateway.ExpiredOut, 9, "the last try: CMS 42"},
		{"a phone that is out of order", 27, 5 * time.Hour, 0, 0, gateway.Delivered, 10, ""},
		{"a SIM that is busy", 314, time.Minute, 0, 0, gateway.Delivered, 5, ""},
		{"what seldom passes", 21, 9 * time.Hour, 0, 0, gateway.Failed, 2, "CMS 21"},
		{"what never passes", 1, 9 * time.Hour, 0, 0, gateway.Failed, 1, "CMS 1"},
		{"a SIM that may not send", 50, 9 * time.Hour, 0, 0, gateway.Failed, 5, "CMS 50"},
		{"with a limit of the owner", 42, 9 * time.Hour, 0, 3, gateway.Failed, 3, "CMS 42"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) { c.SendTries, c.Lines.BlockRefusals = tc.limit, -1 }))
				time.Sleep(time.Minute)
				w.Network.Refuse(anna, tc.refuse)
				m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hello", Lifetime: tc.lifetime})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(tc.lasts)
				w.Network.Refuse(anna, 0)
				time.Sleep(90 * time.Minute)
				got, tries := look(t, w, m.ID), 0
				for _, s := range w.Network.Submissions() {
					if s.Refused != nil {
						tries++
					}
				}
				if got.State != tc.want || tries != tc.tries || !strings.Contains(got.Cause.Text, tc.cause) {
					t.Errorf("the message is %s (%s) after %d tries, want %s (%s) after %d", got.State, got.Cause, tries, tc.want, tc.cause, tc.tries)
				}
			})
		})
	}
}

func TestLongMessageGoesInOrderOnOneLine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(3), gatewaytest.On(simulator.NewNetwork(simulator.Latency(2*time.Second))))
		time.Sleep(5 * time.Second)
		text := strings.Repeat("All work and no play makes Jack a dull boy. ", 20)
		m := send(t, w, anna, text)
		sms, err := w.Network.Subscriber(anna).Next(t.Context())
		if err != nil || sms.Text != strings.TrimSpace(text) && sms.Text != text {
			t.Fatalf("what arrived is %q, %v", sms.Text, err)
		}
		time.Sleep(time.Minute)
		got := look(t, w, m.ID)
		if got.State != gateway.Delivered || len(got.Parts) != got.Total || got.Total != 6 {
			t.Errorf("the message is %+v", got)
		}
		for _, p := range got.Parts {
			if p.Line != got.Parts[0].Line || p.State != gateway.Delivered || p.MR < 0 {
				t.Errorf("part %d is %+v", p.Seq, p)
			}
		}
	})
}

// Texts of several parts arrive as they were written, whatever their script, and separators
// that the network does not know as blanks.
func TestTextsOfAllScriptsArrive(t *testing.T) {
	for _, tc := range []struct {
		name, text, want string
		parts            int
	}{
		{"Persian with non-joiners", strings.Repeat("می\u200cخواهم ", 12), "", 2},
		{"Hangul of several jamo", strings.Repeat("\u1112\u1161\u11ab", 40), "", 2},
		{"half-width kana with voice marks", strings.Repeat("ｶ\uff9e", 68), "", 3},
		{"Telugu conjuncts", strings.Repeat("స్త్రీ", 30), "", 3},
		{"families of emoji", strings.Repeat("👨\u200d👩\u200d👧\u200d👦", 13), "", 3},
		{"brackets, which take two septets", strings.Repeat("[x]", 62), "", 3},
		{"tabs and line separators", "Item\tPrice\u2028Tea\t2 €\u0085Cake\r\n", "Item Price Tea 2 € Cake\n", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t)
				time.Sleep(5 * time.Second)
				m := send(t, w, anna, tc.text)
				sms, err := w.Network.Subscriber(anna).Next(t.Context())
				if want := cmp.Or(tc.want, tc.text); err != nil || sms.Text != want || sms.Parts != tc.parts || m.Total != tc.parts {
					t.Errorf("%q arrived in %d parts of %d, %v; want %q in %d", sms.Text, sms.Parts, m.Total, err, want, tc.parts)
				}
			})
		})
	}
}

// Codes overtake everything, between the parts of one message too.
func TestCodesGoBeforeEverythingElse(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.On(simulator.NewNetwork(simulator.Latency(2*time.Second))))
		time.Sleep(5 * time.Second)
		for i := range 5 {
			send(t, w, "+4915100000001", fmt.Sprint(i, strings.Repeat(" long text", 60)))
		}
		time.Sleep(3 * time.Second) // the second part of the first is under way
		start(t, w, anna)
		time.Sleep(5 * time.Second)
		if n := len(w.Network.Subscriber(anna).Messages()); n != 1 {
			t.Errorf("the code has not arrived, %d submissions before it", len(w.Network.Submissions()))
		}
		time.Sleep(10 * time.Minute)
		if n := len(w.Network.Subscriber("+4915100000001").Messages()); n != 5 {
			t.Errorf("%d of 5 long messages arrived", n)
		}
	})
}

func TestPinnedMessagesTakeTheirLine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(2))
		time.Sleep(5 * time.Second)
		lines, err := w.Gateway.Lines().List(t.Context())
		if err != nil || len(lines) != 2 {
			t.Fatal(lines, err)
		}
		for range 20 {
			if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "x", Line: lines[1].ID}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		for _, s := range w.Network.Submissions() {
			if s.IMSI != lines[1].IMSI {
				t.Errorf("a message went over %s", s.IMSI)
			}
		}
		if n := len(w.Network.Submissions()); n != 20 {
			t.Errorf("%d submissions", n)
		}
	})
}

// A SIM that is barred, not known to its network or without the service hands its work
// to another (TS 24.011 E-2).
func TestAnotherSIMTakesOver(t *testing.T) {
	for _, code := range []simulator.CMSError{8, 28, 29, 30, 69} {
		bubble(t, func(t *testing.T) {
			w := gatewaytest.Start(t, gatewaytest.Modems(2))
			time.Sleep(5 * time.Second)
			w.SIMs[0].OnEvery("+CMGS", simulator.Refuse(code))
			for range 4 {
				send(t, w, anna, "hello")
			}
			time.Sleep(time.Minute)
			if n := len(w.Network.Subscriber(anna).Messages()); n != 4 {
				t.Errorf("+CMS ERROR: %d: %d of 4 arrived", code, n)
			}
		})
	}
}

func TestMessagesSurvive(t *testing.T) {
	for _, tc := range []struct {
		name string
		how  func(w *gatewaytest.World)
	}{
		{"a restart", func(w *gatewaytest.World) { w.Restart() }},
		{"a reboot", func(w *gatewaytest.World) { w.Reboot() }},
		{"a reboot with a clock a year back", func(w *gatewaytest.World) {
			w.Stop()
			w.Clock.Step(-365 * 24 * time.Hour)
			w.Reboot()
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t)
				time.Sleep(5 * time.Second)
				w.SIMs[0].Unplug()
				m := send(t, w, anna, "hello")
				tc.how(w)
				time.Sleep(time.Minute)
				w.SIMs[0].Plug()
				time.Sleep(time.Minute)
				if got := look(t, w, m.ID); got.State != gateway.Delivered {
					t.Errorf("the message is %s (%s)", got.State, got.Cause)
				}
			})
		})
	}
}

func TestMessageExpiresOnceAndForAll(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{0, 365 * 24 * time.Hour, -365 * 24 * time.Hour} {
		t.Run(step.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t)
				time.Sleep(5 * time.Second)
				w.SIMs[0].Unplug()
				m := send(t, w, anna, "hello")
				w.Clock.Step(step)
				time.Sleep(72*time.Hour - time.Minute)
				if got := look(t, w, m.ID); got.State != gateway.Queued {
					t.Errorf("a minute before its end the message is %s", got.State)
				}
				time.Sleep(2 * time.Minute)
				w.SIMs[0].Plug()
				time.Sleep(time.Minute)
				if got := look(t, w, m.ID); got.State != gateway.ExpiredOut {
					t.Errorf("a minute after its end the message is %s", got.State)
				}
				if n := len(w.Network.Submissions()); n != 0 {
					t.Errorf("%d submissions", n)
				}
			})
		})
	}
}

// A part that a modem was given and could not take shares the fate of its
// message.
func TestPartsEndWithTheirMessage(t *testing.T) {
	for _, tc := range []struct {
		name string
		end  func(t *testing.T, w *gatewaytest.World, code string)
		want gateway.State
	}{
		{"expired", func(*testing.T, *gatewaytest.World, string) { time.Sleep(10 * time.Minute) }, gateway.ExpiredOut},
		{"cancelled", func(t *testing.T, w *gatewaytest.World, code string) { check(t, w, anna, code) }, gateway.Cancelled},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t)
				time.Sleep(5 * time.Second)
				w.SIMs[0].OnEvery("+CMGS", simulator.Refuse(42))
				started := start(t, w, anna)
				time.Sleep(time.Second)
				tc.end(t, w, started.Code)
				time.Sleep(time.Minute)
				m := look(t, w, 1)
				if m.State != tc.want || len(m.Parts) != 1 || m.Parts[0].State != tc.want {
					t.Errorf("the message is %s, its part %+v; want %s", m.State, m.Parts, tc.want)
				}
			})
		})
	}
}

func TestStopWaitsForThePartUnderWay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.On(simulator.NewNetwork(simulator.Latency(20*time.Second), simulator.ReportDelay(-1))))
		time.Sleep(5 * time.Second)
		m := send(t, w, anna, "hello")
		time.Sleep(5 * time.Second)
		began := time.Now()
		w.Restart()
		if d := time.Since(began); d < 14*time.Second || d > 16*time.Second {
			t.Errorf("the stop took %v, want the 15 s that the part needed", d)
		}
		if got := look(t, w, m.ID); got.State != gateway.Sent {
			t.Errorf("the message is %s", got.State)
		}
	})
}

func TestOldMessagesAreDeleted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.KeepMessages, c.KeepVerifications = 48*time.Hour, 24*time.Hour
		}))
		m, s := send(t, w, anna, "hello"), start(t, w, anna)
		time.Sleep(20 * time.Hour)
		look(t, w, m.ID)
		time.Sleep(10 * time.Hour)
		look(t, w, m.ID)
		if _, err := w.Gateway.Verification(t.Context(), s.Verification.ID); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("the verification: %v", err)
		}
		time.Sleep(24 * time.Hour)
		if _, err := w.Gateway.Message(t.Context(), m.ID); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("the message: %v", err)
		}
	})
}

func TestTheQueueIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) { c.MaxQueue = 10 }))
		time.Sleep(5 * time.Second)
		w.SIMs[0].Unplug()
		for range 10 {
			send(t, w, anna, "hello")
		}
		_, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "one more"})
		if fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("the eleventh: %v", err)
		}
		w.SIMs[0].Plug()
		time.Sleep(time.Minute)
		send(t, w, anna, "there is room again")
	})
}

func TestSendRefuses(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	for _, tc := range []struct {
		name string
		m    gateway.NewMessage
	}{
		{"no number", gateway.NewMessage{Text: "x"}},
		{"no text", gateway.NewMessage{To: anna}},
		{"blanks for text", gateway.NewMessage{To: anna, Text: " \n "}},
		{"100 kB", gateway.NewMessage{To: anna, Text: strings.Repeat("x", 100_000)}},
		{"invalid UTF-8", gateway.NewMessage{To: anna, Text: "a\xffb"}},
		{"U+001B", gateway.NewMessage{To: anna, Text: "a\x1bb"}},
		{"the mark of codes", gateway.NewMessage{To: anna, Text: "a\x1ab"}},
		{"unknown line", gateway.NewMessage{To: anna, Text: "x", Line: 99}},
		{"negative line", gateway.NewMessage{To: anna, Text: "x", Line: -1}},
		{"life of a second", gateway.NewMessage{To: anna, Text: "x", Lifetime: time.Second}},
		{"life of a year", gateway.NewMessage{To: anna, Text: "x", Lifetime: 365 * 24 * time.Hour}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := w.Gateway.Send(t.Context(), tc.m)
			if fault.CodeOf(err) != fault.Invalid || len(fault.MessageOf(err)) < 10 {
				t.Errorf("error is %v", err)
			}
		})
	}
	if m, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{}); err != nil || len(m) != 0 {
		t.Errorf("something was queued: %v, %v", m, err)
	}
}

// A message that waits says for what, in lists and alone.
func TestWhatMessagesWaitFor(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options []gatewaytest.Option
		message gateway.NewMessage
		want    string
	}{
		{"no modem", []gatewaytest.Option{gatewaytest.Modems(0)}, gateway.NewMessage{}, "no modem is configured"},
		{"a modem without network", []gatewaytest.Option{gatewaytest.Simulated(func(int) []simulator.ModemOption {
			return []simulator.ModemOption{simulator.Registered(simulator.Denied)}
		})}, gateway.NewMessage{}, "no modem is ready; modem sim1 finds no network: "},
		{"a refusal for now", []gatewaytest.Option{gatewaytest.On(busyNetwork())}, gateway.NewMessage{}, "the next try, at "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			story(t, func(t *testing.T, w *gatewaytest.World) {
				tc.message.App, tc.message.To, tc.message.Text = "shop", anna, "hello"
				m, err := w.Gateway.Send(t.Context(), tc.message)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Second)
				one, err := w.Gateway.Message(t.Context(), m.ID)
				list, listErr := w.Gateway.Messages(t.Context(), gateway.MessageFilter{})
				if err != nil || listErr != nil || len(list) != 1 || one.Waiting != list[0].Waiting || !strings.HasPrefix(one.Waiting.Text, tc.want) {
					t.Errorf("it waits for %q, in the list %+v; %v %v", one.Waiting, list, err, listErr)
				}
			}, tc.options...)
		})
	}
}

// busyNetwork refuses messages to anna for now.
func busyNetwork() *simulator.Network {
	n := simulator.NewNetwork()
	n.Refuse(anna, simulator.CMSError(42)) // congestion
	return n
}

package gateway_test

import (
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/workflow"
	"simgate/modem/simulator"
)

// muchTooLate is an answer of the network that comes when nobody waits for it any
// more: a modem is given 150 seconds.
const muchTooLate = 155 * time.Second

// What the parts of a message, and the message, are before an answer that is much
// too late, and after it.
func TestLateAnswers(t *testing.T) {
	two := strings.Repeat("All work and no play makes Jack a dull boy. ", 6)
	three := strings.Repeat("All work and no play makes Jack a dull boy. ", 9)
	refuse := simulator.Refuse(38)
	type story struct {
		name   string
		text   string
		stage  func(w *gatewaytest.World)
		before []gateway.State // of the message, and of its parts
		after  []gateway.State
		cause  string
		taken  int // by the network
	}
	for _, tc := range []story{
		{"the reference", "hello", func(w *gatewaytest.World) {
			w.Network.Subscriber(anna).Off()
			w.SIMs[0].On("+CMGS", simulator.Late(muchTooLate))
		}, []gateway.State{gateway.Unknown, gateway.Unknown}, []gateway.State{gateway.Sent, gateway.Sent}, "", 1},
		{"the reference, and a report before it", "hello", func(w *gatewaytest.World) {
			w.SIMs[0].On("+CMGS", simulator.Late(muchTooLate))
		}, nil, []gateway.State{gateway.Delivered, gateway.Delivered}, "", 1},
		{"the reference of a first part", two, func(w *gatewaytest.World) {
			w.SIMs[0].On("+CMGS", simulator.Late(muchTooLate))
		}, nil, []gateway.State{gateway.Delivered, gateway.Delivered, gateway.Delivered}, "", 2},
		{"a refusal", "hello", func(w *gatewaytest.World) {
			w.SIMs[0].On("+CMGS", refuse, simulator.Late(muchTooLate))
		}, []gateway.State{gateway.Unknown, gateway.Unknown}, []gateway.State{gateway.Failed, gateway.Failed}, "CMS 38", 0},
		{"a refusal of the first part, while the others wait", three, func(w *gatewaytest.World) {
			w.SIMs[0].On("+CMGS", refuse, simulator.Late(muchTooLate))
			w.SIMs[0].OnNth("+CMGS", 2, simulator.Refuse(42))
		}, []gateway.State{gateway.Queued, gateway.Unknown}, // its modem is checked before it is given another part
			[]gateway.State{gateway.Failed, gateway.Failed, gateway.Cancelled}, "CMS 38", 0},
		{"a refusal of the last part", two, func(w *gatewaytest.World) {
			w.Network.Subscriber(anna).Off()
			w.SIMs[0].OnNth("+CMGS", 2, refuse, simulator.Late(muchTooLate))
		}, []gateway.State{gateway.Unknown, gateway.Sent, gateway.Unknown}, []gateway.State{gateway.Failed, gateway.Sent, gateway.Failed}, "CMS 38", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t, gatewaytest.On(simulator.NewNetwork(simulator.Latency(time.Second))))
				time.Sleep(5 * time.Second)
				tc.stage(w)
				m := send(t, w, anna, tc.text)
				if tc.before != nil {
					time.Sleep(muchTooLate - 2*time.Second)
					expectStates(t, w, m.ID, tc.before)
				}
				time.Sleep(10 * time.Minute)
				got := expectStates(t, w, m.ID, tc.after)
				if !strings.Contains(got.Cause.Text, tc.cause) {
					t.Errorf("the cause is %q, want %q", got.Cause, tc.cause)
				}
				taken := 0
				for _, s := range w.Network.Submissions() {
					if s.Refused == nil {
						taken++
					}
				}
				if taken != tc.taken {
					t.Errorf("the network took %d parts, want %d", taken, tc.taken)
				}
			})
		})
	}
}

func expectStates(t *testing.T, w *gatewaytest.World, id int64, want []gateway.State) gateway.Message {
	t.Helper()
	m := look(t, w, id)
	got := []gateway.State{m.State}
	for _, p := range m.Parts {
		got = append(got, p.State)
	}
	if len(got) != len(want) {
		t.Errorf("message and parts are %q, want %q", got, want)
		return m
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("message and parts are %q, want %q", got, want)
			break
		}
	}
	return m
}

// A code that is refused late goes on to the next step of its workflow at once.
func TestALateRefusalMakesTheNextStepDue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		time.Sleep(5 * time.Second)
		w.SIMs[0].OnEvery("+CMGS", simulator.Refuse(38), simulator.Late(muchTooLate))
		s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Lifetime: time.Hour,
			Workflow: workflow.Steps{{Channel: workflow.SMS, Wait: 15 * time.Minute}, {Channel: workflow.SMS}}})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(muchTooLate)
		w.SIMs[0].Heal()
		time.Sleep(5 * time.Minute)
		v, err := w.Gateway.Verification(t.Context(), s.Verification.ID)
		if err != nil {
			t.Fatal(err)
		}
		if first := v.Attempts[0]; first.State != gateway.Failed {
			t.Errorf("the first attempt is %s, want failed", first.State)
		}
		if sms := w.Network.Subscriber(anna).Messages(); len(sms) == 0 {
			t.Errorf("no message has arrived; the attempts are %+v", v.Attempts)
		}
	})
}

// A message that is handed over just before its time is over is waited for as long
// as any other.
func TestTheLastMomentOfAMessage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		time.Sleep(5 * time.Second)
		w.SIMs[0].On("+CMGS", simulator.Late(2*time.Minute))
		m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hello", Lifetime: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(110 * time.Second)
		expectStates(t, w, m.ID, []gateway.State{gateway.Sending, gateway.Sending})
		time.Sleep(time.Minute)
		expectStates(t, w, m.ID, []gateway.State{gateway.Delivered, gateway.Delivered})
	})
}

// Whatever queues a message, the queue is never longer than the gateway believes.
func TestNothingPassesTheBoundOfTheQueue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) { c.MaxQueue = 2 }))
		time.Sleep(5 * time.Second)
		send(t, w, anna, "one that leaves")
		time.Sleep(5 * time.Second)
		w.SIMs[0].On("+CMGS", simulator.LoseSubmit())
		start(t, w, anna)
		time.Sleep(time.Minute)
		send(t, w, anna, "one that is counted with the queue")
		w.SIMs[0].OnEvery("+CMGS", simulator.Late(time.Minute))
		for range 30 {
			time.Sleep(10 * time.Second)
			if bound, queued, err := w.Gateway.Queue(t.Context()); err != nil || queued > bound {
				t.Fatalf("%d messages wait, and the bound is %d, %v", queued, bound, err)
			}
		}
	})
}

package timeline_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/api/timeline"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/webhook"
	"simgate/modem/simulator"
)

const anna, bert = "+4915112345678", "+4915112345679"

// told returns the kinds of the steps of a message but for what happened meanwhile, and the steps by their kinds, those of
// a kind in their order.
func told(t *testing.T, w *gatewaytest.World, id int64) (kinds string, of map[timeline.What][]timeline.Step) {
	t.Helper()
	m, err := w.Gateway.Message(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := timeline.OfMessage(t.Context(), w.Gateway, m)
	if err != nil {
		t.Fatal(err)
	}
	of = map[timeline.What][]timeline.Step{}
	var all []string
	for _, s := range steps {
		of[s.What] = append(of[s.What], s)
		if s.What != timeline.Meanwhile {
			all = append(all, string(s.What))
		}
		if s.At.IsZero() || s.At.After(time.Now()) {
			t.Errorf("%s is at %v", s.What, s.At)
		}
	}
	if !slices.IsSortedFunc(steps, func(a, b timeline.Step) int { return a.At.Compare(b.At) }) {
		t.Error("the steps are not in their order")
	}
	return strings.Join(all, " "), of
}

// Every decision about a message, and each try of its parts, is told with its cause, and so
// after a restart.
func TestTimeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.On(simulator.NewNetwork(simulator.ReportDelay(10*time.Second))), gatewaytest.Configure(func(c *gateway.Config) {
			c.Lines.Pace.RecipientsDay = 1
			c.Webhooks.Formats = map[string]webhook.Format{"plain": {Kinds: gateway.NewsKinds, Request: gateway.WithSubject(func(n gateway.News) (*webhook.Request, error) {
				return &webhook.Request{Body: []byte(n.Kind)}, nil
			})}}
			c.Webhooks.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("nobody is there") }
		}))
		ctx := t.Context()
		w.Key(t, "shop")
		if _, err := w.Gateway.Webhooks().Add(ctx, webhook.Webhook{App: "shop", URL: "https://shop.example/hook", Format: "plain", Kinds: []string{"message.delivered"}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		send := func(to, text string, at time.Time) int64 {
			t.Helper()
			m, err := w.Gateway.Send(ctx, gateway.NewMessage{App: "shop", To: to, Text: text, NotBefore: at})
			if err != nil {
				t.Fatal(err)
			}
			return m.ID
		}

		w.SIMs[0].On("+CMGS", simulator.Refuse(42))
		w.SIMs[0].On("+CMGS", simulator.Refuse(42))
		long := send(anna, strings.Repeat("long ", 40), time.Time{})
		time.Sleep(5 * time.Minute)
		w.Restart()
		kinds, of := told(t, w, long)
		if want := "accepted submitted refused submitted sent submitted sent delivered delivered webhook"; kinds != want {
			t.Errorf("%s, want %s", kinds, want)
		}
		if r := of[timeline.Refused][0]; r.Times != 2 || r.Part != 1 || r.Line != 1 || r.Modem != "sim1" || !strings.HasPrefix(r.Cause.Text, "CMS 42") || !r.Until.After(r.At) {
			t.Errorf("%+v", r)
		}
		if sent := of[timeline.Sent]; sent[0].Reference == sent[1].Reference || sent[1].Part != 2 || !of[timeline.Delivered][0].At.After(sent[0].At.Add(5*time.Second)) {
			t.Errorf("%+v", sent)
		}
		if d := of[timeline.Notified][0]; d.Delivery.Kind != "message.delivered" || d.Delivery.State != webhook.Pending || d.Times == 0 || d.Cause.Text == "" {
			t.Errorf("%+v", d)
		}

		held := send(bert, "over the budget", time.Time{})
		time.Sleep(time.Minute)
		if kinds, of := told(t, w, held); kinds != "accepted held waiting" || of[timeline.Held][0].Cause.Text == "" || !of[timeline.Held][0].Until.After(time.Now()) {
			t.Errorf("%s %+v %+v", kinds, of[timeline.Held], of[timeline.Waiting])
		}
		if err := w.Gateway.Note(ctx, journal.Event{Kind: journal.ModemRecovery, Line: 1, Modem: "sim1", Text: "the modem was reset"}); err != nil {
			t.Fatal(err)
		}

		later := send(anna, "later", time.Now().Add(time.Hour))
		time.Sleep(time.Minute)
		if _, err := w.Gateway.EditMessage(ctx, "shop", later, gateway.Edit{Text: "much later"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if _, err := w.Gateway.CancelMessage(ctx, "shop", later); err != nil {
			t.Fatal(err)
		}
		if kinds, of := told(t, w, later); kinds != "accepted scheduled edited cancelled" || of[timeline.Cancelled][0].Cause.Text == "" {
			t.Errorf("%s %+v", kinds, of[timeline.Cancelled])
		}

		time.Sleep(24 * time.Hour) // another day has another budget
		if kinds, of := told(t, w, held); kinds != "accepted held submitted sent delivered webhook" || of[timeline.Meanwhile][0].Cause.Text != "the modem was reset" {
			t.Errorf("%s %+v", kinds, of[timeline.Meanwhile])
		}
		w.Network.Refuse(bert, 1)
		if kinds, of := told(t, w, func() int64 { id := send(bert, "nobody", time.Time{}); time.Sleep(time.Minute); return id }()); kinds != "accepted submitted failed" || !strings.HasPrefix(of[timeline.Failed][0].Cause.Text, "CMS 1:") {
			t.Error(kinds)
		}
	})
}

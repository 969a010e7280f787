package gateway_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/forward"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/notify"
	"simgate/modem/simulator"
)

// forwarding is a world with rules, whose servers are at r.
func forwarding(t *testing.T, r *receivers, rules []forward.Rule, options ...gatewaytest.Option) *gatewaytest.World {
	t.Helper()
	w := gatewaytest.Start(t, append(options, gatewaytest.Configure(func(c *gateway.Config) {
		c.Forward, c.Notify = rules, notify.Config{Dial: r.dial}
	}))...)
	time.Sleep(10 * time.Second)
	return w
}

// comeIn has texts come in from a number, a minute apart.
func comeIn(t *testing.T, w *gatewaytest.World, from string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err := w.Network.Subscriber(from).Send(gatewaytest.SIM(0).MSISDN, text); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
	}
}

// What comes in goes by every way of each rule that it meets, once, in its order, whatever
// fails meanwhile.
func TestForward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bob = "+4915112345670"
		r := newReceivers(t, func(string, string) int { return 500 })
		w := forwarding(t, r, []forward.Rule{
			{Name: "parcels", Text: "PARCEL", Number: owner, Limit: 3, Webhook: "http://hook.example/in"},
			{Name: "anna", From: anna, Calls: true, Ntfy: "http://ntfy.example/topic"},
			{Name: "elsewhere", Line: 7, Webhook: "http://never.example/"},
			{Name: "nobodys", App: "shop", Webhook: "http://never.example/"},
		})
		comeIn(t, w, anna, "a parcel", "another parcel", "hello")
		comeIn(t, w, bob, "the third parcel")
		w.Restart()
		if err := w.Network.Subscriber(anna).Call(gatewaytest.SIM(0).MSISDN); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)
		r.set(func(string, string) int { return 200 })
		before := len(r.to(""))
		time.Sleep(3 * time.Hour)

		equal(t, "the phone", toldByPhone(w), "Fwd "+anna+": a parcel", "Fwd "+anna+": another parcel", "Fwd "+bob+": the third parcel")
		var hook, topic []string
		for _, q := range r.to("")[before:] {
			switch q.host {
			case "hook.example":
				var in map[string]any
				if err := json.Unmarshal([]byte(q.body), &in); err != nil {
					t.Fatal(err)
				}
				hook = append(hook, fmt.Sprint(in["rule"], " ", in["from"], " ", in["text"], " ", in["line"], " ", in["to"]))
			case "ntfy.example":
				topic = append(topic, q.body)
			default:
				t.Errorf("%s gets %s", q.host, q.body)
			}
		}
		sim := " 1 " + gatewaytest.SIM(0).MSISDN
		equal(t, "the URL", hook, "parcels "+anna+" a parcel"+sim, "parcels "+anna+" another parcel"+sim, "parcels "+bob+" the third parcel"+sim)
		equal(t, "the topic", topic, "a parcel", "another parcel", "hello", "missed call from "+anna)

		// The limit of the rule has been reached; a day later it sends again. What cannot be
		// delivered for a day fails, and its owner hears of it.
		comeIn(t, w, anna, "one parcel too many")
		equal(t, "events", failures(t, w), "what came in could not be forwarded by the rule parcels (number): the rule has forwarded as many messages in 24 hours as its limit says")
		r.set(func(host, _ string) int { return 404 })
		time.Sleep(24 * time.Hour)
		comeIn(t, w, bob, "parcel of the next day")
		if got := toldByPhone(w); len(got) != 4 || got[3] != "Fwd "+bob+": parcel of the next day" {
			t.Errorf("the phone: %q", got)
		}
		time.Sleep(50 * time.Hour)
		if got := failures(t, w); len(got) != 2 || !strings.Contains(got[0], "the server answered 404") {
			t.Errorf("events: %q", got)
		}
	})
}

// failures returns the events of what could not be forwarded, the newest first.
func failures(t *testing.T, w *gatewaytest.World) (all []string) {
	t.Helper()
	events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.ForwardFailed})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		all = append(all, e.Text)
	}
	return all
}

// Nothing goes round in circles, and the guard judges what goes to a number.
func TestForwardsThatAreNotMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, answering(200))
		sim := func(i int) string { return gatewaytest.SIM(i).MSISDN }
		w := forwarding(t, r, []forward.Rule{
			{Name: "all", Number: owner, Limit: 9},
			{Name: "circle", Number: sim(1), Limit: 9},
		}, gatewaytest.Modems(2))
		comeIn(t, w, owner, "from the owner himself")
		comeIn(t, w, anna, "Fwd +4915112345670: of another gateway")
		if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: sim(0), Text: "from SIM to SIM", Line: 2}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		equal(t, "the phone", toldByPhone(w))
		comeIn(t, w, anna, "hello")
		equal(t, "the phone", toldByPhone(w), "Fwd "+anna+": hello")
		equal(t, "events", failures(t, w))
		in := received(t, w)
		if len(in) != 4 {
			t.Errorf("%q came in", texts(in))
		}
		// What the owner answers belongs to nobody: no app has written to him.
		comeIn(t, w, owner, "thanks")
		if in := received(t, w); in[len(in)-1].App != "" {
			t.Errorf("the answer belongs to %q", in[len(in)-1].App)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := forwarding(t, newReceivers(t, answering(200)), []forward.Rule{{Name: "all", Number: "+33612345678", Limit: 9}}, gatewaytest.Configure(func(c *gateway.Config) {
			c.Guard.Countries = []string{"DE"}
		}), gatewaytest.On(simulator.NewNetwork()))
		comeIn(t, w, anna, "hello", "hello again")
		if got := failures(t, w); len(got) != 1 || !strings.Contains(got[0], "the rule all (number)") {
			t.Errorf("events: %q", got)
		}
	})
}

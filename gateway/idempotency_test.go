package gateway_test

import (
	"errors"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/idempotency"
	"simgate/gateway/msisdn"
)

// A request that comes again makes nothing new for a day at least, whatever
// happens to the gateway meanwhile.
func TestARequestIsCarriedOutOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		once := idempotency.Request{Key: "k", Route: "POST /v1/messages", Fingerprint: []byte("body")}
		send := func(app string, o idempotency.Request) gateway.Message {
			t.Helper()
			m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: app, To: anna, Text: "hello", Once: o})
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		first := send("shop", once)
		if first.Replayed {
			t.Error("the first is said to be a repetition")
		}
		if send("bank", once).ID == first.ID {
			t.Error("the key of one app is that of another")
		}
		if o := once; send("shop", idempotency.Request{Key: "other", Route: o.Route, Fingerprint: o.Fingerprint}).ID == first.ID {
			t.Error("another key makes nothing new")
		}
		other := once
		other.Fingerprint = []byte("another body")
		if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "other", Once: other}); !errors.Is(err, idempotency.ErrOtherRequest) {
			t.Errorf("with another body: %v", err)
		}
		for _, meanwhile := range []struct {
			name string
			what func()
		}{
			{"at once", func() {}},
			{"after a restart", w.Restart},
			{"after a reboot", w.Reboot},
			{"after the clock has leapt", func() { w.Clock.Step(365 * 24 * time.Hour) }},
			{"after the clock has gone back", func() { w.Clock.Step(-2 * 365 * 24 * time.Hour) }},
			{"after a day", func() { time.Sleep(24 * time.Hour) }},
		} {
			meanwhile.what()
			if m := send("shop", once); m.ID != first.ID || !m.Replayed {
				t.Errorf("%s: message %d, not %d", meanwhile.name, m.ID, first.ID)
			}
		}
		time.Sleep(3 * time.Hour)
		if m := send("shop", once); m.ID == first.ID {
			t.Error("after 27 hours it is still remembered")
		}
	})
}

// A verification that was begun before is shown as it is now, and its code is
// not given out again.
func TestAVerificationIsBegunOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := strict(t)
		n := gateway.NewVerification{To: anna, Once: idempotency.Request{Key: "k", Route: "POST /v1/verifications", Fingerprint: []byte("body")}}
		first, _, _ := ask(t, w, n)
		check(t, w, anna, first.Code)
		again, reason, _ := ask(t, w, n)
		if reason != "" || again.Verification.ID != first.Verification.ID || again.Code != "" || !again.Replayed || again.Verification.State != gateway.Verified {
			t.Errorf("%+v, %q", again, reason)
		}
		// What was refused is not remembered: it may be let pass later.
		n.Once.Key = "k2"
		n.Reading = msisdn.NationalFirst("FR")
		n.To = "06 12 34 56 78"
		for range 2 {
			if _, reason, _ := ask(t, w, n); reason != fault.CountryClosed {
				t.Errorf("refused for %q", reason)
			}
		}
	})
}

// The SIM of a country is taken where there is one, and any other where not.
func TestSourceCountry(t *testing.T) {
	for country, want := range map[string]int64{"": 0, "DE": 1, "FR": 0} {
		bubble(t, func(t *testing.T) {
			w := gatewaytest.Start(t)
			time.Sleep(5 * time.Second)
			w.SIMs[0].Unplug() // so that the message waits
			s, reason, _ := ask(t, w, gateway.NewVerification{To: anna, SourceCountry: country})
			if reason != "" {
				t.Fatal(reason)
			}
			plain, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hi", SourceCountry: country})
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range []int64{s.Message, plain.ID} {
				if m, err := w.Gateway.Message(t.Context(), id); err != nil || m.Line != want {
					t.Errorf("%q: line %d, %v; want %d", country, m.Line, err, want)
				}
			}
		})
	}
}

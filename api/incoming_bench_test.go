package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"simgate/api"
	"simgate/api/client"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/webhook"
	"simgate/modem"
)

// BenchmarkIncoming: idle, from when the network has a message for the modem, which says so by
// +CMTI at once, to the request at a webhook and to the event on a stream over HTTP.
func BenchmarkIncoming(b *testing.B) {
	hook := make(chan time.Time, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hook <- time.Now() }))
	defer receiver.Close()
	w := gatewaytest.Start(b, gatewaytest.Configure(func(c *gateway.Config) {
		c.Webhooks = webhook.Config{Formats: api.Formats("DE", nil), Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	}))
	_, socket, stop := serve(b, w, api.Config{})
	defer func() { _ = stop() }()
	for w.Modems[0].State() != modem.Ready {
		time.Sleep(10 * time.Millisecond)
	}
	w.Key(b, "shop")
	if _, err := w.Gateway.Webhooks().Add(b.Context(), webhook.Webhook{App: "shop", URL: receiver.URL, Format: api.FormatStandard, Kinds: []string{gateway.NewsReceived}, AllIncoming: true}); err != nil {
		b.Fatal(err)
	}
	changes, err := client.Socket(filepath.Clean(socket)).Follow(b.Context(), client.Follow{Kinds: []string{gateway.NewsReceived}}, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer changes.Close()
	event := make(chan time.Time)
	go func() {
		for {
			if _, err := changes.Next(); err != nil {
				return
			}
			event <- time.Now()
		}
	}()
	var hooks, events []time.Duration
	for i := 0; b.Loop(); i++ {
		said := time.Now()
		if err := w.Network.Subscriber("+4915112345678").Send(gatewaytest.SIM(0).MSISDN, fmt.Sprint("a message of the usual length, more or less, and the number ", i)); err != nil {
			b.Fatal(err)
		}
		hooks, events = append(hooks, arrival(b, hook).Sub(said)), append(events, arrival(b, event).Sub(said))
		time.Sleep(300 * time.Millisecond) // idle again: the stream has a pace
	}
	b.ReportMetric(0, "ns/op")
	for what, all := range map[string][]time.Duration{"webhook": hooks, "event": events} {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms/"+what)
	}
}

// arrival waits for something.
func arrival(b *testing.B, at <-chan time.Time) time.Time {
	b.Helper()
	select {
	case t := <-at:
		return t
	case <-time.After(10 * time.Second):
		b.Fatal("it does not come")
		return time.Time{}
	}
}

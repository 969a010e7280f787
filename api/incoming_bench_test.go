package api_test

import (
	"bytes"
	"context"
	"io"
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

// announced tells when a modem says on its line that a message has come in.
type announced struct {
	io.ReadWriteCloser
	at chan<- time.Time
}

func (a announced) Read(p []byte) (int, error) {
	n, err := a.ReadWriteCloser.Read(p)
	if bytes.Contains(p[:n], []byte("+CMTI")) {
		select {
		case a.at <- time.Now():
		default:
		}
	}
	return n, err
}

// BenchmarkIncoming: idle, from +CMTI on the line to the request at a webhook and to the event
// on a stream over HTTP.
func BenchmarkIncoming(b *testing.B) {
	line, hook := make(chan time.Time, 1), make(chan time.Time, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hook <- time.Now() }))
	defer receiver.Close()
	w := gatewaytest.Start(b, gatewaytest.Configure(func(c *gateway.Config) {
		c.Webhooks = webhook.Config{Formats: api.Formats("DE", nil), Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	}), gatewaytest.ConfigureModem(func(_ int, c *modem.Config) {
		open := c.Open
		c.Open = func(ctx context.Context) (io.ReadWriteCloser, error) {
			port, err := open(ctx)
			return announced{port, line}, err
		}
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
	for b.Loop() {
		if err := w.Network.Subscriber("+4915112345678").Send(gatewaytest.SIM(0).MSISDN, "a message of the usual length, more or less"); err != nil {
			b.Fatal(err)
		}
		said := <-line
		hooks, events = append(hooks, (<-hook).Sub(said)), append(events, (<-event).Sub(said))
		time.Sleep(300 * time.Millisecond) // idle again: the stream has a pace
	}
	b.ReportMetric(0, "ns/op")
	for what, all := range map[string][]time.Duration{"webhook": hooks, "event": events} {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms/"+what)
	}
}

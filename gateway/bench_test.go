package gateway_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/modem"
	"simgate/modem/simulator"
)

// tap tells when a command for a message is written to the line.
type tap struct {
	io.ReadWriteCloser
	seen chan<- time.Time
}

func (t tap) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("AT+CMGS")) {
		t.seen <- time.Now()
	}
	return t.ReadWriteCloser.Write(p)
}

// tapped starts a world outside of any bubble whose lines tell of +CMGS, and
// waits until all its modems are ready.
func tapped(b *testing.B, modems int, latency time.Duration) (*gatewaytest.World, <-chan time.Time) {
	b.Helper()
	seen := make(chan time.Time, 100_000)
	network := simulator.NewNetwork(simulator.Latency(latency), simulator.ReportDelay(-1), simulator.History(10))
	w := gatewaytest.Start(b, gatewaytest.Modems(modems), gatewaytest.On(network),
		gatewaytest.ConfigureModem(func(_ int, c *modem.Config) {
			open := c.Open
			c.Open = func(ctx context.Context) (io.ReadWriteCloser, error) {
				line, err := open(ctx)
				return tap{line, seen}, err
			}
		}))
	for _, m := range w.Modems {
		for m.State() != modem.Ready {
			time.Sleep(10 * time.Millisecond)
		}
	}
	return w, seen
}

func accept(b *testing.B, w *gatewaytest.World, i int) {
	b.Helper()
	_, err := w.Gateway.Send(b.Context(), gateway.NewMessage{App: "bench", To: fmt.Sprintf("+4915112%06d", i%1_000_000), Text: "a message of the usual length, more or less"})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkAcceptToLine: idle, from the acceptance of a message to AT+CMGS.
func BenchmarkAcceptToLine(b *testing.B) {
	w, seen := tapped(b, 1, 0)
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		accept(b, w, i)
		took = append(took, (<-seen).Sub(began))
		time.Sleep(5 * time.Millisecond) // idle again
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkRate: parts over a network that takes its time, as a share of what
// that time allows.
func BenchmarkRate(b *testing.B) {
	for _, latency := range []time.Duration{2 * time.Second, 200 * time.Millisecond} {
		for _, modems := range []int{1, 64} {
			if modems > 1 && latency < time.Second {
				continue
			}
			b.Run(fmt.Sprintf("latency=%v/modems=%d", latency, modems), func(b *testing.B) {
				w, seen := tapped(b, modems, latency)
				each := int(10 * time.Second / latency)
				for b.Loop() {
					b.StopTimer()
					for i := range modems * (each + 1) {
						accept(b, w, i)
					}
					b.StartTimer()
					var first, last time.Time
					for i := range modems * (each + 1) {
						at := <-seen
						if i == 0 {
							first = at
						}
						last = at
					}
					// The first of the last ones began when each before it had ended.
					ideal := time.Duration(each) * latency
					b.ReportMetric(100*float64(ideal)/float64(last.Sub(first)), "%ideal")
					time.Sleep(2 * latency)
				}
			})
		}
	}
}

// BenchmarkInstantNetwork: parts a minute on one modem whose network takes none.
func BenchmarkInstantNetwork(b *testing.B) {
	w, seen := tapped(b, 1, 0)
	const n = 3000
	for b.Loop() {
		began := time.Now()
		var callers sync.WaitGroup
		for c := range 8 {
			callers.Go(func() {
				for i := range n / 8 {
					accept(b, w, c*n+i)
				}
			})
		}
		for range n / 8 * 8 {
			<-seen
		}
		callers.Wait()
		b.ReportMetric(n/time.Since(began).Minutes(), "parts/min")
	}
}

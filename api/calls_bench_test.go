package api_test

import (
	"fmt"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"simgate/api"
	"simgate/gateway"
	"simgate/gateway/call"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/speech"
	"simgate/modem/simulator"
)

// BenchmarkCalls places four calls at once while 64 callers post messages as fast
// as they can. It reports the longest time in which a handset heard nothing, and
// how many of the frames of the longest speech it missed.
func BenchmarkCalls(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(runtime.NumCPU() + 1))
	engine := speech.New(speech.Config{})
	const text = "The pump in the cellar has stopped, and the water is rising."
	want, err := engine.Say(b.Context(), text, "en-gb")
	if err != nil {
		b.Skip(err)
	}
	w := gatewaytest.Start(b, gatewaytest.Modems(4),
		gatewaytest.Simulated(func(int) []simulator.ModemOption { return []simulator.ModemOption{simulator.Family("sim7600")} }),
		gatewaytest.Configure(func(c *gateway.Config) {
			c.Voice.Engine, c.Guard.VoiceCountries, c.MaxQueue = engine, []string{"DE"}, 10_000_000
		}))
	server := httptest.NewServer(api.New(api.Config{}, w.Gateway, discard()).Handler())
	defer server.Close()
	for ready := 0; ready < 4; time.Sleep(100 * time.Millisecond) {
		ready = 0
		for _, m := range w.Modems {
			if m.State() == "ready" {
				ready++
			}
		}
	}
	key := w.Key(b, "bench")
	var worst time.Duration
	missed, heard := 0, 0
	for n := 0; b.Loop(); n++ {
		var numbers []string
		for i := range 4 {
			numbers = append(numbers, fmt.Sprintf("+49151%04d%04d", n*1000+i*100, 77))
			if _, err := w.Gateway.PlaceCall(b.Context(), gateway.NewCall{App: "bench", To: numbers[i], Text: text, Locale: "en-gb"}); err != nil {
				b.Fatal(err)
			}
		}
		var over atomic.Bool
		var load sync.WaitGroup
		for i := range 64 {
			c := dial(b, server.Listener.Addr().String(), key)
			load.Go(func() {
				for k := int64(i); !over.Load(); k += 64 {
					if err := c.send(k); err != nil {
						return
					}
				}
			})
		}
		for up := 1; up > 0; time.Sleep(100 * time.Millisecond) {
			up = 0
			calls, err := w.Gateway.Calls().List(b.Context(), call.Filter{Limit: 4})
			if err != nil {
				b.Fatal(err)
			}
			for _, c := range calls {
				if c.Ended.IsZero() {
					up++
				}
			}
		}
		over.Store(true)
		load.Wait()
		for _, number := range numbers {
			for _, c := range w.Network.Subscriber(number).Calls() {
				heard++
				for _, gap := range c.Gaps(0) {
					worst = max(worst, gap)
				}
				if !contains(c.PCM, want) {
					missed++
				}
			}
		}
	}
	b.ReportMetric(float64(worst.Microseconds())/1000, "longest-gap-ms")
	b.ReportMetric(float64(missed), "calls-not-whole")
	b.ReportMetric(float64(heard), "calls")
}

// contains reports whether a sound was received without a changed sample.
func contains(heard, sound []int16) bool {
	for i := 0; i+len(sound) <= len(heard); i++ {
		k := 0
		for k < len(sound) && heard[i+k] == sound[k] {
			k++
		}
		if k == len(sound) {
			return true
		}
	}
	return false
}

package gateway_test

import (
	"fmt"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
)

// BenchmarkGuardShare measures what part of the time of accepting a code or a message
// goes into reading the number and asking the guard, with the limits of a default
// configuration: of the time until the caller is answered, of which most is spent waiting
// for the disk, and of the time of the processor. Both are measured in turns, each on
// numbers of its own.
func BenchmarkGuardShare(b *testing.B) {
	for _, c := range []guard.Channel{guard.Code, guard.Text} {
		b.Run(string(c), func(b *testing.B) {
			w := gatewaytest.Start(b, gatewaytest.Modems(0), gatewaytest.Configure(func(cfg *gateway.Config) {
				// As many as there are must pass, and each must be counted and looked up.
				const many = 1 << 30
				cfg.Guard = guard.Config{Conversion: guard.Throttle, Limits: guard.Limits{Unanswered: many, AppHour: many, PrefixDay: many, CountryHour: many, Run: many}}
				cfg.MaxQueue = many
			}))
			number := func(i int) string { return fmt.Sprintf("0151%08d", i*1_009%100_000_000) }
			var accepting, reading, judging gateway.Took
			for i := 0; b.Loop(); i++ {
				began, cpu := time.Now(), gateway.CPU()
				var err error
				if c == guard.Code {
					_, err = w.Gateway.StartVerification(b.Context(), gateway.NewVerification{App: "shop", To: number(2 * i)})
				} else {
					_, err = w.Gateway.Send(b.Context(), gateway.NewMessage{App: "shop", To: number(2 * i), Text: "a message of the usual length, more or less"})
				}
				accepting = plus(accepting, gateway.Took{Wall: time.Since(began), CPU: gateway.CPU() - cpu})
				if err != nil {
					b.Fatal(err)
				}
				read, judged, err := w.Gateway.Judge(b.Context(), "bank", number(2*i+1), c)
				if err != nil {
					b.Fatal(err)
				}
				reading, judging = plus(reading, read), plus(judging, judged)
			}
			both := plus(reading, judging)
			b.ReportMetric(float64(accepting.Wall.Microseconds())/float64(b.N), "accept-µs")
			b.ReportMetric(float64(reading.CPU.Microseconds())/float64(b.N), "number-µs")
			b.ReportMetric(float64(judging.CPU.Microseconds())/float64(b.N), "guard-µs")
			b.ReportMetric(float64(both.Wall)/float64(accepting.Wall), "share")
			b.ReportMetric(float64(both.CPU)/float64(accepting.CPU), "cpu-share")
		})
	}
}

func plus(a, b gateway.Took) gateway.Took {
	return gateway.Took{Wall: a.Wall + b.Wall, CPU: a.CPU + b.CPU}
}

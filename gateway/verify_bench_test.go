package gateway_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/store/sqlite/sqlitetest"
)

// BenchmarkCheck compares how long a check of a code takes on a table of a
// million verifications, alone and beside a writer at full speed: "times" is the
// one 99th percentile in units of the other.
func BenchmarkCheck(b *testing.B) {
	w := gatewaytest.Start(b, gatewaytest.Modems(0))
	ctx := context.Background()
	if err := w.Gateway.Remember(ctx, 1_000_000); err != nil {
		b.Fatal(err)
	}
	check := func(i int) time.Duration {
		to := fmt.Sprintf("+49151%08d", i)
		s, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: "bench", To: to})
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if _, verdict, err := w.Gateway.CheckVerification(ctx, gateway.Check{App: "bench", To: to, Code: s.Code}); err != nil || verdict != gateway.Right {
			b.Fatal(verdict, err)
		}
		return time.Since(began)
	}
	percentile := func(from int) time.Duration {
		times := make([]time.Duration, 0, b.N)
		for i := range b.N {
			times = append(times, check(from+i))
		}
		slices.Sort(times)
		return times[len(times)*99/100]
	}
	quiet := percentile(0)
	var stop atomic.Bool
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 0; !stop.Load(); i++ {
			if _, err := w.Gateway.Send(ctx, gateway.NewMessage{App: "bench", To: "+4915112345678", Text: fmt.Sprint("message ", i)}); err != nil {
				return // the queue is full: it has written enough
			}
		}
	})
	loud := percentile(b.N)
	stop.Store(true)
	writer.Wait()
	b.ReportMetric(float64(quiet.Microseconds()), "quiet-p99-µs")
	b.ReportMetric(float64(loud)/float64(quiet), "times")
}

// BenchmarkCheckers is 64 callers who check at once, against bare group commit
// of one row with the same callers.
func BenchmarkCheckers(b *testing.B) {
	const callers = 64
	run := func(b *testing.B, do func(i int) error) {
		var next atomic.Int64
		var all sync.WaitGroup
		b.ResetTimer()
		cpu := cpuTime()
		for range callers {
			all.Go(func() {
				for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
					if err := do(int(i)); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		b.StopTimer()
		b.ReportMetric(float64(cpuTime()-cpu)/float64(time.Microsecond)/float64(b.N), "cpu-µs/op")
	}
	b.Run("raw", func(b *testing.B) {
		f := sqlitetest.NewFloor(b, filepath.Join(b.TempDir(), "floor.db"), 256)
		run(b, func(i int) error { return f.Insert(fmt.Sprintf("a code of the usual length, more or less, %d", i)) })
		f.Stop()
	})
	b.Run("check", func(b *testing.B) {
		w := gatewaytest.Start(b, gatewaytest.Modems(8))
		ctx := context.Background()
		codes := make([]string, b.N+1)
		for i := range codes {
			s, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: "bench", To: fmt.Sprintf("+49151%08d", i)})
			if err != nil {
				b.Fatal(err)
			}
			codes[i] = s.Code
		}
		for left := 1; left > 0; time.Sleep(10 * time.Millisecond) { // whoever has a code has had its message
			queued, err := w.Gateway.Messages(ctx, gateway.MessageFilter{State: gateway.Queued})
			if err != nil {
				b.Fatal(err)
			}
			left = len(queued)
		}
		run(b, func(i int) error {
			_, verdict, err := w.Gateway.CheckVerification(ctx, gateway.Check{App: "bench", To: fmt.Sprintf("+49151%08d", i), Code: codes[i]})
			if err == nil && verdict != gateway.Right {
				err = fmt.Errorf("the verdict is %s", verdict)
			}
			return err
		})
	})
}

// cpuTime returns the user time that this program has used.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano())
}

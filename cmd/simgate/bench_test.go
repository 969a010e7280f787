package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"simgate/api/client"
	"simgate/modem/simulator"
)

// BenchmarkDaemon measures the built program, SIMGATE_BIN, as it idles.
func BenchmarkDaemon(b *testing.B) {
	program := os.Getenv("SIMGATE_BIN")
	if program == "" {
		b.Skip("SIMGATE_BIN does not name the program: run make bench")
	}
	for _, modems := range []int{1, 4} {
		b.Run(fmt.Sprintf("idle/modems=%d", modems), func(b *testing.B) {
			folder := b.TempDir()
			var list strings.Builder
			for i := range modems {
				port := filepath.Join(folder, fmt.Sprint("tty", i))
				simulated(b, port, simulator.ReportDelay(-1))
				fmt.Fprintf(&list, "  - {name: m%d, port: %s}\n", i, port)
			}
			h := home{folder: folder, config: filepath.Join(folder, "c.yaml")}
			h.write(b, list.String())
			d := h.start(b, program)
			const settle, watch = 5 * time.Second, 20 * time.Second
			for b.Loop() {
				time.Sleep(settle)
				before := switches(b, d.cmd.Process.Pid)
				time.Sleep(watch)
				b.ReportMetric(float64(switches(b, d.cmd.Process.Pid)-before)/watch.Seconds(), "wakeups/s")
				b.ReportMetric(float64(status(b, d.cmd.Process.Pid, "VmRSS:"))/1024, "RSS-MB")
			}
		})
	}
	b.Run("start/queued=10000", func(b *testing.B) {
		folder := b.TempDir()
		h := home{folder: folder, config: filepath.Join(folder, "c.yaml")}
		h.write(b, "  - {name: absent, port: /dev/ttyNONE}\n")
		d := h.start(b, program)
		c := client.Socket(filepath.Join(folder, "s"))
		work := make(chan int)
		done := make(chan error)
		for range 64 {
			go func() {
				var failed error
				for range work {
					if _, err := c.Send(b.Context(), "+4915112345678", "hello"); err != nil {
						failed = err
					}
				}
				done <- failed
			}()
		}
		for i := range 10_000 {
			work <- i
		}
		close(work)
		for range 64 {
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}
		d.kill()
		for b.Loop() {
			began := time.Now()
			d := h.start(b, program)
			if _, err := c.Modems(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms-to-answer")
			d.kill()
		}
	})
}

// status returns a number of /proc/PID/status.
func status(b testing.TB, pid int, name string) int64 {
	b.Helper()
	return number(b, fmt.Sprintf("/proc/%d/status", pid), name)
}

func number(b testing.TB, path, name string) int64 {
	b.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	for line := range bytes.Lines(raw) {
		if f := strings.Fields(string(line)); len(f) > 1 && f[0] == name {
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
	}
	b.Fatalf("%s has no %s", path, name)
	return 0
}

// switches counts how often the threads of a process were put to sleep, which
// is how often they woke up.
func switches(b *testing.B, pid int) int64 {
	b.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	var n int64
	for _, t := range threads {
		n += number(b, t, "voluntary_ctxt_switches:")
	}
	return n
}

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"simgate/api/client"
	v1 "simgate/api/v1"
)

// BenchmarkFollow: the program accepts 100 messages a second, first alone and then while
// 1,000 readers follow: how long acceptance takes, when the last event has reached the last
// reader, and the memory of the program.
func BenchmarkFollow(b *testing.B) {
	folder := b.TempDir()
	h := home{folder: folder, config: filepath.Join(folder, "c.yaml")}
	h.write(b, "  - {name: absent, port: /dev/ttyNONE}\n")
	d := h.start(b, cmp.Or(os.Getenv("SIMGATE_BIN"), os.Args[0]))
	defer d.kill()
	made, err := client.Socket(filepath.Join(folder, "s")).CreateKey(b.Context(), v1.NewKey{App: "bench", KeyChange: v1.KeyChange{Scopes: []string{"sms.send", "read"}}})
	if err != nil {
		b.Fatal(err)
	}
	const accepted, readers = 500, 1000
	accept := func() (p99 time.Duration) {
		c := client.New("http://"+d.address, made.Token)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		var times []time.Duration
		for range accepted {
			<-tick.C
			began := time.Now()
			if _, err := c.Send(b.Context(), "+4915112345678", "hello"); err != nil {
				b.Fatal(err)
			}
			times = append(times, time.Since(began))
		}
		slices.Sort(times)
		return times[len(times)*99/100]
	}
	for b.Loop() {
		alone := accept()
		b.ReportMetric(float64(status(b, d.cmd.Process.Pid, "VmRSS:"))/1024, "RSS-MB/alone")
		var got atomic.Int64
		var all sync.WaitGroup
		var conns []net.Conn
		for range readers {
			conn, err := net.Dial("tcp", d.address)
			if err != nil {
				b.Fatal(err)
			}
			conns = append(conns, conn)
			fmt.Fprintf(conn, "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\n\r\n", made.Token)
			begun := make(chan struct{})
			all.Go(func() {
				buffer := make([]byte, 32<<10)
				for n, err := conn.Read(buffer); err == nil; n, err = conn.Read(buffer) {
					if bytes.Contains(buffer[:n], []byte("retry:")) {
						close(begun)
					}
					got.Add(int64(bytes.Count(buffer[:n], []byte(`data: {"id"`))))
				}
			})
			<-begun
		}
		before := got.Load()
		followed := accept()
		last := time.Now()
		for got.Load()-before < accepted*readers && time.Since(last) < 10*time.Second {
			time.Sleep(time.Millisecond)
		}
		b.ReportMetric(float64(time.Since(last).Milliseconds()), "ms/last-event")
		b.ReportMetric(float64(got.Load()-before)/(accepted*readers), "received/sent")
		b.ReportMetric(float64(alone.Microseconds())/1000, "p99-ms/alone")
		b.ReportMetric(float64(followed.Microseconds())/1000, "p99-ms/followed")
		b.ReportMetric(float64(status(b, d.cmd.Process.Pid, "VmRSS:"))/1024, "RSS-MB/followed")
		for _, c := range conns {
			_ = c.Close()
		}
		all.Wait()
	}
	b.ReportMetric(0, "ns/op")
}

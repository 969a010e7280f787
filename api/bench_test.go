package api_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"simgate/api"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/store/sqlite/sqlitetest"
)

// BenchmarkAccept compares durable acceptance over HTTP with the group commit of one
// row, with the same number of callers. Run it on a slowed disk to measure an SD card.
func BenchmarkAccept(b *testing.B) {
	// As the program does, in both cases.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(runtime.NumCPU() + 1))
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d/raw", callers), func(b *testing.B) {
			f := sqlitetest.NewFloor(b, filepath.Join(b.TempDir(), "floor.db"), 256)
			spread(b, callers, func(i int64) error { return f.Insert(fmt.Sprintf("message %d, of the usual length, more or less", i)) })
			b.ReportMetric(float64(f.Stop())/float64(b.N), "commits/op")
		})
		b.Run(fmt.Sprintf("callers=%d/http", callers), func(b *testing.B) {
			w := gatewaytest.Start(b, gatewaytest.Modems(0))
			server := httptest.NewServer(api.New(api.Config{}, w.Gateway, discard()).Handler())
			defer server.Close()
			key := w.Key(b, "bench")
			callersFree := make(chan *caller, callers)
			for range callers {
				callersFree <- dial(b, server.Listener.Addr().String(), key)
			}
			spread(b, callers, func(i int64) error {
				c := <-callersFree
				defer func() { callersFree <- c }()
				return c.send(i)
			})
		})
	}
}

// caller is a client that uses little CPU, since it shares the cores with what is
// measured.
type caller struct {
	conn   net.Conn
	answer *bufio.Reader
	head   string
}

func dial(b *testing.B, address, key string) *caller {
	b.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	return &caller{conn, bufio.NewReader(conn), "POST /api/send-sms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key +
		"\r\nContent-Type: application/json\r\nContent-Length: "}
}

// send posts one message and reads the whole answer.
func (c *caller) send(i int64) error {
	content := fmt.Sprintf(`{"phone_number":"+4915112%06d","text":"a message of the usual length, more or less"}`, i%1_000_000)
	if _, err := fmt.Fprintf(c.conn, "%s%d\r\n\r\n%s", c.head, len(content), content); err != nil {
		return err
	}
	const accepted = `{"ok":true,"queued":true}` + "\n"
	for {
		line, err := c.answer.ReadString('\n')
		if err != nil || strings.HasPrefix(line, "{") && line != accepted {
			return fmt.Errorf("%s, %w", line, err)
		}
		if line == accepted {
			return nil
		}
	}
}

// spread runs do b.N times, in the given number of goroutines.
func spread(b *testing.B, callers int, do func(i int64) error) {
	b.Helper()
	var next atomic.Int64
	var group sync.WaitGroup
	b.ResetTimer()
	for range callers {
		group.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.StopTimer()
}

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"simgate/api/client"
	v1 "simgate/api/v1"
)

// asReaders makes the test binary be readers of streams, in a process of their own, so that
// what they cost is not taken for a cost of the program.
const asReaders = "SIMGATE_TEST_IS_READERS"

// readership is what readers read.
type readership struct {
	Address, Header string // of each request
	Paths           []string
	Readers         int // which take turns with the paths
	Mark            string
}

// readStreams reads what a readership on its standard input says, until that ends. It writes
// how many marks all have read, again and again, once each has read something.
func readStreams(in io.Reader, out io.Writer) error {
	var r readership
	lines := bufio.NewScanner(in)
	lines.Scan()
	if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
		return err
	}
	var read atomic.Int64
	for i := range r.Readers {
		conn, err := net.Dial("tcp", r.Address)
		if err != nil {
			return err
		}
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\nAccept: text/event-stream\r\n\r\n", r.Paths[i%len(r.Paths)], r.Header)
		begun := make(chan error, 1)
		go func() {
			buffer := make([]byte, 32<<10)
			for first := true; ; first = false {
				n, err := conn.Read(buffer)
				if first && err == nil && !bytes.Contains(buffer[:n], []byte(" 200 ")) {
					err = fmt.Errorf("%.200s", buffer[:n])
				}
				if first {
					begun <- err
				}
				if err != nil {
					return
				}
				read.Add(int64(bytes.Count(buffer[:n], []byte(r.Mark))))
			}
		}()
		if err := <-begun; err != nil {
			return err
		}
	}
	ended := make(chan struct{})
	go func() { defer close(ended); lines.Scan() }()
	for {
		fmt.Fprintln(out, read.Load())
		select {
		case <-ended:
			return nil
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// readers is the process of readers.
type readers struct {
	read atomic.Int64
	end  func()
}

// begin starts readers, which yield to the program where both want the processor, and waits
// until all have begun.
func (r readership) begin(b *testing.B) *readers {
	b.Helper()
	cmd := exec.Command("nice", "-n", "10", os.Args[0])
	cmd.Env = append(os.Environ(), asReaders+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	if err := json.NewEncoder(in).Encode(r); err != nil {
		b.Fatal(err)
	}
	all := &readers{}
	counts := bufio.NewScanner(out)
	if !counts.Scan() {
		_ = in.Close()
		b.Fatal("the readers have not begun: ", cmd.Wait())
	}
	var counting sync.WaitGroup
	counting.Go(func() {
		for counts.Scan() {
			n, _ := strconv.ParseInt(counts.Text(), 10, 64) // it was written as one
			all.read.Store(n)
		}
	})
	all.end = func() {
		_ = in.Close()
		counting.Wait()
		_ = cmd.Wait()
	}
	return all
}

// accepting is who has messages accepted, 100 a second, and how long that takes.
type accepting struct {
	client *client.Client
	pid    int
}

// accepted is what that took.
type accepted struct {
	times []time.Duration
	cpu   time.Duration // that the program had a processor
}

func (a *accepted) add(o accepted) {
	a.times, a.cpu = append(a.times, o.times...), a.cpu+o.cpu
}

// each returns how long the program had a processor for each, in milliseconds.
func (a accepted) each() float64 { return 1000 * a.cpu.Seconds() / float64(len(a.times)) }

const acceptedAtOnce = 1000

func (a accepting) run(b *testing.B) (all accepted) {
	b.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var mu sync.Mutex
	var callers sync.WaitGroup
	var left atomic.Int64
	left.Store(acceptedAtOnce)
	before := processorTime(b, a.pid)
	for range 4 {
		callers.Go(func() {
			for left.Add(-1) >= 0 {
				<-tick.C
				began := time.Now()
				if _, err := a.client.Send(b.Context(), "+4915112345678", "hello"); err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				all.times = append(all.times, time.Since(began))
				mu.Unlock()
			}
		})
	}
	callers.Wait()
	all.cpu = processorTime(b, a.pid) - before
	return all
}

// processorTime returns how long a process has had a processor.
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	const user, system = 11, 12 // after the name, in hundredths of a second
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	var ticks int
	for _, i := range []int{user, system} {
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// of returns the time that so many of a hundred took at most, in milliseconds.
func (a accepted) of(hundred int) float64 {
	slices.Sort(a.times)
	return float64(a.times[(len(a.times)-1)*hundred/100].Microseconds()) / 1000
}

// BenchmarkFollow: the program accepts 100 messages a second, first alone, then while 1,000
// read the stream of changes or 100 pages are open, and alone again: how long acceptance
// takes with and without them, what the program takes of a processor and of memory, and when
// the last event has reached the last reader. The readers are a process of their own, which
// yields to the program, and is in none of the figures.
func BenchmarkFollow(b *testing.B) {
	for _, tc := range []struct {
		name string
		open func(b *testing.B, h home, d *daemonProcess, token string) readership
	}{
		{"readers=1000", func(_ *testing.B, _ home, _ *daemonProcess, token string) readership {
			return readership{Header: "Authorization: Bearer " + token, Paths: []string{"/v1/events"}, Readers: 1000, Mark: `data: {"id"`}
		}},
		{"pages=100", func(b *testing.B, h home, d *daemonProcess, _ string) readership {
			return readership{Header: "Cookie: " + logIn(b, h, d), Paths: []string{"/ui/live/today", "/ui/live/log", "/ui/live/lines", "/ui/live/talk"}, Readers: 100, Mark: "data: "}
		}},
	} {
		b.Run(tc.name, func(b *testing.B) {
			folder := b.TempDir()
			h := home{folder: folder, config: filepath.Join(folder, "c.yaml")}
			h.write(b, "  - {name: absent, port: /dev/ttyNONE}\n")
			d := h.start(b, cmp.Or(os.Getenv("SIMGATE_BIN"), os.Args[0]))
			defer d.kill()
			made, err := client.Socket(filepath.Join(folder, "s")).CreateKey(b.Context(), v1.NewKey{App: "bench", KeyChange: v1.KeyChange{Scopes: []string{"sms.send", "read"}}})
			if err != nil {
				b.Fatal(err)
			}
			who := tc.open(b, h, d, made.Token)
			who.Address = d.address
			private := func() float64 { return float64(status(b, d.cmd.Process.Pid, "RssAnon:")) / 1024 }
			callers := accepting{client.New("http://"+d.address, made.Token), d.cmd.Process.Pid}
			callers.run(b) // until memory and files are as they stay
			var alone, followed accepted
			for b.Loop() {
				alone.add(callers.run(b))
				memory := private()
				all := who.begin(b)
				before := all.read.Load()
				followed.add(callers.run(b))
				last := time.Now()
				for expected := int64(acceptedAtOnce * who.Readers); all.read.Load()-before < expected && time.Since(last) < 2*time.Second; {
					time.Sleep(time.Millisecond)
				}
				b.ReportMetric(float64(time.Since(last).Milliseconds()), "ms/last-event")
				b.ReportMetric(float64(all.read.Load()-before)/float64(who.Readers), "events/reader")
				b.ReportMetric(private()-memory, "MB-private/more")
				b.ReportMetric(private(), "MB-private")
				all.end()
				alone.add(callers.run(b))
			}
			b.ReportMetric(alone.of(50), "p50-ms/alone")
			b.ReportMetric(followed.of(50), "p50-ms/followed")
			b.ReportMetric(alone.of(99), "p99-ms/alone")
			b.ReportMetric(followed.of(99), "p99-ms/followed")
			b.ReportMetric(followed.of(99)/alone.of(99), "p99-followed/alone")
			b.ReportMetric(alone.each(), "cpu-ms/alone")
			b.ReportMetric(followed.each(), "cpu-ms/followed")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// logIn lets the first owner in, and returns his cookie.
func logIn(b *testing.B, h home, d *daemonProcess) string {
	b.Helper()
	link, err := client.Socket(filepath.Join(h.folder, "s")).UserLink(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	_, token, _ := strings.Cut(link.Path, "#")
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://"+d.address+"/ui/welcome",
		strings.NewReader(url.Values{"token": {token}, "name": {"anna"}, "password": {"four words are enough"}}.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := c.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	for _, c := range answer.Cookies() {
		return c.Name + "=" + c.Value
	}
	b.Fatalf("%s: no cookie", answer.Status)
	return ""
}

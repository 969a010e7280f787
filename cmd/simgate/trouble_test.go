package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"simgate/modem/simulator"
)

// TestFullDiskAndSlowClients fills the disk of a running daemon and empties it again, while
// clients hold connections open that say, or read, an octet now and then. What is accepted
// leaves once; what is refused is refused with 507; the same process goes on.
func TestFullDiskAndSlowClients(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty-sim")
	network, _ := simulated(t, port, simulator.ReportDelay(-1))
	h := newHome(t, port)
	state := filepath.Join(h.folder, "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", state, "tmpfs", 0, "size=24m,mode=700"); errors.Is(err, unix.EPERM) {
		t.Skip("only root can mount a small disk")
	} else if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Unmount(state, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	key := strings.TrimSpace(h.simgate(t, "keys", "create", "shop", "--scope", "sms.send,read").out)
	d := h.serve(t)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	ask := func(method, path string, content any) (int, string) {
		t.Helper()
		raw, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+d.address+path, bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/json")
		answer, err := client.Do(r)
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", method, path, err, d.log)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}
	accepted := 0
	slowest := time.Duration(0)
	send := func() (int, string) {
		t.Helper()
		began := time.Now()
		status, text := ask(http.MethodPost, "/v1/messages", map[string]any{
			"to":   fmt.Sprintf("+49151%08d", accepted*100_003%100_000_000),
			"text": fmt.Sprint("message ", accepted),
		})
		if status/100 == 2 {
			accepted++
		}
		slowest = max(slowest, time.Since(began))
		return status, text
	}

	const slow = 200
	defer slowClients(t, d.address, key, slow)()
	for range 100 {
		if status, text := send(); status/100 != 2 {
			t.Fatal(status, text)
		}
	}
	beside := slowest

	ballast := filepath.Join(state, "ballast")
	fill(t, ballast)
	refused := 0
	for range 5000 { // the log has some room left
		if status, text := send(); status == http.StatusInsufficientStorage {
			refused++
			break
		} else if status/100 != 2 {
			t.Fatalf("on a full disk: %d %s", status, text)
		}
	}
	if refused == 0 {
		t.Errorf("the disk is full, and %d messages are accepted", accepted)
	}
	if status, text := ask(http.MethodGet, "/v1/messages?limit=1", nil); status != http.StatusOK {
		t.Errorf("reading on a full disk: %d %s", status, text)
	}
	for _, path := range []string{"/readyz", "/healthz", "/readyz"} { // to look whether it lives does not hide it
		if status, text := ask(http.MethodGet, path, nil); path == "/readyz" && status != http.StatusInsufficientStorage {
			t.Errorf("%s on a full disk: %d %s", path, status, text)
		}
	}
	onFull := accepted
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if status, text := ask(http.MethodGet, "/readyz", nil); status == http.StatusInsufficientStorage {
		t.Errorf("once it was emptied: %d %s", status, text)
	}
	emptied := time.Now()
	for status, text := send(); status/100 != 2; status, text = send() {
		if status != http.StatusInsufficientStorage || time.Since(emptied) > 30*time.Second {
			t.Fatalf("%v after the disk was emptied: %d %s", time.Since(emptied), status, text)
		}
		time.Sleep(50 * time.Millisecond)
	}
	again := time.Since(emptied)

	list := settled(t, h)
	log, err := os.Stat(filepath.Join(state, "simgate.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	if log.Size() > 16<<20 {
		t.Errorf("the log has grown to %d bytes", log.Size())
	}
	if len(list) != accepted {
		t.Errorf("%d messages were accepted, and there are %d", accepted, len(list))
	}
	handed := map[string]int{}
	for _, s := range network.Submissions() {
		handed[s.Text]++
	}
	for i := range accepted {
		if text := fmt.Sprint("message ", i); handed[text] != 1 {
			t.Errorf("%q left the modem %d times", text, handed[text])
		}
	}
	d.kill()
	t.Logf("%d messages accepted beside %d slow clients, the slowest in %v; %d of them on the full disk, then 507; accepted again %v after it was emptied; log %d KB",
		accepted, slow, beside.Round(time.Millisecond), onFull-100, again.Round(time.Millisecond), log.Size()>>10)
}

// slowClients opens connections of which one half sends a request octet by octet, and the
// other reads a list, or what happens, so. It returns what ends them.
func slowClients(t *testing.T, address, key string, n int) (end func()) {
	t.Helper()
	var all []net.Conn
	for i := range n {
		c, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i%20))}}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if buffer, ok := c.(*net.TCPConn); ok {
			_ = buffer.SetReadBuffer(1024)
		}
		all = append(all, c)
		head := []string{"GET /v1/messages?limit=500 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n",
			"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nAuthorization: Bearer %s\r\n\r\n"}[i/2%2]
		head = fmt.Sprintf(head, key)
		said := 1
		if i%2 == 0 {
			said = len(head)
		}
		if _, err := io.WriteString(c, head[:said]); err != nil {
			t.Fatal(err)
		}
		go func() { // until the connection is closed
			octet := make([]byte, 1)
			for rest := head[said:]; ; time.Sleep(100 * time.Millisecond) {
				var err error
				if rest != "" {
					_, err = io.WriteString(c, rest[:1])
					rest = rest[1:]
				} else {
					_, err = c.Read(octet)
				}
				if err != nil {
					return
				}
			}
		}()
	}
	return func() {
		for _, c := range all {
			_ = c.Close()
		}
	}
}

// fill writes a file until there is no space.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 1 << 20; size > 0; {
		if _, err := file.Write(make([]byte, size)); errors.Is(err, unix.ENOSPC) {
			size /= 16
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simgate/modem/simulator"
)

// privateMB is how much memory of its own the daemon may have when it idles with four
// modems, as it does after the start and after work: a small Pi has 512 MB in all.
const privateMB = 14

// TestMemory measures the built program, SIMGATE_BIN, which is smaller than this one.
func TestMemory(t *testing.T) {
	program := os.Getenv("SIMGATE_BIN")
	if program == "" {
		t.Skip("SIMGATE_BIN does not name the program: run make memory")
	}
	folder := t.TempDir()
	var list strings.Builder
	for i := range 4 {
		port := filepath.Join(folder, fmt.Sprint("tty", i))
		simulated(t, port, simulator.ReportDelay(-1))
		fmt.Fprintf(&list, "  - {name: m%d, port: %s}\n", i, port)
	}
	h := home{folder: folder, config: filepath.Join(folder, "c.yaml")}
	h.write(t, list.String())
	key := strings.TrimSpace(h.simgate(t, "keys", "create", "shop").out)
	d := h.start(t, program)
	measure := func(when string) {
		time.Sleep(5 * time.Second) // the collector returns memory after a while
		private, all := status(t, d.cmd.Process.Pid, "RssAnon:"), status(t, d.cmd.Process.Pid, "VmRSS:")
		t.Logf("%s: %.1f MB private (RssAnon), %.1f MB with the pages of the program (VmRSS)", when, float64(private)/1024, float64(all)/1024)
		if private > privateMB<<10 {
			t.Errorf("more than %d MB are private", privateMB)
		}
	}
	measure("idle with 4 modems")
	for i := range 60 {
		number := fmt.Sprintf("+49151%08d", 10_000_000+i*100_003)
		for _, call := range []string{"send-code", "send-sms"} {
			if answer, err := d.post(t.Context(), key, call, map[string]any{"phone_number": number, "text": "hello"}); err != nil || answer["ok"] != true {
				t.Fatal(call, answer, err)
			}
		}
	}
	for _, path := range []string{"/docs", "/openapi.yaml", "/metrics"} {
		r, err := http.Get("http://" + d.address + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	if r := h.simgate(t, "backup", filepath.Join(folder, "copy.db")); r.code != exitOK {
		t.Fatal(r)
	}
	measure("after 60 codes, 60 messages and a backup")
}

package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// A dialect has an address of its own, where it is alone and at the root.
func TestDialectHasItsOwnAddress(t *testing.T) {
	h := newHome(t, "/dev/null")
	h.write(t, "")
	raw, err := os.ReadFile(h.config)
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.Replace(raw, []byte("listen: 127.0.0.1:0"), []byte("listen: [127.0.0.1:0, {address: 127.0.0.1:0, dialects: [textmagic]}]"), 1)
	if err := os.WriteFile(h.config, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	common, own, _ := strings.Cut(h.serve(t).address, ",")
	for url, want := range map[string]string{
		common + "/healthz": `{"status":"ok"}`,
		common + "/ping":    `"there is nothing at this path"`,
		own + "/healthz":    `{"code":404,`,
		own + "/ping":       `{"code":401,"message":"Wrong username and token combination."}`,
	} {
		answer, err := http.Get("http://" + url)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || !strings.Contains(string(raw), want) {
			t.Errorf("%s answers %s, %v", url, raw, err)
		}
	}
}

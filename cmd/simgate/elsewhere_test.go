package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// call calls the native API of a daemon.
func (d *daemonProcess) call(t *testing.T, key, method, path, content string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+d.address+path, bytes.NewReader([]byte(content)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, raw)
	}
	return answer.StatusCode, out
}

// The owner says of a key on the command line that its app compares codes itself, before
// the first start or while the daemon runs; then it may bring codes of its own, and say
// what became of them, until the owner takes it back.
func TestKeysSetCodes(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty-sim")
	network, _ := simulated(t, port)
	h := newHome(t, port)
	key := strings.TrimSpace(h.simgate(t, "keys", "create", "identity").out)
	const own = `{"to":"+4915112345678","code":"471902","checked":"elsewhere","template":"Code {code}"}`
	set := func(codes string) {
		t.Helper()
		if r := h.simgate(t, "keys", "set", "identity", "--codes", codes); r.code != exitOK {
			t.Fatalf("%+v", r)
		}
	}
	set("checked-elsewhere") // no daemon runs
	d := h.serve(t)
	status, v := d.call(t, key, http.MethodPost, "/v1/verifications", own)
	if status != http.StatusCreated || v["checked"] != "elsewhere" {
		t.Fatalf("%d %v", status, v)
	}
	if sms, err := network.Subscriber("+4915112345678").Next(t.Context()); err != nil || sms.Text != "Code 471902" {
		t.Errorf("the handset shows %q, %v", sms.Text, err)
	}
	if r := h.simgate(t, "messages"); !strings.Contains(r.out, "Code ••••••") || strings.Contains(r.out, "471902") {
		t.Errorf("%+v", r)
	}
	id, _ := v["id"].(string)
	if status, v := d.call(t, key, http.MethodPost, "/v1/verifications/"+id+"/outcome", `{"outcome":"verified"}`); status != http.StatusOK || v["state"] != "verified" {
		t.Errorf("%d %v", status, v)
	}
	set("checked-here") // beside the daemon, and at once
	if status, v := d.call(t, key, http.MethodPost, "/v1/verifications", own); status != http.StatusForbidden || v["field"] != "checked" {
		t.Errorf("%d %v", status, v)
	}
	set("checked-elsewhere")
	if status, v := d.call(t, key, http.MethodPost, "/v1/verifications", own); status != http.StatusCreated {
		t.Errorf("%d %v", status, v)
	}
	for _, args := range [][]string{{"keys", "set", "nobody", "--codes", "checked-here"}, {"keys", "set", "identity", "--codes", "nowhere"}} {
		if r := h.simgate(t, args...); r.code == exitOK {
			t.Errorf("%q: %+v", args, r)
		}
	}
	d.stop(t)
}

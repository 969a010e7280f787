package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "simgate/api/v1"
)

// The daemon is killed again and again while it accepts a request for ten thousand
// messages. The same request, repeated until it is answered, makes one for each number.
func TestKillInAMailing(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	key := strings.TrimSpace(h.simgate(t, "keys", "create", "shop").out)
	numbers := make([]string, 10_000)
	for i := range numbers {
		numbers[i] = fmt.Sprintf("+49151%08d", i*1009)
	}
	content, err := json.Marshal(map[string]any{"to": numbers, "text": "hello"})
	if err != nil {
		t.Fatal(err)
	}
	d := h.serve(t)
	ask := func() (status int, answer v1.Mailing, err error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+d.address+"/v1/messages", strings.NewReader(string(content)))
		if err != nil {
			return 0, answer, err
		}
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "once")
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, answer, err
		}
		defer a.Body.Close()
		return a.StatusCode, answer, json.NewDecoder(a.Body).Decode(&answer)
	}
	cut := 0
	for i := range 4 {
		var asking sync.WaitGroup
		asking.Go(func() {
			if _, _, err := ask(); err != nil {
				cut++
			}
		})
		<-time.After(time.Duration(100+80*i) * time.Millisecond)
		d.kill()
		asking.Wait()
		d = h.serve(t)
	}
	status, answer, err := ask()
	if err != nil || status != http.StatusAccepted {
		t.Fatalf("status %d, %v", status, err)
	}
	ids := map[int64]bool{}
	for i, m := range answer.Messages {
		if m.Error != nil || m.To != numbers[i] {
			t.Fatalf("number %d: %+v", i, m)
		}
		ids[m.ID] = true
	}
	last := answer.Messages[len(numbers)-1].ID
	if len(ids) != len(numbers) || last != int64(len(numbers)) || !ids[1] {
		t.Errorf("%d messages for %d numbers, the last is %d", len(ids), len(numbers), last)
	}
	t.Logf("%d of 4 requests were cut off", cut)
	d.stop(t)
}

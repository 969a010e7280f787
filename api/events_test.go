package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	v1 "simgate/api/v1"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/key"
)

// Events of the owner are for the operator, in the list as in the stream.
func TestEventsAreForTheOperator(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	if err := w.Gateway.Note(t.Context(), journal.Event{Kind: journal.DiskLow, Text: "the disk is nearly full"}); err != nil {
		t.Fatal(err)
	}
	w.key = w.Key(t, "shop", key.Read)
	if status, _, raw := w.call(t, http.MethodGet, "/v1/events", ""); status != http.StatusForbidden || !strings.Contains(raw, "text/event-stream") || strings.Contains(raw, "disk") {
		t.Errorf("an app: %d %s", status, raw)
	}
	w.key = w.Key(t, "owner", key.Admin)
	if status, _, raw := w.call(t, http.MethodGet, "/v1/events", ""); status != http.StatusOK || !strings.Contains(raw, "the disk is nearly full") {
		t.Errorf("the operator: %d %s", status, raw)
	}
}

// A modem is restarted by its name.
func TestRestartOfAModem(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "owner", key.Admin)
	ready(t, w)
	for path, want := range map[string]int{"/v1/modems/none/restart": http.StatusNotFound, "/v1/modems/sim1/restart": http.StatusAccepted} {
		if status, _, raw := w.call(t, http.MethodPost, path, ""); status != want {
			t.Errorf("%s: %d %s", path, status, raw)
		}
	}
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		_, _, raw := w.call(t, http.MethodGet, "/v1/modems", "")
		if strings.Contains(raw, "its owner has asked for a restart") {
			break
		}
		if time.Since(begun) > 20*time.Second {
			t.Fatal(raw)
		}
	}
}

// A SIM that its operator blocks is shown in modems and events, and can be released.
func TestBlockedSIMIsShownAndReleased(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "owner", key.Admin)
	ready(t, w)
	w.Network.Block(gatewaytest.SIM(0).IMSI, 10)
	for i := range 4 {
		w.call(t, http.MethodPost, "/v1/messages", fmt.Sprintf(`{"to":"+4915112%06d","text":"hello"}`, i))
	}
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	var list []v1.Event
	for len(list) == 0 {
		<-ticker.C
		_, _, raw := w.call(t, http.MethodGet, "/v1/events?kind=line.quarantined&line=1&limit=5", "")
		if err := json.Unmarshal([]byte(raw), &list); err != nil {
			t.Fatal(raw)
		}
	}
	if e := list[0]; e.Line != 1 || !strings.Contains(e.Text, "probably blocked") || e.At.IsZero() || e.ID == 0 {
		t.Errorf("the event is %+v", e)
	}
	for _, tc := range []struct {
		method, path string
		status       int
		want         string
	}{
		{http.MethodGet, "/v1/modems", 200, "line 1 is in quarantine"},
		{http.MethodGet, "/v1/messages/4", 200, `"waiting":"line 1 is in quarantine`},
		{http.MethodGet, "/readyz", 503, "line 1 is in quarantine"},
		{http.MethodGet, "/v1/events?kind=line.painted", 400, "is not a kind"},
		{http.MethodGet, "/v1/events?kind=line.swapped", 200, "[]"},
		{http.MethodGet, "/v1/events?before=1", 200, "[]"},
		{http.MethodGet, "/v1/events?limit=501", 400, "at most 500"},
		{http.MethodPost, "/v1/lines/2/release", 404, "no SIM with this id"},
		{http.MethodPost, "/v1/lines/red/release", 400, "must be a whole number"},
		{http.MethodPost, "/v1/lines/1/release", 200, `{"line":1}`},
		{http.MethodPost, "/v1/lines/1/release", 404, "not in quarantine"},
		{http.MethodGet, "/v1/events?limit=1", 200, "line.released"},
	} {
		if status, _, raw := w.call(t, tc.method, tc.path, ""); status != tc.status || !strings.Contains(raw, tc.want) {
			t.Errorf("%s %s: status %d: %s", tc.method, tc.path, status, raw)
		}
	}
}

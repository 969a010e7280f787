package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	v1 "simgate/api/v1"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

func TestInbox(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "reader", key.ReadInbox)
	ready(t, w)
	sim := gatewaytest.SIM(0).MSISDN
	get := func(query string) []v1.Incoming {
		t.Helper()
		status, _, raw := w.call(t, http.MethodGet, "/v1/inbox"+query, "")
		var list []v1.Incoming
		if err := json.Unmarshal([]byte(raw), &list); err != nil || status != http.StatusOK {
			t.Fatalf("status %d: %s", status, raw)
		}
		return list
	}
	// A request with wait is answered when a message comes in.
	answer := make(chan []v1.Incoming)
	go func() { answer <- get("?after=0&wait=20") }()
	if err := w.Network.Subscriber(anna).Send(sim, "first"); err != nil {
		t.Fatal(err)
	}
	first := <-answer
	if len(first) != 1 || first[0].Text != "first" || first[0].Sender != anna || first[0].Line != 1 || first[0].Sent.IsZero() {
		t.Fatalf("%+v", first)
	}
	go func() { answer <- get("?wait=20&after=1") }()
	if err := w.Network.Subscriber(anna).Send(sim, "second"); err != nil {
		t.Fatal(err)
	}
	if second := <-answer; len(second) != 1 || second[0].Text != "second" || second[0].Change <= first[0].Change {
		t.Fatalf("%+v", second)
	}
	for query, want := range map[string]string{
		"?after=0": "first second", "?after=0&limit=1": "first", "": "second first", "?limit=1": "second", "?before=2": "first", "?after=1": "second", "?line=2": "", "?line=1": "second first",
		"?sender=%2B4915112345678": "second first", "?sender=x": "", "?since=2100-01-01T00:00:00Z": "",
	} {
		var texts []string
		for _, m := range get(query) {
			texts = append(texts, m.Text)
		}
		if got := strings.Join(texts, " "); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
	for _, tc := range []struct {
		path, want string
		status     int
	}{
		{"/v1/inbox/1", `"text":"first"`, 200}, {"/v1/inbox/9", "no incoming message", 404}, {"/v1/inbox/x", "whole number", 400},
		{"/v1/inbox?limit=501", "at most 500", 400}, {"/v1/inbox?since=yesterday", "must be a time", 400},
		{"/v1/inbox?wait=5", "needs the parameter after", 400}, {"/v1/inbox?after=-1", "whole number", 400},
	} {
		if status, _, raw := w.call(t, http.MethodGet, tc.path, ""); status != tc.status || !strings.Contains(raw, tc.want) {
			t.Errorf("%s: status %d: %s", tc.path, status, raw)
		}
	}
}

package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
)

func TestMessagesToMany(t *testing.T) {
	const other = "+4915112340002"
	for _, tc := range []struct {
		name, content string
		status        int
		want          string // state or code of the error of each
	}{
		{"all", `{"to":["` + anna + `","` + other + `"],"text":"x"}`, 202, "queued queued"},
		{"one", `{"to":["` + anna + `"],"text":"x"}`, 202, "queued"},
		{"one twice", `{"to":["` + anna + `","0151 1234-0002","` + other + `"],"text":"x"}`, 202, "queued queued queued"},
		{"some", `{"to":["` + anna + `","+1","null",""],"text":"x"}`, 207, "queued invalid invalid invalid"},
		{"none", `{"to":["+1","+499001234567"],"text":"x"}`, 422, "invalid forbidden"},
		{"all or nothing", `{"to":["` + anna + `","+1"],"text":"x","all_or_nothing":true}`, 422, "conflict invalid"},
		{"half a surrogate pair", `{"to":["` + anna + `","\ud83d"],"text":"\ud83d"}`, 207, "queued invalid"},
		{"no list of strings", `{"to":["` + anna + `",5],"text":"x"}`, 400, ""},
		{"no number", `{"to":[],"text":"x"}`, 400, ""},
		{"an object", `{"to":{},"text":"x"}`, 400, ""},
		{"40,000 characters", `{"to":["` + anna + `"],"text":"` + strings.Repeat("я", 40_000) + `"}`, 400, ""},
		{"a setting of another type", `{"to":["` + anna + `"],"text":"x","all_or_nothing":1}`, 400, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := start(t, gatewaytest.Modems(0))
			status, _, raw := w.call(t, http.MethodPost, "/v1/messages", tc.content)
			var answer v1.Mailing
			if err := json.Unmarshal([]byte(raw), &answer); err != nil || status != tc.status {
				t.Fatalf("status %d, %v: %s", status, err, raw)
			}
			var got []string
			for _, m := range answer.Messages {
				if m.Error != nil {
					m.State = string(m.Error.Code)
				}
				got = append(got, m.State)
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("%q: %s", got, raw)
			}
			if tc.status == 400 {
				return
			}
			list, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{})
			if err != nil {
				t.Fatal(err)
			}
			before := len(list)
			if status, _, raw := w.call(t, http.MethodPost, "/v1/messages", strings.Replace(tc.content, `{`, `{"dry_run":true,`, 1)); status != 200 {
				t.Errorf("dry: status %d: %s", status, raw)
			}
			if list, err = w.Gateway.Messages(t.Context(), gateway.MessageFilter{}); err != nil || len(list) != before {
				t.Errorf("the dry run made messages: %v", err)
			}
		})
	}
}

// The largest request has room, and one with the same key repeats its answer.
func TestMessagesToTenThousand(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	numbers := make([]string, gateway.MaxMailing)
	for i := range numbers {
		numbers[i] = fmt.Sprintf("+49 151 12-%06d", i)
	}
	to, err := json.MarshalIndent(numbers, "", "    ")
	if err != nil {
		t.Fatal(err)
	}
	content := `{"text":"x","to":` + string(to) + `}`
	status, _, first := w.call(t, http.MethodPost, "/v1/messages", content, "Idempotency-Key", "k")
	if status != 202 {
		t.Fatalf("status %d: %.300s", status, first)
	}
	status, h, again := w.call(t, http.MethodPost, "/v1/messages", content, "Idempotency-Key", "k")
	if status != 202 || again != first || h.Get("Idempotent-Replayed") != "true" {
		t.Errorf("again: status %d: %.300s", status, again)
	}
	if status, _, raw := w.call(t, http.MethodPost, "/v1/messages", `{"text":"x","to":"`+anna+`"}`, "Idempotency-Key", "k"); status != 422 {
		t.Errorf("another request: status %d: %.300s", status, raw)
	}
}

// The client returns what came of each number, also where none was accepted.
func TestClientSendsToMany(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	c := client.New(w.url, w.key)
	for _, tc := range []struct {
		to       []string
		accepted bool
	}{{[]string{anna}, true}, {[]string{"x"}, false}} {
		m, err := c.SendMany(t.Context(), tc.to, "hello")
		if err != nil || len(m.Messages) != 1 || (m.Messages[0].Error == nil) != tc.accepted {
			t.Errorf("%q: %+v, %v", tc.to, m, err)
		}
	}
	if _, err := c.SendMany(t.Context(), nil, "hello"); err == nil {
		t.Error("no number was accepted")
	}
}

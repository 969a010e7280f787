package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	v1 "simgate/api/v1"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

// The header Link leads through a list; a cursor belongs to its list alone, and to whoever
// may see it.
func TestPagesOfAList(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	w.key = w.Key(t, "shop", key.SendMessages, key.Read)
	for i := range 5 {
		w.call(t, http.MethodPost, "/v1/messages", fmt.Sprintf(`{"to":"%s","text":"parcel %d"}`, anna, i))
	}
	page := func(path string) (texts, next string) {
		t.Helper()
		status, h, raw := w.call(t, http.MethodGet, path, "")
		var list []v1.Message
		if err := json.Unmarshal([]byte(raw), &list); err != nil || status != http.StatusOK {
			t.Fatalf("%s: status %d, %v: %s", path, status, err, raw)
		}
		for _, m := range list {
			texts += strings.TrimPrefix(m.Text, "parcel ")
		}
		link, more := strings.CutSuffix(h.Get("Link"), `>; rel="next"`)
		if !more && link != "" {
			t.Errorf("the link is %q", link)
		}
		return texts, strings.TrimPrefix(link, "<")
	}
	first, next := page("/v1/messages?text=parcel&limit=2")
	second, after := page(next)
	w.call(t, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"parcel 9"}`)
	again, _ := page(next)
	third, end := page(strings.Replace(after, "limit=2", "limit=50", 1))
	if first+second+third != "43210" || again != second || end != "" {
		t.Errorf("pages %q, %q, %q; again %q; then %q", first, second, third, again, end)
	}
	_, cursor, _ := strings.Cut(next, "cursor=")
	cursor, _, _ = strings.Cut(cursor, "&")
	for path, want := range map[string]string{
		"/v1/messages?text=parcels&cursor=" + cursor:           "another list",
		"/v1/messages?cursor=" + cursor:                        "another list",
		"/v1/messages?text=parcel&state=sent&cursor=" + cursor: "another list",
		"/v1/messages?text=parcel&cursor=2":                    "not a cursor",
		"/v1/messages?text=parcel&cursor=" + cursor[:11]:       "not a cursor",
		"/v1/messages?text=parcel&cursor=" + cursor + "AA":     "not a cursor",
		"/v1/messages?before=3&cursor=" + cursor:               "omit one",
		"/v1/messages?since=yesterday":                         "such as 2026",
		"/v1/messages?until=2026-01-31":                        "such as 2026",
		"/v1/messages?line=one":                                "whole number",
		"/v1/messages?limit=501":                               "at most 500",
		"/v1/messages?text=" + strings.Repeat("x", 1001):       "at most 1000",
	} {
		status, _, raw := w.call(t, http.MethodGet, path, "")
		if status != http.StatusBadRequest || !strings.Contains(raw, want) {
			t.Errorf("%s: status %d: %s", path, status, raw)
		}
	}
	other := w
	other.key = w.Key(t, "other", key.Read)
	if status, _, raw := other.call(t, http.MethodGet, next, ""); status != http.StatusBadRequest {
		t.Errorf("the cursor of another app: status %d: %s", status, raw)
	}
}

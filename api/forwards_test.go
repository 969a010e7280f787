package api_test

import (
	"net/http"
	"strings"
	"testing"

	"simgate/gateway/key"
)

// A forward rule is made, shown without its secrets, changed where something is said,
// tested and removed, by owners alone.
func TestForwards(t *testing.T) {
	w := start(t)
	app := w
	app.key = w.Key(t, "shop", key.SendMessages, key.Read, key.AllInbox)
	w.key = w.Key(t, "owner", key.Admin)
	check := func(as world, method, path, content string, status int, want ...string) {
		t.Helper()
		got, _, raw := as.call(t, method, path, content)
		for _, word := range want {
			if !strings.Contains(raw, word) {
				t.Errorf("%s %s %s has no %s: %s", method, path, content, word, raw)
			}
		}
		if got != status || strings.Contains(raw, "s3cret") {
			t.Errorf("%s %s %s: %d %s, want %d", method, path, content, got, raw, status)
		}
	}
	for _, call := range [][2]string{{http.MethodGet, "/v1/forwards"}, {http.MethodPost, "/v1/forwards"}, {http.MethodPatch, "/v1/forwards/x"}, {http.MethodDelete, "/v1/forwards/x"}, {http.MethodPost, "/v1/forwards/x/test"}} {
		check(app, call[0], call[1], "", 403, "admin")
	}
	check(w, http.MethodGet, "/v1/forwards", "", 200, "[]")
	check(w, http.MethodPost, "/v1/forwards", `{"name":"parcels","text":"parcel","number":"0151 12345678","ntfy":"https://93.184.216.34/s3cret","ntfy_token":"s3cret"}`, 201,
		`"name":"parcels","origin":"api","text":"parcel","number":"`+anna+`","limit":50,"ntfy":"https://93.184.216.34/••••","ntfy_token":"••••"`)
	check(w, http.MethodPost, "/v1/forwards", `{"name":"parcels","number":"`+anna+`"}`, 409, `"field":"name"`)
	check(w, http.MethodPost, "/v1/forwards", `{"name":"local","webhook":"http://127.0.0.1/s3cret"}`, 400, `"field":"webhook"`, "webhooks.allow")
	check(w, http.MethodPost, "/v1/forwards", `{"name":"x","to":"`+anna+`"}`, 400, `"field":"to"`)
	check(w, http.MethodPost, "/v1/forwards", `{"name":"x","number":"`+anna+`","calls":"yes"}`, 400, `"field":"calls"`)
	check(w, http.MethodPatch, "/v1/forwards/parcels", `{"name":"post","limit":7,"calls":true,"text":"","ntfy":"","ntfy_token":""}`, 200, `"name":"post","origin":"api","calls":true,"number":"`+anna+`","limit":7,"made"`)
	check(w, http.MethodPatch, "/v1/forwards/parcels", `{"limit":8}`, 404, "no forward rule")
	check(w, http.MethodPatch, "/v1/forwards/post", `{"number":""}`, 400, "not where to")
	check(w, http.MethodPost, "/v1/forwards/post/test", "", 200, `[{"way":"number","ok":true}]`)
	check(w, http.MethodGet, "/v1/events?kind=forward.changed", "", 200, "post was changed; it passes on to a number")
	check(w, http.MethodDelete, "/v1/forwards/post", "", 200, `"name":"post"`)
	check(w, http.MethodDelete, "/v1/forwards/post", "", 404)
}

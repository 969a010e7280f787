package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"simgate/api"
	"simgate/gateway/key"
)

// No key lets anybody in, and on the socket every answer is as described.
func TestUsersAreForTheSocket(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "owner", key.Scopes...)
	routes := api.New(api.Config{}, w.Gateway, discard()).SocketTable()
	if len(routes) < 5 {
		t.Errorf("%d routes", len(routes))
	}
	for _, r := range routes {
		if status, _, raw := w.call(t, r.Method, r.Path, `{"name":"eve","role":"owner"}`); status != http.StatusForbidden || !strings.Contains(raw, "on the Unix socket") {
			t.Errorf("%s %s: %d %s", r.Method, r.Path, status, raw)
		}
	}
	s := httptest.NewServer(api.New(api.Config{}, w.Gateway, discard()).LocalHandler())
	defer s.Close()
	w.url = s.URL
	for _, tc := range []struct {
		method, path, content string
		status                int
		says                  string
	}{
		{"POST", "/v1/users/link", `{}`, 201, `"path":"/ui/welcome#`},
		{"POST", "/v1/users", `{"name":"Anna","role":"operator"}`, 201, `"name":"anna","role":"operator","ready":false`},
		{"POST", "/v1/users", `{"name":"anna","role":"operator"}`, 409, "already"},
		{"POST", "/v1/users", `{"name":"ben"}`, 400, "role"},
		{"POST", "/v1/users", `{"name":"ben","role":"viewer","password":"x"}`, 400, "password"},
		{"PATCH", "/v1/users", `{"name":"anna","role":"viewer"}`, 200, `"role":"viewer"`},
		{"POST", "/v1/users/link", `{"name":"anna"}`, 201, `"name":"anna"`},
		{"GET", "/v1/users", ``, 200, `[{"name":"anna"`},
		{"POST", "/v1/users/remove", `{"name":"ben"}`, 404, "no user"},
		{"POST", "/v1/users/remove", `{"name":"anna"}`, 200, `"name":"anna"`},
	} {
		if status, _, raw := w.call(t, tc.method, tc.path, tc.content); status != tc.status || !strings.Contains(raw, tc.says) {
			t.Errorf("%s %s %s: %d %s", tc.method, tc.path, tc.content, status, raw)
		}
	}
}

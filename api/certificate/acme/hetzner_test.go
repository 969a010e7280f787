package acme

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/libdns/libdns"
)

// A record is written and removed as the API of Hetzner documents it, and what it refuses is
// said.
func TestHetzner(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.Header.Get("Content-Type") != "application/json" {
			t.Error(err)
		}
		asked = append(asked, fmt.Sprint(r.Method, " ", r.URL.EscapedPath(), " ", body))
		switch {
		case r.Header.Get("Authorization") != "Bearer right":
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":{"code":"unauthorized","message":"unable to authenticate"}}`)
		case !strings.HasPrefix(r.URL.Path, "/zones/example.com/"):
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":{"code":"not_found","message":"zone not found"}}`)
		default:
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"action":{"id":1,"status":"running"}}`)
		}
	}))
	defer server.Close()
	record := []libdns.Record{libdns.RR{Name: "_acme-challenge.sms", Type: "TXT", Data: "abc-_123"}}
	for _, tc := range []struct{ token, zone, appended, deleted string }{
		{"right", "example.com.", "", ""},
		{"right", "example.org.", "there is no such zone in the project of the token", ""},
		{"wrong", "example.com.", "401 Unauthorized unable to authenticate", "401 Unauthorized unable to authenticate"},
	} {
		h := hetzner{tc.token, server.URL}
		_, err := h.AppendRecords(t.Context(), tc.zone, record)
		if got := strings.ReplaceAll(fmt.Sprint(err), "<nil>", ""); got != tc.appended {
			t.Errorf("%v: appended: %s", tc, got)
		}
		_, err = h.DeleteRecords(t.Context(), tc.zone, record)
		if got := strings.ReplaceAll(fmt.Sprint(err), "<nil>", ""); got != tc.deleted {
			t.Errorf("%v: deleted: %s", tc, got)
		}
	}
	for i, want := range []string{
		`POST /zones/example.com/rrsets/_acme-challenge.sms/TXT/actions/add_records map[records:[map[value:"abc-_123"]]]`,
		`POST /zones/example.com/rrsets/_acme-challenge.sms/TXT/actions/remove_records map[records:[map[value:"abc-_123"]]]`,
	} {
		if asked[i] != want {
			t.Errorf("%s, not %s", asked[i], want)
		}
	}
}

package api_test

import (
	"net/http"
	"strings"
	"testing"

	"simgate/gateway/key"
)

func TestANumberIsExportedAndForgotten(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "owner", key.Admin)
	w.Key(t, "shop")
	about := func(path, content string, status int, want ...string) {
		t.Helper()
		code, _, raw := w.call(t, http.MethodPost, "/v1/numbers/"+path, content)
		for _, part := range want {
			if code != status || !strings.Contains(raw, part) {
				t.Errorf("%s %s: status %d, %s", path, content, code, raw)
			}
		}
	}
	if err := w.Gateway.SetTag(t.Context(), "shop", anna, "customer"); err != nil {
		t.Fatal(err)
	}
	about("export", `{"number":"`+anna+`"}`, http.StatusOK, `"contacts":[{"app":"shop"`, `"tag":"customer"`)
	about("forget", `{"number":"`+anna+`"}`, http.StatusOK, `"removed":[{"of":"contacts","rows":1}]`, `"backups":[]`)
	about("export", `{"number":"`+anna+`"}`, http.StatusOK, `"records":{}`)
	about("forget", `{"number":"12"}`, http.StatusBadRequest, `"code":"invalid"`)
	about("forget", `{"numbers":[]}`, http.StatusBadRequest, `"code":"invalid"`)
}

package api_test

import (
	"net/http"
	"strings"
	"testing"

	"simgate/gateway/key"
)

// An app keeps the list of its own, the owner that of all; and each dialect says in its own
// words why nothing goes to a number on it.
func TestOptOuts(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "shop", key.SendMessages, key.Read, key.SendCodes)
	owner := w
	owner.key = w.Key(t, "owner", key.Admin)
	check := func(as world, method, path, content string, status int, want string) {
		t.Helper()
		if got, _, raw := as.call(t, method, path, content); got != status || !strings.Contains(raw, want) {
			t.Errorf("%s %s %s: %d %s, want %d %s", method, path, content, got, raw, status, want)
		}
	}
	check(w, http.MethodPost, "/v1/optouts", `{"number":"`+anna+`"}`, 201, `"app":"shop","number":"`+anna+`","origin":"app"`)
	check(w, http.MethodPost, "/v1/optouts", `{"number":"0151 12345678","app":"shop"}`, 200, `"id":1`)
	check(w, http.MethodPost, "/v1/optouts", `{"number":"`+anna+`","app":"bank"}`, 403, `"field":"app"`)
	check(w, http.MethodPost, "/v1/optouts", `{"number":"12"}`, 400, `"code":"invalid"`)
	check(w, http.MethodPost, "/v1/optouts", `{"to":"`+anna+`"}`, 400, `"field":"to"`)
	check(owner, http.MethodPost, "/v1/optouts", `{"number":"+4915112345679"}`, 201, `"number":"+4915112345679","origin":"owner"`)
	check(owner, http.MethodPost, "/v1/optouts", `{"number":"+4915112345670","app":"bank"}`, 201, `"app":"bank"`)
	check(w, http.MethodGet, "/v1/optouts", "", 200, `[{"id":2,`)
	check(w, http.MethodGet, "/v1/optouts?before=2", "", 200, `[{"id":1,`)
	check(w, http.MethodGet, "/v1/optouts?app=bank", "", 403, `"field":"app"`)
	check(owner, http.MethodGet, "/v1/optouts?app=bank&limit=1", "", 200, `[{"id":3,`)
	check(owner, http.MethodGet, "/v1/optouts?number=%2B4915112345671", "", 200, `[]`)
	check(owner, http.MethodGet, "/v1/guard/why?channel=text&app=shop&to=%2B4915112345678", "", 200, `"reason":"opted_out"`)

	check(w, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"hi"}`, 403, `"reason":"opted_out"`)
	check(w, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"hi","dry_run":true}`, 200, `"allowed":false`)
	check(w, http.MethodPost, "/v1/messages", `{"to":["`+anna+`","+4915112345671"],"text":"hi"}`, 207, `"reason":"opted_out"`)
	check(w, http.MethodPost, "/v1/verifications", `{"to":"`+anna+`"}`, 201, `"state":"pending"`)

	check(w, http.MethodPost, "/api/send-sms", `{"phone_number":"`+anna+`","text":"hi"}`, 200, `{"ok":false,"message":"the recipient has opted out`)
	check(w, http.MethodPost, "/textflow/api/send-sms", `{"phone_number":"`+anna+`","text":"hi"}`, 200, `"message":"the recipient has opted out`)
	check(w, http.MethodPost, "/sms", `{"to":"`+anna+`","from":"Shop","text":"hi"}`, 403, `"type":"access_denied","message":"the recipient has opted out`)
	check(w, http.MethodPost, "/sms", `{"to":["`+anna+`","+4915112345671"],"from":"Shop","text":"hi"}`, 200, `"status":"REJECTED","statusCode":5,"errorCode":4`)
	_, sent := w.textmagic(t, http.MethodPost, "/api/v2/messages", `{"phones":"4915112345678","text":"hi"}`)
	if errors, _ := sent["errors"].(map[string]any); errors == nil || errors["fields"].(map[string]any)["phones"] == nil {
		t.Errorf("textmagic: %v", sent)
	}
	status, made := w.textmagic(t, http.MethodPost, "/api/v2/unsubscribers", `{"phone":"4915112345672"}`)
	if status != 201 || made["href"] != "/api/v2/unsubscribers/4" {
		t.Errorf("textmagic: %d %v", status, made)
	}
	if status, one := w.textmagic(t, http.MethodGet, "/api/v2/unsubscribers/4", ""); status != 200 || one["phone"] != "4915112345672" {
		t.Errorf("textmagic: %d %v", status, one)
	}
	if status, one := w.textmagic(t, http.MethodGet, "/api/v2/unsubscribers/3", ""); status != 404 {
		t.Errorf("another app's: %d %v", status, one)
	}
	if status, list := w.textmagic(t, http.MethodGet, "/api/v2/unsubscribers", ""); status != 200 || len(list["resources"].([]any)) != 3 {
		t.Errorf("textmagic: %d %v", status, list)
	}

	check(w, http.MethodDelete, "/v1/optouts/1", "", 403, "admin")
	check(owner, http.MethodDelete, "/v1/optouts/1", "", 200, `"id":1`)
	check(owner, http.MethodDelete, "/v1/optouts/1", "", 404, "no opt-out with this id")
	check(w, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"hi"}`, 202, `"state"`)
}

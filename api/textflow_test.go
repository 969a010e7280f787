package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"simgate/gateway/key"
)

// textflow calls the dialect. It checks that every answer is JSON with the HTTP status
// 200 and has ok, status and message.
func (w world) textflow(t *testing.T, path, content string, header ...string) map[string]any {
	t.Helper()
	status, _, raw := w.call(t, http.MethodPost, "/textflow/api/"+path, content, header...)
	var a map[string]any
	if err := json.Unmarshal([]byte(raw), &a); err != nil || status != http.StatusOK {
		t.Fatalf("status %d: %s", status, raw)
	}
	if a["message"] == "" || (a["ok"] == true) != (a["status"] == 200.0) {
		t.Errorf("%s", raw)
	}
	return a
}

func TestTextFlowCircle(t *testing.T) {
	w := start(t)
	ready(t, w)
	a := w.textflow(t, "send-code", `{"phone_number":"`+anna+`","service_name":"Shop","seconds":600}`)
	data, _ := a["data"].(map[string]any)
	code, _ := data["verification_code"].(string)
	sms, err := w.Network.Subscriber(anna).Next(t.Context())
	if err != nil || len(code) != 6 || data["message_text"] != sms.Text || sms.Text != "Your verification code for Shop is: "+code {
		t.Fatalf("%v, and the handset shows %q, %v", a, sms.Text, err)
	}
	for _, step := range []struct {
		name, content string
		valid         bool
		kind          string
	}{
		{"a wrong code", `{"phone_number":"` + anna + `","code":"` + notThis(code) + `"}`, false, "application/json"},
		{"the right code, in a form", "phone_number=%2B" + anna[1:] + "&code=" + code, true, "application/x-www-form-urlencoded"},
		{"the right code again", `{"phone_number":"` + anna + `","code":"` + code + `"}`, false, "application/json"},
	} {
		a := w.textflow(t, "verify-code", step.content, "Content-Type", step.kind)
		if a["ok"] != true || a["valid"] != step.valid || (a["valid_code"] == true) != step.valid || (a["expires"] != nil) != step.valid {
			t.Errorf("%s: %v", step.name, a)
		}
	}
}

func TestTextFlowMessages(t *testing.T) {
	w := start(t)
	a := w.textflow(t, "send-sms", `{"phone_number":"`+anna+`","text":"hi"}`)
	if d, _ := a["data"].(map[string]any); d["to"] != anna || d["content"] != "hi" || d["country_code"] != "DE" || d["price"] != 0.0 || d["timestamp"] == nil {
		t.Errorf("%v", a)
	}
	for _, numbers := range []string{`["` + anna + `","+4915112345670"]`, `"` + anna + `,+4915112345670"`} {
		if list, _ := w.textflow(t, "bulk-sms", `{"phone_numbers":`+numbers+`,"text":"hi"}`)["data"].([]any); len(list) != 2 {
			t.Errorf("%s: %v", numbers, list)
		}
	}
	if n := len(w.messages(t)); n != 5 {
		t.Errorf("%d messages", n)
	}
}

func TestTextFlowRefuses(t *testing.T) {
	w := start(t)
	for _, tc := range []struct{ name, path, content, says string }{
		{"no number", "send-code", `{}`, "missing"},
		{"an invalid number", "send-code", `{"phone_number":"12"}`, "number"},
		{"too long a life", "send-code", `{"phone_number":"` + anna + `","seconds":86401}`, "seconds"},
		{"no life", "send-code", `{"phone_number":"` + anna + `","seconds":0}`, "seconds"},
		{"a life in words", "send-code", `{"phone_number":"` + anna + `","seconds":"soon"}`, "seconds"},
		{"a list", "send-code", `{"phone_number":["` + anna + `"]}`, "phone_number"},
		{"a key twice", "send-code", `{"seconds":1,"seconds":2}`, "twice"},
		{"no number to check", "verify-code", `{"code":"123456"}`, "missing"},
		{"too much", "send-sms", `{"text":"` + strings.Repeat("x", 100_000) + `"}`, "too large"},
		{"no text", "send-sms", `{"phone_number":"` + anna + `"}`, "empty"},
		{"nobody", "bulk-sms", `{"text":"hi"}`, "phone_numbers"},
		{"one of two is invalid", "bulk-sms", `{"phone_numbers":["` + anna + `","12"],"text":"hi"}`, "number"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.textflow(t, tc.path, tc.content)
			if a["ok"] != false || a["status"] != 400.0 || !strings.Contains(a["message"].(string), tc.says) || a["data"] != nil {
				t.Errorf("%v", a)
			}
		})
	}
	if a := w.textflow(t, "send-code", `{}`, "Authorization", "Bearer nope"); a["status"] != 400.0 || a["message"] != "Invalid API key" {
		t.Errorf("a wrong key: %v", a)
	}
	if a := w.textflow(t, "send-code", `{}`, "Authorization", "Bearer "+w.Key(t, "reader", key.Read)); a["status"] != 403.0 {
		t.Errorf("a key without the scope: %v", a)
	}
	if a := w.textflow(t, "nothing", `{}`); a["status"] != 404.0 {
		t.Errorf("no such path: %v", a)
	}
	if n := len(w.messages(t)); n != 0 {
		t.Errorf("%d messages", n)
	}
}

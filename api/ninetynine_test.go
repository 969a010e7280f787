package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"simgate/gateway/gatewaytest"
	"simgate/modem/simulator"
)

// form calls the dialect of 99digital with a form.
func (w world) form(t *testing.T, path string, fields url.Values, multi bool) map[string]any {
	t.Helper()
	content, kind := fields.Encode(), "application/x-www-form-urlencoded"
	if multi {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for name, values := range fields {
			for _, v := range values {
				if err := m.WriteField(name, v); err != nil {
					t.Fatal(err)
				}
			}
		}
		m.Close()
		content, kind = b.String(), m.FormDataContentType()
	}
	status, _, raw := w.call(t, http.MethodPost, path, content, "Content-Type", kind, "Authorization", "")
	var answer map[string]any
	if err := json.Unmarshal([]byte(raw), &answer); err != nil || status != http.StatusOK {
		t.Fatalf("status %d: %s", status, raw)
	}
	return answer
}

// local is anna's number in the national form of the country of the tests.
const local = "015112345678"

func (w world) fields(extra ...string) url.Values {
	f := url.Values{"apiKey": {w.key}}
	for i := 0; i < len(extra); i += 2 {
		f.Set(extra[i], extra[i+1])
	}
	return f
}

func TestNinetyNineCircle(t *testing.T) {
	for _, prefix := range []string{"", "/99digital"} {
		for _, multi := range []bool{false, true} {
			t.Run(fmt.Sprint(prefix, " multipart ", multi), func(t *testing.T) {
				w := start(t)
				ready(t, w)
				sent := w.form(t, prefix+"/sms/verifySMS", w.fields("from", "Shop", "to", local, "message", "##code## is it"), multi)
				if sent["status"] != "OK" || sent["reason"] != 1.0 || sent["from"] != "Shop" || sent["unique"] == "" || sent["timestamp"].(float64) < 1e9 {
					t.Fatal(sent)
				}
				sms, err := w.Network.Subscriber(anna).Next(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				code, _, _ := strings.Cut(sms.Text, " ")
				wrong := "000000"
				if code == wrong {
					wrong = "000001"
				}
				for _, step := range []struct {
					code string
					want float64
				}{{wrong, 2}, {code, 1}, {code, 3}} {
					a := w.form(t, prefix+"/sms/verifySMS", w.fields("to", local, "code", step.code), multi)
					if a["status"] != step.want || a["phone"] != local {
						t.Errorf("%s: %v, want %v", step.code, a, step.want)
					}
				}
			})
		}
	}
}

func TestNinetyNineReasons(t *testing.T) {
	w := start(t)
	ready(t, w)
	good := []string{"from", "Shop", "to", local}
	for _, tc := range []struct {
		name, path string
		fields     url.Values
		reason     float64
	}{
		{"default text", "verifySMS", w.fields(good...), 1},
		{"a number that is too long as sender", "verifySMS", w.fields("from", "123456789012", "to", local), 2},
		{"a number that is too short as sender", "verifySMS", w.fields("from", "12", "to", local), 2},
		{"a name that is too long as sender", "verifySMS", w.fields("from", "ABCDEFGHIJKL", "to", local), 2},
		{"an invalid number", "verifySMS", w.fields("from", "Shop", "to", "hello"), 5},
		{"a wrong key", "verifySMS", url.Values{"apiKey": {"nope"}, "from": {"Shop"}, "to": {local}}, 6},
		{"no key", "verifySMS", url.Values{"from": {"Shop"}, "to": {local}}, 6},
		{"no recipient", "verifySMS", w.fields("from", "Shop"), 7},
		{"an empty recipient", "verifySMS", w.fields("from", "Shop", "to", " "), 7},
		{"no sender", "verifySMS", w.fields("to", local), 9},
		{"a text without its marker", "verifySMS", w.fields("from", "Shop", "to", local, "message", "hello"), 10},
		{"a field that is there twice", "verifySMS", url.Values{"apiKey": {w.key}, "from": {"Shop"}, "to": {local, local}}, 5},
		{"control characters in the text", "verifySMS", w.fields("from", "Shop", "to", local, "message", "##code##\x1b"), 5},
		{"a line end in the sender", "verifySMS", w.fields("from", "Sh\r\nop", "to", local), 5},
		{"a text that is far too long", "verifySMS", w.fields("from", "Shop", "to", local, "message", "##code##"+strings.Repeat("x", 5000)), 5},
		{"plain", "sendMessage", w.fields(append(good, "text", `hello\nyou`)...), 1},
		{"plain to several", "sendMessage", w.fields("from", "Shop", "to", local+", 015112345679", "text", "hello"), 1},
		{"plain, one of several is invalid", "sendMessage", w.fields("from", "Shop", "to", local+",x", "text", "hello"), 5},
		{"plain without a text", "sendMessage", w.fields(good...), 8},
		{"plain, too long", "sendMessage", w.fields(append(good, "text", strings.Repeat("x", 1001))...), 4},
		{"plain without a sender", "sendMessage", w.fields("to", local, "text", "x"), 9},
		{"plain without a recipient", "sendMessage", w.fields("from", "Shop", "text", "x"), 7},
		{"plain with a wrong key", "sendMessage", url.Values{"apiKey": {"x"}, "from": {"Shop"}, "to": {local}, "text": {"x"}}, 6},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.form(t, "/sms/"+tc.path, tc.fields, false)
			status := map[bool]string{true: "OK", false: "FAIL"}[tc.reason == 1]
			if a["reason"] != tc.reason || a["status"] != status {
				t.Errorf("%v, want reason %v", a, tc.reason)
			}
			if unique := a["unique"]; (unique == "") != (tc.reason != 1) {
				t.Errorf("unique %v", unique)
			}
		})
	}
}

// Errors outside the handlers are answered in the dialect.
func TestNinetyNineAround(t *testing.T) {
	w := start(t)
	for _, tc := range []struct{ name, method, path, kind, content string }{
		{"JSON", http.MethodPost, "/sms/verifySMS", "application/json", `{}`},
		{"no type", http.MethodPost, "/sms/verifySMS", "", "x"},
		{"too large", http.MethodPost, "/sms/verifySMS", "application/x-www-form-urlencoded", "to=" + strings.Repeat("1", 200_000)},
		{"a torn multipart", http.MethodPost, "/sms/verifySMS", "multipart/form-data; boundary=x", "--x\r\nContent-Disp"},
		{"another method", http.MethodGet, "/sms/verifySMS", "", ""},
		{"no such path", http.MethodPost, "/99digital/sms/nothing", "application/x-www-form-urlencoded", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, _, raw := w.call(t, tc.method, tc.path, tc.content, "Content-Type", tc.kind)
			if status != http.StatusOK || !strings.Contains(raw, `"status":"FAIL"`) || !strings.Contains(raw, `"reason":5`) {
				t.Errorf("status %d: %s", status, raw)
			}
		})
	}
	if a := w.form(t, "/sms/verifySMS", url.Values{"apiKey": {"x"}, "to": {local}, "code": {"123456"}}, false); a["status"] != 3.0 || a["reason"] != 6.0 {
		t.Errorf("a check with a wrong key: %v", a)
	}
}

func TestNinetyNineDelivery(t *testing.T) {
	w := start(t, gatewaytest.On(simulator.NewNetwork()))
	ready(t, w)
	sent := w.form(t, "/sms/sendMessage", w.fields("from", "Shop", "to", local, "text", "hello"), false)
	query := w.fields("unique", sent["unique"].(string)).Encode()
	for tick := time.Tick(20 * time.Millisecond); ; <-tick {
		status, _, raw := w.call(t, http.MethodPost, "/sms/deliveryStatus", query, "Content-Type", "application/x-www-form-urlencoded")
		var list []map[string]any
		if err := json.Unmarshal([]byte(raw), &list); err != nil || status != http.StatusOK {
			t.Fatalf("status %d: %s", status, raw)
		}
		if len(list) == 1 {
			if m := list[0]; m["code"] != 0.0 || m["to"] != local || m["from"] != "Shop" || len(m["date"].(string)) != 14 {
				t.Errorf("%v", m)
			}
			return
		}
	}
}

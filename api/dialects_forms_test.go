package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
)

func TestTextLinkTakesNumbersForNames(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	for _, fields := range []string{`"expiration_time":600000.0`, `"expiration_time":6e5`, `"custom_id":17`, `"service_name":365`} {
		if a := w.textlink(t, "/api/send-code", `{"phone_number":"`+anna+`",`+fields+`}`); a["ok"] != true {
			t.Errorf("%s: %v", fields, a)
		}
	}
	if a := w.textlink(t, "/api/send-sms", `{"phone_number":"`+anna+`","text":"hi","custom_id":17}`); a["ok"] != true {
		t.Errorf("%v", a)
	}
	if list := w.messages(t); list[0].CustomID != "17" || !strings.Contains(list[1].Text, "for 365 is") {
		t.Errorf("%+v", list)
	}
	if a := w.textlink(t, "/api/send-code", `{"phone_number":"`+anna+`","service_name":"`+strings.Repeat("x", 61)+`"}`); !strings.HasPrefix(a["message"].(string), "service_name is longer") {
		t.Errorf("the error names another field: %v", a)
	}
}

// A check may carry the sender, and numbers come back as the caller wrote them.
func TestNinetyNineGivesBackTheCallersForm(t *testing.T) {
	w := start(t)
	ready(t, w)
	sent := w.form(t, "/sms/verifySMS", w.fields("from", "Shop", "to", "0151-1234 5678,"), false)
	if sent["status"] != "OK" {
		t.Fatal(sent)
	}
	code := w.pin(t)
	for tick := time.Tick(20 * time.Millisecond); ; <-tick {
		_, _, raw := w.call(t, http.MethodPost, "/sms/deliveryStatus", w.fields("unique", sent["unique"].(string)).Encode(), "Content-Type", "application/x-www-form-urlencoded")
		var list []map[string]any
		if err := json.Unmarshal([]byte(raw), &list); err != nil {
			t.Fatal(err)
		}
		if len(list) == 1 {
			if m := list[0]; m["from"] != "Shop" || m["to"] != "0151-1234 5678" {
				t.Errorf("%v", m)
			}
			break
		}
	}
	if a := w.form(t, "/sms/verifySMS", w.fields("from", "Shop", "to", local, "code", code), false); a["status"] != 1.0 || a["phone"] != local {
		t.Errorf("a check with a sender: %v", a)
	}
	before := len(w.messages(t))
	if a := w.form(t, "/sms/sendMessage", w.fields("from", "Shop", "to", local+",015112345679,", "text", "hi"), false); a["status"] != "OK" || len(w.messages(t)) != before+2 {
		t.Errorf("a comma at the end: %v", a)
	}
}

// Braces of a caller's text reach the phone as they are.
func TestBracesInTemplatesStay(t *testing.T) {
	w := start(t)
	ready(t, w)
	w.otp(t, `{"phoneNumber":"`+anna+`","template":"{x} [y] {code} {{pin}}"}`)
	sms, err := w.Network.Subscriber(anna).Next(t.Context())
	if err != nil || !strings.HasPrefix(sms.Text, "{x} [y] {code} ") {
		t.Errorf("the handset shows %q, %v", sms.Text, err)
	}
}

// Apps whose base URL ends in a slash, and clients that write a byte order mark.
func TestPathsAndBodiesAsClientsWriteThem(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	const code = `{"phone_number":"` + anna + `"}`
	for _, path := range []string{"//api/send-code", "/api/send-code/", "/api//send-code", "/textlink//api/send-code/", "///textlink/api/send-code"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url, strings.NewReader(code))
		if err != nil {
			t.Fatal(err)
		}
		r.URL = &url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Path: path}
		r.Header.Set("Authorization", "Bearer "+w.key)
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var a map[string]any
		if err := json.NewDecoder(answer.Body).Decode(&a); err != nil || a["ok"] != true {
			t.Errorf("%s: %d %v, %v", path, answer.StatusCode, a, err)
		}
		answer.Body.Close()
	}
	if a := w.textlink(t, "/api/send-code", "\ufeff"+code); a["ok"] != true {
		t.Errorf("with a byte order mark: %v", a)
	}
	if status, _, _ := w.call(t, http.MethodGet, "/api/v2/ping/", "", "Authorization", ""); status != 401 {
		t.Errorf("a path of Textmagic with a slash: %d", status)
	}
	if list, err := w.Gateway.Verifications(t.Context(), gateway.VerificationFilter{}); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/key"
)

// smscx calls the dialect with the key in the header of the service. It checks that
// every answer is JSON and that every error has its four keys.
func (w world) smscx(t *testing.T, method, path, content string) (int, map[string]any) {
	t.Helper()
	status, header, raw := w.call(t, method, path, content, "Authorization", "", "X-API-KEY", w.key)
	var answer map[string]any
	if err := json.Unmarshal([]byte(raw), &answer); err != nil || header.Get("X-Request-Id") == "" {
		t.Fatalf("status %d: %s (%v)", status, raw, header)
	}
	if status >= 300 {
		e, _ := answer["error"].(map[string]any)
		for _, key := range []string{"type", "message", "uri", "code"} {
			if e[key] == nil || e[key] == "" {
				t.Errorf("%s is missing: %s", key, raw)
			}
		}
		return status, e
	}
	return status, answer
}

func (w world) otp(t *testing.T, content string) map[string]any {
	t.Helper()
	status, a := w.smscx(t, http.MethodPost, "/otp", content)
	if status != http.StatusCreated {
		t.Fatalf("status %d: %v", status, a)
	}
	return a
}

// pin returns the code of the next message to anna.
func (w world) pin(t *testing.T) string {
	t.Helper()
	sms, err := w.Network.Subscriber(anna).Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return sms.Text[strings.LastIndexByte(sms.Text, ' ')+1:]
}

func TestSMSCXCircle(t *testing.T) {
	for _, prefix := range []string{"", "/smscx"} {
		t.Run("at "+prefix+"/otp", func(t *testing.T) {
			w := start(t)
			ready(t, w)
			track := "0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1"
			status, o := w.smscx(t, http.MethodPost, prefix+"/otp", `{"phoneNumber":"`+anna+`","trackId":"`+track+`","ttl":120,"maxAttempts":3,"from":"Shop"}`)
			if status != http.StatusCreated || o["status"] != "PENDING" || o["countryIso"] != "DE" || o["phoneNumber"] != anna ||
				o["trackId"] != track || o["ttl"] != 120.0 || o["maxAttempts"] != 3.0 || o["attempts"] != 0.0 || o["parts"] != 1.0 || len(o) != 13 {
				t.Fatalf("status %d: %v", status, o)
			}
			if url, there := o["otpCallbackUrl"]; !there || url != nil {
				t.Errorf("otpCallbackUrl is %v", url)
			}
			if _, err := time.Parse(time.DateTime, o["dateCreated"].(string)); err != nil {
				t.Error(err)
			}
			path := prefix + "/otp/" + o["otpId"].(string)
			pin := w.pin(t)
			if len(pin) != 5 {
				t.Fatalf("the PIN is %q", pin)
			}
			if status, e := w.smscx(t, http.MethodPost, path, `{"pin":"`+notThis(pin)+`"}`); status != 400 || e["code"] != 2029.0 || e["type"] != "invalid_pin" {
				t.Errorf("wrong: %d %v", status, e)
			}
			if status, a := w.smscx(t, http.MethodPost, path, `{"pin":`+pin+`}`); status != 200 || a["status"] != "VERIFIED" {
				t.Errorf("right, as a number: %d %v", status, a)
			}
			if status, e := w.smscx(t, http.MethodPost, path, `{"pin":"`+pin+`"}`); status != 400 || e["code"] != 2023.0 || e["type"] != "otp_verified" {
				t.Errorf("again: %d %v", status, e)
			}
			if status, o := w.smscx(t, http.MethodGet, path, ""); status != 200 || o["status"] != "VERIFIED" || o["attempts"] != 1.0 {
				t.Errorf("at last: %d %v", status, o)
			}
			if status, e := w.smscx(t, http.MethodDelete, path, ""); status != 403 || e["code"] != 2031.0 {
				t.Errorf("cancelling what is verified: %d %v", status, e)
			}
		})
	}
}

// notThis returns another code.
func notThis(code string) string {
	if code[0] == '9' {
		return "1" + code[1:]
	}
	return "9" + code[1:]
}

func TestSMSCXEnds(t *testing.T) {
	w := start(t)
	ready(t, w)
	o := w.otp(t, `{"phoneNumber":"`+anna+`","maxAttempts":2}`)
	path, pin := "/otp/"+o["otpId"].(string), w.pin(t)
	for _, want := range []float64{2029, 2027, 2026} {
		if _, e := w.smscx(t, http.MethodPost, path, `{"pin":"`+notThis(pin)+`"}`); e["code"] != want {
			t.Errorf("%v, want %v", e, want)
		}
	}
	if _, a := w.smscx(t, http.MethodGet, path, ""); a["status"] != "FAILED" || a["attempts"] != 2.0 {
		t.Errorf("%v", a)
	}
	first := w.otp(t, `{"phoneNumber":"`+anna+`"}`)
	second := w.otp(t, `{"phoneNumber":"`+anna+`"}`)
	if first["otpId"] == second["otpId"] {
		t.Error("the second start is the first")
	}
	path = "/otp/" + second["otpId"].(string)
	if status, a := w.smscx(t, http.MethodDelete, path, ""); status != 200 || a["info"].(map[string]any)["id"] != second["otpId"] {
		t.Errorf("cancel: %d %v", status, a)
	}
	if status, e := w.smscx(t, http.MethodDelete, path, ""); status != 403 || e["code"] != 2030.0 {
		t.Errorf("cancel again: %d %v", status, e)
	}
	if _, e := w.smscx(t, http.MethodPost, path, `{"pin":"1234"}`); e["code"] != 2024.0 || e["type"] != "otp_cancelled" {
		t.Errorf("check what is cancelled: %v", e)
	}
	stranger := w
	stranger.key = w.Key(t, "another")
	if status, e := stranger.smscx(t, http.MethodGet, path, ""); status != 404 || e["code"] != 2021.0 {
		t.Errorf("another's: %d %v", status, e)
	}
}

func TestSMSCXFields(t *testing.T) {
	w := start(t)
	ready(t, w)
	to := `"phoneNumber":"` + anna + `"`
	for _, tc := range []struct {
		name, content string
		status        int
		code          float64
		kind          string
	}{
		{"nothing but a number", `{` + to + `}`, 201, 0, ""},
		{"a national number with its country", `{"phoneNumber":"015112345678","countryIso":"DE"}`, 201, 0, ""},
		{"no number", `{}`, 400, 2001, "invalid_param"},
		{"an empty number", `{"phoneNumber":""}`, 400, 2001, "invalid_param"},
		{"a null number", `{"phoneNumber":null}`, 400, 2001, "invalid_param"},
		{"a number of a wrong type", `{"phoneNumber":5}`, 400, 2001, "invalid_param"},
		{"an invalid number", `{"phoneNumber":"+4912"}`, 400, 2020, "invalid_param"},
		{"a number with a line end", `{"phoneNumber":"+49151\r\n12345678"}`, 400, 2020, "invalid_param"},
		{"an empty country", `{` + to + `,"countryIso":""}`, 400, 2002, "invalid_param"},
		{"no country", `{` + to + `,"countryIso":"XX"}`, 400, 2003, "invalid_param"},
		{"an empty sender", `{` + to + `,"from":""}`, 400, 2004, "invalid_param"},
		{"a sender that is too short", `{` + to + `,"from":"ab"}`, 400, 2005, "invalid_param"},
		{"a sender that is too long", `{` + to + `,"from":"abcdefghijklmnop"}`, 400, 2005, "invalid_param"},
		{"an empty template", `{` + to + `,"template":""}`, 400, 2006, "invalid_param"},
		{"a template without its place", `{` + to + `,"template":"hello"}`, 400, 2006, "invalid_param"},
		{"a template", `{` + to + `,"template":"{{pin}} on {{today}} {{letters:3}}"}`, 201, 0, ""},
		{"a template of the language", `{` + to + `,"template_de":"Ihr Code: {{pin}}","template_fr":"nothing"}`, 201, 0, ""},
		{"a life that is no number", `{` + to + `,"ttl":"soon"}`, 400, 2007, "invalid_param"},
		{"a life that is too short", `{` + to + `,"ttl":59}`, 400, 2008, "invalid_param"},
		{"the shortest life", `{` + to + `,"ttl":60}`, 201, 0, ""},
		{"a negative life", `{` + to + `,"ttl":-1}`, 400, 2008, "invalid_param"},
		{"a life that is too long", `{` + to + `,"ttl":1801}`, 400, 2009, "invalid_param"},
		{"the longest life", `{` + to + `,"ttl":1800}`, 201, 0, ""},
		{"tries that are no number", `{` + to + `,"maxAttempts":"x"}`, 400, 2010, "invalid_param"},
		{"no tries", `{` + to + `,"maxAttempts":0}`, 400, 2011, "invalid_param"},
		{"too many tries", `{` + to + `,"maxAttempts":11}`, 400, 2012, "invalid_param"},
		{"an empty type", `{` + to + `,"pinType":""}`, 400, 2013, "invalid_param"},
		{"no such type", `{` + to + `,"pinType":"emoji"}`, 400, 2014, "invalid_param"},
		{"letters", `{` + to + `,"pinType":"letters","pinLength":8}`, 201, 0, ""},
		{"a length that is no number", `{` + to + `,"pinLength":"x"}`, 400, 2015, "invalid_param"},
		{"too short a PIN", `{` + to + `,"pinLength":3}`, 400, 2016, "invalid_param"},
		{"too long a PIN", `{` + to + `,"pinLength":11}`, 400, 2017, "invalid_param"},
		{"a huge number", `{` + to + `,"pinLength":99999999999999999999999}`, 400, 2015, "invalid_param"},
		{"a track that is no UUID", `{` + to + `,"trackId":"x"}`, 400, 2018, "invalid_param"},
		{"a track in capitals", `{` + to + `,"trackId":"0D9F0A3E-5B53-4F5E-9C39-1D5B9D5AC5A1"}`, 400, 2018, "invalid_param"},
		{"a callback that is no URL", `{` + to + `,"otpCallbackUrl":"javascript:x"}`, 400, 2019, "invalid_param"},
		{"a key that is there twice", `{` + to + `,` + to + `}`, 400, 1002, "invalid_body"},
		{"two bodies", `{` + to + `}{}`, 400, 1002, "invalid_body"},
		{"no JSON", `phoneNumber=1`, 400, 1002, "invalid_body"},
		{"too much", `{"phoneNumber":"` + strings.Repeat("1", 200_000) + `"}`, 400, 1002, "invalid_body"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, a := w.smscx(t, http.MethodPost, "/otp", tc.content)
			if status != tc.status {
				t.Fatalf("status %d: %v", status, a)
			}
			if tc.code != 0 && (a["code"] != tc.code || a["type"] != tc.kind) {
				t.Errorf("%v, want %v", a, tc.code)
			}
		})
	}
}

func TestSMSCXAround(t *testing.T) {
	w := start(t)
	for _, tc := range []struct {
		name, method, path, key string
		status                  int
		kind                    string
	}{
		{"no key", http.MethodPost, "/otp", "", 401, "invalid_api_key"},
		{"a wrong key", http.MethodPost, "/otp", "nope", 401, "invalid_api_key"},
		{"a key without the scope", http.MethodPost, "/otp", w.Key(t, "reader", key.Read), 403, "insufficient_scope"},
		{"another method", http.MethodPut, "/otp", w.key, 405, "invalid_method"},
		{"no such path", http.MethodGet, "/smscx/nothing", w.key, 404, "not_found"},
		{"no such OTP", http.MethodGet, "/otp/0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1", w.key, 404, "not_found"},
		{"no id", http.MethodGet, "/otp/../etc", w.key, 404, "not_found"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, _, raw := w.call(t, tc.method, tc.path, `{}`, "Authorization", "", "X-API-KEY", tc.key)
			if status != tc.status || !strings.Contains(raw, `"type":"`+tc.kind+`"`) || !strings.Contains(raw, `"code":`) {
				t.Errorf("status %d: %s", status, raw)
			}
		})
	}
	if status, _, raw := w.call(t, http.MethodPost, "/otp", `{"phoneNumber":"`+anna+`"}`); status != http.StatusCreated {
		t.Errorf("with the key as a bearer: %d %s", status, raw)
	}
}

// Refusals of the guard are answered in the dialect, with the time to try again.
func TestSMSCXLimits(t *testing.T) {
	w := start(t, gatewaytest.Configure(func(c *gateway.Config) { c.Guard = guard.Config{Limits: guard.Limits{NumberHour: 1}} }))
	ready(t, w)
	first := w.otp(t, `{"phoneNumber":"`+anna+`"}`)
	if again := w.otp(t, `{"phoneNumber":"`+anna+`"}`); again["otpId"] != first["otpId"] {
		t.Errorf("the same at once: %v, want %v", again, first)
	}
	if status, a := w.smscx(t, http.MethodDelete, "/otp/"+first["otpId"].(string), ""); status != 200 {
		t.Fatalf("cancel: %d %v", status, a)
	}
	status, header, raw := w.call(t, http.MethodPost, "/otp", `{"phoneNumber":"`+anna+`"}`)
	if status != 429 || !strings.Contains(raw, `"rate_limit"`) || header.Get("X-Rate-Limit-Reset") == "" {
		t.Errorf("status %d: %s", status, raw)
	}
	if status, e := w.smscx(t, http.MethodPost, "/otp", `{"phoneNumber":"+393331234567"}`); status != 403 || e["type"] != "no_coverage" {
		t.Errorf("another country: %d %v", status, e)
	}
}

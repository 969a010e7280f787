package api_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"simgate/api"
	"simgate/api/dialect"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
)

// spoken is a call of a dialect with valid fields. # stands for a new phone number.
type spoken struct {
	name, method, path string
	form               bool
	fields             map[string]string // JSON values, or with form those of the fields
	header             func(key string) []string
	refused            func(status int, answer map[string]any) bool // in the shape of the dialect
}

func bearerOf(key string) []string { return []string{"Authorization", "Bearer " + key} }

func basicOf(key string) []string {
	return []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+key))}
}

func refusedTextLink(status int, a map[string]any) bool {
	return status == 200 && a["ok"] == false && a["message"] != "" && len(a) == 2
}

func refusedTextFlow(status int, a map[string]any) bool {
	return status == 200 && a["ok"] == false && a["message"] != "" && a["status"].(float64) >= 400
}

func refused99(status int, a map[string]any) bool {
	return status == 200 && (a["status"] == "FAIL" && a["reason"].(float64) > 1 || a["status"] == 3.0)
}

func refusedCX(status int, a map[string]any) bool {
	e, _ := a["error"].(map[string]any)
	return status >= 400 && status < 500 && e["type"] != "" && e["message"] != "" && e["code"].(float64) > 1000
}

func refusedTM(status int, a map[string]any) bool {
	return status >= 400 && status < 500 && a["code"] == float64(status) && a["message"] != ""
}

var allSpoken = []spoken{
	{"TextLink, send-code", http.MethodPost, "/api/send-code", false, map[string]string{"phone_number": `"#"`, "service_name": `"Shop"`,
		"expiration_time": `60000`, "source_country": `"DE"`, "sim_card_id": `1`, "custom_id": `"x"`}, bearerOf, refusedTextLink},
	{"TextLink, verify-code", http.MethodPost, "/api/verify-code", false, map[string]string{"phone_number": `"#"`, "code": `"123456"`}, bearerOf, refusedTextLink},
	{"TextLink, send-sms", http.MethodPost, "/api/send-sms", false, map[string]string{"phone_number": `"#"`, "text": `"hi"`, "source_country": `"DE"`,
		"sim_card_id": `1`, "custom_id": `"x"`}, bearerOf, refusedTextLink},
	{"TextFlow, send-code", http.MethodPost, "/textflow/api/send-code", false, map[string]string{"phone_number": `"#"`, "service_name": `"Shop"`,
		"seconds": `60`}, bearerOf, refusedTextFlow},
	{"TextFlow, verify-code", http.MethodPost, "/textflow/api/verify-code", false, map[string]string{"phone_number": `"#"`, "code": `"123456"`}, bearerOf, refusedTextFlow},
	{"TextFlow, send-sms", http.MethodPost, "/textflow/api/send-sms", false, map[string]string{"phone_number": `"#"`, "text": `"hi"`}, bearerOf, refusedTextFlow},
	{"99digital, send", http.MethodPost, "/sms/verifySMS", true, map[string]string{"apiKey": "KEY", "from": "Shop", "to": "#", "message": "##code##"}, bearerOf, refused99},
	{"99digital, check", http.MethodPost, "/sms/verifySMS", true, map[string]string{"apiKey": "KEY", "to": "#", "code": "123456"}, bearerOf, refused99},
	{"99digital, sendMessage", http.MethodPost, "/sms/sendMessage", true, map[string]string{"apiKey": "KEY", "from": "Shop", "to": "#", "text": "hi"}, bearerOf, refused99},
	{"sms.cx, start", http.MethodPost, "/otp", false, map[string]string{"phoneNumber": `"#"`, "countryIso": `"DE"`, "from": `"Shop"`, "template": `"{{pin}}"`,
		"template_de": `"{{pin}}"`, "trackId": `"0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1"`, "ttl": `60`, "maxAttempts": `3`, "pinType": `"numbers"`,
		"pinLength": `4`}, bearerOf, refusedCX},
	{"sms.cx, check", http.MethodPost, "/otp/0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1", false, map[string]string{"pin": `"1234"`}, bearerOf, refusedCX},
	{"sms.cx, message", http.MethodPost, "/sms", false, map[string]string{"to": `"#"`, "from": `"Shop"`, "text": `"hi"`, "countryIso": `"DE"`,
		"allowInvalid": `false`, "trackData": `"x"`, "shortResponse": `true`, "noTextDetails": `true`, "showTimezone": `true`,
		"transliteration": `{"alphabet":"NONE"}`}, bearerOf, refusedCX},
	{"Textmagic, start", http.MethodPost, "/api/v2/verify", false, map[string]string{"phone": `"#"`, "brand": `"Shop"`, "codeLength": `4`, "workflowId": `"6"`,
		"language": `"de-de"`, "senderId": `"x"`, "country": `"DE"`}, basicOf, refusedTM},
	{"Textmagic, check", http.MethodPut, "/api/v2/verify", false, map[string]string{"verifyId": `"0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1"`, "code": `1234`}, basicOf, refusedTM},
	{"Textmagic, message", http.MethodPost, "/api/v2/messages", false, map[string]string{"phones": `"#"`, "text": `"hi"`, "from": `"Shop"`, "referenceId": `7`,
		"partsCount": `6`}, basicOf, refusedTM},
	{"Textmagic, unsubscribe", http.MethodPost, "/api/v2/unsubscribers", false, map[string]string{"phone": `"#"`}, basicOf, refusedTM},
}

// nasty are values, as JSON, that are wrong for every field.
var nasty = map[string]string{
	"empty": `""`, "blank": `" "`, "null": `null`, "a number": `7`, "a negative number": `-1`, "a fraction": `1.5`,
	"a huge number": `99999999999999999999999999`, "an exponent": `1e400`, "true": `true`, "a list": `["x"]`, "an object": `{"a":1}`,
	"a NUL": `"a\u0000b"`, "an escape": `"\u001b"`, "a command": `"x\r\nAT+CFUN=0\r\n"`, "a header": `"x\r\nSet-Cookie: a=b"`,
	"SQL": `"x' OR 1=1; --"`, "our places": `"{code}{brand}{minutes}"`, "their places": `"##code##{{pin}}{{pin}}"`, "a template": `"{{.}}%s%n${x}"`,
	"a path": `"../../etc/passwd"`, "half a pair": `"\ud800"`, "right to left": `"\u202e123"`, "far too long": `"` + strings.Repeat("9", 40_000) + `"`,
	"a long word": `"` + strings.Repeat("ä", 5_000) + `"`,
}

// content returns the body of the call, with other values for some fields.
func (s spoken) content(key, number string, instead map[string]string) (content, kind string) {
	fill := strings.NewReplacer("##code##", "##code##", "#", number, "KEY", key).Replace
	if s.form {
		form := url.Values{}
		for name, value := range s.fields {
			form.Set(name, fill(value))
		}
		for name, value := range instead {
			var text string
			if json.Unmarshal([]byte(value), &text) != nil {
				text = value
			}
			form.Set(name, text)
		}
		return form.Encode(), "application/x-www-form-urlencoded"
	}
	var parts []string
	for name, value := range s.fields {
		if other, there := instead[name]; there {
			value = other
		} else {
			value = fill(value)
		}
		if value != "" {
			parts = append(parts, `"`+name+`":`+value)
		}
	}
	return "{" + strings.Join(parts, ",") + "}", "application/json"
}

// count returns how many verifications and messages a gateway has accepted.
func (w world) count(t *testing.T) int {
	t.Helper()
	list, err := w.Gateway.Verifications(t.Context(), gateway.VerificationFilter{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return len(list) + len(w.messages(t))
}

// Each wrong value in each field of each call is answered in the dialect, without an
// internal error, and a refused request changes nothing.
func TestDialectsAndWrongValues(t *testing.T) {
	for _, s := range allSpoken {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, gatewaytest.Modems(1))
			ready(t, w)
			w.SIMs[0].Unplug() // what is accepted stays where it can be counted
			n := 0
			try := func(name string, instead map[string]string, mend func(string) string) {
				n++
				content, kind := s.content(w.key, fmt.Sprintf("+49151%08d", 11*n), instead)
				before := w.count(t)
				status, header, raw := w.call(t, s.method, s.path, mend(content), append(s.header(w.key), "Content-Type", kind)...)
				var answer map[string]any
				if status != http.StatusNoContent && json.Unmarshal([]byte(raw), &answer) != nil {
					t.Fatalf("%s: status %d: %s", name, status, raw)
				}
				if header.Get("Set-Cookie") != "" || len(raw) > 20_000 || strings.Contains(raw, "panic") {
					t.Errorf("%s: %v %.300s", name, header, raw)
				}
				if status >= 500 {
					t.Errorf("%s: status %d: %s", name, status, raw)
				}
				if s.refused(status, answer) && w.count(t) != before {
					t.Errorf("%s: %s, and it was taken on all the same", name, raw)
				}
			}
			same := func(c string) string { return c }
			for field := range s.fields {
				for what, value := range nasty {
					try(field+", "+what, map[string]string{field: value}, same)
				}
				if !s.form {
					try(field+", missing", map[string]string{field: ""}, same)
					twice := func(c string) string { return strings.Replace(c, "{", `{"`+field+`":"x",`, 1) }
					try(field+", twice", nil, twice)
				}
			}
			try("two bodies", nil, func(c string) string { return c + c })
			try("half a body", nil, func(c string) string { return c[:len(c)/2] })
			try("no body", nil, func(string) string { return "" })
			try("deep", nil, func(string) string { return strings.Repeat(`{"a":`, 20_000) })
		})
	}
}

// A path belongs to the dialect with the most specific pattern.
func TestOwnerOfPath(t *testing.T) {
	all := dialect.Set{Dialects: api.NewDialects(dialect.Env{})}
	for path, want := range map[string]string{
		"/": "", "/v1/messages": "", "/healthz": "", "/apix": "", "/api": "", "/sms/": "", "/sms/other": "", "/smsx": "", "/otpx": "", "/textlinkx": "",
		"/api/": "textlink", "/api/send-code": "textlink", "/api/v2": "textlink", "/api/v20/x": "textlink", "/textlink": "textlink", "/textlink/x": "textlink",
		"/api/v2/": "textmagic", "/api/v2/verify": "textmagic", "/textmagic": "textmagic", "/textmagic/api/v2/x": "textmagic",
		"/textflow": "textflow", "/textflow/api/x": "textflow",
		"/otp": "smscx", "/otp/": "smscx", "/otp/1/2": "smscx", "/sms": "smscx", "/reports": "smscx", "/reports/x": "smscx", "/oauth": "smscx", "/oauth/x": "smscx", "/smscx/x": "smscx",
		"/sms/verifySMS": "99digital", "/sms/sendMessage": "99digital", "/sms/deliveryStatus": "99digital", "/99digital": "99digital", "/99digital/x": "99digital",
	} {
		got := ""
		if d := all.Owner(path); d != nil {
			got = d.Name
		}
		if got != want {
			t.Errorf("%s belongs to %q, want %q", path, got, want)
		}
	}
	for _, d := range all.Dialects {
		e := echo.New()
		dialect.Set{Dialects: []dialect.Dialect{d}}.Mount(e)
		for _, r := range e.Routes() {
			if owner := all.Owner(r.Path); owner == nil || owner.Name != d.Name {
				t.Errorf("%s %s of %s belongs to %v", r.Method, r.Path, d.Name, owner)
			}
		}
	}
}

// Internal errors are answered in the dialect too. Here there is no gateway.
func TestDialectsAnswerInternalErrors(t *testing.T) {
	handler := api.New(api.Config{}, nil, discard()).Handler()
	for _, s := range allSpoken {
		t.Run(s.name, func(t *testing.T) {
			content, kind := s.content("x", anna, nil)
			r := httptest.NewRequestWithContext(t.Context(), s.method, s.path, strings.NewReader(content))
			r.Header.Set("Content-Type", kind)
			for h := s.header("simgate_00000000_" + strings.Repeat("0", 38)); len(h) > 0; h = h[2:] {
				r.Header.Set(h[0], h[1])
			}
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, r)
			var a map[string]any
			if err := json.Unmarshal(answer.Body.Bytes(), &a); err != nil {
				t.Fatalf("status %d: %s", answer.Code, answer.Body)
			}
			if strings.Contains(answer.Body.String(), "nil pointer") || a["title"] != nil {
				t.Errorf("status %d: %s", answer.Code, answer.Body)
			}
		})
	}
}

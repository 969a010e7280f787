package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"simgate/gateway"
)

func TestSMSCXMessages(t *testing.T) {
	for _, prefix := range []string{"", "/smscx"} {
		t.Run("at "+prefix+"/sms", func(t *testing.T) {
			w := start(t)
			ready(t, w)
			const track = "0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1"
			status, a := w.smscx(t, http.MethodPost, prefix+"/sms",
				`{"to":["`+anna+`"],"from":"Shop","text":"Grüße {{numbers:6}}","trackData":"`+track+`","showTimezone":true}`)
			if status != http.StatusOK {
				t.Fatalf("status %d: %v", status, a)
			}
			sms, err := w.Network.Subscriber(anna).Next(t.Context())
			if err != nil || !strings.HasPrefix(sms.Text, "Grüße ") || len([]rune(sms.Text)) != 12 {
				t.Fatalf("the handset shows %q, %v", sms.Text, err)
			}
			info, m := a["info"].(map[string]any), a["data"].([]any)[0].(map[string]any)
			if info["totalPhoneNumbers"] != 1.0 || info["totalValid"] != 1.0 || info["totalInvalid"] != 0.0 || info["totalParts"] != 1.0 ||
				info["dlrCallbackUrl"] != nil || info["scheduled"] != false || info["phoneNumbersByCountry"].(map[string]any)["DE"] != 1.0 {
				t.Errorf("info: %v", info)
			}
			if m["status"] != "ACCEPTED" || m["errorCode"] != nil || m["to"] != anna || m["countryIso"] != "DE" || m["from"] != "Shop" ||
				m["text"] != sms.Text || m["parts"] != 1.0 || m["trackData"] != track || m["timezone"] != "Europe/Berlin" ||
				m["textAnalysis"].(map[string]any)["unicode"] != false {
				t.Errorf("data: %v", m)
			}
			status, r := w.smscx(t, http.MethodGet, prefix+"/reports/single/"+m["msgId"].(string), "")
			if status != http.StatusOK {
				t.Fatalf("status %d: %v", status, r)
			}
			report := r["data"].(map[string]any)
			if s := report["status"]; s != "ACCEPTED" && s != "SENT" && s != "DELIVERED" || report["source"] != "api" || report["channel"] != "sms" || report["msgId"] != m["msgId"] {
				t.Errorf("report: %v", report)
			}
			if _, there := report["updatedAt"]; !there {
				t.Error("updatedAt is missing")
			}
			stranger := w
			stranger.key = w.Key(t, "another")
			if status, e := stranger.smscx(t, http.MethodGet, prefix+"/reports/single/"+m["msgId"].(string), ""); status != 404 || e["code"] != 1160.0 {
				t.Errorf("another's report: %d %v", status, e)
			}
		})
	}
}

func TestSMSCXMessageFields(t *testing.T) {
	w := start(t)
	const to, rest = `"to":"` + anna + `",`, `"from":"Shop","text":"hi"`
	for _, tc := range []struct {
		name, content string
		code          float64 // 0: it is taken
	}{
		{"one number", `{` + to + rest + `}`, 0},
		{"a national number with its country", `{"to":"015112345678","countryIso":"DE",` + rest + `}`, 0},
		{"two of which one is invalid, if that is allowed", `{"to":["` + anna + `","12"],"allowInvalid":true,` + rest + `}`, 0},
		{"a track that is no UUID is passed over", `{` + to + rest + `,"trackData":"x"}`, 0},
		{"a short answer", `{` + to + rest + `,"shortResponse":true,"noTextDetails":true}`, 0},
		{"no alphabet", `{` + to + rest + `,"transliteration":{"alphabet":"NONE"}}`, 0},
		{"nobody", `{` + rest + `}`, 1104},
		{"an empty number", `{"to":"",` + rest + `}`, 1104},
		{"an empty list", `{"to":[],` + rest + `}`, 1104},
		{"null", `{"to":null,` + rest + `}`, 1104},
		{"a list of numbers that are no texts", `{"to":[1,2],` + rest + `}`, 1104},
		{"too many", `{"to":["1"` + strings.Repeat(`,"1"`, 1000) + `],` + rest + `}`, 1103},
		{"an invalid number", `{"to":"12",` + rest + `}`, 1207},
		{"two of which one is invalid", `{"to":["` + anna + `","12"],` + rest + `}`, 1210},
		{"two invalid ones", `{"to":["11","12"],"allowInvalid":true,` + rest + `}`, 1210},
		{"no country", `{` + to + rest + `,"countryIso":"XX"}`, 2003},
		{"no sender", `{` + to + `"text":"hi"}`, 1105},
		{"a sender that is too short", `{` + to + `"from":"ab","text":"hi"}`, 1106},
		{"a sender that is too long", `{` + to + `"from":"abcdefghijklmnop","text":"hi"}`, 1106},
		{"no text", `{` + to + `"from":"Shop"}`, 1107},
		{"an empty text", `{` + to + `"from":"Shop","text":""}`, 1107},
		{"a text that is too long", `{` + to + `"from":"Shop","text":"` + strings.Repeat("x", 1531) + `"}`, 1107},
		{"a control character", `{` + to + `"from":"Shop","text":"a\u0000b"}`, 1107},
		{"the year 3000", `{` + to + rest + `,"scheduledDate":"3000-01-01 12:00:00"}`, 1108},
		{"a time that is over", `{` + to + rest + `,"scheduledDate":"2020-01-01 12:00:00"}`, 1116},
		{"a time that no clock shows", `{` + to + rest + `,"scheduledDate":"2027-03-28 02:30:00","isUtc":false}`, 1108},
		{"no time", `{` + to + rest + `,"scheduledDate":"tomorrow"}`, 1108},
		{"a callback that is no URL", `{` + to + rest + `,"dlrCallbackUrl":"x"}`, 1109},
		{"another alphabet", `{` + to + rest + `,"transliteration":{"alphabet":"GREEK"}}`, 1110},
		{"an invalid idempotency id", `{` + to + rest + `,"idempotencyId":"x"}`, 1111},
		{"a link of the service", `{` + to + `"from":"Shop","text":"{{shortlink:x}}"}`, 1112},
		{"a transliteration that is no object", `{` + to + rest + `,"transliteration":"x"}`, 1135},
		{"a place without a number", `{` + to + `"from":"Shop","text":"{{numbers:x}}"}`, 1136},
		{"a place that is too long", `{` + to + `"from":"Shop","text":"{{letters:21}}"}`, 1137},
		{"emojis maybe", `{` + to + rest + `,"transliteration":{"alphabet":"NONE","removeEmojis":"maybe"}}`, 1503},
		{"a flag that is a text", `{` + to + rest + `,"shortResponse":"yes"}`, 1002},
		{"a key that is there twice", `{` + to + to + rest + `}`, 1002},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := len(w.messages(t))
			status, a := w.smscx(t, http.MethodPost, "/sms", tc.content)
			added := len(w.messages(t)) - before
			switch {
			case tc.code == 0 && (status != 200 || added != 1):
				t.Errorf("status %d, %d messages: %v", status, added, a)
			case tc.code != 0 && (status != 400 || a["code"] != tc.code || added != 0):
				t.Errorf("status %d, %d messages: %v, want %v", status, added, a, tc.code)
			}
		})
	}
}

func (w world) messages(t *testing.T) []gateway.Message {
	t.Helper()
	list, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestSMSCXSchedules(t *testing.T) {
	w := start(t)
	at := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for name, when := range map[string]string{
		"UTC":   `"scheduledDate":"` + at.Format(time.DateTime) + `"`,
		"local": `"scheduledDate":"` + at.In(berlin).Format(time.DateTime) + `","isUtc":false`,
	} {
		status, a := w.smscx(t, http.MethodPost, "/sms", `{"to":["`+anna+`","+4915112345670"],"from":"Shop","text":"hi",`+when+`}`)
		if status != 200 {
			t.Fatalf("%s: status %d: %v", name, status, a)
		}
		info, m := a["info"].(map[string]any), a["data"].([]any)[0].(map[string]any)
		if info["scheduled"] != true || m["status"] != "SCHEDULED" || m["scheduledAt"] != at.Format(time.DateTime) {
			t.Errorf("%s: %v", name, a)
		}
		for _, tc := range []struct {
			path   string
			status int
			want   string
		}{
			{"/sms/scheduled/" + m["msgId"].(string), 200, "map[channel:sms creditReturned:0 msgId:" + m["msgId"].(string) + " parts:1]"},
			{"/sms/scheduled/" + m["msgId"].(string), 403, ""},
			{"/sms/scheduled/campaign/" + info["campaignId"].(string), 200, "phoneNumbersDeleted:1"},
			{"/sms/scheduled/campaign/" + info["campaignId"].(string), 403, ""},
			{"/sms/scheduled/campaign/0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1", 404, ""},
			{"/sms/scheduled/0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1", 404, ""},
			{"/sms/scheduled/1", 400, ""},
		} {
			if status, a := w.smscx(t, http.MethodDelete, tc.path, ""); status != tc.status || !strings.Contains(fmt.Sprint(a["info"]), tc.want) {
				t.Errorf("%s: status %d: %v", tc.path, status, a)
			}
		}
	}
}

func TestSMSCXTransliterates(t *testing.T) {
	w := start(t)
	for _, tc := range []struct{ name, text, want string }{
		{"accents that GSM has not", "čšž ő", "csz o"},
		{"those that it has", "äöü éñ €", "äöü éñ €"},
		{"a script that it has not", "да", "??"},
		{"emojis", "hi 🎉👍🏽", "hi "},
		{"a family", "x👨‍👩‍👧y", "xy"},
		{"a combining accent", "cˇ e\u0301x", "c? ex"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			content, err := json.Marshal(map[string]any{"to": anna, "from": "Shop", "text": tc.text,
				"transliteration": map[string]any{"alphabet": "NON_GSM", "removeEmojis": true}})
			if err != nil {
				t.Fatal(err)
			}
			status, a := w.smscx(t, http.MethodPost, "/sms", string(content))
			if status != 200 || a["data"].([]any)[0].(map[string]any)["text"] != tc.want {
				t.Errorf("status %d: %v", status, a)
			}
		})
	}
}

func TestSMSCXOnce(t *testing.T) {
	w := start(t)
	const id = "0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1"
	content := `{"to":["` + anna + `","+4915112345670"],"from":"Shop","text":"hi","idempotencyId":"` + id + `"}`
	_, first := w.smscx(t, http.MethodPost, "/sms", content)
	status, again := w.smscx(t, http.MethodPost, "/sms", content)
	a, b := first["data"].([]any), again["data"].([]any)
	if status != 200 || len(b) != 2 || a[1].(map[string]any)["msgId"] != b[1].(map[string]any)["msgId"] || len(w.messages(t)) != 2 {
		t.Errorf("status %d, %d messages: %v", status, len(w.messages(t)), again)
	}
	if status, e := w.smscx(t, http.MethodPost, "/sms", strings.Replace(content, `"hi"`, `"ho"`, 1)); status != 400 || e["type"] != "duplicate_id" {
		t.Errorf("another request with this id: %d %v", status, e)
	}
}

func TestSMSCXReports(t *testing.T) {
	w := start(t)
	for _, tc := range []struct {
		id     string
		status int
		code   float64
	}{
		{"x", 400, 1165},
		{"0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1", 404, 1160},
		{"736d7300-0000-8000-8000-000000000009", 404, 1160},
		{"736d7300-0000-8000-8000-00000000000x", 400, 1165},
	} {
		if status, e := w.smscx(t, http.MethodGet, "/reports/single/"+tc.id, ""); status != tc.status || e["code"] != tc.code {
			t.Errorf("%s: %d %v", tc.id, status, e)
		}
	}
}

func TestSMSCXToken(t *testing.T) {
	w := start(t)
	ready(t, w)
	ask := func(form string, user, secret string) (int, map[string]any) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/oauth/token", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if user != "" {
			r.SetBasicAuth(user, secret)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var a map[string]any
		if err := json.NewDecoder(answer.Body).Decode(&a); err != nil {
			t.Fatal(err)
		}
		if e, is := a["error"].(map[string]any); is {
			return answer.StatusCode, e
		}
		return answer.StatusCode, a
	}
	for _, tc := range []struct {
		name, form, user, secret string
		status                   int
		kind                     string
	}{
		{"no grant", "", "app", w.key, 400, "invalid_request"},
		{"another grant", "grant_type=password", "app", w.key, 400, "unsupported_grant_type"},
		{"no such scope", "grant_type=client_credentials&scope=sms+root", "app", w.key, 400, "invalid_scope"},
		{"nobody", "grant_type=client_credentials", "", "", 401, "invalid_client"},
		{"a wrong secret", "grant_type=client_credentials", "app", "nope", 401, "invalid_client"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if status, e := ask(tc.form, tc.user, tc.secret); status != tc.status || e["type"] != tc.kind || e["code"] != 1600.0 {
				t.Errorf("status %d: %v", status, e)
			}
		})
	}
	bearer := func(a map[string]any) string { s, _ := a["access_token"].(string); return "Bearer " + s }
	status, all := ask("grant_type=client_credentials", "app", w.key)
	if status != 200 || all["token_type"] != "Bearer" || all["expires_in"] != 86400.0 || all["scope"] != "otp sms reports numbers" {
		t.Fatalf("status %d: %v", status, all)
	}
	if status, _, raw := w.call(t, http.MethodPost, "/otp", `{"phoneNumber":"`+anna+`"}`, "Authorization", bearer(all)); status != 201 {
		t.Errorf("with the token: %d %s", status, raw)
	}
	token, _ := all["access_token"].(string)
	if status, e := ask("grant_type=client_credentials", "app", token); status != 401 || e["type"] != "invalid_client" {
		t.Errorf("an access token as the secret: %d %v", status, e)
	}
	_, few := ask("grant_type="+url.QueryEscape("client_credentials")+"&scope=sms", "app", w.key)
	if status, _, raw := w.call(t, http.MethodPost, "/otp", `{"phoneNumber":"`+anna+`"}`, "Authorization", bearer(few)); status != 403 {
		t.Errorf("with a token for messages: %d %s", status, raw)
	}
	if status, _, raw := w.call(t, http.MethodPost, "/sms", `{"to":"`+anna+`","from":"Shop","text":"hi"}`, "Authorization", bearer(few)); status != 200 {
		t.Errorf("a message with it: %d %s", status, raw)
	}
}

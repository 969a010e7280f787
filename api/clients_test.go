package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"simgate/gateway/gatewaytest"
)

// exchange is a request as a published client writes it, and what it needs of the
// answer.
type exchange struct {
	name, method, path string
	content            string // $KEY, $CODE, $ID: the key, the code and the id of the exchange before
	kind               string // the content type
	key                string // the header that holds the key, "" for none
	chunked            bool
	status             int
	has                map[string]any // of the answer by the path of its keys; nil for any value that is there
	lacks              string         // a key whose presence the client takes for something else
}

// The requests are what each client sent to a server of ours, or builds in its source.
func TestRequestsOfPublishedClients(t *testing.T) {
	const js, form = "application/json", "application/x-www-form-urlencoded"
	bearer := "Authorization: Bearer $KEY"
	fields := func(kv ...string) string {
		v := url.Values{}
		for i := 0; i < len(kv); i += 2 {
			v.Set(kv[i], kv[i+1])
		}
		return strings.NewReplacer("%24", "$").Replace(v.Encode())
	}
	multi, boundary := multipartOf(t, "apiKey", "$KEY", "from", "Shop", "to", "015112345678", "message", "Code ##code##")
	for name, story := range map[string][]exchange{
		"textlink-js": {
			{name: "sendVerificationSMS without options", method: http.MethodPost, path: "/api/send-code", content: `{"phone_number":"+4915112345678"}`, kind: js, key: bearer, chunked: true,
				status: 200, has: map[string]any{"ok": true, "code": nil}, lacks: "message"},
			{name: "verifyCode", method: http.MethodPost, path: "/api/verify-code", content: `{"phone_number":"+4915112345678","code":"$CODE"}`, kind: js, key: bearer, chunked: true,
				status: 200, has: map[string]any{"ok": true}, lacks: "message"},
			{name: "sendVerificationSMS with options", method: http.MethodPost, path: "/api/send-code",
				content: `{"phone_number":"+4915112345678","service_name":"Guest","expiration_time":600000,"source_country":"US"}`, kind: js, key: bearer, chunked: true,
				status: 200, has: map[string]any{"ok": true, "code": nil}},
			{name: "sendSMS", method: http.MethodPost, path: "/api/send-sms", content: `{"phone_number":"+4915112345678","text":"Dear user"}`, kind: js, key: bearer, chunked: true,
				status: 200, has: map[string]any{"ok": true, "queued": true}, lacks: "message"},
			{name: "a wrong key", method: http.MethodPost, path: "/api/send-sms", content: `{"phone_number":"+4915112345678","text":"x"}`, kind: js, key: "Authorization: Bearer nope", chunked: true,
				status: 200, has: map[string]any{"ok": false, "message": "API key not found"}},
		},
		"textlink-py": {
			{name: "sendVerificationSMS", method: http.MethodPost, path: "/api/send-code",
				content: `{"phone_number": "+4915112345678", "service_name": "", "expiration_time": 600000, "source_country": ""}`, kind: js, key: bearer,
				status: 200, has: map[string]any{"ok": true, "code": nil}, lacks: "message"},
			{name: "verifyCode", method: http.MethodPost, path: "/api/verify-code", content: `{"phone_number": "+4915112345678", "code": "$CODE"}`, kind: js, key: bearer,
				status: 200, has: map[string]any{"ok": true}, lacks: "message"},
			{name: "sendSMS", method: http.MethodPost, path: "/api/send-sms", content: `{"phone_number": "+4915112345678", "text": "Message text..."}`, kind: js, key: bearer,
				status: 200, has: map[string]any{"ok": true, "queued": true}, lacks: "message"},
		},
		"textflow.js": {
			{name: "sendVerificationSMS", method: http.MethodPost, path: "/textflow/api/send-code", content: `{"phone_number":"+4915112345678","service_name":"Guest","seconds":600}`, kind: js, key: bearer,
				status: 200, has: map[string]any{"ok": true, "status": 200.0, "message": nil, "data.verification_code": nil, "data.expires": nil, "data.message_text": nil}},
			{name: "verifyCode", method: http.MethodPost, path: "/textflow/api/verify-code", content: `{"phone_number":"+4915112345678","code":"$CODE"}`, kind: js, key: bearer,
				status: 200, has: map[string]any{"ok": true, "valid": true, "valid_code": true, "expires": nil}},
			{name: "sendSMS", method: http.MethodPost, path: "/textflow/api/send-sms", content: `{"phone_number":"+4915112345678","text":"Dear user"}`, kind: js, key: bearer,
				status: 200, has: map[string]any{"ok": true, "data.to": "+4915112345678", "data.content": "Dear user", "data.country_code": "DE", "data.price": 0.0, "data.timestamp": nil}},
			{name: "a wrong key", method: http.MethodPost, path: "/textflow/api/send-sms", content: `{"phone_number":"+4915112345678","text":"x"}`, kind: js, key: "Authorization: Bearer nope",
				status: 200, has: map[string]any{"ok": false, "status": 400.0, "message": "Invalid API key"}},
		},
		"textflow of C#": {
			{name: "send-code", method: http.MethodPost, path: "/textflow/api/send-code", content: `{"phone_number":"+4915112345678"}`, kind: js, key: bearer,
				status: 200, has: map[string]any{"ok": true, "data.verification_code": nil}},
			{name: "verify-code as a form", method: http.MethodPost, path: "/textflow/api/verify-code", content: fields("phone_number", "+4915112345678", "code", "$CODE"), kind: form, key: bearer,
				status: 200, has: map[string]any{"ok": true, "valid": true}},
		},
		"99digital of PHP": {
			{name: "send", method: http.MethodPost, path: "/sms/verifySMS", content: multi, kind: boundary,
				status: 200, has: map[string]any{"status": "OK", "reason": 1.0, "from": "Shop", "unique": nil, "timestamp": nil}},
			{name: "a wrong code", method: http.MethodPost, path: "/sms/verifySMS", content: fields("apiKey", "$KEY", "to", "015112345678", "code", "1"), kind: form,
				status: 200, has: map[string]any{"status": 2.0, "phone": "015112345678"}},
			{name: "sendMessage", method: http.MethodPost, path: "/sms/sendMessage", content: fields("apiKey", "$KEY", "from", "Shop", "to", "015112345678,015112345679", "text", `a\nb`), kind: form,
				status: 200, has: map[string]any{"status": "OK", "reason": 1.0, "text": "a\nb"}},
		},
		"smscx of Python": {
			{name: "new_otp, all of the sample", method: http.MethodPost, path: "/otp", kind: js, key: "X-API-KEY: $KEY",
				content: `{"phoneNumber": "+33612246401", "countryIso": "FR", "from": "InfoText", "template": "Your verification code is {{pin}}", "trackId": "bf325375-e030-fccb-a009-17317c574773", "ttl": 180, "maxAttempts": 4, "pinType": "numbers", "pinLength": 4, "otpCallbackUrl": "https://webhook.example/receive-otp-status-updates"}`,
				status:  201, has: map[string]any{"otpId": nil, "trackId": "bf325375-e030-fccb-a009-17317c574773", "phoneNumber": "+33612246401", "countryIso": "FR", "status": "PENDING",
					"cost": 0.0, "parts": 1.0, "maxAttempts": 4.0, "attempts": 0.0, "ttl": 180.0, "dateCreated": nil, "dateExpires": nil}},
			{name: "verify_pin, wrong", method: http.MethodPost, path: "/otp/$ID", content: `{"pin": "0000"}`, kind: js, key: "X-API-KEY: $KEY",
				status: 400, has: map[string]any{"error.type": "invalid_pin", "error.code": 2029.0, "error.uri": nil, "error.message": nil}},
			{name: "get_otp", method: http.MethodGet, path: "/otp/$ID", key: bearer, status: 200, has: map[string]any{"status": "PENDING", "attempts": 1.0}},
			{name: "cancel_otp", method: http.MethodDelete, path: "/otp/$ID", key: "X-API-KEY: $KEY", status: 200, has: map[string]any{"info.id": nil}},
			{name: "send_sms", method: http.MethodPost, path: "/sms", kind: js, key: "X-API-KEY: $KEY",
				content: `{"to": ["+33612246401"], "from": "InfoText", "text": "This is test message", "countryIso": "FR", "allowInvalid": false, "dlrCallbackUrl": "https://webhook.example/receive-sms-delivery-reports", "transliteration": {"alphabet": "NONE", "removeEmojis": false}}`,
				status:  200, has: map[string]any{"info.campaignId": nil, "info.totalValid": 1.0, "info.phoneNumbersByCountry.FR": 1.0}},
			{name: "estimate_sms", method: http.MethodPost, path: "/sms/estimate", kind: js, key: "X-API-KEY: $KEY",
				content: `{"to": ["+33612246401"], "from": "InfoText", "text": "This is test message", "countryIso": "FR", "allowInvalid": false, "dlrCallbackUrl": "https://webhook.example/x", "transliteration": {"alphabet": "NONE", "removeEmojis": false}}`,
				status:  200, has: map[string]any{"info.totalParts": 1.0}},
			{name: "get_account_balance", method: http.MethodGet, path: "/account/balance", key: "X-API-KEY: $KEY", status: 200,
				has: map[string]any{"balance": 0.0, "currency": "eur", "billing": "prepaid"}},
		},
		"smscx of PHP": {
			{name: "newOtp", method: http.MethodPost, path: "/otp", content: `{"phoneNumber":"+4915112345678"}`, kind: js, key: bearer, status: 201, has: map[string]any{"otpId": nil, "trackId": nil}},
			{name: "verifyOtp with a number", method: http.MethodPost, path: "/otp/$ID", content: `{"pin":1}`, kind: js, key: bearer, status: 400, has: map[string]any{"error.code": 2029.0}},
		},
		"Textmagic of Go and Python": {
			{name: "SendPhoneVerificationCodeTFA", method: http.MethodPost, path: "/api/v2/verify", content: `{"phone":"4915112345678","brand":"Shop","codeLength":4,"workflowId":"6","language":"en-gb","country":"DE"}`,
				kind: js, key: "Basic", status: 200, has: map[string]any{"verifyId": nil, "price": 0.0}},
			{name: "CheckPhoneVerificationCodeTFA, a number", method: http.MethodPut, path: "/api/v2/verify", content: `{"code":1,"verifyId":"$ID"}`,
				kind: js, key: "Basic", status: 400, has: map[string]any{"code": 400.0, "message": "Validation Failed", "errors.fields.code": nil}},
			{name: "SendMessage", method: http.MethodPost, path: "/api/v2/messages", kind: js, key: "Basic", status: 201,
				content: `{"text":"Hello, how are you?","phones":"4915112345678,447860021131","cutExtra":true,"partsCount":6,"referenceId":1,"from":"Test sender id","createChat":false,"tts":false,"local":false,"localCountry":"US"}`,
				has:     map[string]any{"id": nil, "href": nil, "type": "session", "sessionId": nil}},
			{name: "GetAllOutboundMessages", method: http.MethodGet, path: "/api/v2/messages?page=1&limit=10", key: "Basic", status: 200,
				has: map[string]any{"page": 1.0, "limit": 10.0, "pageCount": 1.0, "resources": nil}},
			{name: "GetMessagePrice", method: http.MethodGet, path: "/api/v2/messages/price/normalized?text=Test+message+test&phones=447860021130,447860021131&includeBlocked=0&cutExtra=0&partsCount=6&tts=0&local=0",
				key: "Basic", status: 200, has: map[string]any{"total": 0.0, "parts": 1.0, "countries": nil}},
			{name: "a wrong key", method: http.MethodGet, path: "/api/v2/ping", key: "Authorization: Basic bWU6bm9wZQ==", status: 401,
				has: map[string]any{"code": 401.0, "message": "Wrong username and token combination."}},
		},
		"textmagic-rest-client": {
			{name: "Messages.send", method: http.MethodPost, path: "/api/v2/messages", content: fields("text", "hi", "phones", "4915112345678"), kind: form, key: "X-TM-Key: $KEY", status: 201,
				has: map[string]any{"type": "message"}},
			{name: "Replies.list", method: http.MethodGet, path: "/api/v2/replies?page=1&limit=10", key: "X-TM-Key: $KEY", status: 200, has: map[string]any{"resources": nil}},
			{name: "User.get", method: http.MethodGet, path: "/api/v2/user", key: "X-TM-Key: $KEY", status: 200, has: map[string]any{"username": "me", "balance": 0.0}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, gatewaytest.Modems(0))
			w.key = w.Key(t, "another app")
			var last map[string]any
			for _, e := range story {
				fill := strings.NewReplacer("$KEY", w.key, "$CODE", textOf(last, "code", "data.verification_code"), "$ID", textOf(last, "otpId", "verifyId"))
				status, answer := w.replay(t, e, fill)
				if status != e.status {
					t.Errorf("%s: status %d: %v", e.name, status, answer)
				}
				for path, want := range e.has {
					if got, there := at(answer, path); !there || want != nil && got != want {
						t.Errorf("%s: %s is %v, want %v: %v", e.name, path, got, want, answer)
					}
				}
				if _, there := answer[e.lacks]; there {
					t.Errorf("%s: it has %s: %v", e.name, e.lacks, answer)
				}
				if textOf(answer, "code", "data.verification_code", "otpId", "verifyId") != "" {
					last = answer
				}
			}
		})
	}
}

// replay sends a request as it stands.
func (w world) replay(t *testing.T, e exchange, fill *strings.Replacer) (int, map[string]any) {
	t.Helper()
	var content io.Reader = strings.NewReader(fill.Replace(e.content))
	if e.chunked {
		content = io.MultiReader(content) // whose length nobody knows
	}
	r, err := http.NewRequestWithContext(t.Context(), e.method, w.url+fill.Replace(e.path), content)
	if err != nil {
		t.Fatal(err)
	}
	if e.kind != "" {
		r.Header.Set("Content-Type", e.kind)
	}
	switch name, value, _ := strings.Cut(fill.Replace(e.key), ": "); name {
	case "":
	case "Basic":
		r.SetBasicAuth("me", w.key)
	default:
		r.Header.Set(name, value)
		r.Header.Set("X-Tm-Username", "me")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
		t.Fatalf("%s: status %d, %v", e.name, answer.StatusCode, err)
	}
	return answer.StatusCode, out
}

// at returns what lies at a path of keys with dots between them.
func at(v map[string]any, path string) (any, bool) {
	key, rest, deeper := strings.Cut(path, ".")
	inner, there := v[key]
	if !deeper || !there {
		return inner, there
	}
	m, ok := inner.(map[string]any)
	if !ok {
		return nil, false
	}
	return at(m, rest)
}

// textOf returns the first of some paths that holds a text, "" for none.
func textOf(v map[string]any, paths ...string) string {
	for _, path := range paths {
		got, _ := at(v, path)
		if s, ok := got.(string); ok {
			return s
		}
	}
	return ""
}

// multipartOf returns a form and its content type.
func multipartOf(t *testing.T, kv ...string) (content, kind string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i < len(kv); i += 2 {
		if err := m.WriteField(kv[i], kv[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), m.FormDataContentType()
}

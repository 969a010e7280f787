package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Who has an app for one of the services changes its address and key, and a demo accepts
// what the documentation of the service shows, whatever the country of its number.
func TestDemoAcceptsTheSampleOfEachService(t *testing.T) {
	demoHome(t)
	d := startDemo(t, anyPort)
	const js, form = "application/json", "application/x-www-form-urlencoded"
	for _, tc := range []struct {
		name, path, kind, content string
		header                    map[string]string
		status                    int
		has                       []string // keys of the answer
	}{
		{"TextLink, OTP", "/api/send-code", js, `{"phone_number":"+381611231234","service_name":"Guest","expiration_time":600000,"source_country":"US"}`,
			map[string]string{"Authorization": "Bearer " + d.key}, 200, []string{"ok", "code"}},
		{"TextLink, SMS", "/api/send-sms", js, `{"phone_number":"+381611231234","text":"Dear user"}`,
			map[string]string{"Authorization": "Bearer " + d.key}, 200, []string{"ok", "queued"}},
		{"TextFlow", "/textflow/api/send-code", js, `{"phone_number":"+381611231234","service_name":"Guest","seconds":600}`,
			map[string]string{"Authorization": "Bearer " + d.key}, 200, []string{"ok", "status", "message", "data"}},
		{"99digital", "/sms/verifySMS", form, url.Values{"apiKey": {d.key}, "from": {"0501234567"}, "to": {"0501234567"}, "message": {"Your code is ##code##"}}.Encode(),
			nil, 200, []string{"status", "unique", "timestamp", "from", "reason"}},
		{"sms.cx", "/otp", js, `{"phoneNumber":"+33612246401","countryIso":"FR","from":"InfoText","template":"Your verification code is {{pin}}","trackId":"bf325375-e030-fccb-a009-17317c574773","ttl":180,"maxAttempts":4,"pinType":"numbers","pinLength":4,"otpCallbackUrl":"https://webhook.example/receive-otp-status-updates"}`,
			map[string]string{"Authorization": "Bearer " + d.key}, 201,
			[]string{"otpId", "trackId", "phoneNumber", "countryIso", "status", "cost", "parts", "maxAttempts", "attempts", "ttl", "otpCallbackUrl", "dateCreated", "dateExpires"}},
		{"Textmagic, JSON", "/api/v2/verify", js, `{"phone":"447860021130","brand":"Acme","codeLength":4,"workflowId":"6","language":"en-gb","senderId":"Acme","country":"GB"}`,
			map[string]string{"X-TM-Username": "me", "X-TM-Key": d.key}, 200, []string{"verifyId", "price"}},
		{"Textmagic, form", "/api/v2/verify", form, url.Values{"phone": {"447860021131"}, "brand": {"Acme"}, "codeLength": {"6"}}.Encode(),
			map[string]string{"X-TM-Username": "me", "X-TM-Key": d.key}, 200, []string{"verifyId", "price"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+d.address+tc.path, strings.NewReader(tc.content))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", tc.kind)
			for name, value := range tc.header {
				r.Header.Set(name, value)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			raw, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			var out map[string]any
			if err := json.Unmarshal(raw, &out); err != nil || answer.StatusCode != tc.status || out["ok"] == false || fmt.Sprint(out["status"]) == "FAIL" {
				t.Errorf("%d %s", answer.StatusCode, raw)
			}
			for _, name := range tc.has {
				if _, there := out[name]; !there {
					t.Errorf("it has no %s: %s", name, raw)
				}
			}
		})
	}
}

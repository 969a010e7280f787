package api_test

import (
	"encoding/json"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/api"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/modem/simulator"
)

// fieldsOf returns the fields of a body in any of the formats.
func fieldsOf(t *testing.T, g told) map[string]any {
	t.Helper()
	kind, params, err := mime.ParseMediaType(g.header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	switch kind {
	case "application/json":
		if err := json.Unmarshal(g.body, &out); err != nil {
			t.Fatal(err)
		}
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(g.body))
		if err != nil {
			t.Fatal(err)
		}
		for name := range form {
			out[name] = form.Get(name)
		}
	case "multipart/form-data":
		for r := multipart.NewReader(strings.NewReader(string(g.body)), params["boundary"]); ; {
			p, err := r.NextPart()
			if err == io.EOF {
				return out
			}
			if err != nil {
				t.Fatal(err)
			}
			raw, err := io.ReadAll(p)
			if err != nil {
				t.Fatal(err)
			}
			out[p.FormName()] = string(raw)
		}
	}
	return out
}

func keysOf(m map[string]any) string { return strings.Join(slices.Sorted(maps.Keys(m)), " ") }

// Each format has the keys and values of its contract, for incoming and outgoing
// messages and for tags.
func TestFormats(t *testing.T) {
	number := gatewaytest.SIM(0).MSISDN
	for _, tc := range []struct {
		format, kind string
		keys         string
		holds        map[string]any
	}{
		{"textlink", "message.received", "phone_number received secret sent sim_card_id text textlink_id timestamp",
			map[string]any{"phone_number": anna, "text": "hello", "received": true, "sent": false, "sim_card_id": 1.0, "textlink_id": 1.0}},
		{"textlink", "message.sent", "custom_id phone_number portal received secret sent sim_card_id text textlink_id timestamp",
			map[string]any{"phone_number": anna, "text": "hi", "custom_id": "my-7", "portal": false, "sent": true, "received": false}},
		{"textlink", "message.failed", "custom_id phone_number secret sim_card_id text textlink_id timestamp",
			map[string]any{"phone_number": anna, "text": "hi", "custom_id": "my-7"}},
		{"textlink", "contact.tagged", "phone_number secret tag timestamp", map[string]any{"phone_number": anna, "tag": "vip"}},
		{"99digital", "message.received", "date from message to", map[string]any{"from": "015112345678", "message": "hello", "to": "0170" + number[6:]}},
		{"smscx", "message.received", "data event", map[string]any{"event": "receive_sms"}},
		{"smscx", "message.sent", "data event", map[string]any{"event": "dlr_update"}},
		{"textmagic-j", "message.received", "id messageTime receiver sender text", map[string]any{"sender": anna49, "receiver": number[1:], "text": "hello"}},
		{"textmagic-u", "message.failed",
			"charset country firstName id lastName messageTime partsCount price receiver referenceId sender status text",
			map[string]any{"receiver": anna49, "text": "hi", "status": "j", "referenceId": "my-7", "partsCount": "1"}},
		{"textmagic-m", "message.received", "id messageTime receiver sender text", map[string]any{"text": "hello"}},
		{"standard", "message.received", "data timestamp type", map[string]any{"type": "message.received"}},
		{"standard", "contact.tagged", "data timestamp type", map[string]any{"type": "contact.tagged"}},
	} {
		t.Run(tc.format+", "+tc.kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver(t, always(200))
				w := telling(t, r)
				h := listen(t, w, tc.format, tc.kind)
				time.Sleep(5 * time.Second)
				switch tc.kind {
				case "message.received":
					if err := w.Network.Subscriber(anna).Send(number, "hello"); err != nil {
						t.Fatal(err)
					}
				case "contact.tagged":
					for _, tag := range []string{"vip", "vip"} {
						if err := w.Gateway.SetTag(t.Context(), "shop", anna, tag); err != nil {
							t.Fatal(err)
						}
					}
				default:
					if tc.kind == "message.failed" {
						w.SIMs[0].On("+CMGS", simulator.Refuse(1))
					}
					if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hi", CustomID: "my-7"}); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Hour)
				got := r.told()
				if len(got) != 1 {
					t.Fatalf("told %d times", len(got))
				}
				fields := fieldsOf(t, got[0])
				if keysOf(fields) != tc.keys {
					t.Errorf("the keys are %s, want %s", keysOf(fields), tc.keys)
				}
				for name, want := range tc.holds {
					if fields[name] != want {
						t.Errorf("%s is %v, want %v", name, fields[name], want)
					}
				}
				if s, there := fields["secret"]; there && s != h.Secret {
					t.Errorf("the secret is %v", s)
				}
				if at, there := fields["timestamp"].(float64); there && time.Since(time.UnixMilli(int64(at))) > 2*time.Hour {
					t.Errorf("the time is %v", at)
				}
			})
		})
	}
}

// The callback too has the thirteen keys that the clients of the service require.
func TestSMSCXCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, func(n int) (int, http.Header) {
			if n == 1 {
				return 500, nil
			}
			return 200, nil
		})
		w := telling(t, r)
		key, handler := w.Key(t, "shop"), api.New(api.Config{Country: "DE"}, w.Gateway, discard()).Handler()
		ask := func(path, content string) (int, map[string]any) {
			q := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(content))
			q.Header.Set("X-API-KEY", key)
			q.Header.Set("Content-Type", "application/json")
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, q)
			var a map[string]any
			if err := json.Unmarshal(answer.Body.Bytes(), &a); err != nil {
				t.Fatal(err)
			}
			return answer.Code, a
		}
		const content = `{"phoneNumber":"` + anna + `","otpCallbackUrl":"http://app.example/otp"}`
		if status, a := ask("/otp", content); status != 201 || a["otpCallbackUrl"] != nil {
			t.Errorf("before it is registered: %d %v", status, a)
		}
		if status, a := ask("/sms", `{"to":"`+anna+`","from":"Shop","text":"hi","dlrCallbackUrl":"http://app.example/dlr"}`); status != 200 ||
			a["info"].(map[string]any)["dlrCallbackUrl"] != nil {
			t.Errorf("before it is registered: %d %v", status, a)
		}
		listen(t, w, "standard", "none")
		status, o := ask("/otp", content)
		if status != 201 || o["otpCallbackUrl"] != "http://app.example/otp" {
			t.Fatalf("status %d: %v", status, o)
		}
		time.Sleep(6 * time.Minute) // it expires
		got := r.told()
		if len(got) != 2 {
			t.Fatalf("told %d times", len(got))
		}
		fields := fieldsOf(t, got[1])
		data := fields["data"].([]any)[0].(map[string]any)
		if fields["event"] != "otp_update" || len(data) != 13 || data["status"] != "EXPIRED" || data["otpId"] != o["otpId"] || got[1].id != "" {
			t.Errorf("%v", fields)
		}
		if status, _ := ask("/sms", `{"to":"`+anna+`","from":"Shop","text":"hi","dlrCallbackUrl":"http://app.example/dlr"}`); status != 200 {
			t.Errorf("status %d", status)
		}
		time.Sleep(time.Minute)
		got = r.told()
		fields = fieldsOf(t, got[len(got)-1])
		if data := fields["data"].([]any)[0].(map[string]any); fields["event"] != "dlr_update" || keysOf(data) != "campaignId datetime errorCode msgId status statusCode trackData" {
			t.Errorf("%v", fields)
		}
	})
}

func TestTextLinkTag(t *testing.T) {
	w := start(t)
	for _, path := range []string{"/api/update-contect-tag", "/api/update-contact-tag", "/textlink/api/update-contect-tag"} {
		for _, tc := range []struct {
			content string
			ok      bool
		}{
			{`{"phone_number":"` + anna + `","tag":"vip"}`, true},
			{`{"phone_number":"` + anna + `","tag":""}`, true},
			{`{"phone_number":"` + anna + `"}`, false},
			{`{"tag":"vip"}`, false},
			{`{"phone_number":"` + anna + `","tag":7}`, false},
			{`{"phone_number":"` + anna + `","tag":"a\nb"}`, false},
			{`{"phone_number":"` + anna + `","tag":"` + strings.Repeat("x", 101) + `"}`, false},
		} {
			if a := w.textlink(t, path, tc.content); a["ok"] != tc.ok {
				t.Errorf("%s %s: %v", path, tc.content, a)
			}
		}
	}
}

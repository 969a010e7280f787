package phonetest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway/gatewaytest"
	"simgate/gateway/line/phone/phonetest"
)

// The simulated phone answers as the app does, to the byte: the order of keys, times with
// milliseconds, nulls left out, and what means something in HTML escaped.
func TestAnswersAreThoseOfTheApp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := phonetest.New(phonetest.SIMs(phonetest.SIM{Slot: 1, Carrier: "O'Two"}, phonetest.SIM{Slot: 2, ICCID: "8949020000000000017"}))
		defer p.Close()
		const message = `{"id":"m-1","textMessage":{"text":"a=b & 'c' <d>"},"phoneNumbers":["+4915112345678"],"simNumber":2,"withDeliveryReport":true,"validUntil":"2000-01-01T00:01:00.000Z"}`
		shown := func(state, states string) string {
			return `{"id":"m-1","deviceId":"Vq7Zt0mN3bA1cD5eF9gH2","state":"` + state + `","isHashed":false,"isEncrypted":false,` +
				`"textMessage":{"text":"a\u003db \u0026 \u0027c\u0027 \u003cd\u003e"},"recipients":[{"phoneNumber":"+4915112345678","state":"` + state + `"}],"states":{` + states + `}}`
		}
		for _, tc := range []struct {
			method, path, body string
			after              time.Duration
			status             int
			want               string
		}{
			{"GET", "/", "", 0, 200, `{"status":"ok","model":"Pixel 6"}`},
			{"GET", "/device", "", 0, 200, `[{"id":"Vq7Zt0mN3bA1cD5eF9gH2","name":"Google/oriole","createdAt":"2000-01-01T00:00:00.000Z","updatedAt":"2000-01-01T00:00:00.000Z",` +
				`"lastSeen":"2000-01-01T00:00:00.000Z","simCards":[{"slotIndex":0,"simNumber":1,"carrierName":"O\u0027Two"},{"slotIndex":1,"simNumber":2,"iccid":"8949020000000000017"}]}]`},
			{"POST", "/messages?skipPhoneValidation=true", message, 0, 202, shown("Pending", "")},
			{"POST", "/messages?skipPhoneValidation=true", message, 0, 409, `{"message":"Message with the same ID already exists"}`},
			{"POST", "/messages?skipPhoneValidation=true", strings.Replace(message, "00:01:00", "00:00:00", 1), time.Millisecond, 400, `{"message":"message already expired"}`},
			{"GET", "/messages/m-1", "", time.Second, 200, shown("Processed", `"Pending":"2000-01-01T00:00:00.000Z","Processed":"2000-01-01T00:00:01.000Z"`)},
			{"DELETE", "/messages/m-1", "", 0, 400, `{"message":"Message m-1 is not in Pending state"}`},
			{"GET", "/messages/m-2", "", 0, 404, ""},
			{"GET", "/inbox?limit=501", "", 0, 400, `{"message":"limit must be between 1 and 500"}`},
			{"POST", "/webhooks", `{"id":"w","url":"http://192.168.1.2:8080/x","event":"sms:received"}`, 0, 400, `{"message":"url must start with https:// or http://127.0.0.1"}`},
			{"POST", "/webhooks", `{"id":"w","url":"https://pi/?a=b","event":"sms:received"}`, 0, 201, `{"id":"w","url":"https://pi/?a\u003db","event":"sms:received","source":"Local"}`},
			{"GET", "/webhooks", "", 0, 200, `[{"id":"w","url":"https://pi/?a\u003db","event":"sms:received","source":"Local"}]`},
			{"DELETE", "/webhooks/w", "", 0, 204, ""},
		} {
			time.Sleep(tc.after)
			r := httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, strings.NewReader(tc.body))
			r.SetBasicAuth(phonetest.User, phonetest.Password)
			if tc.body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			answer := httptest.NewRecorder()
			p.Handler().ServeHTTP(answer, r)
			if answer.Code != tc.status || answer.Body.String() != tc.want {
				t.Errorf("%s %s: %d %s\nwant %d %s", tc.method, tc.path, answer.Code, answer.Body, tc.status, tc.want)
			}
		}
		answer := httptest.NewRecorder()
		p.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/device", nil))
		if answer.Code != 401 || answer.Body.Len() > 0 || answer.Header().Get("WWW-Authenticate") != `Basic realm="Access to SMS Gateway", charset=UTF-8` {
			t.Errorf("without a password: %d %q", answer.Code, answer.Header())
		}
		if c := p.Complaints(); len(c) != 0 {
			t.Errorf("it complains: %q", c)
		}
		// What the app would only happen to understand.
		for _, odd := range []string{`{"id":"` + strings.Repeat("x", 37) + `","textMessage":{"text":"a"},"phoneNumbers":["+4915112345678"]}`, `{"txt":1}`} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/messages", strings.NewReader(odd))
			r.SetBasicAuth(phonetest.User, phonetest.Password)
			r.Header.Set("Content-Type", "application/json")
			p.Handler().ServeHTTP(httptest.NewRecorder(), r)
		}
		if c := p.Complaints(); len(c) != 2 {
			t.Errorf("it complains: %q", c)
		}
	})
}

// A webhook is repeated after 10 s, doubling, until it is taken, and is the same each time.
func TestWebhooksAreRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bodies []string
		var at []time.Duration
		begun := time.Now()
		dial := gatewaytest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			raw, _ := io.ReadAll(r.Body)
			bodies, at = append(bodies, string(raw)), append(at, time.Since(begun))
			if len(bodies) < 4 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}))
		p := phonetest.New(phonetest.Hooked(dial))
		defer p.Close()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/webhooks", strings.NewReader(`{"id":"w","url":"https://pi/x","event":"sms:received"}`))
		r.SetBasicAuth(phonetest.User, phonetest.Password)
		r.Header.Set("Content-Type", "application/json")
		p.Handler().ServeHTTP(httptest.NewRecorder(), r)
		p.Receive("+4915112345678", "hi", 1)
		time.Sleep(time.Hour)
		synctest.Wait()
		if !slices.Equal(at, []time.Duration{0, 10 * time.Second, 30 * time.Second, 70 * time.Second}) || len(slices.Compact(bodies)) != 1 {
			t.Errorf("%v: %q", at, bodies)
		}
		const want = `{"id":"n4n000000000000000002","webhookId":"w","event":"sms:received","deviceId":"Vq7Zt0mN3bA1cD5eF9gH2","payload":{"messageId":"1",` +
			`"sender":"+4915112345678","simNumber":1,"phoneNumber":"+4915112345678","message":"hi","receivedAt":"2000-01-01T00:00:00.000Z"}}`
		if bodies[0] != want {
			t.Errorf("%s\nwant %s", bodies[0], want)
		}
	})
}

package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/key"
)

// strict starts a gateway with the default limits.
func strict() gatewaytest.Option {
	return gatewaytest.Configure(func(c *gateway.Config) { c.Guard = guard.Config{} })
}

// begin starts a verification and returns it with its code.
func begin(t *testing.T, w world, content string) (v1.Verification, string) {
	t.Helper()
	status, _, raw := w.call(t, http.MethodPost, "/v1/verifications", content)
	var v v1.Verification
	if err := json.Unmarshal([]byte(raw), &v); err != nil || status != http.StatusCreated {
		t.Fatalf("status %d: %s", status, raw)
	}
	sms, err := w.Network.Subscriber(v.To).Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v, sms.Text[:6]
}

func TestVerificationOverItsLife(t *testing.T) {
	w := start(t, strict())
	w.key = w.Key(t, "shop", key.SendCodes, key.CheckCodes, key.Read)
	v, code := begin(t, w, `{"to":"0151 12345678","country":"DE","brand":"Shop","client_ip":"192.0.2.7","custom_id":"order 7","lifetime":120}`)
	if v.To != anna || v.State != string(gateway.Pending) || v.Sends != 1 || len(v.Attempts) != 1 || v.CustomID != "order 7" {
		t.Errorf("begun: %+v", v)
	}
	if life := v.Expires.Sub(v.Created); life != 2*time.Minute {
		t.Errorf("it lives for %v", life)
	}
	if wait := v.NextResend.Sub(v.Created); wait < 29*time.Second || wait > 31*time.Second {
		t.Errorf("the next resend is in %v", wait)
	}
	status, h, raw := w.call(t, http.MethodPost, "/v1/verifications", `{"to":"`+anna+`"}`)
	var p v1.Problem
	if err := json.Unmarshal([]byte(raw), &p); err != nil || status != http.StatusTooManyRequests || p.Reason != fault.TooSoon || p.NextResend == nil || h.Get("Retry-After") != "30" {
		t.Errorf("again at once: %d %s: %s", status, h.Get("Retry-After"), raw)
	}
	path := "/v1/verifications/" + v.ID
	for _, tc := range []struct{ name, method, path, content, want string }{
		{"a wrong code", http.MethodPost, path + "/check", `{"code":"` + other(code) + `"}`, `{"verified":false}`},
		{"for another purpose", http.MethodPost, "/v1/verifications/check", `{"to":"` + anna + `","purpose":"pay","code":"` + code + `"}`, `{"verified":false}`},
		{"the right one", http.MethodPost, path + "/check", `{"code":"` + code + `","client_ip":"2001:db8::1"}`, `{"verified":true}`},
		{"the right one again", http.MethodPost, path + "/check", `{"code":"` + code + `"}`, `{"verified":false}`},
		{"of no verification", http.MethodPost, "/v1/verifications/00000000-0000-4000-8000-000000000000/check", `{"code":"` + code + `"}`, `{"verified":false}`},
	} {
		if status, _, raw := w.call(t, tc.method, tc.path, tc.content); raw != tc.want || status != http.StatusOK {
			t.Errorf("%s: status %d: %s", tc.name, status, raw)
		}
	}
	status, _, raw = w.call(t, http.MethodGet, path, "")
	if err := json.Unmarshal([]byte(raw), &v); err != nil || status != http.StatusOK || v.State != string(gateway.Verified) || v.Tries != 2 {
		t.Errorf("at last: status %d: %s", status, raw)
	}
	if status, _, raw = w.call(t, http.MethodDelete, path, ""); status != http.StatusConflict || !strings.Contains(raw, `"not_pending"`) {
		t.Errorf("cancelled when it was over: status %d: %s", status, raw)
	}
}

// other returns another code.
func other(code string) string {
	if code[0] == '9' {
		return "8" + code[1:]
	}
	return "9" + code[1:]
}

func TestVerificationsAreTheirAppsOwn(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "shop", key.SendCodes, key.CheckCodes, key.Read)
	v, code := begin(t, w, `{"to":"`+anna+`"}`)
	path := "/v1/verifications/" + v.ID
	bank := w
	bank.key = w.Key(t, "bank", key.SendCodes, key.CheckCodes, key.Read)
	for _, tc := range []struct {
		name, method, path, content string
		status                      int
		want                        string
	}{
		{"shown", http.MethodGet, path, "", 404, "no verification"},
		{"cancelled", http.MethodDelete, path, "", 404, "no verification"},
		{"checked", http.MethodPost, path + "/check", `{"code":"` + code + `"}`, 200, `{"verified":false}`},
		{"listed", http.MethodGet, "/v1/verifications", "", 200, "[]"},
	} {
		if status, _, raw := bank.call(t, tc.method, tc.path, tc.content); status != tc.status || !strings.Contains(raw, tc.want) {
			t.Errorf("%s by another app: status %d: %s", tc.name, status, raw)
		}
	}
	if status, _, raw := w.call(t, http.MethodDelete, path, ""); status != http.StatusOK || !strings.Contains(raw, `"cancelled"`) {
		t.Errorf("cancelled by its own: status %d: %s", status, raw)
	}
	if _, _, raw := w.call(t, http.MethodPost, path+"/check", `{"code":"`+code+`"}`); raw != `{"verified":false}` {
		t.Errorf("the right code after that: %s", raw)
	}
	for query, want := range map[string]int{"": 1, "?state=cancelled": 1, "?state=pending": 0, "?to=0151+12345678": 1, "?before=" + v.ID: 0} {
		var list []v1.Verification
		if _, _, raw := w.call(t, http.MethodGet, "/v1/verifications"+query, ""); json.Unmarshal([]byte(raw), &list) != nil || len(list) != want {
			t.Errorf("the list %s: %s", query, raw)
		}
	}
	if status, _, raw := w.call(t, http.MethodGet, "/v1/verifications?before=x", ""); status != http.StatusBadRequest || !strings.Contains(raw, `"field":"before"`) {
		t.Errorf("before one that is not there: status %d: %s", status, raw)
	}
	admin := w
	admin.key = w.Key(t, "owner", key.Admin)
	if status, _, raw := admin.call(t, http.MethodGet, path, ""); status != http.StatusOK {
		t.Errorf("shown to the owner: status %d: %s", status, raw)
	}
}

func TestBadVerifications(t *testing.T) {
	w := start(t)
	for _, tc := range []struct {
		name, content string
		status        int
		field         string
	}{
		{"no number", `{}`, 400, "to"},
		{"null for a number", `{"to":null}`, 400, "to"},
		{"a number as a number", `{"to":4915112345678}`, 400, "to"},
		{"a million digits", `{"to":"` + strings.Repeat("1", 60_000) + `"}`, 400, "to"},
		{"control characters in the number", `{"to":"+4915112345678\u0000"}`, 400, "to"},
		{"a key twice", `{"to":"` + anna + `","to":"` + anna + `"}`, 400, "to"},
		{"two bodies", `{"to":"` + anna + `"}{}`, 400, ""},
		{"an unknown country", `{"to":"0151","country":"Germany"}`, 400, "country"},
		{"a brand with a line break", `{"to":"` + anna + `","brand":"a\nb"}`, 400, "brand"},
		{"a brand that is too long", `{"to":"` + anna + `","brand":"` + strings.Repeat("x", 61) + `"}`, 400, "brand"},
		{"an unknown locale", `{"to":"` + anna + `","locale":"tlh"}`, 400, "locale"},
		{"a template without a code", `{"to":"` + anna + `","template":"hello"}`, 400, "template"},
		{"a template with the mark of codes", `{"to":"` + anna + `","template":"\u001a {code}"}`, 400, "template"},
		{"an endless template", `{"to":"` + anna + `","template":"{code}` + strings.Repeat("x", 30_000) + `"}`, 400, "template"},
		{"a code of its own without the scope", `{"to":"` + anna + `","code":"1234"}`, 403, "code"},
		{"an unknown alphabet", `{"to":"` + anna + `","alphabet":"runes"}`, 400, "alphabet"},
		{"a length below 4", `{"to":"` + anna + `","length":3}`, 400, "length"},
		{"a huge length", `{"to":"` + anna + `","length":99999999999999999999}`, 400, "length"},
		{"a lifetime above 10 minutes", `{"to":"` + anna + `","lifetime":601}`, 400, "lifetime"},
		{"a negative lifetime", `{"to":"` + anna + `","lifetime":-1}`, 400, "lifetime"},
		{"too many tries", `{"to":"` + anna + `","max_tries":11}`, 400, "max_tries"},
		{"an unknown channel", `{"to":"` + anna + `","workflow":"pigeon"}`, 400, "workflow"},
		{"a workflow without time", `{"to":"` + anna + `","workflow":"sms,sms"}`, 400, "workflow"},
		{"an invalid client", `{"to":"` + anna + `","client_ip":"me"}`, 400, "client_ip"},
		{"an invalid host", `{"to":"` + anna + `","origin_domain":"a b"}`, 400, "origin_domain"},
		{"header injection in the host", `{"to":"` + anna + `","origin_domain":"a.com\r\nx"}`, 400, "origin_domain"},
		{"an invalid hash", `{"to":"` + anna + `","android_hash":"x"}`, 400, "android_hash"},
		{"an unknown field", `{"to":"` + anna + `","colour":"red"}`, 400, "colour"},
		{"an unknown line", `{"to":"` + anna + `","line":77}`, 400, "line"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, _, raw := w.call(t, http.MethodPost, "/v1/verifications", tc.content)
			var p v1.Problem
			if err := json.Unmarshal([]byte(raw), &p); err != nil || status != tc.status || p.Field != tc.field {
				t.Errorf("status %d: %s", status, raw)
			}
		})
	}
	if list, err := w.Gateway.Verifications(t.Context(), gateway.VerificationFilter{}); err != nil || len(list) != 0 {
		t.Errorf("something was begun: %+v, %v", list, err)
	}
}

func TestIdempotency(t *testing.T) {
	w := start(t, strict())
	first := []string{"Idempotency-Key", "k1"}
	content := `{"to":"` + anna + `","brand":"Shop"}`
	status, _, raw := w.call(t, http.MethodPost, "/v1/verifications", content, first...)
	var v v1.Verification
	if err := json.Unmarshal([]byte(raw), &v); err != nil || status != http.StatusCreated {
		t.Fatalf("status %d: %s", status, raw)
	}
	for _, tc := range []struct {
		name, path, content string
		header              []string
		status              int
	}{
		{"the same again", "/v1/verifications", content, first, 201},
		{"with another body", "/v1/verifications", `{"to":"` + anna + `"}`, first, 422},
		{"of another call", "/v1/messages", `{"to":"` + anna + `","text":"x"}`, first, 202},
		{"with another key", "/v1/verifications", content, []string{"Idempotency-Key", "k2"}, 429},
		{"an empty key", "/v1/verifications", content, []string{"Idempotency-Key", " "}, 400},
		{"a key that is too long", "/v1/verifications", content, []string{"Idempotency-Key", strings.Repeat("k", 256)}, 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, h, raw := w.call(t, http.MethodPost, tc.path, tc.content, tc.header...)
			if status != tc.status {
				t.Fatalf("status %d: %s", status, raw)
			}
			var again v1.Verification
			if tc.status != 201 {
				return
			}
			if err := json.Unmarshal([]byte(raw), &again); err != nil || again.ID != v.ID || again.Sends != 1 || h.Get("Idempotent-Replayed") != "true" {
				t.Errorf("the answer is another: %s", raw)
			}
		})
	}
	t.Run("after a restart", func(t *testing.T) {
		w.Restart()
		g, err := w.Gateway.Verifications(t.Context(), gateway.VerificationFilter{})
		if err != nil || len(g) != 1 {
			t.Errorf("%+v, %v", g, err)
		}
	})
}

// Many requests at the same time with one key create one message.
func TestIdempotencyAtOnce(t *testing.T) {
	w := start(t)
	var callers sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range 32 {
		callers.Go(func() {
			status, _, _ := w.call(t, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"once"}`, "Idempotency-Key", "same")
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	callers.Wait()
	list, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{})
	if err != nil || len(list) != 1 || statuses[202] == 0 || statuses[202]+statuses[409] != 32 {
		t.Errorf("%d messages, %v; the answers are %v", len(list), err, statuses)
	}
}

func TestGuardOverHTTP(t *testing.T) {
	w := start(t, strict())
	w.key = w.Key(t, "owner", key.Admin)
	ready(t, w)
	status, _, raw := w.call(t, http.MethodPost, "/v1/guard/rules", `{"kind":"block","key":"+491511","reason":"a pump","lifetime":3600}`)
	var r v1.Rule
	if err := json.Unmarshal([]byte(raw), &r); err != nil || status != http.StatusCreated || r.Scope != "prefix" || r.Until.IsZero() {
		t.Fatalf("status %d: %s", status, raw)
	}
	if status, _, raw := w.call(t, http.MethodPost, "/v1/verifications", `{"to":"`+anna+`"}`); status != http.StatusForbidden || !strings.Contains(raw, `"reason":"blocked"`) {
		t.Errorf("a blocked number: status %d: %s", status, raw)
	}
	var s v1.Standing
	if _, _, raw := w.call(t, http.MethodGet, "/v1/guard/why?to=%2B4915112345678", ""); json.Unmarshal([]byte(raw), &s) != nil || s.Allowed || s.Reason != fault.BlockedNumber || len(s.Rules) != 1 || len(s.Refusals) != 1 {
		t.Errorf("why: %s", raw)
	}
	if status, _, raw := w.call(t, http.MethodDelete, "/v1/guard/rules/1", ""); status != http.StatusOK {
		t.Errorf("the release: status %d: %s", status, raw)
	}
	if status, _, raw := w.call(t, http.MethodDelete, "/v1/guard/rules/1", ""); status != http.StatusNotFound {
		t.Errorf("the release of nothing: status %d: %s", status, raw)
	}
	if status, _, raw := w.call(t, http.MethodPost, "/v1/verifications", `{"to":"`+anna+`"}`); status != http.StatusCreated {
		t.Errorf("after that: status %d: %s", status, raw)
	}
	for name, content := range map[string]string{
		"no kind":                   `{"key":"DE"}`,
		"an invalid country":        `{"kind":"block","key":"XX"}`,
		"a prefix without its plus": `{"kind":"block","scope":"prefix","key":"491"}`,
		"nothing":                   `{"kind":"safe","key":""}`,
	} {
		if status, _, raw := w.call(t, http.MethodPost, "/v1/guard/rules", content); status != http.StatusBadRequest {
			t.Errorf("%s: status %d: %s", name, status, raw)
		}
	}
}

// The answer to a failed check is the same to the octet whatever the reason, since a
// difference would help whoever guesses codes.
func TestFailedChecksAreAllTheSame(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "shop", key.SendCodes, key.CheckCodes, key.Read)
	number := func(i int) string { return fmt.Sprintf("+49151%08d", 20_000_000+i*1009) }
	cases := map[string]func() (to, id, code string){
		"never begun": func() (string, string, string) {
			return number(1), "00000000-0000-4000-8000-000000000000", "123456"
		},
		"wrong": func() (string, string, string) {
			v, code := begin(t, w, `{"to":"`+number(2)+`"}`)
			return number(2), v.ID, other(code)
		},
		"used": func() (string, string, string) {
			v, code := begin(t, w, `{"to":"`+number(3)+`"}`)
			w.call(t, http.MethodPost, "/v1/verifications/"+v.ID+"/check", `{"code":"`+code+`"}`)
			return number(3), v.ID, code
		},
		"cancelled": func() (string, string, string) {
			v, code := begin(t, w, `{"to":"`+number(4)+`"}`)
			w.call(t, http.MethodDelete, "/v1/verifications/"+v.ID, "")
			return number(4), v.ID, code
		},
		"expired": func() (string, string, string) {
			v, code := begin(t, w, `{"to":"`+number(5)+`","lifetime":1}`)
			for v.State == string(gateway.Pending) { // a second
				time.Sleep(50 * time.Millisecond)
				if _, _, raw := w.call(t, http.MethodGet, "/v1/verifications/"+v.ID, ""); json.Unmarshal([]byte(raw), &v) != nil {
					t.Fatal(raw)
				}
			}
			return number(5), v.ID, code
		},
		"spent": func() (string, string, string) {
			v, code := begin(t, w, `{"to":"`+number(6)+`","max_tries":1}`)
			w.call(t, http.MethodPost, "/v1/verifications/"+v.ID+"/check", `{"code":"`+other(code)+`"}`)
			return number(6), v.ID, code
		},
		"spent, all ten tries": func() (string, string, string) {
			v, code := begin(t, w, `{"to":"`+number(7)+`","max_tries":10}`)
			for range 10 {
				w.call(t, http.MethodPost, "/v1/verifications/"+v.ID+"/check", `{"code":"`+other(code)+`"}`)
			}
			return number(7), v.ID, code
		},
	}
	for name, prepare := range cases {
		to, id, code := prepare()
		for path, content := range map[string]string{
			"/v1/verifications/check":            `{"to":"` + to + `","code":"` + code + `"}`,
			"/v1/verifications/" + id + "/check": `{"code":"` + code + `"}`,
		} {
			status, h, raw := w.call(t, http.MethodPost, path, content)
			if status != http.StatusOK || raw != `{"verified":false}` || h.Get("Retry-After") != "" {
				t.Errorf("%s, %s: status %d: %s", name, path, status, raw)
			}
		}
	}
}

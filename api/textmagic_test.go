package api_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/api"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/inbox"
	"simgate/gateway/key"
)

// textmagic calls the dialect with HTTP Basic. It checks that every answer is JSON, or
// empty with 204.
func (w world) textmagic(t *testing.T, method, path, content string, header ...string) (int, map[string]any) {
	t.Helper()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+w.key))
	status, h, raw := w.call(t, method, path, content, append([]string{"Authorization", basic}, header...)...)
	if status == http.StatusNoContent {
		if raw != "" || h.Get("Content-Type") != "" {
			t.Errorf("204 with %q of type %q", raw, h.Get("Content-Type"))
		}
		return status, nil
	}
	var answer map[string]any
	if err := json.Unmarshal([]byte(raw), &answer); err != nil || !strings.HasPrefix(h.Get("Content-Type"), "application/json") {
		t.Fatalf("status %d, type %q: %s", status, h.Get("Content-Type"), raw)
	}
	if status >= 300 && (answer["code"] != float64(status) || answer["message"] == "" || answer["message"] == nil) {
		t.Errorf("status %d: %s", status, raw)
	}
	return status, answer
}

// wrongField returns the field that a validation failed for.
func wrongField(a map[string]any) string {
	if a["message"] != "Validation Failed" {
		return ""
	}
	errs, _ := a["errors"].(map[string]any)
	fields, _ := errs["fields"].(map[string]any)
	for name := range fields {
		return name
	}
	return "common"
}

const anna49 = "4915112345678"

// verifyTM starts a verification, and returns its id.
func (w world) verifyTM(t *testing.T, content string) string {
	t.Helper()
	status, a := w.textmagic(t, http.MethodPost, "/api/v2/verify", content)
	id, _ := a["verifyId"].(string)
	if status != http.StatusOK || id == "" || a["price"] != 0.0 || len(a) != 2 {
		t.Fatalf("status %d: %v", status, a)
	}
	return id
}

func TestTextmagicCircle(t *testing.T) {
	for _, base := range []string{"/api/v2", "/textmagic/api/v2", "/textmagic"} {
		t.Run("at "+base, func(t *testing.T) {
			w := start(t)
			ready(t, w)
			status, a := w.textmagic(t, http.MethodPost, base+"/verify", `{"phone":"`+anna49+`","brand":"Shop","codeLength":6,"workflowId":"6"}`)
			if status != http.StatusOK {
				t.Fatalf("status %d: %v", status, a)
			}
			id := a["verifyId"].(string)
			code := w.pin(t)
			if len(code) != 6 || code[0] == '0' {
				t.Fatalf("the code is %q", code)
			}
			answer := func(code string) string { return `{"verifyId":"` + id + `","code":` + code + `}` }
			for _, step := range []struct {
				name, content string
				status        int
				field         string
			}{
				{"a wrong code", answer(`"` + notThis(code) + `"`), 400, "code"},
				{"the right code, as a number", answer(code), 204, ""},
				{"the right code again", answer(code), 400, "verifyId"},
			} {
				if status, a := w.textmagic(t, http.MethodPut, base+"/verify", step.content); status != step.status || wrongField(a) != step.field {
					t.Errorf("%s: %d %v", step.name, status, a)
				}
			}
			if status, _ := w.textmagic(t, http.MethodDelete, base+"/verify/"+id, ""); status != 404 {
				t.Errorf("cancelling what is verified: %d", status)
			}
		})
	}
}

func TestTextmagicForms(t *testing.T) {
	w := start(t)
	ready(t, w)
	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Authorization", "", "X-TM-Username", "me", "X-TM-Key", w.key}
	status, a := w.textmagic(t, http.MethodPost, "/api/v2/verify", "phone="+anna49+"&brand=Shop&codeLength=4", form...)
	if status != 200 {
		t.Fatalf("status %d: %v", status, a)
	}
	code := w.pin(t)
	if status, a := w.textmagic(t, http.MethodPut, "/api/v2/verify", "verifyId="+a["verifyId"].(string)+"&code="+code, form...); status != 204 {
		t.Errorf("status %d: %v", status, a)
	}
}

func TestTextmagicEnds(t *testing.T) {
	w := start(t)
	ready(t, w)
	id := w.verifyTM(t, `{"phone":"`+anna49+`","brand":"Shop","codeLength":4,"workflowId":6}`)
	code := w.pin(t)
	if status, a := w.textmagic(t, http.MethodPost, "/api/v2/verify", `{"phone":"`+anna49+`","brand":"Shop","codeLength":4}`); status != 409 {
		t.Errorf("another while one is open: %d %v", status, a)
	}
	if status, a := w.textmagic(t, http.MethodDelete, "/api/v2/verify/"+id, ""); status != 400 || !strings.Contains(a["message"].(string), "30 seconds") {
		t.Errorf("cancelling at once: %d %v", status, a)
	}
	stranger := w
	stranger.key = w.Key(t, "another")
	if status, a := stranger.textmagic(t, http.MethodPut, "/api/v2/verify", `{"verifyId":"`+id+`","code":"`+code+`"}`); status != 400 || wrongField(a) != "verifyId" {
		t.Errorf("another's code: %d %v", status, a)
	}
	if status, _ := stranger.textmagic(t, http.MethodDelete, "/api/v2/verify/"+id, ""); status != 404 {
		t.Errorf("cancelling another's: %d", status)
	}
	for i, field := range []string{"code", "code", "code", "verifyId"} {
		if status, a := w.textmagic(t, http.MethodPut, "/api/v2/verify", `{"verifyId":"`+id+`","code":"`+notThis(code)+`"}`); status != 400 || wrongField(a) != field {
			t.Errorf("wrong code %d: %d %v", i+1, status, a)
		}
	}
	if status, a := w.textmagic(t, http.MethodPut, "/api/v2/verify", `{"verifyId":"`+id+`","code":"`+code+`"}`); status != 400 || wrongField(a) != "verifyId" {
		t.Errorf("the right code after three wrong ones: %d %v", status, a)
	}
	w.verifyTM(t, `{"phone":"`+anna49+`","brand":"Shop","codeLength":4,"workflowId":6}`)
}

func TestTextmagicFields(t *testing.T) {
	const rest = `"brand":"Shop","codeLength":4,"workflowId":6`
	with := func(fields string) string { return `{"phone":"` + anna49 + `",` + fields + `}` }
	for _, tc := range []struct {
		name, content, field string // "": it is taken
	}{
		{"all that is needed", with(`"brand":"Shop","codeLength":4`), ""},
		{"six digits", with(`"brand":"Shop","codeLength":6,"workflowId":"1"`), ""},
		{"a length as a text", with(`"brand":"Shop","codeLength":"4"`), ""},
		{"a local number with its country", `{"phone":"015112345678","country":"DE",` + rest + `}`, ""},
		{"a local number without its zero", `{"phone":"15112345678","country":"DE",` + rest + `}`, ""},
		{"a number with +", `{"phone":"+` + anna49 + `",` + rest + `}`, ""},
		{"a language", with(rest + `,"language":"fr-ca"`), ""},
		{"a language in capitals", with(rest + `,"language":"PT-BR"`), ""},
		{"a sender", with(rest + `,"senderId":"Shop"`), ""},
		{"an empty language", with(rest + `,"language":""`), ""},
		{"null for absent", with(rest + `,"language":null,"country":null,"senderId":null`), ""},
		{"the longest brand", with(`"brand":"ABCDEFGHIJKLMNOPQR","codeLength":4`), ""},
		{"no number", `{` + rest + `}`, "phone"},
		{"an empty number", `{"phone":"",` + rest + `}`, "phone"},
		{"a null number", `{"phone":null,` + rest + `}`, "phone"},
		{"an invalid number", `{"phone":"4912",` + rest + `}`, "phone"},
		{"a number of a million digits", `{"phone":"` + strings.Repeat("4", 60_000) + `",` + rest + `}`, "phone"},
		{"a local number without a country", `{"phone":"015112345678",` + rest + `}`, "phone"},
		{"a number with a line end", `{"phone":"49151\r\n12345678",` + rest + `}`, "phone"},
		{"a negative number", `{"phone":-4915112345678,` + rest + `}`, "phone"},
		{"a list of numbers", `{"phone":["` + anna49 + `"],` + rest + `}`, "phone"},
		{"no brand", with(`"codeLength":4`), "brand"},
		{"an empty brand", with(`"brand":"","codeLength":4`), "brand"},
		{"a brand that is too long", with(`"brand":"ABCDEFGHIJKLMNOPQRS","codeLength":4`), "brand"},
		{"a brand with a link", with(`"brand":"evil.example/x","codeLength":4`), "brand"},
		{"a brand with a line end", with(`"brand":"a\nb","codeLength":4`), "brand"},
		{"a brand with a placeholder", with(`"brand":"{code}","codeLength":4`), "brand"},
		{"no length", with(`"brand":"Shop"`), "codeLength"},
		{"five digits", with(`"brand":"Shop","codeLength":5`), "codeLength"},
		{"an invalid length", with(`"brand":"Shop","codeLength":"four"`), "codeLength"},
		{"a fraction of a length", with(`"brand":"Shop","codeLength":4.5`), "codeLength"},
		{"a huge length", with(`"brand":"Shop","codeLength":99999999999999999999`), "codeLength"},
		{"workflow 0", with(`"brand":"Shop","codeLength":4,"workflowId":0`), "workflowId"},
		{"workflow 8", with(`"brand":"Shop","codeLength":4,"workflowId":"8"`), "workflowId"},
		{"an invalid workflow", with(`"brand":"Shop","codeLength":4,"workflowId":"sms"`), "workflowId"},
		{"no such language", with(rest + `,"language":"xx-yy"`), "language"},
		{"no such country", with(rest + `,"country":"XX"`), "country"},
		{"a key that is there twice", with(rest + `,"brand":"Shop"`), "brand"},
		{"two bodies", with(rest) + `{}`, "common"},
		{"no JSON", `phone=1`, "common"},
		{"an empty body", ``, "common"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := start(t)
			status, a := w.textmagic(t, http.MethodPost, "/api/v2/verify", tc.content)
			if tc.field == "" && status != 200 {
				t.Errorf("status %d: %v", status, a)
			}
			if tc.field != "" && (status != 400 || wrongField(a) != tc.field) {
				t.Errorf("status %d, %v, want %s", status, a, tc.field)
			}
			list, err := w.Gateway.Verifications(t.Context(), gateway.VerificationFilter{})
			if err != nil || (len(list) == 1) != (tc.field == "") {
				t.Errorf("%d verifications, %v", len(list), err)
			}
		})
	}
}

func TestTextmagicChecks(t *testing.T) {
	w := start(t)
	ready(t, w)
	id := w.verifyTM(t, `{"phone":"`+anna49+`","brand":"Shop","codeLength":4,"workflowId":6}`)
	for _, tc := range []struct{ name, content, field string }{
		{"no id", `{"code":"1234"}`, "verifyId"},
		{"no code", `{"verifyId":"` + id + `"}`, "code"},
		{"an empty code", `{"verifyId":"` + id + `","code":""}`, "code"},
		{"a null code", `{"verifyId":"` + id + `","code":null}`, "code"},
		{"a code in a list", `{"verifyId":"` + id + `","code":["1234"]}`, "code"},
		{"an invalid id", `{"verifyId":"x","code":"1234"}`, "verifyId"},
		{"an id that there is not", `{"verifyId":"0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1","code":"1234"}`, "verifyId"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if status, a := w.textmagic(t, http.MethodPut, "/api/v2/verify", tc.content); status != 400 || wrongField(a) != tc.field {
				t.Errorf("status %d: %v", status, a)
			}
		})
	}
	v, err := w.Gateway.Verification(t.Context(), id)
	if err != nil || v.Tries != 0 {
		t.Errorf("%d tries, %v", v.Tries, err)
	}
}

func TestTextmagicAround(t *testing.T) {
	w := start(t)
	basic := func(key string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+key)) }
	for _, tc := range []struct {
		name, method, path, authorization string
		status                            int
		message                           string
	}{
		{"no key", http.MethodPost, "/api/v2/verify", "", 401, "Wrong username and token combination."},
		{"a wrong key", http.MethodPost, "/api/v2/verify", basic("nope"), 401, "Wrong username and token combination."},
		{"a key as a bearer", http.MethodPost, "/api/v2/verify", "Bearer " + w.key, 401, "Wrong username and token combination."},
		{"a key without the scope", http.MethodPost, "/api/v2/verify", basic(w.Key(t, "reader", key.Read)), 403, ""},
		{"another method", http.MethodPatch, "/api/v2/verify", basic(w.key), 405, ""},
		{"no such path", http.MethodGet, "/api/v2/nothing", basic(w.key), 404, ""},
		{"no such path under the prefix", http.MethodGet, "/textmagic/nothing", basic(w.key), 404, ""},
		{"no such verification", http.MethodDelete, "/api/v2/verify/x", basic(w.key), 404, ""},
		{"no such message", http.MethodGet, "/api/v2/messages/9", basic(w.key), 404, ""},
		{"a message that has no number", http.MethodGet, "/api/v2/messages/x", basic(w.key), 404, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, a := w.textmagic(t, tc.method, tc.path, `{}`, "Authorization", tc.authorization)
			if status != tc.status || tc.message != "" && a["message"] != tc.message {
				t.Errorf("status %d: %v", status, a)
			}
		})
	}
}

// A workflow with calls, on a gateway whose modems cannot place any.
func TestTextmagicWithoutVoice(t *testing.T) {
	const content = `{"phone":"` + anna49 + `","brand":"Shop","codeLength":4,"workflowId":7}`
	t.Run("a message takes the place of the call", func(t *testing.T) {
		w := start(t)
		ready(t, w)
		w.verifyTM(t, content)
		if code := w.pin(t); len(code) != 4 {
			t.Errorf("the code is %q", code)
		}
	})
	t.Run("it is refused where the owner wants it so", func(t *testing.T) {
		w := start(t, gatewaytest.Configure(func(c *gateway.Config) { c.VoiceFallback = gateway.FallbackReject }))
		ready(t, w)
		if status, a := w.textmagic(t, http.MethodPost, "/api/v2/verify", content); status != 400 || wrongField(a) != "workflowId" {
			t.Errorf("status %d: %v", status, a)
		}
	})
}

func TestTextmagicLimits(t *testing.T) {
	w := start(t, gatewaytest.Configure(func(c *gateway.Config) {
		c.Guard = guard.Config{Limits: guard.Limits{AppHour: 1}}
	}))
	ready(t, w)
	w.verifyTM(t, `{"phone":"`+anna49+`","brand":"Shop","codeLength":4}`)
	code := w.pin(t)
	id := func() string {
		list, err := w.Gateway.Verifications(t.Context(), gateway.VerificationFilter{})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0].ID
	}()
	if status, a := w.textmagic(t, http.MethodPut, "/api/v2/verify", `{"verifyId":"`+id+`","code":"`+code+`"}`); status != 204 {
		t.Fatalf("status %d: %v", status, a)
	}
	if status, a := w.textmagic(t, http.MethodPost, "/api/v2/verify", `{"phone":"`+anna49+`","brand":"Shop","codeLength":4}`); status != 429 {
		t.Errorf("a second in an hour: %d %v", status, a)
	}
	if status, a := w.textmagic(t, http.MethodPost, "/api/v2/verify", `{"phone":"393331234567","brand":"Shop","codeLength":4}`); status != 400 || wrongField(a) != "phone" {
		t.Errorf("another country: %d %v", status, a)
	}
}

func TestTextmagicMessages(t *testing.T) {
	w := start(t)
	ready(t, w)
	status, a := w.textmagic(t, http.MethodPost, "/api/v2/messages", `{"text":"Grüße 🎉","phones":"`+anna49+`","referenceId":17,"from":"Shop"}`)
	if status != http.StatusCreated || a["type"] != "message" || a["id"] != a["messageId"] || a["href"] != "/api/v2/messages/1" || len(a) != 8 {
		t.Fatalf("status %d: %v", status, a)
	}
	sms, err := w.Network.Subscriber(anna).Next(t.Context())
	if err != nil || sms.Text != "Grüße 🎉" {
		t.Fatalf("the handset shows %q, %v", sms.Text, err)
	}
	_, m := w.textmagic(t, http.MethodGet, "/api/v2/messages/1", "")
	if m["receiver"] != anna49 || m["text"] != "Grüße 🎉" || m["charset"] != "UTF-16BE" || m["referenceId"] != "17" || m["country"] != "DE" ||
		m["partsCount"] != 1.0 || !strings.Contains("rad", m["status"].(string)) {
		t.Errorf("%v", m)
	}
	if _, err := time.Parse("2006-01-02T15:04:05-0700", m["messageTime"].(string)); err != nil {
		t.Error(err)
	}
	stranger := w
	stranger.key = w.Key(t, "another")
	if status, _ := stranger.textmagic(t, http.MethodGet, "/api/v2/messages/1", ""); status != 404 {
		t.Errorf("another's message: %d", status)
	}
	status, a = w.textmagic(t, http.MethodPost, "/api/v2/messages", `{"text":"to two","phones":"`+anna49+`, 0151 12345670","local":true,"localCountry":"DE"}`)
	if status != http.StatusCreated || a["type"] != "session" || a["messageId"] != nil {
		t.Errorf("to two: %d %v", status, a)
	}
	for _, tc := range []struct{ name, content, field string }{
		{"no text", `{"phones":"` + anna49 + `"}`, "text"},
		{"an empty text", `{"text":" ","phones":"` + anna49 + `"}`, "text"},
		{"control characters", `{"text":"a\u0000b","phones":"` + anna49 + `"}`, "text"},
		{"nobody", `{"text":"x"}`, "phones"},
		{"one of two is invalid", `{"text":"x","phones":"` + anna49 + `,12"}`, "phones"},
		{"one of two is a premium number", `{"text":"x","phones":"` + anna49 + `,499001234567"}`, "phones"},
		{"a reference of two lines", `{"text":"x","phones":"` + anna49 + `","referenceId":"a\nb"}`, "referenceId"},
		{"a template", `{"templateId":5,"phones":"` + anna49 + `"}`, "templateId"},
		{"a later time", `{"text":"x","phones":"` + anna49 + `","sendingTime":32503680000}`, "sendingTime"},
		{"a time that is over", `{"text":"x","phones":"` + anna49 + `","sendingTime":1600000000}`, "sendingTime"},
		{"a time that is none", `{"text":"x","phones":"` + anna49 + `","sendingTime":"noon"}`, "sendingTime"},
		{"a time that no clock shows", `{"text":"x","phones":"` + anna49 + `","sendingDateTime":"2027-03-28 02:30:10","sendingTimezone":"Europe/Berlin"}`, "sendingDateTime"},
		{"a time zone of nowhere", `{"text":"x","phones":"` + anna49 + `","sendingDateTime":"2027-03-28 02:30:10","sendingTimezone":"Mars"}`, "sendingTimezone"},
		{"a rhythm", `{"text":"x","phones":"` + anna49 + `","rrule":"FREQ=DAILY"}`, "rrule"},
		{"more parts than allowed", `{"text":"` + strings.Repeat("x", 161) + `","phones":"` + anna49 + `","partsCount":1}`, "partsCount"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if status, a := w.textmagic(t, http.MethodPost, "/api/v2/messages", tc.content); status != 400 || wrongField(a) != tc.field {
				t.Errorf("status %d: %v", status, a)
			}
		})
	}
	list, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{})
	if err != nil || len(list) != 3 {
		t.Errorf("%d messages, %v", len(list), err)
	}
}

func TestTextmagicSchedules(t *testing.T) {
	w := start(t)
	at := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)
	for name, when := range map[string]string{
		"Unix time": fmt.Sprintf(`"sendingTime":%d`, at.Unix()),
		"a zone":    `"sendingDateTime":"` + at.Add(-3*time.Hour).Format(time.DateTime) + `","sendingTimezone":"America/Argentina/Buenos_Aires"`,
		"no zone":   `"sendingDateTime":"` + at.Format(time.DateTime) + `"`,
	} {
		status, a := w.textmagic(t, http.MethodPost, "/api/v2/messages", `{"text":"later","phones":"`+anna49+`,4915112345670",`+when+`}`)
		list, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{Limit: 2})
		if status != 201 || a["type"] != "schedule" || a["scheduleId"] != a["id"] || err != nil || len(list) != 2 || !list[0].NotBefore.Equal(at) {
			t.Fatalf("%s: status %d: %v, %+v, %v", name, status, a, list, err)
		}
		path := fmt.Sprint("/api/v2/schedules/", a["id"])
		for _, want := range []int{204, 404} {
			if status, a := w.textmagic(t, http.MethodDelete, path, ""); status != want {
				t.Errorf("%s: status %d: %v", path, status, a)
			}
		}
		if list, err = w.Gateway.Messages(t.Context(), gateway.MessageFilter{Limit: 2}); err != nil || list[0].State != gateway.Cancelled || list[1].State != gateway.Cancelled {
			t.Errorf("%+v, %v", list, err)
		}
	}
}

func TestTextmagicNeighbours(t *testing.T) {
	w := start(t)
	ready(t, w)
	if status, a := w.textmagic(t, http.MethodGet, "/api/v2/ping", ""); status != 200 || a["ping"] != "pong" || a["userId"] == 0.0 {
		t.Errorf("ping: %d %v", status, a)
	}
	status, a := w.textmagic(t, http.MethodGet, "/api/v2/user", "")
	if status != 200 || a["username"] != "me" || a["balance"] != 0.0 || a["phone"] != strings.TrimPrefix(gatewaytest.SIM(0).MSISDN, "+") {
		t.Errorf("user: %d %v", status, a)
	}
	if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, "hello"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Gateway.Inbox().Await(t.Context(), inbox.Filter{}, time.Minute); err != nil {
		t.Fatal(err)
	}
	if status, a := w.textmagic(t, http.MethodGet, "/api/v2/replies", ""); status != 200 || len(a["resources"].([]any)) != 0 {
		t.Errorf("replies without the scope: %d %v", status, a)
	}
	w.key = w.Key(t, "shop", key.ReadInbox)
	if status, a := w.textmagic(t, http.MethodGet, "/api/v2/replies", ""); status != 200 || len(a["resources"].([]any)) != 0 {
		t.Errorf("replies to others: %d %v", status, a)
	}
	w.key = w.Key(t, "shop", key.AllInbox)
	status, a = w.textmagic(t, http.MethodGet, "/api/v2/replies?limit=5", "")
	list, _ := a["resources"].([]any)
	if status != 200 || len(list) != 1 || a["pageCount"] != 1.0 || a["limit"] != 5.0 {
		t.Fatalf("replies: %d %v", status, a)
	}
	if m := list[0].(map[string]any); m["sender"] != anna49 || m["text"] != "hello" || m["receiver"] == "" {
		t.Errorf("%v", m)
	}
	for _, query := range []string{"page=0", "page=x", "limit=-1", "page=600"} {
		if status, a := w.textmagic(t, http.MethodGet, "/api/v2/replies?"+query, ""); status != 400 || wrongField(a) == "" {
			t.Errorf("%s: %d %v", query, status, a)
		}
	}
}

// A verification has a lifetime of 5 minutes and can be cancelled after 30 seconds, even
// if the clock of the machine is set in between.
func TestTextmagicTimes(t *testing.T) {
	for _, step := range []time.Duration{0, 366 * 24 * time.Hour, -366 * 24 * time.Hour} {
		t.Run("with the clock set by "+step.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := gatewaytest.Start(t)
				key, handler := w.Key(t, "shop"), api.New(api.Config{}, w.Gateway, discard()).Handler()
				ask := func(method, path, content string) (int, string) {
					r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(content))
					r.SetBasicAuth("me", key)
					r.Header.Set("Content-Type", "application/json")
					answer := httptest.NewRecorder()
					handler.ServeHTTP(answer, r)
					return answer.Code, answer.Body.String()
				}
				begin := func() string {
					status, raw := ask(http.MethodPost, "/api/v2/verify", `{"phone":"`+anna49+`","brand":"Shop","codeLength":4,"workflowId":6}`)
					var a struct{ VerifyID string }
					if err := json.Unmarshal([]byte(raw), &a); err != nil || status != 200 {
						t.Fatalf("status %d: %s", status, raw)
					}
					return a.VerifyID
				}
				id := begin()
				w.Clock.Step(step)
				time.Sleep(29 * time.Second)
				if status, raw := ask(http.MethodDelete, "/api/v2/verify/"+id, ""); status != 400 {
					t.Errorf("after 29 seconds: %d %s", status, raw)
				}
				time.Sleep(time.Second)
				if status, raw := ask(http.MethodDelete, "/api/v2/verify/"+id, ""); status != 204 || raw != "" {
					t.Errorf("after 30 seconds: %d %s", status, raw)
				}
				if status, _ := ask(http.MethodDelete, "/api/v2/verify/"+id, ""); status != 404 {
					t.Errorf("again: %d", status)
				}
				second := begin()
				time.Sleep(299 * time.Second)
				if status, _ := ask(http.MethodPost, "/api/v2/verify", `{"phone":"`+anna49+`","brand":"Shop","codeLength":4}`); status != 409 {
					t.Errorf("another after 299 seconds: %d", status)
				}
				time.Sleep(2 * time.Second)
				if status, raw := ask(http.MethodPut, "/api/v2/verify", `{"verifyId":"`+second+`","code":"1234"}`); status != 400 || !strings.Contains(raw, "verifyId") {
					t.Errorf("a check after 301 seconds: %d %s", status, raw)
				}
				begin()
			})
		})
	}
}

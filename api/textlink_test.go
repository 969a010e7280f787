package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"simgate/api"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

const anna = "+4915112345678"

// world is a gateway that is served over HTTP.
type world struct {
	*gatewaytest.World
	url, key string
}

func start(t *testing.T, options ...gatewaytest.Option) world {
	t.Helper()
	w := gatewaytest.Start(t, options...)
	server := httptest.NewServer(api.New(api.Config{Country: "DE", Countries: map[string]string{"99digital": "DE"}}, w.Gateway, discard()).Handler())
	t.Cleanup(server.Close)
	return world{w, server.URL, w.Key(t, "shop")}
}

// call sends a request and compares the exchange with openapi.yaml.
func (w world) call(t *testing.T, method, path, content string, header ...string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.key)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
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
	conform(t, r, content, answer.StatusCode, answer.Header, string(raw))
	return answer.StatusCode, answer.Header, strings.TrimSpace(string(raw))
}

// textlink calls the dialect. It checks that every answer is JSON with the status 200,
// and that only failures have a message.
func (w world) textlink(t *testing.T, path, content string, header ...string) map[string]any {
	t.Helper()
	status, h, raw := w.call(t, http.MethodPost, path, content, header...)
	var out map[string]any
	if err := json.Unmarshal([]byte(raw), &out); err != nil || status != http.StatusOK || !strings.HasPrefix(h.Get("Content-Type"), "application/json") {
		t.Errorf("%s: status %d, %s, %q", path, status, h.Get("Content-Type"), raw)
	}
	if ok, is := out["ok"].(bool); !is || ok == (out["message"] != nil) {
		t.Errorf("%s: %q: a message stands with failures, and with them only", path, raw)
	}
	return out
}

func TestTextLinkCircle(t *testing.T) {
	for _, prefix := range []string{"", "/textlink"} {
		t.Run("under "+prefix+"/", func(t *testing.T) {
			w := start(t)
			sent := w.textlink(t, prefix+"/api/send-code", `{"phone_number":"`+anna+`","service_name":"Shop"}`)
			code, _ := sent["code"].(string)
			if sent["ok"] != true || len(code) != 6 || len(sent) != 2 {
				t.Fatalf("send-code: %v", sent)
			}
			sms, err := w.Network.Subscriber(anna).Next(t.Context())
			if err != nil || sms.Text != "Your verification code for Shop is: "+code {
				t.Fatalf("the handset shows %q, %v", sms.Text, err)
			}
			for _, step := range []struct {
				code string
				ok   bool
			}{{"wrong", false}, {code, true}, {code, false}} {
				got := w.textlink(t, prefix+"/api/verify-code", `{"phone_number":"`+anna+`","code":"`+step.code+`"}`)
				if got["ok"] != step.ok || step.ok && len(got) != 1 {
					t.Errorf("verify-code: %v, want ok %v", got, step.ok)
				}
			}
		})
	}
}

// Every valid request of the contract is accepted.
func TestTextLinkAccepts(t *testing.T) {
	for _, tc := range []struct{ name, path, content, text string }{
		{"the number alone", "send-code", `{"phone_number":"+4915112345678"}`, "Your verification code is: "},
		{"a name", "send-code", `{"phone_number":"+4915112345678","service_name":"Shop"}`, "Your verification code for Shop is: "},
		{"what the Python client always sends", "send-code",
			`{"phone_number":"+4915112345678","service_name":"","expiration_time":600000,"source_country":""}`, "Your verification code is: "},
		{"the older generation", "send-code",
			`{"phone_number":"+4915112345678","service_name":"Shop","expiration_time":1000,"source_country":"US"}`, "Your verification code for Shop"},
		{"the newer generation", "send-code", `{"phone_number":"+4915112345678","sim_card_id":1,"custom_id":"my-7"}`, "Your verification code is: "},
		{"null for absent", "send-code", `{"phone_number":"+4915112345678","service_name":null,"expiration_time":null,"sim_card_id":null}`, "Your verification code is: "},
		{"empty for absent", "send-code", `{"phone_number":"+4915112345678","sim_card_id":"","expiration_time":"","custom_id":""}`, "Your verification code is: "},
		{"fields that nobody knows", "send-code", `{"phone_number":"+4915112345678","colour":"red","more":{"x":[1]}}`, "Your verification code is: "},
		{"the longest life", "send-code", `{"phone_number":"+4915112345678","expiration_time":86400000}`, "Your verification code is: "},
		{"a message", "send-sms", `{"phone_number":"+4915112345678","text":"hello"}`, "hello"},
		{"a message with all", "send-sms", `{"phone_number":"+4915112345678","text":"hello","sim_card_id":1,"custom_id":"x","source_country":"DE"}`, "hello"},
		{"a long message", "send-sms", `{"phone_number":"+4915112345678","text":"` + strings.Repeat("x", 400) + `"}`, strings.Repeat("x", 400)},
		{"emoji", "send-sms", `{"phone_number":"+4915112345678","text":"gr\u00fc\u00dfe \ud83d\ude00"}`, "grüße 😀"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			ready(t, w)
			got := w.textlink(t, "/api/"+tc.path, tc.content)
			if got["ok"] != true || tc.path == "send-sms" && (got["queued"] != true || len(got) != 2) {
				t.Fatalf("the answer is %v", got)
			}
			if sms, err := w.Network.Subscriber(anna).Next(t.Context()); err != nil || !strings.HasPrefix(sms.Text, tc.text) {
				t.Errorf("the handset shows %q, %v", sms.Text, err)
			}
		})
	}
}

// ready waits until the SIM has been read.
func ready(t *testing.T, w world) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for w.Gateway.Ready(t.Context()) != nil {
		<-ticker.C
	}
}

// Each kind of invalid input is a failure with a message that says why. Nothing is
// queued and nothing is sent.
func TestTextLinkRefuses(t *testing.T) {
	w := start(t)
	ready(t, w)
	number, code, text := `"phone_number":"`+anna+`"`, `"code":"123456"`, `"text":"hi"`
	for _, tc := range []struct{ name, path, content, says string }{
		{"nothing", "send-code", ``, "empty"},
		{"not JSON", "send-code", `phone_number=1`, "not a JSON object"},
		{"half of JSON", "send-code", `{"phone_number":`, "not valid JSON"},
		{"a list", "send-code", `[]`, "not a JSON object"},
		{"two objects", "send-code", `{` + number + `}{}`, "continues after"},
		{"a key twice", "send-code", `{` + number + `,"phone_number":"+4915112345679"}`, "twice"},
		{"invalid UTF-8", "send-sms", "{" + number + ",\"text\":\"a\xff\"}", "UTF-8"},
		{"no number", "send-code", `{}`, "number is missing"},
		{"empty number", "send-code", `{"phone_number":""}`, "number is missing"},
		{"null for a number", "send-code", `{"phone_number":null}`, "number is missing"},
		{"a JSON number", "send-code", `{"phone_number":4915112345678}`, "must be a string"},
		{"letters", "send-code", `{"phone_number":"call me"}`, "digits only"},
		{"letters among digits", "send-code", `{"phone_number":"+49151abc45678"}`, "digits only"},
		{"CR LF in the number", "send-code", `{"phone_number":"+4915112345678\r\nAT+CFUN=0"}`, "digits only"},
		{"a quote in the number", "send-code", `{"phone_number":"+4915112345678\""}`, "digits only"},
		{"a million digits", "send-code", `{"phone_number":"+` + strings.Repeat("1", 60_000) + `"}`, "digits only"},
		{"too short", "send-code", `{"phone_number":"+4915"}`, "too few"},
		{"a short code", "send-code", `{"phone_number":"22000"}`, "full phone number"},
		{"a list for a name", "send-code", `{` + number + `,"service_name":[7]}`, "must be a string"},
		{"CR LF in the name", "send-code", `{` + number + `,"service_name":"a\r\nb"}`, "control character"},
		{"U+001B in the name", "send-code", `{` + number + `,"service_name":"a\u001bb"}`, "control character"},
		{"a name too long", "send-code", `{` + number + `,"service_name":"` + strings.Repeat("x", 61) + `"}`, "longer than"},
		{"no life", "send-code", `{` + number + `,"expiration_time":0}`, "between 1000 and 86400000"},
		{"a negative life", "send-code", `{` + number + `,"expiration_time":-1}`, "between 1000"},
		{"a life too long", "send-code", `{` + number + `,"expiration_time":86400001}`, "between 1000"},
		{"a huge life", "send-code", `{` + number + `,"expiration_time":99999999999999999999}`, "whole number"},
		{"a fraction", "send-code", `{` + number + `,"expiration_time":1000.5}`, "whole number"},
		{"a text for the life", "send-code", `{` + number + `,"expiration_time":"soon"}`, "whole number"},
		{"an unknown SIM", "send-code", `{` + number + `,"sim_card_id":99}`, "no SIM with this id"},
		{"a SIM of zero", "send-sms", `{` + number + `,` + text + `,"sim_card_id":0}`, "id of a SIM"},
		{"a text for a SIM", "send-sms", `{` + number + `,` + text + `,"sim_card_id":"one"}`, "whole number"},
		{"an object for a country", "send-sms", `{` + number + `,` + text + `,"source_country":{}}`, "must be a string"},
		{"CR LF in the id", "send-sms", `{` + number + `,` + text + `,"custom_id":"a\r\nb"}`, "control character"},
		{"an id too long", "send-sms", `{` + number + `,` + text + `,"custom_id":"` + strings.Repeat("x", 256) + `"}`, "longer than"},
		{"no text", "send-sms", `{` + number + `}`, "text is empty"},
		{"an empty text", "send-sms", `{` + number + `,"text":""}`, "text is empty"},
		{"blanks for a text", "send-sms", `{` + number + `,"text":" \n"}`, "text is empty"},
		{"a list for a text", "send-sms", `{` + number + `,"text":["a"]}`, "must be a string"},
		{"U+001B in the text", "send-sms", `{` + number + `,"text":"a\u001bb"}`, "U+001B"},
		{"Ctrl-Z in the text", "send-sms", `{` + number + `,"text":"a\u001ab"}`, "U+001A"},
		{"too many parts", "send-sms", `{` + number + `,"text":"` + strings.Repeat("x", 20_000) + `"}`, "more than the 10 parts"},
		{"100 kB", "send-sms", `{` + number + `,"text":"` + strings.Repeat("x", 100_000) + `"}`, "too large"},
		{"no code", "verify-code", `{` + number + `}`, "code is missing"},
		{"an empty code", "verify-code", `{` + number + `,"code":""}`, "code is missing"},
		{"an object for a code", "verify-code", `{` + number + `,"code":{}}`, "must be digits"},
		{"a negative code", "verify-code", `{` + number + `,"code":-1}`, "must be digits"},
		{"a code too long", "verify-code", `{` + number + `,"code":"` + strings.Repeat("1", 100) + `"}`, "too long"},
		{"a check before a send", "verify-code", `{` + number + `,` + code + `}`, "No code was sent"},
		{"a check without a number", "verify-code", `{` + code + `}`, "number is missing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := w.textlink(t, "/api/"+tc.path, tc.content)
			if message, _ := got["message"].(string); got["ok"] != false || !strings.Contains(message, tc.says) || len(message) > 300 {
				t.Errorf("the answer is %v, want it to say %q", got, tc.says)
			}
		})
	}
	if list, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{}); err != nil || len(list) != 0 {
		t.Errorf("something was queued: %v, %v", list, err)
	}
	for _, command := range w.SIMs[0].Commands() {
		if strings.HasPrefix(command, "AT+CMGS") || strings.HasPrefix(command, "ATD") {
			t.Errorf("something reached the line: %q", command)
		}
	}
}

func TestTextLinkKeys(t *testing.T) {
	w := start(t)
	send := `{"phone_number":"` + anna + `","text":"hi"}`
	for _, tc := range []struct{ name, header, says string }{
		{"none", "", "API key not found"},
		{"another scheme", "Basic dXNlcjpwdw==", "API key not found"},
		{"a word", "Bearer secret", "API key not found"},
		{"64 letters", "Bearer " + strings.Repeat("a", 64), "API key not found"},
		{"without the scope", "Bearer " + w.Key(t, "shop", key.Read), "does not have the scope sms.send"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := w.textlink(t, "/api/send-sms", send, "Authorization", tc.header)
			if message, _ := got["message"].(string); got["ok"] != false || !strings.Contains(message, tc.says) {
				t.Errorf("the answer is %v", got)
			}
		})
	}
	if list, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{}); err != nil || len(list) != 0 {
		t.Errorf("something was queued: %v, %v", list, err)
	}
}

// Errors of the router and of the server are answered in the dialect too.
func TestTextLinkOutsideTheHandlers(t *testing.T) {
	w := start(t)
	for _, tc := range []struct{ name, method, path, kind, says string }{
		{"no such path", http.MethodPost, "/api/nothing", "application/json", "nothing at this path"},
		{"no such path under the prefix", http.MethodPost, "/textlink/x", "application/json", "nothing at this path"},
		{"another method", http.MethodGet, "/api/send-code", "application/json", "does not support this method"},
		{"a form", http.MethodPost, "/api/send-code", "application/x-www-form-urlencoded", "Content-Type: application/json"},
		{"plain text", http.MethodPost, "/api/verify-code", "text/plain", "Content-Type: application/json"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, h, raw := w.call(t, tc.method, tc.path, `{}`, "Content-Type", tc.kind)
			if status != http.StatusOK || !strings.HasPrefix(h.Get("Content-Type"), "application/json") ||
				!strings.HasPrefix(raw, `{"ok":false,"message":"`) || !strings.Contains(raw, tc.says) {
				t.Errorf("status %d, %s", status, raw)
			}
		})
	}
}

// The Node client sends its bodies in chunks, without a length.
func TestTextLinkChunkedBody(t *testing.T) {
	w := start(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/api/send-sms",
		io.MultiReader(strings.NewReader(`{"phone_number":"`), strings.NewReader(anna+`","text":"hi"}`)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if raw, err := io.ReadAll(answer.Body); err != nil || strings.TrimSpace(string(raw)) != `{"ok":true,"queued":true}` {
		t.Errorf("the answer is %s, %v", raw, err)
	}
}

func TestTextLinkCodeAsANumber(t *testing.T) {
	w := start(t)
	for i := 0; ; i++ { // until a code begins with a zero
		number := fmt.Sprintf("+4915112%06d", i)
		code, _ := w.textlink(t, "/api/send-code", `{"phone_number":"`+number+`"}`)["code"].(string)
		got := w.textlink(t, "/api/verify-code", `{"phone_number":"`+number+`","code":`+strings.TrimLeft(code, "0")+`}`)
		if got["ok"] != true {
			t.Fatalf("the code %s as a number: %v", code, got)
		}
		if code[0] == '0' {
			return
		}
	}
}

func TestTextLinkResendsTheSameCode(t *testing.T) {
	w := start(t)
	send := `{"phone_number":"` + anna + `"}`
	first, second := w.textlink(t, "/api/send-code", send), w.textlink(t, "/api/send-code", send)
	if first["code"] != second["code"] {
		t.Errorf("the codes are %v and %v", first["code"], second["code"])
	}
}

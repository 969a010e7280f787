package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"simgate/api"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
)

// Each dialect reads digits without a plus as its service documents.
func TestNumbersAreReadAsTheServiceDocuments(t *testing.T) {
	const tm = `"brand":"Shop","codeLength":4,"workflowId":6`
	form := func(fields ...string) string {
		v := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			v.Set(fields[i], fields[i+1])
		}
		return v.Encode()
	}
	for _, tc := range []struct {
		name, home, path, content, want string // want "": refused
	}{
		{"textmagic, a local number of the country that is given", "DE", "/api/v2/verify", `{"phone":"6465550123","country":"US",` + tm + `}`, "+16465550123"},
		{"textmagic, the same without a country", "DE", "/api/v2/messages", `{"text":"hi","phones":"6465550123"}`, "+6465550123"},
		{"textmagic, a country and a number of another", "DE", "/api/v2/verify", `{"phone":"4915112345678","country":"US",` + tm + `}`, "+4915112345678"},
		{"textmagic, a country in small letters", "DE", "/api/v2/verify", `{"phone":"3331234567","country":"it",` + tm + `}`, "+393331234567"},
		{"textmagic, messages with local", "DE", "/api/v2/messages", `{"text":"hi","phones":"6465550123","local":1,"localCountry":"US"}`, "+16465550123"},
		{"textmagic, messages without local", "DE", "/api/v2/messages", `{"text":"hi","phones":"16465550123"}`, "+16465550123"},
		{"99digital, an Israeli number on a box at home in Germany", "DE", "/sms/verifySMS", form("from", "Shop", "to", "0521234567"), "+972521234567"},
		{"99digital, the same in a message", "DE", "/sms/sendMessage", form("from", "Shop", "to", "0521234567", "text", "hi"), "+972521234567"},
		{"textlink, a mobile whose plus is missing", "DE", "/api/send-code", `{"phone_number":"4915112345678"}`, "+4915112345678"},
		{"textlink, a mobile of another country whose plus is missing", "DE", "/api/send-code", `{"phone_number":"447911123456"}`, "+447911123456"},
		{"textlink, a mobile of the home country", "DE", "/api/send-code", `{"phone_number":"015112345678"}`, "+4915112345678"},
		{"textlink, a message", "DE", "/api/send-sms", `{"phone_number":"447911123456","text":"hi"}`, "+447911123456"},
		{"textflow, a mobile whose plus is missing", "DE", "/textflow/send-code", `{"phone_number":"4915112345678"}`, "+4915112345678"},
		{"sms.cx, a mobile whose plus is missing", "DE", "/otp", `{"phoneNumber":"447911123456"}`, "+447911123456"},
		{"sms.cx, a national number with its country", "DE", "/otp", `{"phoneNumber":"6465550123","countryIso":"US"}`, "+16465550123"},
		{"sms.cx, a message with a country", "DE", "/sms", `{"to":"6465550123","countryIso":"US","from":"Shop","text":"hi"}`, "+16465550123"},
		{"native, a mobile whose plus is missing", "DE", "/v1/verifications", `{"to":"447911123456"}`, "+447911123456"},
		{"native, a national number with its country", "DE", "/v1/verifications", `{"to":"6465550123","country":"US"}`, "+16465550123"},
		{"native, a message", "DE", "/v1/messages", `{"to":"4915112345678","text":"hi"}`, "+4915112345678"},
		{"native, two mobiles of which one country is open", "MX", "/v1/messages", `{"to":"4791965079","text":"hi"}`, "+4791965079"},
		{"native, an old spelling", "DE", "/v1/messages", `{"to":"+52 1 55 4163 7145","text":"hi"}`, "+525541637145"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := gatewaytest.Start(t, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) {
				c.Country = tc.home
				c.Guard.Countries = []string{"DE", "US", "GB", "NZ", "IT", "IL", "NO", "GG"}
				if tc.home != "MX" {
					c.Guard.TextCountries = append(c.Guard.Countries, "MX")
				}
			}))
			key := w.Key(t, "shop")
			content, kind := tc.content, "application/json"
			if !strings.HasPrefix(content, "{") {
				content, kind = "apiKey="+key+"&"+content, "application/x-www-form-urlencoded"
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, tc.path, strings.NewReader(content))
			r.Header.Set("Content-Type", kind)
			r.Header.Set("Authorization", "Bearer "+key)
			if strings.HasPrefix(tc.path, "/api/v2") {
				r.SetBasicAuth("me", key)
			}
			answer := httptest.NewRecorder()
			api.New(api.Config{Country: tc.home}, w.Gateway, discard()).Handler().ServeHTTP(answer, r)
			list, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{})
			if err != nil || len(list) != 1 || string(list[0].To) != tc.want {
				t.Errorf("%+v, %v; want %s; the answer is %d %s", list, err, tc.want, answer.Code, answer.Body)
			}
		})
	}
}

// Where digits can be two mobiles, both in open countries, the setting of the app
// decides, and without one the error shows both and names it.
func TestTheSettingOfTheAppDecidesBetweenTwoMobiles(t *testing.T) {
	w := start(t, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) {
		c.Country = "MX"
		c.Apps = map[string]gateway.App{"home": {Numbers: "national"}, "world": {Numbers: "e164"}}
	}))
	for app, want := range map[string]string{"home": "+524791965079", "world": "+4791965079"} {
		w.key = w.Key(t, app)
		if a := w.textlink(t, "/api/send-code", `{"phone_number":"4791965079"}`); a["ok"] != true {
			t.Errorf("%s: %v", app, a)
		}
		list, err := w.Gateway.Verifications(t.Context(), gateway.VerificationFilter{App: app})
		if err != nil || len(list) != 1 || string(list[0].To) != want {
			t.Errorf("%s: %v, %v; want %s", app, list, err, want)
		}
	}
	w.key = w.Key(t, "shop")
	a := w.textlink(t, "/api/send-code", `{"phone_number":"4791965079"}`)
	message, _ := a["message"].(string)
	for _, part := range []string{"+524791965079", "+4791965079", "set numbers to national or e164"} {
		if !strings.Contains(message, part) {
			t.Errorf("the error lacks %q: %v", part, a)
		}
	}
}

// A code that was asked for under one spelling is checked under another.
func TestACodeIsCheckedUnderAnotherSpelling(t *testing.T) {
	w := start(t, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) { c.Country = "MX" }))
	for _, other := range []string{"5541637145", "+5215541637145", "005215541637145", "525541637145"} {
		code, _ := w.textlink(t, "/api/send-code", `{"phone_number":"+525541637145"}`)["code"].(string)
		if a := w.textlink(t, "/api/verify-code", `{"phone_number":"`+other+`","code":"`+code+`"}`); a["ok"] != true {
			t.Errorf("%s: %v", other, a)
		}
	}
}

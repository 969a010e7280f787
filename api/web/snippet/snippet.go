// Package snippet has the requests by which an app brings a code to somebody and checks it,
// in each dialect, and writes them in the languages that apps are written in. The shop of
// the demo makes the same requests, so that they are tried.
package snippet

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
)

// Request is a request of an app.
type Request struct {
	Method, Path string
	JSON         map[string]any // its body, or Form, or neither; its values are strings and whole numbers
	Form         url.Values
	Basic        bool // the key is the password of a user
}

// Body returns the body of the request with the key, where that belongs into it, and its
// type; both are "" for a request without one.
func (r Request) Body(key string) (body, kind string) {
	if r.Form != nil {
		form := url.Values{"apiKey": {key}}
		for name, values := range r.Form {
			form[name] = values
		}
		return form.Encode(), "application/x-www-form-urlencoded"
	}
	if r.JSON == nil {
		return "", ""
	}
	raw, _ := json.Marshal(r.JSON) // strings and numbers are JSON
	return string(raw), "application/json"
}

// User is the user of requests whose key is a password. Nobody looks at it.
const User = "app"

// Authorize gives a request that is made its key.
func (r Request) Authorize(made *http.Request, key string) {
	switch {
	case r.Basic:
		made.SetBasicAuth(User, key)
	case r.Form == nil:
		made.Header.Set("Authorization", "Bearer "+key)
	}
}

// Dialect is a way to ask for a code and to check it.
type Dialect struct {
	Name, Title string
	Ask         func(to string) Request
	Check       func(to, id, code string) Request
	ID          string // field of the answer that names the code when it is checked; "" for none
}

// Brand is who asks for a code.
const Brand = "Demo shop"

// native returns how the API of simgate itself is used, with a workflow.
func native(name, title, workflow string) Dialect {
	return Dialect{Name: name, Title: title,
		Ask: func(to string) Request {
			return Request{Method: http.MethodPost, Path: "/v1/verifications", JSON: map[string]any{"to": to, "brand": Brand, "locale": "en-gb", "workflow": workflow}}
		},
		Check: func(to, _, code string) Request {
			return Request{Method: http.MethodPost, Path: "/v1/verifications/check", JSON: map[string]any{"to": to, "code": code}}
		}}
}

// Verification returns the path of one of simgate's own.
func Verification(id string) string { return "/v1/verifications/" + url.PathEscape(id) }

// The titles of simgate's own, which pages say in the language of their reader.
const (
	bySMS  = "simgate's own API, by SMS"
	byCall = "simgate's own API, by a call"
	byText = "simgate's own API, by a text that you send"
)

// Dialects are all of them. Each is used as its own documentation says.
var Dialects = []Dialect{
	native("sms", bySMS, "sms"),
	native("voice", byCall, "voice"),
	{Name: "mo", Title: byText, ID: "id",
		Ask: func(to string) Request {
			return Request{Method: http.MethodPost, Path: "/v1/verifications", JSON: map[string]any{"to": to, "brand": Brand, "locale": "en-gb", "channel": "mo"}}
		},
		Check: func(_, id, _ string) Request { return Request{Method: http.MethodGet, Path: Verification(id)} }},
	{Name: "textlink", Title: "TextLink",
		Ask: func(to string) Request {
			return Request{Method: http.MethodPost, Path: "/api/send-code", JSON: map[string]any{"phone_number": to, "service_name": Brand}}
		},
		Check: func(to, _, code string) Request {
			return Request{Method: http.MethodPost, Path: "/api/verify-code", JSON: map[string]any{"phone_number": to, "code": code}}
		}},
	{Name: "textflow", Title: "TextFlow",
		Ask: func(to string) Request {
			return Request{Method: http.MethodPost, Path: "/textflow/api/send-code", JSON: map[string]any{"phone_number": to, "service_name": Brand}}
		},
		Check: func(to, _, code string) Request {
			return Request{Method: http.MethodPost, Path: "/textflow/api/verify-code", JSON: map[string]any{"phone_number": to, "code": code}}
		}},
	{Name: "smscx", Title: "sms.cx", ID: "otpId",
		Ask: func(to string) Request {
			return Request{Method: http.MethodPost, Path: "/otp", JSON: map[string]any{"phoneNumber": to, "ttl": 300}}
		},
		Check: func(_, id, code string) Request {
			return Request{Method: http.MethodPost, Path: "/otp/" + url.PathEscape(id), JSON: map[string]any{"pin": code}}
		}},
	{Name: "textmagic", Title: "Textmagic", ID: "verifyId",
		Ask: func(to string) Request {
			return Request{Method: http.MethodPost, Path: "/api/v2/verify", Basic: true, JSON: map[string]any{"phone": to, "brand": Brand, "codeLength": 6, "workflowId": 6}}
		},
		Check: func(_, id, code string) Request {
			return Request{Method: http.MethodPut, Path: "/api/v2/verify", Basic: true, JSON: map[string]any{"verifyId": id, "code": code}}
		}},
	{Name: "99digital", Title: "99digital",
		Ask: func(to string) Request {
			return Request{Method: http.MethodPost, Path: "/sms/verifySMS", Form: url.Values{"to": {to}, "from": {"Shop"}, "message": {Brand + ": ##code##"}}}
		},
		Check: func(to, _, code string) Request {
			return Request{Method: http.MethodPost, Path: "/sms/verifySMS", Form: url.Values{"to": {to}, "code": {code}}}
		}},
}

// Named returns the dialect with a name, the first for another.
func Named(name string) Dialect {
	return Dialects[max(0, slices.IndexFunc(Dialects, func(d Dialect) bool { return d.Name == name }))]
}

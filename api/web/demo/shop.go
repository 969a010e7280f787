package demo

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"simgate/api/web"
)

// order is how far somebody has come with the form of the shop.
type order struct {
	Way, Phone string
	ID         string // that the answer has given the code, where the dialect needs it
	Asked      *exchange
	Checked    *exchange

	Ways   []way
	Phones []Phone
}

// Chosen returns the way that is chosen.
func (o order) Chosen() way { return wayNamed(o.Way) }

// Waits reports whether a code is on its way that can be typed in.
func (o order) Waits() bool {
	return o.Asked != nil && o.Asked.OK && (o.Checked == nil || !o.Checked.OK)
}

func (o order) complete(phones []Phone) order {
	o.Ways, o.Phones = ways, phones
	if o.Way == "" {
		o.Way = ways[0].Name
	}
	if o.Phone == "" && len(phones) > 0 {
		o.Phone = phones[0].Number
	}
	return o
}

// exchange is a request of the shop and its answer.
type exchange struct {
	Curl   string // the request, for a terminal
	Status string
	Answer string
	OK     bool // the code was sent, or was right
}

// way is how the shop asks for a code: a dialect and, where that has a choice, a channel.
type way struct {
	Name, Title string
	ask         func(to string) request
	check       func(to, id, code string) request
	sent, right func(status int, answer map[string]any) bool
	id          string // field of the answer that names the code when it is checked; "" for none
}

// request is a request of an app.
type request struct {
	method, path string
	json         map[string]any // its body, or a form
	form         url.Values
	basic        bool // the key is the password of a user
}

const brand = "Demo shop"

func success(status int, _ map[string]any) bool { return status < 300 }
func ok(_ int, a map[string]any) bool           { return a["ok"] == true }

// native returns how the API of simgate itself is used, with a workflow.
func native(name, title, workflow string) way {
	return way{Name: name, Title: title,
		ask: func(to string) request {
			return request{method: http.MethodPost, path: "/v1/verifications", json: map[string]any{"to": to, "brand": brand, "locale": "en-gb", "workflow": workflow}}
		},
		check: func(to, _, code string) request {
			return request{method: http.MethodPost, path: "/v1/verifications/check", json: map[string]any{"to": to, "code": code}}
		},
		sent:  success,
		right: func(_ int, a map[string]any) bool { return a["verified"] == true },
	}
}

// ways are all ways that the shop knows. Each dialect is used as its own documentation
// says.
var ways = []way{
	native("sms", "simgate's own API, by SMS", "sms"),
	native("voice", "simgate's own API, by a call", "voice"),
	{Name: "textlink", Title: "TextLink",
		ask: func(to string) request {
			return request{method: http.MethodPost, path: "/api/send-code", json: map[string]any{"phone_number": to, "service_name": brand}}
		},
		check: func(to, _, code string) request {
			return request{method: http.MethodPost, path: "/api/verify-code", json: map[string]any{"phone_number": to, "code": code}}
		},
		sent: ok, right: ok},
	{Name: "textflow", Title: "TextFlow",
		ask: func(to string) request {
			return request{method: http.MethodPost, path: "/textflow/api/send-code", json: map[string]any{"phone_number": to, "service_name": brand}}
		},
		check: func(to, _, code string) request {
			return request{method: http.MethodPost, path: "/textflow/api/verify-code", json: map[string]any{"phone_number": to, "code": code}}
		},
		sent: ok, right: func(_ int, a map[string]any) bool { return a["valid"] == true }},
	{Name: "smscx", Title: "sms.cx", id: "otpId",
		ask: func(to string) request {
			return request{method: http.MethodPost, path: "/otp", json: map[string]any{"phoneNumber": to, "ttl": 300}}
		},
		check: func(_, id, code string) request {
			return request{method: http.MethodPost, path: "/otp/" + url.PathEscape(id), json: map[string]any{"pin": code}}
		},
		sent: success, right: func(_ int, a map[string]any) bool { return a["status"] == "VERIFIED" }},
	{Name: "textmagic", Title: "Textmagic", id: "verifyId",
		ask: func(to string) request {
			return request{method: http.MethodPost, path: "/api/v2/verify", basic: true, json: map[string]any{"phone": to, "brand": brand, "codeLength": 6, "workflowId": 6}}
		},
		check: func(_, id, code string) request {
			return request{method: http.MethodPut, path: "/api/v2/verify", basic: true, json: map[string]any{"verifyId": id, "code": code}}
		},
		sent: success, right: success},
	{Name: "99digital", Title: "99digital",
		ask: func(to string) request {
			return request{method: http.MethodPost, path: "/sms/verifySMS", form: url.Values{"to": {to}, "from": {"Shop"}, "message": {brand + ": ##code##"}}}
		},
		check: func(to, _, code string) request {
			return request{method: http.MethodPost, path: "/sms/verifySMS", form: url.Values{"to": {to}, "code": {code}}}
		},
		sent:  func(_ int, a map[string]any) bool { return a["status"] == "OK" },
		right: func(_ int, a map[string]any) bool { return a["status"] == 1.0 }},
}

func wayNamed(name string) way {
	return ways[max(0, slices.IndexFunc(ways, func(w way) bool { return w.Name == name }))]
}

// shop makes requests to the gateway.
type shop struct {
	address, key string
	client       http.Client
}

// patient is how long the shop waits for an answer.
const patient = 15 * time.Second

// do makes a request. Its answer is good if the judge says so.
func (s *shop) do(r *http.Request, out request, good func(int, map[string]any) bool) (exchange, map[string]any) {
	kind, body := "application/json", ""
	if out.form != nil {
		out.form.Set("apiKey", s.key)
		kind, body = "application/x-www-form-urlencoded", out.form.Encode()
	} else if raw, err := json.Marshal(out.json); err == nil {
		body = string(raw)
	}
	e := exchange{Curl: s.curl(out, body)}
	client := s.client
	client.Timeout = patient
	sent, err := http.NewRequestWithContext(r.Context(), out.method, s.address+out.path, strings.NewReader(body))
	if err != nil {
		e.Status = err.Error()
		return e, nil
	}
	sent.Header.Set("Content-Type", kind)
	switch {
	case out.basic:
		sent.SetBasicAuth("demo", s.key)
	case out.form == nil:
		sent.Header.Set("Authorization", "Bearer "+s.key)
	}
	answer, err := client.Do(sent)
	if err != nil {
		e.Status = err.Error()
		return e, nil
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil {
		e.Status = err.Error()
		return e, nil
	}
	e.Status = answer.Status
	var fields map[string]any
	_ = json.Unmarshal(raw, &fields) // what is no JSON has no fields, and is shown as it is
	e.Answer, e.OK = pretty(raw), good(answer.StatusCode, fields)
	return e, fields
}

// pretty returns JSON with a line for each field, and all else as it is.
func pretty(raw []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return strings.TrimSpace(b.String())
}

// curl returns a request as a line for a terminal. No part of it has an apostrophe but a
// code that somebody types.
func (s *shop) curl(out request, body string) string {
	quoted := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
	line := "curl -s"
	if out.method != http.MethodPost {
		line += " -X " + out.method
	}
	line += " " + s.address + out.path + " \\\n"
	if out.basic {
		line += "  -u " + quoted("demo:"+s.key) + " \\\n"
	} else if out.form == nil {
		line += "  -H " + quoted("Authorization: Bearer "+s.key) + " \\\n"
	}
	if out.form == nil {
		line += "  -H 'Content-Type: application/json' \\\n"
	}
	return line + "  -d " + quoted(body)
}

// ask lets the shop ask for a code.
func (d *page) ask(w http.ResponseWriter, r *http.Request) {
	o := order{Way: r.FormValue("way"), Phone: r.FormValue("phone")}
	by := o.Chosen()
	e, fields := d.shop.do(r, by.ask(o.Phone), by.sent)
	o.Asked = &e
	o.ID, _ = fields[by.id].(string)
	d.showOrder(w, r, o)
}

// check lets the shop check the code that somebody has typed.
func (d *page) check(w http.ResponseWriter, r *http.Request) {
	o := order{Way: r.FormValue("way"), Phone: r.FormValue("phone"), ID: r.FormValue("id"), Asked: &exchange{OK: true}}
	by := o.Chosen()
	e, _ := d.shop.do(r, by.check(o.Phone, o.ID, strings.TrimSpace(r.FormValue("code"))), by.right)
	o.Checked = &e
	d.showOrder(w, r, o)
}

func (d *page) showOrder(w http.ResponseWriter, r *http.Request, o order) {
	if web.Swaps(r) {
		d.Fragment(w, r, "shop", o.complete(d.network.Phones()))
		return
	}
	s, err := d.look(r, o)
	if err != nil {
		d.Refuse(w, r, http.StatusInternalServerError, err.Error())
		return
	}
	d.Show(w, r, d.Page, s)
}

package demo

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"simgate/api/web"
	"simgate/api/web/snippet"
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

// way is how the shop asks for a code: a dialect, and how its answers are judged.
type way struct {
	snippet.Dialect
	sent, right func(status int, answer map[string]any) bool
}

func success(status int, _ map[string]any) bool { return status < 300 }
func ok(_ int, a map[string]any) bool           { return a["ok"] == true }

func is(field string, value any) func(int, map[string]any) bool {
	return func(_ int, a map[string]any) bool { return a[field] == value }
}

// ways are all ways that the shop knows.
var ways = []way{
	{snippet.Named("sms"), success, is("verified", true)},
	{snippet.Named("voice"), success, is("verified", true)},
	{snippet.Named("textlink"), ok, ok},
	{snippet.Named("textflow"), ok, is("valid", true)},
	{snippet.Named("smscx"), success, is("status", "VERIFIED")},
	{snippet.Named("textmagic"), success, success},
	{snippet.Named("99digital"), is("status", "OK"), is("status", 1.0)},
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
func (s *shop) do(r *http.Request, out snippet.Request, good func(int, map[string]any) bool) (exchange, map[string]any) {
	body, kind := out.Body(s.key)
	e := exchange{Curl: snippet.Write("curl", s.address, s.key, out)}
	client := s.client
	client.Timeout = patient
	sent, err := http.NewRequestWithContext(r.Context(), out.Method, s.address+out.Path, strings.NewReader(body))
	if err != nil {
		e.Status = err.Error()
		return e, nil
	}
	sent.Header.Set("Content-Type", kind)
	out.Authorize(sent, s.key)
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

// ask lets the shop ask for a code.
func (d *page) ask(w http.ResponseWriter, r *http.Request) {
	o := order{Way: r.FormValue("way"), Phone: r.FormValue("phone")}
	by := o.Chosen()
	e, fields := d.shop.do(r, by.Ask(o.Phone), by.sent)
	o.Asked = &e
	o.ID, _ = fields[by.ID].(string)
	d.showOrder(w, r, o)
}

// check lets the shop check the code that somebody has typed.
func (d *page) check(w http.ResponseWriter, r *http.Request) {
	o := order{Way: r.FormValue("way"), Phone: r.FormValue("phone"), ID: r.FormValue("id"), Asked: &exchange{OK: true}}
	by := o.Chosen()
	e, _ := d.shop.do(r, by.Check(o.Phone, o.ID, strings.TrimSpace(r.FormValue("code"))), by.right)
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

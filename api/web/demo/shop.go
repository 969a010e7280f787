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
	Text       *asked // what the person is to send, instead of a code

	Ways   []way
	Phones []Phone
}

// Chosen returns the way that is chosen.
func (o order) Chosen() way { return wayNamed(o.Way) }

// asked is a text that a person is to send.
type asked struct{ Number, Text string }

// Waits reports whether a code is on its way that can be typed in.
func (o order) Waits() bool {
	return o.Asked != nil && o.Asked.OK && o.Text == nil && (o.Checked == nil || !o.Checked.OK)
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

// hears reports whether the person sends a text: what is checked is whether it has come.
func (w way) hears() bool { return w.Name == "mo" }

func success(status int, _ map[string]any) bool { return status < 300 }
func ok(_ int, a map[string]any) bool           { return a["ok"] == true }

func is(field string, value any) func(int, map[string]any) bool {
	return func(_ int, a map[string]any) bool { return a[field] == value }
}

// ways are all ways that the shop knows.
var ways = []way{
	{snippet.Named("sms"), success, is("verified", true)},
	{snippet.Named("voice"), success, is("verified", true)},
	{snippet.Named("mo"), success, is("state", "verified")},
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
	o.Text = textIn(fields)
	d.showOrder(w, r, o)
}

// textIn returns what an answer says that the person is to send, nil for nothing.
func textIn(answer map[string]any) *asked {
	fields, ok := answer["mo"].(map[string]any)
	if !ok {
		return nil
	}
	number, _ := fields["number"].(string)
	text, _ := fields["text"].(string)
	return &asked{number, text}
}

// check lets the shop check the code that somebody has typed, or look whether the text has
// come. Of what the page asks for by itself it shows nothing while nothing has changed.
func (d *page) check(w http.ResponseWriter, r *http.Request) {
	o := order{Way: r.FormValue("way"), Phone: r.FormValue("phone"), ID: r.FormValue("id"), Asked: &exchange{OK: true}}
	by := o.Chosen()
	e, fields := d.shop.do(r, by.Check(o.Phone, o.ID, strings.TrimSpace(r.FormValue("code"))), by.right)
	o.Checked, o.Text = &e, textIn(fields)
	if by.hears() && !e.OK {
		if r.FormValue("by") == "itself" && o.Text != nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		o.Asked.OK = o.Text != nil
	}
	d.showOrder(w, r, o)
}

// code answers with the QR code of what a person is to send, which the shop gets from the
// gateway as its own server does.
func (d *page) code(w http.ResponseWriter, r *http.Request) {
	//nolint:gosec // the address is that of the gateway, and the id is escaped
	sent, err := http.NewRequestWithContext(r.Context(), http.MethodGet, d.shop.address+snippet.Verification(r.PathValue("id"))+"/mo.svg", nil)
	if err != nil {
		d.Refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	sent.Header.Set("Authorization", "Bearer "+d.shop.key)
	answer, err := d.shop.client.Do(sent) //nolint:gosec // as above
	if err != nil {
		d.Refuse(w, r, http.StatusBadGateway, err.Error())
		return
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = io.Copy(w, io.LimitReader(answer.Body, 1<<20)) // whoever asked may have gone
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

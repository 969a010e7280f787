// Package forwards is the pages of the rules that pass on what comes in. Those of the
// configuration are shown and tested; those that are kept are changed and removed, too. What
// may be secret of where they lead is never shown: who changes a rule leaves it as it is, or
// writes it anew.
package forwards

import (
	"cmp"
	"embed"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/api/web"
	"simgate/gateway/fault"
	"simgate/gateway/forward"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/user"
)

// Gateway is what the pages use of a gateway.
type Gateway interface {
	Forwards() *forward.Forwarder
	Lines() *line.Pool
	Keys() *key.Ring
}

//go:embed templates
var templateFiles embed.FS

var templates, _ = fs.Sub(templateFiles, "templates")

// path is that of all rules; they are beside the webhooks.
const path = web.Root + "webhooks/forwards"

// Add adds the pages.
func Add(p *web.Pages, g Gateway) {
	f := &forwards{pages: p, gateway: g, page: &web.Page{Name: "webhooks", Template: "aforward", Path: "/forwards/{name}"}}
	f.page.Data = func(r *http.Request) (any, error) { return f.find(r, r.PathValue("name")) }
	all := &web.Page{Name: "webhooks", Template: "forwards", Path: "/forwards", Data: func(r *http.Request) (any, error) { return f.all(r, web.Form{}) }}
	f.adding = web.Letter{Page: all, Fields: fields, Secret: secret, Data: f.all}
	f.changing = web.Letter{Page: f.page, Fields: fields, Secret: secret, Data: func(r *http.Request, typed web.Form) (any, error) {
		d, err := f.find(r, r.FormValue("rule"))
		d.Form = typed
		return d, err
	}}
	p.Add(templates, all, f.page)
	p.Dangerous(user.Owner, "POST "+path+"/add", f.add) // whoever makes a rule reads what comes in
	p.Dangerous(user.Owner, "POST "+path+"/change", f.change)
	p.HandleFunc("POST "+path+"/test", f.test)
	p.Dangerous(user.Owner, "POST "+path+"/remove", f.remove)
}

type forwards struct {
	pages   *web.Pages
	gateway Gateway
	page    *web.Page // of one rule

	adding, changing web.Letter
}

// fields are those of the form of a rule, and secret those that may be: what leads to an
// address or a topic with it may read, or pose as, what is passed on.
var (
	fields = map[string]string{"name": "name", "from": "from", "line": "line", "app": "app", "text": "text", "number": "number", "limit": "limit",
		"email": "email", "webhook": "webhook", "ntfy": "ntfy", "ntfy_token": "ntfy_token"}
	secret = []string{"webhook", "ntfy", "ntfy_token"}
)

// choices are what a rule can be about.
type choices struct {
	Lines []sim
	Apps  []string
	Usual int // limit
	Most  int
}

type sim struct {
	ID   int64
	Name string
}

func (f *forwards) choices(r *http.Request) (c choices, err error) {
	c.Usual, c.Most = forward.UsualLimit, forward.MaxLimit
	lines, err := f.gateway.Lines().List(r.Context())
	if err != nil {
		return c, err
	}
	for _, l := range lines {
		if l.ID != 0 {
			c.Lines = append(c.Lines, sim{l.ID, cmp.Or(l.Label, l.Name)})
		}
	}
	keys, err := f.gateway.Keys().List(r.Context())
	for _, k := range keys {
		c.Apps = append(c.Apps, k.App)
	}
	slices.Sort(c.Apps)
	c.Apps = slices.Compact(c.Apps)
	return c, err
}

// letter is the form of a rule.
type letter struct {
	choices
	Rule rule     // as it is; an empty one for one that is being made
	Form web.Form // as it was sent
}

// allRules is what the page of all rules shows.
type allRules struct {
	letter
	Rules []rule
}

// rule is a rule as it may be shown.
type rule struct{ forward.Rule }

// Path returns the path of the page of the rule.
func (r rule) Path() string { return path + "/" + url.PathEscape(r.Name) }

// Kept reports whether the rule can be changed here.
func (r rule) Kept() bool { return r.ID != 0 }

// field is one that leads to somebody: a form shows at most a part of what it is now.
type field struct {
	Name, Title, Example, Now string
	Form                      web.Form
}

// Sender is the field of whose messages are passed on.
func (l letter) Sender() field {
	return field{Name: "from", Title: "From this number or name", Now: l.Rule.From, Form: l.Form}
}

// Where are the fields of where they go.
func (l letter) Where() []field {
	r := l.Rule
	all := []field{
		{Name: "number", Title: "To this number", Example: "+49 1511 2345678", Now: r.Number},
		{Name: "email", Title: "To this mailbox", Example: "me@example.com", Now: r.Email},
		{Name: "webhook", Title: "To this address, as JSON", Example: "https://example.com/hook", Now: r.Webhook},
		{Name: "ntfy", Title: "To this topic of ntfy", Example: "https://ntfy.sh/TOPIC", Now: r.Ntfy},
		{Name: "ntfy_token", Title: "Token of ntfy", Now: r.Token},
	}
	for i := range all {
		all[i].Form = l.Form
	}
	return all
}

func (f *forwards) all(r *http.Request, typed web.Form) (any, error) {
	d := allRules{letter: letter{Form: typed}}
	rules, err := f.gateway.Forwards().List(r.Context())
	if err != nil {
		return nil, err
	}
	for _, one := range rules {
		d.Rules = append(d.Rules, rule{one.Masked()})
	}
	d.choices, err = f.choices(r)
	return d, err
}

// aRule is what the page of one rule shows.
type aRule struct {
	letter
	Tried []forward.Outcome // nil: it was not tested
}

func (f *forwards) find(r *http.Request, name string) (d aRule, err error) {
	rules, err := f.gateway.Forwards().List(r.Context())
	if err != nil {
		return d, err
	}
	for _, one := range rules { // one that is kept comes after one of the configuration
		if one.Name == name {
			d.Rule = rule{one.Masked()}
		}
	}
	if d.Rule.Name == "" {
		return d, fault.NewNotFound("there is no forward rule with this name")
	}
	d.choices, err = f.choices(r)
	return d, err
}

// hidden are the fields of which a form says only what is new.
var hidden = map[string]func(*forward.Rule) *string{
	"from":       func(r *forward.Rule) *string { return &r.From },
	"number":     func(r *forward.Rule) *string { return &r.Number },
	"email":      func(r *forward.Rule) *string { return &r.Email },
	"webhook":    func(r *forward.Rule) *string { return &r.Webhook },
	"ntfy":       func(r *forward.Rule) *string { return &r.Ntfy },
	"ntfy_token": func(r *forward.Rule) *string { return &r.Token },
}

// read returns what a form changes of a rule.
func read(r *http.Request) func(*forward.Rule) {
	word := func(name string) string { return strings.TrimSpace(r.FormValue(name)) }
	return func(into *forward.Rule) {
		into.Name, into.App, into.Text, into.Calls = word("name"), word("app"), word("text"), word("calls") != ""
		into.Line, _ = strconv.ParseInt(word("line"), 10, 64) // what is no id is any
		into.Limit = 0
		if s := word("limit"); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil {
				n = -1 // which is refused
			}
			into.Limit = n
		}
		for name, of := range hidden {
			if s := word(name); s != "" {
				*of(into) = s
			} else if slices.Contains(r.Form["clear"], name) {
				*of(into) = ""
			}
		}
		if into.Ntfy == "" && word("ntfy_token") == "" {
			into.Token = "" // it goes with its topic
		}
	}
}

func (f *forwards) add(w http.ResponseWriter, r *http.Request) {
	var n forward.Rule
	read(r)(&n)
	web.Note(r, n.Name)
	made, err := f.gateway.Forwards().Add(r.Context(), n)
	f.pages.Answer(w, r, rule{made}.Path(), f.adding, err)
}

func (f *forwards) change(w http.ResponseWriter, r *http.Request) {
	web.Note(r, r.FormValue("rule"))
	changed, err := f.gateway.Forwards().Change(r.Context(), r.FormValue("rule"), read(r))
	f.pages.Answer(w, r, rule{changed}.Path(), f.changing, err)
}

func (f *forwards) remove(w http.ResponseWriter, r *http.Request) {
	web.Note(r, r.FormValue("rule"))
	_, err := f.gateway.Forwards().Remove(r.Context(), r.FormValue("rule"))
	f.pages.Done(w, r, path, err)
}

// testing is how long the test of a rule may take: of four ways.
const testing = 45 * time.Second

func (f *forwards) test(w http.ResponseWriter, r *http.Request) {
	web.Note(r, r.FormValue("rule"))
	web.Patient(w, testing)
	tried, err := f.gateway.Forwards().Test(r.Context(), r.FormValue("rule"))
	var d aRule
	if err == nil {
		d, err = f.find(r, r.FormValue("rule"))
	}
	if err != nil {
		f.pages.Done(w, r, path, err)
		return
	}
	d.Tried = tried
	f.pages.Show(w, r, f.page, d)
}

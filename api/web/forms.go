package web

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"simgate/gateway/fault"
)

// Letter is a form of a page with several fields. What is wrong with it is said on the page
// that has it, beside the field or above the form, and what was typed stays.
type Letter struct {
	Page *Page
	// Fields are those of the form, by what errors call them; an error of another field, or of
	// none, is said above the form.
	Fields map[string]string
	// Secret are the fields of the form that are not sent back: they are typed again.
	Secret []string
	// Data returns what the page shows, with the form as it was sent. Its error says that there
	// is no such page.
	Data func(r *http.Request, f Form) (any, error)
}

// Form is what was typed into a form, and what is wrong with it. The zero Form was not sent.
type Form struct {
	typed          url.Values
	field, problem string
	withheld       []string // fields that had something, and are empty now
}

// Problem is what is wrong with a field of a form, or with the form where Field is "".
type Problem struct {
	Field, Text string
	Withheld    bool // what was typed into the field is not sent back
}

// Bad returns what marks a field that has a problem, and says it.
func (p Problem) Bad() bool { return p.Text != "" }

// ID returns the name of the element that says it.
func (p Problem) ID() string { return strings.TrimPrefix(p.Field+"-problem", "-") }

// Sent reports whether somebody has sent the form: what it has is what was typed.
func (f Form) Sent() bool { return f.typed != nil }

// Value returns what was typed into a field, and before somebody has sent it what it has.
func (f Form) Value(name string, before any) string {
	if !f.Sent() {
		return fmt.Sprint(before)
	}
	return f.typed.Get(name)
}

// Has reports whether a value of a list or a box was chosen, and before somebody has sent the
// form whether it is.
func (f Form) Has(name string, value any, before bool) bool {
	if !f.Sent() {
		return before
	}
	return slices.Contains(f.typed[name], fmt.Sprint(value))
}

// Fills reports whether one of these fields has something, so that what folds them is open.
func (f Form) Fills(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return f.typed.Get(name) != "" || f.field == name || slices.Contains(f.withheld, name)
	})
}

// Problem returns what is wrong with a field, and with the form for "".
func (f Form) Problem(field string) Problem {
	p := Problem{Field: field, Withheld: slices.Contains(f.withheld, field)}
	if f.Sent() && f.field == field {
		p.Text = f.problem
	}
	return p
}

// form returns the form as it was sent, and what is wrong with it.
func (l Letter) form(r *http.Request, err error) Form {
	_ = r.ParseForm() // what cannot be read was not typed
	typed := r.PostForm
	if r.Method == http.MethodGet {
		typed = r.Form
	}
	f := Form{typed: url.Values{}, problem: sayError(r, err)}
	maps.Copy(f.typed, typed)
	for _, name := range l.Secret {
		if f.typed.Get(name) != "" {
			f.withheld = append(f.withheld, name)
		}
		f.typed.Del(name)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		f.field = l.Fields[e.Field]
	}
	return f
}

// Again answers a form that something is wrong with: with its page, as it was sent. Where htmx
// has sent it the answer is the reason alone, and the page stays as it is.
func (p *Pages) Again(w http.ResponseWriter, r *http.Request, l Letter, err error) {
	if !Swaps(r) {
		if data, broken := l.Data(r, l.form(r, err)); broken == nil {
			p.ShowAs(w, r, statusOf(err), l.Page, data)
			return
		}
	}
	p.Refuse(w, r, statusOf(err), sayError(r, err))
}

// Answer is [Pages.Done] for a form that comes again if something is wrong with it.
func (p *Pages) Answer(w http.ResponseWriter, r *http.Request, back string, l Letter, err error) {
	if err != nil {
		p.Again(w, r, l, err)
		return
	}
	p.Done(w, r, back, nil)
}

// Package press answers a second press on the button of a form as the first. A form that makes
// something has a token of its own: who sends it again, as impatient people do on a slow
// network, gets the same answer, and not a second key.
package press

import (
	"bytes"
	"context"
	"crypto/rand"
	"html/template"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Field is the name of the field of a form that holds its token.
const Field = "press"

// Input returns the field with a new token.
func Input() template.HTML {
	return template.HTML(`<input type="hidden" name="` + Field + `" value="` + rand.Text() + `">`) //nolint:gosec // letters and digits
}

// An answer is kept for so long, and so many are.
const (
	life = 10 * time.Minute
	most = 16
)

// Answers are those that were given lately. The zero value is ready for use, also by several
// goroutines.
type Answers struct {
	mu  sync.Mutex
	all []*answer // the oldest first
}

// answer is what a form was answered.
type answer struct {
	forms []string
	at    time.Time

	making chan struct{} // takes one value, while it is answered
	status int           // 0: it is not answered yet
	header http.Header
	body   bytes.Buffer
}

// Header, Write and WriteHeader make it what a handler answers with.
func (a *answer) Header() http.Header { return a.header }

// Write adds to the body.
func (a *answer) Write(octets []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(octets)
}

// WriteHeader sets the status, once.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// waiting is an answer that is being made: its deadlines are those of who waits for it.
type waiting struct {
	*answer
	to http.ResponseWriter
}

// Unwrap returns what the controller of an answer needs.
func (w waiting) Unwrap() http.ResponseWriter { return w.to }

// Once has a form handled that is sent for the first time, to its end even if the browser goes
// away, and answers what was answered then where it is sent again. A form that was refused is
// handled again. The form is named by who sends it, where, and its token; it may have several
// names.
func (a *Answers) Once(w http.ResponseWriter, r *http.Request, h http.HandlerFunc, forms ...string) {
	one := a.of(forms, time.Now())
	one.making <- struct{}{}
	defer func() { <-one.making }()
	if !one.good() {
		one.status, one.header = 0, http.Header{}
		one.body.Reset()
		h(waiting{one, w}, r.WithContext(context.WithoutCancel(r.Context())))
	}
	one.write(w)
}

// Again answers a form as it was answered before, and reports whether it was.
func (a *Answers) Again(form string, w http.ResponseWriter) bool {
	one := a.find([]string{form}, time.Now())
	if one == nil {
		return false
	}
	one.making <- struct{}{}
	defer func() { <-one.making }()
	if !one.good() {
		return false
	}
	one.write(w)
	return true
}

// good reports whether the form was answered and not refused.
func (a *answer) good() bool { return a.status != 0 && a.status < http.StatusBadRequest }

// write writes the answer once more.
func (a *answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = slices.Clone(values)
	}
	w.WriteHeader(max(a.status, http.StatusOK))
	_, _ = w.Write(a.body.Bytes()) // who does not read it is away
}

// find returns the answer to a form, nil for none, and drops those that are old.
func (a *Answers) find(forms []string, now time.Time) *answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.look(forms, now)
}

func (a *Answers) look(forms []string, now time.Time) *answer {
	a.all = slices.DeleteFunc(a.all, func(one *answer) bool { return now.Sub(one.at) > life })
	for _, one := range a.all {
		if slices.ContainsFunc(forms, func(form string) bool { return slices.Contains(one.forms, form) }) {
			return one
		}
	}
	return nil
}

// of returns the answer to a form, a new one where there is none, and drops those that are too
// many.
func (a *Answers) of(forms []string, now time.Time) *answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if one := a.look(forms, now); one != nil {
		return one
	}
	one := &answer{forms: forms, at: now, making: make(chan struct{}, 1)}
	a.all = append(a.all, one)
	if len(a.all) > most {
		a.all = slices.Delete(a.all, 0, 1)
	}
	return one
}

package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/user"
	"simgate/gateway/webhook"
)

// Teller is a gateway whose webhooks people look after.
type Teller interface {
	Gateway
	Webhooks() *webhook.Webhooks
}

// AddWebhooks adds the pages of the webhooks and of what was delivered to them. formats are
// the names of the formats that there are, the usual one first.
func AddWebhooks(p *Pages, g Teller, formats []string) {
	w := &webhooks{pages: p, gateway: g, formats: formats, page: &Page{Name: "webhooks", Template: "awebhook", Path: "/{id}", Every: time.Second}}
	w.page.Data = func(r *http.Request) (any, error) { return w.find(r) }
	w.page.Regions = func(data any) []Region { return []Region{{ID: "deliveries", Template: "deliveries", Data: data}} }
	all := &Page{Name: "webhooks", Title: "Webhooks", Wide: true, Data: func(r *http.Request) (any, error) { return w.all(r, Form{}) }}
	w.adding = Letter{Page: all, Fields: map[string]string{"app": "app", "url": "url", "format": "format", "kinds": "kind", "secret": "secret"}, Secret: []string{"secret"}, Data: w.all}
	w.replaying = Letter{Page: w.page, Fields: map[string]string{"state": "state", "from": "from", "until": "until"}, Data: func(r *http.Request, f Form) (any, error) {
		d, err := w.find(r)
		d.Form = f
		return d, err
	}}
	p.Add(nil, all, w.page, &Page{Name: "webhooks", Template: "adelivery", Path: "/{id}/{delivery}", Data: w.delivery})
	p.Dangerous(user.Owner, "POST "+Root+"webhooks", w.add)
	p.HandleFunc("POST "+Root+"webhooks/{id}/test", w.test)
	p.Dangerous(user.Owner, "POST "+Root+"webhooks/{id}/rotate", w.rotate)
	p.Dangerous(user.Owner, "POST "+Root+"webhooks/{id}/remove", w.remove)
	p.HandleFunc("POST "+Root+"webhooks/{id}/replay", w.replay)
}

type webhooks struct {
	pages   *Pages
	gateway Teller
	formats []string
	page    *Page // of one webhook

	adding, replaying Letter
}

// allWebhooks is what the page of all webhooks shows.
type allWebhooks struct {
	Webhooks []webhook.Webhook
	Days     map[int64]webhook.Day // by the ids
	Failing  []webhook.Failing
	Formats  []string
	Kinds    []string
	Apps     []string
	Form     Form // of a new one
}

func (w *webhooks) all(r *http.Request, f Form) (any, error) {
	ctx := r.Context()
	d := allWebhooks{Formats: w.formats, Kinds: gateway.NewsKinds, Form: f}
	var err error
	if d.Webhooks, err = w.gateway.Webhooks().List(ctx); err != nil {
		return nil, err
	}
	if d.Days, err = w.gateway.Webhooks().Days(ctx); err != nil {
		return nil, err
	}
	if d.Failing, err = w.gateway.Webhooks().Failing(ctx); err != nil {
		return nil, err
	}
	d.Apps, err = apps(ctx, w.gateway)
	return d, err
}

// aWebhook is what the page of one webhook shows.
type aWebhook struct {
	webhook.Webhook
	Secret     string // that was just made; it is shown this once
	Tried      *webhook.Tried
	State      string
	States     []webhook.State
	Deliveries []delivery
	Next       int64  // the cursor of the next page, 0 for none
	Form       Form   // in which what is delivered again is chosen
	Here       string // the zone of its times
}

// delivery is a delivery, with the page of what it is about.
type delivery struct {
	webhook.Delivery
	About   string           // path, "" for none
	Request *webhook.Request // that was sent; nil where it is not known, and in a list
}

// Path returns the path of the page of the delivery.
func (d delivery) Path() string {
	return aWebhook{Webhook: webhook.Webhook{ID: d.Webhook}}.Path() + "/" + strconv.FormatInt(d.ID, 10)
}

// Of returns the path of the page of its webhook.
func (d delivery) Of() string { return aWebhook{Webhook: webhook.Webhook{ID: d.Webhook}}.Path() }

// Body returns what was sent, which stands in the address where a format has it there.
func (d delivery) Body() string {
	if len(d.Request.Body) == 0 {
		return d.Request.URL
	}
	return string(d.Request.Body)
}

// delivery is what the page of one delivery shows.
func (w *webhooks) delivery(r *http.Request) (any, error) {
	id, _ := strconv.ParseInt(r.PathValue("delivery"), 10, 64) // there is none with the id 0
	one, request, err := w.gateway.Webhooks().Sent(r.Context(), id)
	if err == nil && strconv.FormatInt(one.Webhook, 10) != r.PathValue("id") {
		err = fault.NewNotFound("there is no delivery with this id: see the list of deliveries")
	}
	return delivery{one, aboutOf(one), request}, err
}

// aboutOf returns the page of what a delivery is about, "" for none.
func aboutOf(d webhook.Delivery) string {
	noun, state, _ := strings.Cut(d.Kind, ".")
	if noun != "message" && noun != "call" || d.Kind == gateway.NewsReceived || d.Kind == gateway.NewsAmended || state == "" {
		return ""
	}
	return Root + "why/" + noun + "/" + strconv.FormatInt(d.Subject, 10)
}

// deliveriesOfPage is how many deliveries a page shows.
const deliveriesOfPage = 50

func (w *webhooks) find(r *http.Request) (d aWebhook, err error) {
	ctx := r.Context()
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64) // there is none with the id 0
	all, err := w.gateway.Webhooks().List(ctx)
	if err != nil {
		return d, err
	}
	for _, one := range all {
		if one.ID == id {
			d.Webhook = one
		}
	}
	if d.ID == 0 {
		return d, fault.NewNotFound("there is no webhook with this id")
	}
	d.States, d.Here = webhook.States, time.Now().Format("MST")
	if r.Method == http.MethodGet {
		d.State = r.FormValue("state")
	}
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64) // what is no id is the first page
	list, err := w.gateway.Webhooks().Deliveries(ctx, webhook.Filter{Webhook: id, State: webhook.State(d.State), Before: before, Limit: deliveriesOfPage})
	for _, one := range list {
		d.Deliveries = append(d.Deliveries, delivery{Delivery: one, About: aboutOf(one)})
	}
	if len(list) == deliveriesOfPage {
		d.Next = list[len(list)-1].ID
	}
	return d, err
}

// Path returns the path of the page of the webhook.
func (d aWebhook) Path() string { return Root + "webhooks/" + strconv.FormatInt(d.ID, 10) }

// show answers with the page of a webhook and what was just done with it.
func (w *webhooks) show(rw http.ResponseWriter, r *http.Request, secret string, tried *webhook.Tried, err error) {
	var d aWebhook
	if err == nil {
		d, err = w.find(r)
	}
	if err != nil {
		w.pages.Refuse(rw, r, statusOf(err), sayError(r, err))
		return
	}
	d.Secret, d.Tried = secret, tried
	w.pages.Show(rw, r, w.page, d)
}

func (w *webhooks) add(rw http.ResponseWriter, r *http.Request) {
	n := webhook.Webhook{App: strings.TrimSpace(r.FormValue("app")), URL: strings.TrimSpace(r.FormValue("url")), Format: r.FormValue("format"),
		Kinds: r.Form["kind"], Secret: strings.TrimSpace(r.FormValue("secret"))}
	made, err := w.gateway.Webhooks().Add(r.Context(), n)
	if err != nil {
		w.pages.Again(rw, r, w.adding, err)
		return
	}
	Note(r, fmt.Sprintf("%d, %s", made.ID, made.App))
	r.SetPathValue("id", strconv.FormatInt(made.ID, 10))
	w.show(rw, r, made.Secret, nil, nil)
}

// testing is how long the receiver of a webhook may take to answer.
const testing = 20 * time.Second

func (w *webhooks) test(rw http.ResponseWriter, r *http.Request) {
	Note(r, r.PathValue("id"))
	Patient(rw, testing)
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	t, err := w.gateway.Webhooks().Test(r.Context(), id)
	w.show(rw, r, "", &t, err)
}

func (w *webhooks) rotate(rw http.ResponseWriter, r *http.Request) {
	Note(r, r.PathValue("id"))
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	made, err := w.gateway.Webhooks().Rotate(r.Context(), id)
	w.show(rw, r, made.Secret, nil, err)
}

func (w *webhooks) remove(rw http.ResponseWriter, r *http.Request) {
	Note(r, r.PathValue("id"))
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	w.pages.Done(rw, r, Root+"webhooks", w.gateway.Webhooks().Remove(r.Context(), id))
}

// replay delivers something again, or what has failed, or all, of some time.
func (w *webhooks) replay(rw http.ResponseWriter, r *http.Request) {
	Note(r, r.PathValue("id"))
	back := Root + "webhooks/" + r.PathValue("id")
	if one := r.FormValue("delivery"); one != "" {
		id, _ := strconv.ParseInt(one, 10, 64)
		_, err := w.gateway.Webhooks().Replay(r.Context(), id)
		w.pages.Done(rw, r, back, err)
		return
	}
	hook, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	f, err := readRange(r, webhook.Filter{Webhook: hook, State: webhook.Failed, Limit: 500})
	if err == nil {
		err = w.replayRange(r.Context(), f)
	}
	w.pages.Answer(rw, r, back, w.replaying, err)
}

// readRange reads which deliveries of a webhook are made again: those that have failed, unless
// the form says all, and since and until when.
func readRange(r *http.Request, f webhook.Filter) (webhook.Filter, error) {
	switch r.FormValue("state") {
	case "", string(webhook.Failed):
	case "all":
		f.State = ""
	default:
		return f, fault.NewInvalid("state", Printer(r).Sprintf("Choose from the list what is delivered again."))
	}
	for name, into := range map[string]*time.Time{"from": &f.Since, "until": &f.Until} {
		s := strings.TrimSpace(r.FormValue(name))
		if s == "" {
			continue
		}
		at, err := time.ParseInLocation(localTime, s, time.Local)
		if err != nil {
			return f, fault.NewInvalid(name, Printer(r).Sprintf("A time is written as 2026-11-29T18:30."))
		}
		*into = at
	}
	switch {
	case !f.Until.IsZero() && !f.Since.Before(f.Until):
		return f, fault.NewInvalid("until", Printer(r).Sprintf("The end is before the begin."))
	case f.State == "" && f.Since.IsZero():
		return f, fault.NewInvalid("from", Printer(r).Sprintf("Say from when: all that was ever delivered is too much."))
	}
	return f, nil
}

// replayRange delivers again what a filter selects and is not pending, oldest first.
func (w *webhooks) replayRange(ctx context.Context, f webhook.Filter) error {
	var ended []int64
	for {
		list, err := w.gateway.Webhooks().Deliveries(ctx, f)
		if err != nil {
			return err
		}
		for _, d := range list {
			if f.Before = d.ID; d.State != webhook.Pending {
				ended = append(ended, d.ID)
			}
		}
		if len(list) < f.Limit {
			break
		}
	}
	for _, id := range slices.Backward(ended) {
		if _, err := w.gateway.Webhooks().Replay(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

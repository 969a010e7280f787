package textmagic

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"simgate/gateway"
	"simgate/gateway/inbox"
	"simgate/gateway/key"
)

// The sizes of pages, and how many of the newest entries are listed at all.
const (
	defaultPage = 10
	maxPage     = 100
	maxListed   = 500
)

// page is a part of a list.
type page struct {
	Page      int              `json:"page"`
	Limit     int              `json:"limit"`
	PageCount int              `json:"pageCount"`
	Resources []map[string]any `json:"resources"`
}

// readPage reads which part of a list is asked for.
func (r request) readPage() (page, error) {
	p := page{Page: 1, Limit: defaultPage, Resources: []map[string]any{}}
	var wrong validation
	for name, value := range map[string]*int{"page": &p.Page, "limit": &p.Limit} {
		if s := r.QueryParam(name); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil || n < 1 {
				_ = wrong.add(invalid(name, "must be a whole number, at least 1"))
				continue
			}
			*value = n
		}
	}
	p.Limit = min(p.Limit, maxPage)
	if p.Page > maxListed/p.Limit+1 {
		_ = wrong.add(invalid("page", "only the last 500 entries are listed"))
	}
	return p, wrong.err()
}

// of returns the elements of a list that are on the page, and counts the pages.
func of[T any](p *page, list []T) []T {
	p.PageCount = (len(list) + p.Limit - 1) / p.Limit
	from := (p.Page - 1) * p.Limit
	return list[min(len(list), from):min(len(list), from+p.Limit)]
}

// nothing lists what the gateway does not have: contacts, templates and the like.
func (t server) nothing(r request) error {
	p, err := r.readPage()
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, p)
}

// messages lists messages that were sent, newest first.
func (t server) messages(r request) error {
	p, err := r.readPage()
	if err != nil {
		return err
	}
	list, err := t.sent(r)
	if err != nil {
		return err
	}
	first := firstOf(list)
	for _, m := range of(&p, list) {
		p.Resources = append(p.Resources, showMessage(m, first[sessionKey(m)].ID))
	}
	return r.JSON(http.StatusOK, p)
}

// sent returns the newest messages of the app, those of codes left out. With lastId
// only earlier ones are returned.
func (t server) sent(r request) ([]gateway.Message, error) {
	f := gateway.MessageFilter{App: r.key.App, NoCodes: true, Limit: maxListed}
	if s := r.QueryParam("lastId"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 1 {
			return nil, invalid("lastId", "must be a whole number, at least 1")
		}
		f.Before = n
	}
	return t.Gateway.Messages(r.Request().Context(), f)
}

// sessionKey is what the messages of a session share.
func sessionKey(m gateway.Message) string {
	if m.Origin.Request != "" {
		return m.Origin.Request
	}
	return strconv.FormatInt(m.ID, 10)
}

// firstOf returns the first message of each session of a list, newest first.
func firstOf(list []gateway.Message) map[string]gateway.Message {
	first := map[string]gateway.Message{}
	for _, m := range list {
		first[sessionKey(m)] = m
	}
	return first
}

// sessions lists requests to send, newest first.
func (t server) sessions(r request) error {
	p, err := r.readPage()
	if err != nil {
		return err
	}
	list, err := t.sent(r)
	if err != nil {
		return err
	}
	first, size := firstOf(list), map[string]int{}
	for _, m := range list {
		size[sessionKey(m)]++
	}
	list = slices.DeleteFunc(list, func(m gateway.Message) bool { return first[sessionKey(m)].ID != m.ID })
	for _, m := range of(&p, list) {
		p.Resources = append(p.Resources, map[string]any{"id": m.ID, "startTime": m.Accepted.UTC().Format(timeLayout), "text": m.Text,
			"source": "A", "referenceId": m.CustomID, "price": 0, "numbersCount": size[sessionKey(m)], "destination": "t", "initiatorId": nil, "title": nil})
	}
	return r.JSON(http.StatusOK, p)
}

// incomingIDs is added to the ids of what comes in, which are those of no message that
// is sent then. Ids stay within 32 bits, as the SDKs have them.
const incomingIDs = 1 << 30

// replies lists incoming messages of the app, newest first, or all where the key may read
// all. A key that may not read them gets an
// empty list: apps ask for them whether they need them or not.
func (t server) replies(r request) error {
	p, err := r.readPage()
	if err != nil {
		return err
	}
	if !r.key.Allows(key.ReadInbox) {
		return r.JSON(http.StatusOK, p)
	}
	f := inbox.Filter{Limit: maxListed}
	if !r.key.Allows(key.AllInbox) {
		f.App = r.key.App
	}
	list, err := t.Gateway.Inbox().List(r.Request().Context(), f)
	if err != nil {
		return err
	}
	numbers, err := t.numbers(r)
	if err != nil {
		return err
	}
	for _, m := range of(&p, list) {
		p.Resources = append(p.Resources, map[string]any{"id": incomingIDs + m.ID, "sender": strings.TrimPrefix(m.Sender, "+"), "receiver": numbers[m.Line],
			"messageTime": m.Received.UTC().Format(timeLayout), "text": m.Text, "contactId": nil, "firstName": "", "lastName": "",
			"avatar": nil, "email": nil})
	}
	return r.JSON(http.StatusOK, p)
}

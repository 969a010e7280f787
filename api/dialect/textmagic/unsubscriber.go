package textmagic

import (
	"net/http"
	"strconv"
	"strings"

	"simgate/gateway"
	"simgate/gateway/cause"
	"simgate/gateway/optout"
)

// unsubscribers lists the numbers that get no messages of the app, newest first. Those that
// were forgotten are left out.
func (t server) unsubscribers(r request) error {
	p, err := r.readPage()
	if err != nil {
		return err
	}
	list, err := t.Gateway.OptOuts().Entries(r.Request().Context(), optout.Filter{App: r.key.App, Limit: maxListed})
	if err != nil {
		return err
	}
	for _, e := range of(&p, list) {
		p.Resources = append(p.Resources, showUnsubscriber(e))
	}
	return r.JSON(http.StatusOK, p)
}

// unsubscriber answers with one of them.
func (t server) unsubscriber(r request) error {
	id, err := strconv.ParseInt(r.Param("id"), 10, 64)
	if err == nil && id > 0 {
		list, err := t.Gateway.OptOuts().Entries(r.Request().Context(), optout.Filter{App: r.key.App, Before: id + 1, Limit: 1})
		if err != nil {
			return err
		}
		if len(list) > 0 && list[0].ID == id {
			return r.JSON(http.StatusOK, showUnsubscriber(list[0]))
		}
	}
	return fail(http.StatusNotFound, "there is no unsubscriber with this id")
}

// unsubscribe has a number get no more messages of the app.
func (t server) unsubscribe(r request) error {
	if err := r.read(); err != nil {
		return err
	}
	to, err := t.readPhone(r, "phone", r.fields["phone"], "country", "")
	if err != nil {
		return err
	}
	e, _, err := t.Gateway.OptOuts().Add(r.Request().Context(), r.key.App, string(to), optout.ByApp)
	if err != nil {
		return err
	}
	id := strconv.FormatInt(e.ID, 10)
	return r.JSON(http.StatusCreated, map[string]any{"id": e.ID, "href": "/api/v2/unsubscribers/" + id})
}

func showUnsubscriber(e optout.Entry) map[string]any {
	return map[string]any{"id": e.ID, "phone": strings.TrimPrefix(string(e.Number), "+"), "unsubscribeTime": e.Made.UTC().Format(timeLayout),
		"firstName": "", "lastName": ""}
}

// rejectReason says why a message was not sent, nil where it was or may still be.
func rejectReason(m gateway.Message) any {
	if m.Cause.Code == cause.OptedOut {
		return "unsubscribed"
	}
	return nil
}

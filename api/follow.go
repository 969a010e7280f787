package api

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/connection"
	"simgate/api/stream"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/msisdn"
)

const eventStream = "text/event-stream"

// follows reports whether a request asks for a stream.
func follows(r *http.Request) bool {
	for _, accepted := range r.Header.Values("Accept") {
		for media := range strings.SplitSeq(accepted, ",") {
			if kind, _, err := mime.ParseMediaType(media); err == nil && kind == eventStream {
				return true
			}
		}
	}
	return false
}

// changes is the stream of changes as it is told.
type changes struct{ *gateway.Gateway }

// After returns changes as events.
func (s changes) After(ctx context.Context, id int64, limit int) ([]stream.Event, error) {
	list, err := s.Changes(ctx, id, limit)
	out := make([]stream.Event, len(list))
	for i, c := range list {
		if err == nil {
			out[i], err = showChange(c)
		}
	}
	return out, err
}

// Kept returns the oldest and the newest.
func (s changes) Kept(ctx context.Context) (oldest, newest int64, err error) {
	return s.KeptChanges(ctx)
}

// Changed returns a channel that is closed after the next.
func (s changes) Changed() <-chan struct{} { return s.OnChange() }

func showChange(c gateway.Changed) (stream.Event, error) {
	e := stream.Event{ID: c.ID, Kind: c.News, App: c.App}
	out := v1.Change{ID: c.ID, Kind: c.News, App: c.App, At: c.At.Time(), From: c.From}
	switch {
	case c.Message != nil:
		m := showMessage(*c.Message)
		out.Message, e.Number, e.Line = &m, m.To, m.Line
	case c.Incoming != nil:
		m := showIncoming(*c.Incoming)
		out.Incoming, e.Number, e.Line = &m, m.Sender, m.Line
	case c.Verification != nil:
		v := showVerification(*c.Verification)
		out.Verification, e.Number = &v, v.To
	case c.Call != nil:
		v := showCall(*c.Call)
		out.Call, e.Number, e.Line = &v, v.To, v.Line
	case c.Contact != nil:
		out.Contact = &v1.Tagged{App: c.App, Number: string(c.Contact.Number), Tag: c.Contact.Tag}
		e.Number = out.Contact.Number
	case c.OptOut != nil:
		v := showOptOut(*c.OptOut)
		out.OptOut, e.Number, e.Line = &v, v.Number, v.Line
	case c.Event != nil:
		v := showEvent(*c.Event)
		out.Event, e.Line = &v, v.Line
	}
	var err error
	e.Data, err = json.Marshal(out)
	return e, err
}

// follow sends changes as they happen, as server-sent events. What comes in is sent to
// keys that may read the inbox of its app or all that comes in, events of the owner to the
// operator, and all else to the app that it belongs to.
func (s *Server) follow(c echo.Context, k key.Key) error {
	kinds, err := kindsOf(c)
	if err != nil {
		return err
	}
	app, err := appOf(c, visible(k))
	if err != nil {
		return err
	}
	line, err := number(c.QueryParam("line"), "line")
	if err != nil {
		return err
	}
	to := c.QueryParam("to")
	if to != "" {
		n, err := s.gateway.ReadNumber(app, to, msisdn.Reading{})
		if err != nil {
			return err
		}
		to = string(n)
	}
	for _, name := range []string{"before", "limit"} {
		if c.QueryParam(name) != "" {
			return &body.Error{Field: name, Message: "is for the list; a stream has no end"}
		}
	}
	last := c.Request().Header.Get("Last-Event-ID")
	if last == "" {
		last = c.QueryParam("after")
	}
	again := authentication(c)
	may := func() (err error) {
		if k, err = again(); err == nil && !k.Allows(key.Read) {
			err = errRevoked
		}
		return err
	}
	named := c.QueryParam("app")
	wants := func(e stream.Event) bool {
		return (len(kinds) == 0 || slices.Contains(kinds, e.Kind)) && (to == "" || e.Number == to) && (line == 0 || e.Line == line) && sees(k, app, named, e)
	}
	connection.Release(c.Request().Context())
	c.Response().Header().Set("Connection", "close") // it is not counted any more
	return s.streams.Serve(c.Response(), c.Request(), stream.Request{App: k.App, Last: last, May: may, Wants: wants})
}

var errRevoked = &fault.Error{Code: fault.Unauthenticated, Message: "the API key may not follow any more"}

// sees reports whether a key is shown an event of an app, "" for all apps that it can see;
// named is the app that it has asked for, "" none.
func sees(k key.Key, app, named string, e stream.Event) bool {
	switch {
	case e.Kind == gateway.NewsEvent:
		return app == "" && k.Allows(key.Admin)
	case gateway.IsIncoming(e.Kind):
		return k.Allows(key.ReadInbox) && (e.App == k.App || k.Allows(key.AllInbox)) && (named == "" || e.App == named)
	}
	return app == "" || e.App == app
}

// kindsOf reads which kinds of events are asked for, none for all: kinds, or what they
// are about, separated by commas.
func kindsOf(c echo.Context) ([]string, error) {
	var kinds []string
	for _, list := range c.QueryParams()["kind"] {
		for name := range strings.SplitSeq(list, ",") {
			before := len(kinds)
			for _, k := range gateway.ChangeKinds {
				if noun, _, _ := strings.Cut(k, "."); k == name || noun == name {
					kinds = append(kinds, k)
				}
			}
			if len(kinds) == before {
				return nil, &body.Error{Field: "kind", Message: "is not a kind of event: use message, verification, call, contact, optout or event, or one such as message.sent"}
			}
		}
	}
	return kinds, nil
}

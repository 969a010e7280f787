package api

import (
	"encoding/hex"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	v1 "simgate/api/v1"
	"simgate/gateway/fault"
	"simgate/gateway/inbox"
	"simgate/gateway/key"
)

func showIncoming(m inbox.Message) v1.Incoming {
	out := v1.Incoming{ID: m.ID, Change: m.Change, App: m.App, Line: m.Line, Sender: m.Sender, NoReply: m.Named, Kind: string(m.Kind), Text: m.Text,
		Data: hex.EncodeToString(m.Data), Replaces: m.Replaces, Parts: m.Total, Missing: m.Missing,
		Sent: m.Sent, Received: m.Received.UTC(), PDU: m.PDU, Repair: m.Repair}
	if m.Class >= 0 {
		out.Class = &m.Class
	}
	return out
}

// getInbox lists incoming messages, newest first. With after it lists those that have
// changed since, oldest first, and with wait it waits for one.
func (s *Server) getInbox(c echo.Context, k key.Key) error {
	f, wait, err := readInboxFilter(c)
	if err != nil {
		return err
	}
	if f.App, err = appOf(c, inboxOf(k)); err != nil {
		return err
	}
	var list []inbox.Message
	if wait > 0 {
		list, err = s.gateway.Inbox().Await(c.Request().Context(), f, wait)
	} else {
		list, err = s.gateway.Inbox().List(c.Request().Context(), f)
	}
	if err != nil {
		return err
	}
	out := make([]v1.Incoming, len(list))
	for i, m := range list {
		out[i] = showIncoming(m)
	}
	return c.JSON(http.StatusOK, out)
}

// inboxOf returns the app whose incoming messages a key can see, "" for all.
func inboxOf(k key.Key) string {
	if k.Allows(key.AllInbox) {
		return ""
	}
	return k.App
}

func readInboxFilter(c echo.Context) (f inbox.Filter, wait time.Duration, err error) {
	var seconds, limit int64
	for name, into := range map[string]*int64{"line": &f.Line, "before": &f.Before, "after": &f.After, "limit": &limit, "wait": &seconds} {
		if *into, err = number(c.QueryParam(name), name); err != nil {
			return f, 0, err
		}
	}
	f.Sender, f.Limit = c.QueryParam("sender"), int(min(limit, 1<<30))
	if f.Since, err = moment(c, "since"); err != nil {
		return f, 0, err
	}
	wait = time.Duration(min(seconds, int64(v1.LongestWait/time.Second))) * time.Second
	if wait > 0 && c.QueryParam("after") == "" {
		return f, 0, &body.Error{Field: "wait", Message: "needs the parameter after too: the change to follow from"}
	}
	if c.QueryParam("after") != "" && f.After == 0 {
		f.After = -1 // from the first change
	}
	return f, wait, nil
}

func (s *Server) getIncoming(c echo.Context, k key.Key) error {
	id, err := number(c.Param("id"), "id")
	if err != nil {
		return err
	}
	m, err := s.gateway.Inbox().Get(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if own := inboxOf(k); own != "" && m.App != own {
		return fault.NewNotFound("there is no incoming message with this id")
	}
	return c.JSON(http.StatusOK, showIncoming(m))
}

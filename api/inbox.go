package api

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/cursor"
	v1 "simgate/api/v1"
	"simgate/gateway/fault"
	"simgate/gateway/inbox"
	"simgate/gateway/key"
)

func showIncoming(m inbox.Message) v1.Incoming {
	out := v1.Incoming{ID: m.ID, Change: m.Change, App: m.App, Line: m.Line, Sender: m.Sender, NoReply: m.Named, Kind: string(m.Kind), Unread: m.Unread, Text: m.Text,
		Data: hex.EncodeToString(m.Data), Replaces: m.Replaces, Parts: m.Total, Missing: m.Missing,
		Sent: m.Sent, Received: m.Received.UTC(), PDU: m.PDU, Repair: m.Repair}
	if m.Written != m.Sender {
		out.SenderWritten = m.Written
	}
	if m.Class >= 0 {
		out.Class = &m.Class
	}
	for _, p := range m.Raw {
		out.Raw = append(out.Raw, v1.RawPart{Seq: p.Seq, PDU: p.PDU})
	}
	return out
}

// getInbox lists what came in, newest first; the header Link names the next page. With after
// it lists what has changed since, oldest first, and with wait it waits for that.
func (s *Server) getInbox(c echo.Context, k key.Key) error {
	f, wait, err := s.readInboxFilter(c, k)
	if err != nil {
		return err
	}
	query := cursor.Of("inbox", inboxOf(k), c.QueryParams())
	if at := c.QueryParam(cursor.Param); at != "" {
		if f.Before != 0 || f.After != 0 {
			return &body.Error{Field: cursor.Param, Message: "says where the page begins: omit before and after"}
		}
		if f.Before, err = query.Read(at); err != nil {
			return err
		}
	}
	var p inbox.Page
	switch {
	case wait > 0:
		p.Messages, err = s.gateway.Inbox().Await(c.Request().Context(), f, wait)
	case f.After != 0:
		p.Messages, err = s.gateway.Inbox().List(c.Request().Context(), f)
	default:
		p, err = s.gateway.Inbox().Page(c.Request().Context(), f)
	}
	if err != nil {
		return err
	}
	if p.Next != 0 {
		values := c.QueryParams()
		values.Del("before")
		c.Response().Header().Set("Link", query.Link(c.Path(), values, p.Next))
	}
	out := make([]v1.Incoming, len(p.Messages))
	for i, m := range p.Messages {
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

func (s *Server) readInboxFilter(c echo.Context, k key.Key) (f inbox.Filter, wait time.Duration, err error) {
	if f.App, err = appOf(c, inboxOf(k)); err != nil {
		return f, 0, err
	}
	var seconds, limit int64
	for name, into := range map[string]*int64{"line": &f.Line, "before": &f.Before, "after": &f.After, "limit": &limit, "wait": &seconds} {
		if *into, err = number(c.QueryParam(name), name); err != nil {
			return f, 0, err
		}
	}
	f.Sender, f.Kind, f.Text, f.Limit = c.QueryParam("sender"), inbox.Kind(c.QueryParam("kind")), c.QueryParam("text"), int(min(limit, 1<<30))
	if from := c.QueryParam("from"); from != "" {
		if f.Sender != "" {
			return f, 0, &body.Error{Field: "from", Message: "and sender are two ways to say the same: omit sender"}
		}
		f.Sender = s.gateway.ReadSender(k.App, from)
	}
	if f.Unread, err = readFlag(c, "unread"); err != nil {
		return f, 0, err
	}
	if f.Since, err = moment(c, "since"); err != nil {
		return f, 0, err
	}
	if f.Until, err = moment(c, "until"); err != nil {
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

// readFlag reads true or false of a query, false where it is absent.
func readFlag(c echo.Context, name string) (bool, error) {
	s := c.QueryParam(name)
	if s == "" {
		return false, nil
	}
	set, err := strconv.ParseBool(s)
	if err != nil {
		return false, &body.Error{Field: name, Message: "must be true or false"}
	}
	return set, nil
}

// incoming returns one message that came in and that a key can see.
func (s *Server) incoming(c echo.Context, k key.Key) (inbox.Message, error) {
	id, err := number(c.Param("id"), "id")
	if err != nil {
		return inbox.Message{}, err
	}
	m, err := s.gateway.Inbox().Get(c.Request().Context(), id)
	if own := inboxOf(k); err == nil && own != "" && m.App != own {
		err = fault.NewNotFound("there is no incoming message with this id")
	}
	return m, err
}

func (s *Server) getIncoming(c echo.Context, k key.Key) error {
	m, err := s.incoming(c, k)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showIncoming(m))
}

// patchIncoming marks a message as read, or as unread.
func (s *Server) patchIncoming(c echo.Context, k key.Key) error {
	m, err := s.incoming(c, k)
	if err != nil {
		return err
	}
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	if !o.Has("unread") {
		return &body.Error{Field: "unread", Message: "is missing: it is false for a message that was read"}
	}
	unread, err := o.Bool("unread")
	if err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	if m, err = s.gateway.Inbox().Mark(c.Request().Context(), m.ID, unread); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showIncoming(m))
}

package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/cursor"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/conversation"
	"simgate/gateway/inbox"
	"simgate/gateway/key"
)

type talk = conversation.Conversation[gateway.Message, inbox.Message]

func showConversation(t talk) v1.Conversation {
	out := v1.Conversation{Number: t.Number, Unread: t.Unread, Entries: make([]v1.Entry, len(t.Entries))}
	for i, e := range t.Entries {
		if e.Out != nil {
			m := showMessage(*e.Out)
			out.Entries[i].Message = &m
		} else {
			m := showIncoming(*e.In)
			out.Entries[i].Incoming = &m
		}
	}
	return out
}

// viewOf returns what a key sees of conversations: what came in for its app or for all, and
// what went out where it may read messages.
func viewOf(c echo.Context, k key.Key) (v conversation.View, err error) {
	v.Sent = k.Allows(key.Read)
	if v.CameApp, err = appOf(c, inboxOf(k)); err != nil {
		return v, err
	}
	v.SentApp, err = appOf(c, visible(k))
	return v, err
}

// readPlace reads where a page of a list with two sides begins.
func readPlace(c echo.Context, q cursor.Query) (p conversation.Place, limit int, err error) {
	n, err := number(c.QueryParam("limit"), "limit")
	if err != nil {
		return p, 0, err
	}
	if at := c.QueryParam(cursor.Param); at != "" {
		place, err := q.ReadAll(at, 2)
		if err != nil {
			return p, 0, err
		}
		p.Out, p.In = place[0], place[1]
	}
	return p, int(min(n, 1<<30)), nil
}

func linkTo(c echo.Context, q cursor.Query, next conversation.Place) {
	if next != (conversation.Place{}) {
		c.Response().Header().Set("Link", q.Link(c.Request().URL.EscapedPath(), c.QueryParams(), next.Out, next.In))
	}
}

// getConversations lists conversations, the one with the newest entry first, each with that.
func (s *Server) getConversations(c echo.Context, k key.Key) error {
	v, err := viewOf(c, k)
	if err != nil {
		return err
	}
	unread, err := readFlag(c, "unread")
	if err != nil {
		return err
	}
	query := cursor.Of("conversations", k.App, c.QueryParams())
	from, limit, err := readPlace(c, query)
	if err != nil {
		return err
	}
	list, next, err := s.gateway.Conversations().List(c.Request().Context(), v, unread, from, limit)
	if err != nil {
		return err
	}
	linkTo(c, query, next)
	out := make([]v1.Conversation, len(list))
	for i, t := range list {
		out[i] = showConversation(t)
	}
	return c.JSON(http.StatusOK, out)
}

// getConversation shows the conversation with a number, the newest entry first.
func (s *Server) getConversation(c echo.Context, k key.Key) error {
	v, err := viewOf(c, k)
	if err != nil {
		return err
	}
	with := s.gateway.ReadSender(k.App, c.Param("with"))
	query := cursor.Of("conversation "+with, k.App, c.QueryParams())
	from, limit, err := readPlace(c, query)
	if err != nil {
		return err
	}
	t, err := s.gateway.Conversations().With(c.Request().Context(), v, with, from, limit)
	if err != nil {
		return err
	}
	linkTo(c, query, t.Next)
	return c.JSON(http.StatusOK, showConversation(t))
}

// postRead marks as read what came from a number, up to a message or all.
func (s *Server) postRead(c echo.Context, k key.Key) error {
	app, err := appOf(c, inboxOf(k))
	if err != nil {
		return err
	}
	var upTo int64
	if c.Request().ContentLength != 0 {
		o, err := body.Read(c.Request().Body)
		if err != nil {
			return err
		}
		if upTo, _, err = o.Int("up_to"); err != nil {
			return err
		}
		if err := o.Unknown(); err != nil {
			return err
		}
	}
	if upTo < 0 {
		return &body.Error{Field: "up_to", Message: "must be the id of an incoming message"}
	}
	with := s.gateway.ReadSender(k.App, c.Param("with"))
	left, err := s.gateway.Inbox().MarkRead(c.Request().Context(), app, with, upTo)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, v1.Unread{Number: with, Unread: left})
}

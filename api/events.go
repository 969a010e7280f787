package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/gateway"
	"simgate/gateway/journal"
)

// Event is something that the owner should know, as the native API shows it.
type Event struct {
	ID    int64        `json:"id"`
	At    time.Time    `json:"at"`
	Kind  journal.Kind `json:"kind"`
	Line  int64        `json:"line,omitempty"`
	Modem string       `json:"modem,omitempty"`
	Text  string       `json:"text"`
}

func (s *Server) getEvents(c echo.Context, _ gateway.Key) error {
	f := journal.Filter{Kind: journal.Kind(c.QueryParam("kind"))}
	if f.Kind != "" && !slices.Contains(journal.Kinds, f.Kind) {
		return &body.Error{Field: "kind", Message: "is not a kind of events"}
	}
	var err error
	if f.Line, err = number(c.QueryParam("line"), "line"); err != nil {
		return err
	}
	if f.Before, err = number(c.QueryParam("before"), "before"); err != nil {
		return err
	}
	limit, err := number(c.QueryParam("limit"), "limit")
	if err != nil {
		return err
	}
	f.Limit = int(min(limit, 1<<30))
	list, err := s.gateway.Events(c.Request().Context(), f)
	if err != nil {
		return err
	}
	out := make([]Event, len(list))
	for i, e := range list {
		out[i] = Event(e)
	}
	return c.JSON(http.StatusOK, out)
}

// Released is the answer to the release of a SIM.
type Released struct {
	Line int64 `json:"line"`
}

// releaseLine ends the quarantine of a SIM.
func (s *Server) releaseLine(c echo.Context, _ gateway.Key) error {
	id, err := number(c.Param("id"), "id")
	if err != nil {
		return err
	}
	if err := s.gateway.Release(c.Request().Context(), id); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Released{id})
}

// Events returns the newest events of a kind, "" for all.
func (c *Client) Events(ctx context.Context, kind journal.Kind, limit int) (list []Event, err error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}, "kind": {string(kind)}}
	return list, c.call(ctx, http.MethodGet, "/v1/events?"+q.Encode(), nil, &list)
}

// ReleaseLine ends the quarantine of a SIM.
func (c *Client) ReleaseLine(ctx context.Context, line int64) (r Released, err error) {
	return r, c.call(ctx, http.MethodPost, "/v1/lines/"+strconv.FormatInt(line, 10)+"/release", nil, &r)
}

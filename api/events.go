package api

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	v1 "simgate/api/v1"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/key"
)

func showEvent(e journal.Event) v1.Event {
	return v1.Event{ID: e.ID, At: e.At, Kind: string(e.Kind), Line: e.Line, Modem: e.Modem, Text: e.Text}
}

// getEvents lists events of the owner, newest first, or follows all that happens. The list is
// for the operator, as these events are in a stream: none belongs to an app.
func (s *Server) getEvents(c echo.Context, k key.Key) error {
	if follows(c.Request()) {
		return s.follow(c, k)
	}
	if !k.Allows(key.Admin) {
		return &fault.Error{Code: fault.Forbidden, Message: "events of the owner need the scope admin; with Accept: text/event-stream this key follows what is its own"}
	}
	f := journal.Filter{Kind: journal.Kind(c.QueryParam("kind"))}
	if f.Kind != "" && !slices.Contains(journal.Kinds, f.Kind) {
		return &body.Error{Field: "kind", Message: "is not a kind of event"}
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
	out := make([]v1.Event, len(list))
	for i, e := range list {
		out[i] = showEvent(e)
	}
	return c.JSON(http.StatusOK, out)
}

// proveLine sees whether the number that the card of a SIM says is its own.
func (s *Server) proveLine(c echo.Context, _ key.Key) error {
	id, err := number(c.Param("id"), "id")
	if err != nil {
		return err
	}
	l, err := s.gateway.ProveLine(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, v1.Proved{Line: l.ID, Number: l.Number})
}

// releaseLine ends the quarantine of a SIM.
func (s *Server) releaseLine(c echo.Context, _ key.Key) error {
	id, err := number(c.Param("id"), "id")
	if err != nil {
		return err
	}
	if err := s.gateway.Lines().Release(c.Request().Context(), id); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, v1.Released{Line: id})
}

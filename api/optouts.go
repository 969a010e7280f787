package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	v1 "simgate/api/v1"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/optout"
)

func showOptOut(e optout.Entry) v1.OptOut {
	return v1.OptOut{ID: e.ID, App: e.App, Number: string(e.Number), Origin: string(e.Origin), Word: e.Word, Line: e.Line, Made: e.Made, Undone: e.Undone}
}

// getOptOuts lists the numbers that get no messages, newest first.
func (s *Server) getOptOuts(c echo.Context, k key.Key) error {
	f := optout.Filter{Number: c.QueryParam("number")}
	var err error
	if f.App, err = appOf(c, visible(k)); err != nil {
		return err
	}
	if f.Before, f.Limit, err = page(c); err != nil {
		return err
	}
	list, err := s.gateway.OptOuts().Entries(c.Request().Context(), f)
	if err != nil {
		return err
	}
	out := make([]v1.OptOut, len(list))
	for i, e := range list {
		out[i] = showOptOut(e)
	}
	return c.JSON(http.StatusOK, out)
}

// postOptOut opts a number out: of the messages of the key's app, or with an operator's key
// of those of any.
func (s *Server) postOptOut(c echo.Context, k key.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	var app, number string
	if err := read(o, field{"app", &app}, field{"number", &number}); err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	by := optout.ByOwner
	if own := visible(k); own != "" {
		if app != "" && app != own {
			return &fault.Error{Code: fault.Forbidden, Field: "app", Message: "this key opts numbers out of the messages of " + own + " only"}
		}
		app, by = own, optout.ByApp
	}
	e, added, err := s.gateway.OptOuts().Add(c.Request().Context(), app, number, by)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if added {
		status = http.StatusCreated
	}
	return c.JSON(status, showOptOut(e))
}

// deleteOptOut lets a number have messages again.
func (s *Server) deleteOptOut(ctx context.Context, id int64) (any, error) {
	e, err := s.gateway.OptOuts().Remove(ctx, id)
	return v1.Removed{ID: e.ID}, err
}

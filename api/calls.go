package api

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/api/repeat"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/call"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/msisdn"
	"simgate/gateway/webhook"
)

func showCall(c call.Call) v1.Call {
	return v1.Call{ID: c.ID, App: c.App, To: string(c.To), Text: c.Text, File: c.File, Language: c.Locale, CustomID: c.CustomID,
		Verification: c.Ref, Line: c.Line, Voice: c.Voice, State: string(c.State), Cause: c.Cause.Text, CauseCode: string(c.Cause.Code), Passed: c.Passed, Waiting: c.Waiting, Answered: c.Answered,
		Seconds: c.Duration.Seconds(), Keys: c.Keys, Accepted: c.Accepted, Dialled: c.Dialled, Ended: c.Ended}
}

func (s *Server) postCall(c echo.Context, k key.Key) error {
	o, once, done, err := s.repeats.Read(c.Request(), c.Path(), k.App)
	if err != nil {
		return err
	}
	defer done()
	n := gateway.NewCall{App: k.App, Once: once, Callback: webhook.Callback{Format: FormatStandard}}
	var country string
	if err := read(o, field{"to", &n.To}, field{"country", &country}, field{"text", &n.Text}, field{"file", &n.File},
		field{"language", &n.Locale}, field{"custom_id", &n.CustomID}, field{"client_ip", &n.ClientIP},
		field{"callback", &n.Callback.URL}); err != nil {
		return err
	}
	if n.Reading, err = msisdn.ReadingOf(country); err != nil {
		return err
	}
	if n.Line, _, err = o.Int("line"); err != nil {
		return err
	}
	if n.Lifetime, err = seconds(o, "lifetime"); err != nil {
		return err
	}
	dry, err := o.Bool("dry_run")
	if err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	if dry {
		r, err := s.gateway.RehearseCall(c.Request().Context(), n)
		return answerRehearsal(c, r, err)
	}
	placed, err := s.gateway.PlaceCall(c.Request().Context(), n)
	if err != nil {
		return err
	}
	repeat.Mark(c.Response().Header(), placed.Replayed)
	c.Response().Header().Set(echo.HeaderLocation, fmt.Sprintf("/v1/calls/%d", placed.ID))
	return c.JSON(http.StatusAccepted, showCall(placed.Call))
}

func (s *Server) getCalls(c echo.Context, k key.Key) error {
	f := call.Filter{App: visible(k), State: call.State(c.QueryParam("state")), To: c.QueryParam("to")}
	var err error
	if f.Before, f.Limit, err = page(c); err != nil {
		return err
	}
	list, err := s.gateway.Calls().List(c.Request().Context(), f)
	if err != nil {
		return err
	}
	out := make([]v1.Call, len(list))
	for i, c := range list {
		out[i] = showCall(c)
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) getCall(c echo.Context, k key.Key) error {
	id, err := number(c.Param("id"), "id")
	if err != nil {
		return err
	}
	got, err := s.gateway.Calls().Get(c.Request().Context(), id)
	if err == nil && visible(k) != "" && got.App != k.App {
		err = &fault.Error{Code: fault.NotFound, Message: "there is no call with this id"}
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showCall(got))
}

func (s *Server) deleteCall(c echo.Context, k key.Key) error {
	id, err := number(c.Param("id"), "id")
	if err != nil {
		return err
	}
	got, err := s.gateway.Calls().Cancel(c.Request().Context(), k.App, id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showCall(got))
}

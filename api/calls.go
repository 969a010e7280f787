package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/gateway"
	"simgate/gateway/fault"
)

// Call is a call that says something, as the native API shows it.
type Call struct {
	ID           int64             `json:"id"`
	App          string            `json:"app"`
	To           string            `json:"to"`
	Text         string            `json:"text,omitempty"` // absent with a code, which is not shown
	File         string            `json:"file,omitempty"`
	Language     string            `json:"language"`
	CustomID     string            `json:"custom_id,omitempty"`
	Verification string            `json:"verification,omitempty"`
	Line         int64             `json:"line,omitempty"`
	Voice        string            `json:"voice,omitempty"` // how it was spoken
	State        gateway.CallState `json:"state"`
	Cause        string            `json:"cause,omitempty"`
	Passed       string            `json:"passed,omitempty"`  // the lines that could not take it, and why
	Waiting      string            `json:"waiting,omitempty"` // for what, in words; of a single call
	Answered     bool              `json:"answered"`
	Seconds      float64           `json:"seconds,omitempty"` // from the answer to the end
	Keys         string            `json:"keys,omitempty"`    // that were pressed
	Accepted     time.Time         `json:"accepted"`
	Dialled      time.Time         `json:"dialled,omitzero"`
	Ended        time.Time         `json:"ended,omitzero"`
}

func showCall(c gateway.Call) Call {
	return Call{ID: c.ID, App: c.App, To: string(c.To), Text: c.Text, File: c.File, Language: c.Locale, CustomID: c.CustomID,
		Verification: c.Verification, Line: c.Line, Voice: c.Voice, State: c.State, Cause: c.Cause, Passed: c.Passed, Waiting: c.Waiting, Answered: c.Answered,
		Seconds: c.Duration.Seconds(), Keys: c.Keys, Accepted: c.Accepted, Dialled: c.Dialled, Ended: c.Ended}
}

func (s *Server) postCall(c echo.Context, key gateway.Key) error {
	o, once, done, err := s.readOnce(c, key.App)
	if err != nil {
		return err
	}
	defer done()
	n := gateway.NewCall{App: key.App, Once: once, Callback: gateway.Callback{Format: FormatStandard}}
	if err := read(o, field{"to", &n.To}, field{"country", &n.Country}, field{"text", &n.Text}, field{"file", &n.File},
		field{"language", &n.Locale}, field{"custom_id", &n.CustomID}, field{"client_ip", &n.ClientIP},
		field{"callback", &n.Callback.URL}); err != nil {
		return err
	}
	if n.Line, _, err = o.Int("line"); err != nil {
		return err
	}
	if n.Lifetime, err = seconds(o, "lifetime"); err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	placed, err := s.gateway.PlaceCall(c.Request().Context(), n)
	if err != nil {
		return err
	}
	replayed(c, placed.Replayed)
	c.Response().Header().Set(echo.HeaderLocation, fmt.Sprintf("/v1/calls/%d", placed.ID))
	return c.JSON(http.StatusAccepted, showCall(placed))
}

func (s *Server) getCalls(c echo.Context, key gateway.Key) error {
	f := gateway.CallFilter{App: visible(key), State: gateway.CallState(c.QueryParam("state")), To: c.QueryParam("to")}
	var err error
	if f.Before, f.Limit, err = page(c); err != nil {
		return err
	}
	list, err := s.gateway.Calls(c.Request().Context(), f)
	if err != nil {
		return err
	}
	out := make([]Call, len(list))
	for i, call := range list {
		out[i] = showCall(call)
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) getCall(c echo.Context, key gateway.Key) error {
	id, err := number(c.Param("id"), "id")
	if err != nil {
		return err
	}
	call, err := s.gateway.Call(c.Request().Context(), id)
	if err == nil && visible(key) != "" && call.App != key.App {
		err = &fault.Error{Code: fault.NotFound, Message: "there is no call with this id"}
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showCall(call))
}

func (s *Server) deleteCall(c echo.Context, key gateway.Key) error {
	id, err := number(c.Param("id"), "id")
	if err != nil {
		return err
	}
	call, err := s.gateway.CancelCall(c.Request().Context(), key.App, id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showCall(call))
}

// PlaceCall places a call that says a text in a language, "" that of the number's
// country.
func (c *Client) PlaceCall(ctx context.Context, to, text, language string) (call Call, err error) {
	in := map[string]string{"to": to, "text": text, "language": language}
	return call, c.call(ctx, http.MethodPost, "/v1/calls", in, &call)
}

// PlayCall places a call that plays a file.
func (c *Client) PlayCall(ctx context.Context, to, file string) (call Call, err error) {
	return call, c.call(ctx, http.MethodPost, "/v1/calls", map[string]string{"to": to, "file": file}, &call)
}

// GetCall returns one call.
func (c *Client) GetCall(ctx context.Context, id int64) (call Call, err error) {
	return call, c.call(ctx, http.MethodGet, "/v1/calls/"+strconv.FormatInt(id, 10), nil, &call)
}

// Calls returns the newest calls of a state, "" for all.
func (c *Client) Calls(ctx context.Context, state gateway.CallState, limit int) (list []Call, err error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}, "state": {string(state)}}
	return list, c.call(ctx, http.MethodGet, "/v1/calls?"+q.Encode(), nil, &list)
}

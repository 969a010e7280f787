package api

import (
	"math"
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	v1 "simgate/api/v1"
	"simgate/gateway/forward"
	"simgate/gateway/key"
)

// showForward returns a forward rule as it may be shown: without what may be secret in it.
func showForward(r forward.Rule) v1.Forward {
	r = r.Masked()
	out := v1.Forward{Name: r.Name, Origin: v1.ForwardConfigured, Made: r.Made, ForwardRule: v1.ForwardRule{From: r.From, Line: r.Line, App: r.App, Text: r.Text,
		Calls: r.Calls, Number: r.Number, Email: r.Email, Webhook: r.Webhook, Ntfy: r.Ntfy, NtfyToken: r.Token}}
	if r.ID != 0 {
		out.Origin = v1.ForwardKept
	}
	if r.Number != "" {
		out.Limit = r.Limit
	}
	return out
}

func (s *Server) getForwards(c echo.Context, _ key.Key) error {
	rules, err := s.gateway.Forwards().List(c.Request().Context())
	if err != nil {
		return err
	}
	out := make([]v1.Forward, len(rules))
	for i, r := range rules {
		out[i] = showForward(r)
	}
	return c.JSON(http.StatusOK, out)
}

// readForward reads what is said of a forward rule, and returns what that changes.
func readForward(c echo.Context) (func(*forward.Rule), error) {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return nil, err
	}
	var said forward.Rule
	var given []func(*forward.Rule)
	for name, of := range map[string]func(*forward.Rule) *string{
		"name": func(r *forward.Rule) *string { return &r.Name }, "from": func(r *forward.Rule) *string { return &r.From },
		"app": func(r *forward.Rule) *string { return &r.App }, "text": func(r *forward.Rule) *string { return &r.Text },
		"number": func(r *forward.Rule) *string { return &r.Number }, "email": func(r *forward.Rule) *string { return &r.Email },
		"webhook": func(r *forward.Rule) *string { return &r.Webhook }, "ntfy": func(r *forward.Rule) *string { return &r.Ntfy },
		"ntfy_token": func(r *forward.Rule) *string { return &r.Token },
	} {
		if !o.Has(name) {
			continue
		}
		if *of(&said), err = o.String(name); err != nil {
			return nil, err
		}
		given = append(given, func(r *forward.Rule) { *of(r) = *of(&said) })
	}
	for name, set := range map[string]func(r *forward.Rule, n int64){
		"line": func(r *forward.Rule, n int64) { r.Line = n }, "limit": func(r *forward.Rule, n int64) { r.Limit = int(min(max(n, -1), math.MaxInt32)) },
	} {
		n, ok, err := o.Int(name)
		if err != nil {
			return nil, err
		}
		if ok {
			given = append(given, func(r *forward.Rule) { set(r, n) })
		}
	}
	if o.Has("calls") {
		if said.Calls, err = o.Bool("calls"); err != nil {
			return nil, err
		}
		given = append(given, func(r *forward.Rule) { r.Calls = said.Calls })
	}
	return func(r *forward.Rule) {
		for _, set := range given {
			set(r)
		}
	}, o.Unknown()
}

func (s *Server) postForward(c echo.Context, _ key.Key) error {
	say, err := readForward(c)
	if err != nil {
		return err
	}
	var r forward.Rule
	say(&r)
	if r, err = s.gateway.Forwards().Add(c.Request().Context(), r); err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, showForward(r))
}

func (s *Server) patchForward(c echo.Context, _ key.Key) error {
	say, err := readForward(c)
	if err != nil {
		return err
	}
	r, err := s.gateway.Forwards().Change(c.Request().Context(), c.Param("rule"), say)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showForward(r))
}

func (s *Server) deleteForward(c echo.Context, _ key.Key) error {
	r, err := s.gateway.Forwards().Remove(c.Request().Context(), c.Param("rule"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showForward(r))
}

// testForward passes a text on by every way of a rule.
func (s *Server) testForward(c echo.Context, _ key.Key) error {
	outcomes, err := s.gateway.Forwards().Test(c.Request().Context(), c.Param("rule"))
	if err != nil {
		return err
	}
	out := make([]v1.Told, len(outcomes))
	for i, o := range outcomes {
		out[i] = showTold(string(o.Way), o.Cause)
	}
	return c.JSON(http.StatusOK, out)
}

package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/guard"
	"simgate/gateway/key"
)

func showRules(rules []guard.Rule) []v1.Rule {
	out := make([]v1.Rule, len(rules))
	for i, r := range rules {
		out[i] = v1.Rule{ID: r.ID, Kind: string(r.Kind), Scope: string(r.Scope), Key: r.Key, Reason: r.Reason, Origin: r.Origin, Made: r.Made, Until: r.Until}
	}
	return out
}

func (s *Server) getRules(c echo.Context, _ key.Key) error {
	rules, err := s.gateway.Guard().Rules(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showRules(rules))
}

func (s *Server) postRule(c echo.Context, _ key.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	var n guard.NewRule
	var kind, scope string
	if err := read(o, field{"kind", &kind}, field{"scope", &scope}, field{"key", &n.Key}, field{"reason", &n.Reason}); err != nil {
		return err
	}
	n.Kind, n.Scope = guard.Kind(kind), guard.Scope(scope)
	if n.Lifetime, err = seconds(o, "lifetime"); err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	r, err := s.gateway.Guard().SetRule(c.Request().Context(), n)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, showRules([]guard.Rule{r})[0])
}

func (s *Server) deleteRule(ctx context.Context, id int64) (any, error) {
	return v1.Removed{ID: id}, s.gateway.Guard().ReleaseRule(ctx, id)
}

func (s *Server) getStanding(c echo.Context, _ key.Key) error {
	channel, err := guard.ParseChannel(c.QueryParam("channel"))
	if err != nil {
		return err
	}
	r, st, err := s.gateway.Why(c.Request().Context(), channel, gateway.NewVerification{App: c.QueryParam("app"), To: c.QueryParam("to"),
		ClientIP: c.QueryParam("client_ip"), Purpose: nativePurpose(c.QueryParam("purpose")), MaxAge: maxNativeAge})
	if err != nil {
		return err
	}
	v := showRehearsal(r)
	out := v1.Standing{To: v.To, Country: v.Country, Kind: v.Kind, Allowed: v.Allowed, Verdict: v.Verdict, Reason: v.Reason, Wait: v.Wait,
		Rules: showRules(st.Rules), Locks: []v1.Lock{}, Refusals: []v1.Refusal{}}
	for _, l := range st.Locks {
		out.Locks = append(out.Locks, v1.Lock(l))
	}
	for _, r := range st.Refusals {
		out.Refusals = append(out.Refusals, v1.Refusal{App: r.App, Reason: r.Reason, Text: r.Text, Shadow: r.Shadow, At: r.At})
	}
	return c.JSON(http.StatusOK, out)
}

// postUnlock removes the locks of a number.
func (s *Server) postUnlock(c echo.Context, _ key.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	to, err := o.String("to")
	if err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	n, err := s.gateway.Unlock(c.Request().Context(), to)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, v1.Unlocked{Locks: n})
}

// field is a string of a request, and where it is stored.
type field struct {
	name string
	to   *string
}

// read reads fields that are strings.
func read(o *body.Object, fields ...field) error {
	for _, f := range fields {
		var err error
		if *f.to, err = o.String(f.name); err != nil {
			return err
		}
	}
	return nil
}

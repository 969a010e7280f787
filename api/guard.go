package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/gateway"
	"simgate/gateway/fault"
)

// Rule blocks something from codes, or makes it safe from every limit.
type Rule struct {
	ID     int64            `json:"id"`
	Kind   gateway.RuleKind `json:"kind"`
	Scope  string           `json:"scope"`
	Key    string           `json:"key"`
	Reason string           `json:"reason"`
	Origin string           `json:"origin"`
	Made   time.Time        `json:"made"`
	Until  time.Time        `json:"until,omitzero"`
}

// Standing is what the guard thinks of a number, for the owner of the gateway.
type Standing struct {
	To       string       `json:"to"`
	Country  string       `json:"country"`
	Allowed  bool         `json:"allowed"`
	Verdict  string       `json:"verdict,omitempty"` // why a code would be refused now
	Reason   fault.Reason `json:"reason,omitempty"`
	Wait     int          `json:"wait,omitempty"` // seconds until it would go out
	Rules    []Rule       `json:"rules"`
	Locks    []Lock       `json:"locks"`
	Refusals []Refusal    `json:"refusals"`
}

// Lock is a number that an app has seen too many wrong codes for.
type Lock struct {
	App     string    `json:"app"`
	Purpose string    `json:"purpose"`
	Failed  int       `json:"failed"` // wrong codes in a row
	Until   time.Time `json:"until"`
}

// Unlocked is the answer to the end of the locks of a number.
type Unlocked struct {
	Locks int `json:"locks"` // that were in force
}

// Refusal is a code that was not sent.
type Refusal struct {
	App    string       `json:"app"`
	Reason fault.Reason `json:"reason"`
	Text   string       `json:"text"`
	Shadow bool         `json:"shadow,omitempty"` // it was let through: the rule is only watched
	At     time.Time    `json:"at"`
}

func showRules(rules []gateway.Rule) []Rule {
	out := make([]Rule, len(rules))
	for i, r := range rules {
		out[i] = Rule{ID: r.ID, Kind: r.Kind, Scope: r.Scope, Key: r.Key, Reason: r.Reason, Origin: r.Origin, Made: r.Made, Until: r.Until}
	}
	return out
}

func (s *Server) getRules(c echo.Context, _ gateway.Key) error {
	rules, err := s.gateway.Rules(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showRules(rules))
}

func (s *Server) postRule(c echo.Context, _ gateway.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	var n gateway.NewRule
	var kind string
	if err := read(o, field{"kind", &kind}, field{"scope", &n.Scope}, field{"key", &n.Key}, field{"reason", &n.Reason}); err != nil {
		return err
	}
	n.Kind = gateway.RuleKind(kind)
	if n.Lifetime, err = seconds(o, "lifetime"); err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	r, err := s.gateway.SetRule(c.Request().Context(), n)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, showRules([]gateway.Rule{r})[0])
}

// Unruled is the answer to the end of a rule.
type Unruled struct {
	ID int64 `json:"id"`
}

func (s *Server) deleteRule(ctx context.Context, id int64) (any, error) {
	return Unruled{id}, s.gateway.ReleaseRule(ctx, id)
}

func (s *Server) getStanding(c echo.Context, _ gateway.Key) error {
	st, err := s.gateway.Why(c.Request().Context(), c.QueryParam("app"), c.QueryParam("to"), c.QueryParam("client_ip"))
	if err != nil {
		return err
	}
	out := Standing{To: string(st.To), Country: st.Country, Allowed: st.Verdict == "", Verdict: st.Verdict, Reason: st.Reason,
		Wait: int(st.Wait / time.Second), Rules: showRules(st.Rules), Locks: []Lock{}, Refusals: []Refusal{}}
	for _, l := range st.Locks {
		out.Locks = append(out.Locks, Lock(l))
	}
	for _, r := range st.Refusals {
		out.Refusals = append(out.Refusals, Refusal{App: r.App, Reason: r.Reason, Text: r.Text, Shadow: r.Shadow, At: r.At})
	}
	return c.JSON(http.StatusOK, out)
}

// postUnlock ends the locks of a number.
func (s *Server) postUnlock(c echo.Context, _ gateway.Key) error {
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
	return c.JSON(http.StatusOK, Unlocked{n})
}

// field is a text of a request and where it goes.
type field struct {
	name string
	to   *string
}

// read reads texts.
func read(o *body.Object, fields ...field) error {
	for _, f := range fields {
		var err error
		if *f.to, err = o.String(f.name); err != nil {
			return err
		}
	}
	return nil
}

// Rules returns the rules of the guard.
func (c *Client) Rules(ctx context.Context) (list []Rule, err error) {
	return list, c.call(ctx, http.MethodGet, "/v1/guard/rules", nil, &list)
}

// SetRule makes a rule; a lifetime of 0 is for good.
func (c *Client) SetRule(ctx context.Context, kind gateway.RuleKind, key, reason string, lifetime time.Duration) (r Rule, err error) {
	in := map[string]any{"kind": kind, "key": key, "reason": reason}
	if lifetime > 0 {
		in["lifetime"] = int(lifetime / time.Second)
	}
	return r, c.call(ctx, http.MethodPost, "/v1/guard/rules", in, &r)
}

// DeleteRule ends a rule.
func (c *Client) DeleteRule(ctx context.Context, id int64) error {
	return c.call(ctx, http.MethodDelete, "/v1/guard/rules/"+strconv.FormatInt(id, 10), nil, &Unruled{})
}

// Unlock ends the locks of a number.
func (c *Client) Unlock(ctx context.Context, to string) (u Unlocked, err error) {
	return u, c.call(ctx, http.MethodPost, "/v1/guard/unlock", map[string]string{"to": to}, &u)
}

// Why says why codes to a number are refused.
func (c *Client) Why(ctx context.Context, to string) (s Standing, err error) {
	return s, c.call(ctx, http.MethodGet, "/v1/guard/why?"+url.Values{"to": {to}}.Encode(), nil, &s)
}

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
)

// Webhook is an address that is told of what happens. Its secret is shown when it
// is made and when it is changed, and not again.
type Webhook struct {
	ID       int64     `json:"id"`
	App      string    `json:"app"`
	URL      string    `json:"url"`
	Format   string    `json:"format"`
	Kinds    []string  `json:"kinds"`
	Disabled string    `json:"disabled,omitempty"` // why it is told no more
	Made     time.Time `json:"made"`
	Secret   string    `json:"secret,omitempty"`
}

// Delivery is one thing that a webhook is told.
type Delivery struct {
	ID      int64                 `json:"id"`
	Webhook int64                 `json:"webhook,omitempty"` // absent: a callback of a request
	App     string                `json:"app"`
	Kind    string                `json:"kind"`
	Subject int64                 `json:"subject"`
	State   gateway.DeliveryState `json:"state"`
	Tries   int                   `json:"tries"`
	Cause   string                `json:"cause,omitempty"`
	At      time.Time             `json:"at"`
	Ended   time.Time             `json:"ended,omitzero"`
}

// Tried is what came of trying a webhook.
type Tried struct {
	OK           bool   `json:"ok"`
	Status       int    `json:"status,omitempty"` // of HTTP; absent: there was no answer
	Cause        string `json:"cause,omitempty"`
	Milliseconds int64  `json:"milliseconds"`
}

// Removed is the answer to the end of a webhook.
type Removed struct {
	ID int64 `json:"id"`
}

func showWebhook(w gateway.Webhook) Webhook {
	out := Webhook{ID: w.ID, App: w.App, URL: w.URL, Format: w.Format, Kinds: w.Kinds, Disabled: w.Disabled, Made: w.Made}
	if out.Kinds == nil {
		out.Kinds = []string{}
	}
	return out
}

func showDelivery(d gateway.Delivery) Delivery {
	return Delivery{ID: d.ID, Webhook: d.Webhook, App: d.App, Kind: d.Kind, Subject: d.Subject, State: d.State, Tries: d.Tries,
		Cause: d.Cause, At: d.At, Ended: d.Ended}
}

func (s *Server) getWebhooks(c echo.Context, _ gateway.Key) error {
	all, err := s.gateway.Webhooks(c.Request().Context())
	if err != nil {
		return err
	}
	out := make([]Webhook, len(all))
	for i, w := range all {
		out[i] = showWebhook(w)
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) postWebhook(c echo.Context, _ gateway.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	w := gateway.Webhook{Format: FormatStandard}
	var format string
	if err := read(o, field{"app", &w.App}, field{"url", &w.URL}, field{"format", &format}); err != nil {
		return err
	}
	if format != "" {
		w.Format = format
	}
	if w.Kinds, err = o.Strings("kinds"); err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	made, err := s.gateway.AddWebhook(c.Request().Context(), w)
	if err != nil {
		return err
	}
	out := showWebhook(made)
	out.Secret = made.Secret
	return c.JSON(http.StatusCreated, out)
}

func (s *Server) deleteWebhook(ctx context.Context, id int64) (any, error) {
	return Removed{id}, s.gateway.RemoveWebhook(ctx, id)
}

func (s *Server) rotateWebhook(ctx context.Context, id int64) (any, error) {
	w, err := s.gateway.RotateWebhook(ctx, id)
	out := showWebhook(w)
	out.Secret = w.Secret
	return out, err
}

func (s *Server) testWebhook(ctx context.Context, id int64) (any, error) {
	t, err := s.gateway.TestWebhook(ctx, id)
	return Tried{OK: t.OK, Status: t.Status, Cause: t.Cause, Milliseconds: t.Took.Milliseconds()}, err
}

func (s *Server) getDeliveries(c echo.Context, _ gateway.Key) error {
	f := gateway.DeliveryFilter{State: gateway.DeliveryState(c.QueryParam("state"))}
	var err error
	if f.Webhook, err = number(c.QueryParam("webhook"), "webhook"); err != nil {
		return err
	}
	if f.Before, f.Limit, err = page(c); err != nil {
		return err
	}
	list, err := s.gateway.Deliveries(c.Request().Context(), f)
	if err != nil {
		return err
	}
	out := make([]Delivery, len(list))
	for i, d := range list {
		out[i] = showDelivery(d)
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) replayDelivery(ctx context.Context, id int64) (any, error) {
	d, err := s.gateway.Replay(ctx, id)
	return showDelivery(d), err
}

// Webhooks returns the webhooks.
func (c *Client) Webhooks(ctx context.Context) (list []Webhook, err error) {
	return list, c.call(ctx, http.MethodGet, "/v1/webhooks", nil, &list)
}

// AddWebhook registers one.
func (c *Client) AddWebhook(ctx context.Context, app, address, format string, kinds []string) (w Webhook, err error) {
	in := map[string]any{"app": app, "url": address, "format": format}
	if len(kinds) > 0 {
		in["kinds"] = kinds
	}
	return w, c.call(ctx, http.MethodPost, "/v1/webhooks", in, &w)
}

// RemoveWebhook ends one.
func (c *Client) RemoveWebhook(ctx context.Context, id int64) error {
	return c.call(ctx, http.MethodDelete, "/v1/webhooks/"+strconv.FormatInt(id, 10), nil, &Removed{})
}

// RotateWebhook gives one another secret.
func (c *Client) RotateWebhook(ctx context.Context, id int64) (w Webhook, err error) {
	return w, c.call(ctx, http.MethodPost, "/v1/webhooks/"+strconv.FormatInt(id, 10)+"/rotate", nil, &w)
}

// TestWebhook tries one.
func (c *Client) TestWebhook(ctx context.Context, id int64) (t Tried, err error) {
	return t, c.call(ctx, http.MethodPost, "/v1/webhooks/"+strconv.FormatInt(id, 10)+"/test", nil, &t)
}

// Deliveries returns the newest deliveries of a state, "" for all.
func (c *Client) Deliveries(ctx context.Context, state gateway.DeliveryState, limit int) (list []Delivery, err error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}, "state": {string(state)}}
	return list, c.call(ctx, http.MethodGet, "/v1/deliveries?"+q.Encode(), nil, &list)
}

// Replay tells something again.
func (c *Client) Replay(ctx context.Context, id int64) (d Delivery, err error) {
	return d, c.call(ctx, http.MethodPost, "/v1/deliveries/"+strconv.FormatInt(id, 10)+"/replay", nil, &d)
}

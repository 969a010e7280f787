package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	v1 "simgate/api/v1"
	"simgate/gateway/key"
	"simgate/gateway/webhook"
)

func showWebhook(w webhook.Webhook) v1.Webhook {
	out := v1.Webhook{ID: w.ID, App: w.App, URL: w.URL, Format: w.Format, Kinds: w.Kinds, AllIncoming: w.AllIncoming, Disabled: w.Disabled, Made: w.Made}
	if out.Kinds == nil {
		out.Kinds = []string{}
	}
	return out
}

func showDelivery(d webhook.Delivery) v1.Delivery {
	return v1.Delivery{ID: d.ID, Webhook: d.Webhook, App: d.App, Kind: d.Kind, Subject: d.Subject, State: string(d.State), Tries: d.Tries,
		Cause: d.Cause.Text, CauseCode: string(d.Cause.Code), At: d.At, Ended: d.Ended}
}

func (s *Server) getWebhooks(c echo.Context, _ key.Key) error {
	all, err := s.gateway.Webhooks().List(c.Request().Context())
	if err != nil {
		return err
	}
	out := make([]v1.Webhook, len(all))
	for i, w := range all {
		out[i] = showWebhook(w)
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) postWebhook(c echo.Context, _ key.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	w := webhook.Webhook{Format: FormatStandard}
	var format string
	if err := read(o, field{"app", &w.App}, field{"url", &w.URL}, field{"format", &format}, field{"secret", &w.Secret}); err != nil {
		return err
	}
	if format != "" {
		w.Format = format
	}
	if w.Kinds, err = o.Strings("kinds"); err != nil {
		return err
	}
	if w.AllIncoming, err = o.Bool("all_incoming"); err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	made, err := s.gateway.Webhooks().Add(c.Request().Context(), w)
	if err != nil {
		return err
	}
	out := showWebhook(made)
	out.Secret = made.Secret
	return c.JSON(http.StatusCreated, out)
}

func (s *Server) deleteWebhook(ctx context.Context, id int64) (any, error) {
	return v1.Removed{ID: id}, s.gateway.Webhooks().Remove(ctx, id)
}

func (s *Server) rotateWebhook(ctx context.Context, id int64) (any, error) {
	w, err := s.gateway.Webhooks().Rotate(ctx, id)
	out := showWebhook(w)
	out.Secret = w.Secret
	return out, err
}

func (s *Server) testWebhook(ctx context.Context, id int64) (any, error) {
	t, err := s.gateway.Webhooks().Test(ctx, id)
	return v1.Tried{OK: t.OK, Status: t.Status, Cause: t.Cause.Text, CauseCode: string(t.Cause.Code), Milliseconds: t.Took.Milliseconds()}, err
}

func (s *Server) getDeliveries(c echo.Context, _ key.Key) error {
	f := webhook.Filter{State: webhook.State(c.QueryParam("state"))}
	var err error
	if f.Webhook, err = number(c.QueryParam("webhook"), "webhook"); err != nil {
		return err
	}
	if f.Before, f.Limit, err = page(c); err != nil {
		return err
	}
	list, err := s.gateway.Webhooks().Deliveries(c.Request().Context(), f)
	if err != nil {
		return err
	}
	out := make([]v1.Delivery, len(list))
	for i, d := range list {
		out[i] = showDelivery(d)
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) replayDelivery(ctx context.Context, id int64) (any, error) {
	d, err := s.gateway.Webhooks().Replay(ctx, id)
	return showDelivery(d), err
}

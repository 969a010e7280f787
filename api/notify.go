package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	v1 "simgate/api/v1"
	"simgate/gateway/cause"
	"simgate/gateway/key"
)

// getNotify answers with what is wrong, and what the owner was told.
func (s *Server) getNotify(c echo.Context, _ key.Key) error {
	limit, err := number(c.QueryParam("limit"), "limit")
	if err != nil {
		return err
	}
	ctx, n := c.Request().Context(), s.gateway.Notifier()
	troubles, err := n.Troubles(ctx)
	if err != nil {
		return err
	}
	told, err := n.Notifications(ctx, int(min(limit, 1<<30)))
	if err != nil {
		return err
	}
	out := v1.Notify{Ways: n.Ways(), Troubles: make([]v1.Trouble, len(troubles)), Notifications: make([]v1.Notification, len(told))}
	for i, t := range troubles {
		out.Troubles[i] = v1.Trouble{Name: t.Name, Kind: string(t.Kind), Line: t.Line, Modem: t.Modem, Title: t.Title, Text: t.Text, Urgent: t.Urgent, Since: t.Since}
	}
	for i, t := range told {
		out.Notifications[i] = v1.Notification{ID: t.ID, Way: t.Way, Trouble: t.Trouble, Kind: string(t.Kind), Over: t.Over, Title: t.Title, Text: t.Text,
			At: t.At, State: string(t.State), Tries: t.Tries, Cause: t.Cause.Text, CauseCode: string(t.Cause.Code), Ended: t.Ended}
	}
	if cfg := s.gateway.Canary().Config(); cfg.Every > 0 {
		last, sends, cost := s.gateway.Canary().Last(), 0, 0.0
		if sends, cost, err = s.gateway.CanaryCost(ctx); err != nil {
			return err
		}
		out.Canary = &v1.Canary{EverySeconds: int(cfg.Every.Seconds()), MonthlySends: sends, MonthlyCost: cost,
			At: last.At, From: last.From, To: last.To, Arrived: last.Arrived, Seconds: last.Took.Seconds(), Cause: last.Cause.Text, CauseCode: string(last.Cause.Code)}
	}
	return c.JSON(http.StatusOK, out)
}

// postNotifyTest tells the owner something by every way.
func (s *Server) postNotifyTest(c echo.Context, _ key.Key) error {
	outcomes, err := s.gateway.Notifier().Test(c.Request().Context())
	if err != nil {
		return err
	}
	out := make([]v1.Told, len(outcomes))
	for i, o := range outcomes {
		out[i] = showTold(o.Way, o.Cause)
	}
	return c.JSON(http.StatusOK, out)
}

// showTold shows the outcome of a test of a way.
func showTold(way string, c cause.Cause) v1.Told {
	return v1.Told{Way: way, OK: c == (cause.Cause{}), Cause: c.Text, CauseCode: string(c.Code)}
}

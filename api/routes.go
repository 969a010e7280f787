package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"simgate/gateway"
)

// Route is one call of the native API.
type Route struct {
	Method, Path string
	Scope        gateway.Scope
	handler      handlerFunc
}

// RouteTable returns all calls that need a key, with the scope that each needs.
func (s *Server) RouteTable() []Route {
	return []Route{
		{http.MethodPost, "/v1/messages", gateway.ScopeMessagesSend, s.postMessage},
		{http.MethodGet, "/v1/messages", gateway.ScopeRead, s.getMessages},
		{http.MethodGet, "/v1/messages/:id", gateway.ScopeRead, s.getMessage},
		{http.MethodPost, "/v1/verifications", gateway.ScopeCodesSend, s.postVerification},
		{http.MethodGet, "/v1/verifications", gateway.ScopeRead, s.getVerifications},
		{http.MethodPost, "/v1/verifications/check", gateway.ScopeCodesCheck, s.checkVerification},
		{http.MethodGet, "/v1/verifications/:id", gateway.ScopeRead, s.getVerification},
		{http.MethodPost, "/v1/verifications/:id/check", gateway.ScopeCodesCheck, s.checkVerification},
		{http.MethodDelete, "/v1/verifications/:id", gateway.ScopeCodesSend, s.deleteVerification},
		{http.MethodPost, "/v1/calls", gateway.ScopeCallsPlace, s.postCall},
		{http.MethodGet, "/v1/calls", gateway.ScopeRead, s.getCalls},
		{http.MethodGet, "/v1/calls/:id", gateway.ScopeRead, s.getCall},
		{http.MethodDelete, "/v1/calls/:id", gateway.ScopeCallsPlace, s.deleteCall},
		{http.MethodGet, "/v1/guard/rules", gateway.ScopeAdmin, s.getRules},
		{http.MethodPost, "/v1/guard/rules", gateway.ScopeAdmin, s.postRule},
		{http.MethodDelete, "/v1/guard/rules/:id", gateway.ScopeAdmin, byID(s.deleteRule)},
		{http.MethodGet, "/v1/guard/why", gateway.ScopeAdmin, s.getStanding},
		{http.MethodPost, "/v1/guard/unlock", gateway.ScopeAdmin, s.postUnlock},
		{http.MethodGet, "/v1/modems", gateway.ScopeRead, s.getModems},
		{http.MethodGet, "/v1/inbox", gateway.ScopeInbox, s.getInbox},
		{http.MethodGet, "/v1/inbox/:id", gateway.ScopeInbox, s.getIncoming},
		{http.MethodPost, "/v1/lines/:id/release", gateway.ScopeAdmin, s.releaseLine},
		{http.MethodGet, "/v1/events", gateway.ScopeRead, s.getEvents},
		{http.MethodPost, "/v1/ussd", gateway.ScopeAdmin, s.postUSSD},
		{http.MethodDelete, "/v1/ussd", gateway.ScopeAdmin, s.deleteUSSD},
		{http.MethodGet, "/v1/webhooks", gateway.ScopeAdmin, s.getWebhooks},
		{http.MethodPost, "/v1/webhooks", gateway.ScopeAdmin, s.postWebhook},
		{http.MethodDelete, "/v1/webhooks/:id", gateway.ScopeAdmin, byID(s.deleteWebhook)},
		{http.MethodPost, "/v1/webhooks/:id/rotate", gateway.ScopeAdmin, byID(s.rotateWebhook)},
		{http.MethodPost, "/v1/webhooks/:id/test", gateway.ScopeAdmin, byID(s.testWebhook)},
		{http.MethodGet, "/v1/deliveries", gateway.ScopeAdmin, s.getDeliveries},
		{http.MethodPost, "/v1/deliveries/:id/replay", gateway.ScopeAdmin, byID(s.replayDelivery)},
		{http.MethodGet, "/v1/keys", gateway.ScopeAdmin, s.getKeys},
		{http.MethodPost, "/v1/keys", gateway.ScopeAdmin, s.postKey},
		{http.MethodDelete, "/v1/keys/:id", gateway.ScopeAdmin, s.deleteKey},
	}
}

func (s *Server) mount(e *echo.Echo, authenticate authenticator) {
	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)
	e.GET("/openapi.yaml", s.openapi)
	e.GET("/docs", s.docs)
	e.GET("/metrics", guard(authenticate, gateway.ScopeRead, s.metrics))
	for _, r := range s.RouteTable() {
		e.Add(r.Method, r.Path, guard(authenticate, r.Scope, r.handler))
	}
}

// byID returns a handler that does something with what has the id of the path.
func byID(do func(ctx context.Context, id int64) (any, error)) handlerFunc {
	return func(c echo.Context, _ gateway.Key) error {
		id, err := number(c.Param("id"), "id")
		if err != nil {
			return err
		}
		out, err := do(c.Request().Context(), id)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, out)
	}
}

// page reads the part of a list that is asked for.
func page(c echo.Context) (before int64, limit int, err error) {
	if before, err = number(c.QueryParam("before"), "before"); err != nil {
		return 0, 0, err
	}
	n, err := number(c.QueryParam("limit"), "limit")
	return before, int(min(n, 1<<30)), err
}

// metrics answers with the metrics, for Prometheus.
func (s *Server) metrics(c echo.Context, _ gateway.Key) error {
	promhttp.HandlerFor(s.gateway.Metrics(), promhttp.HandlerOpts{}).ServeHTTP(c.Response(), c.Request())
	return nil
}

// healthz answers as long as the process runs.
func (s *Server) healthz(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{"status": "ok"})
}

// readyz answers with success if a message can be sent now.
func (s *Server) readyz(c echo.Context) error {
	if err := s.gateway.Ready(c.Request().Context()); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"status": "ready"})
}

package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"simgate/api/causes"
	"simgate/gateway/fault"
	"simgate/gateway/key"
)

// Route is one call of the native API.
type Route struct {
	Method, Path string
	Scope        key.Scope
	handler      handlerFunc
}

// RouteTable returns all calls that need a key, with the scope that each needs.
func (s *Server) RouteTable() []Route {
	return []Route{
		{http.MethodPost, "/v1/messages", key.SendMessages, s.postMessage},
		{http.MethodGet, "/v1/messages", key.Read, s.getMessages},
		{http.MethodGet, "/v1/messages/:id", key.Read, s.getMessage},
		{http.MethodPatch, "/v1/messages/:id", key.SendMessages, s.patchMessage},
		{http.MethodDelete, "/v1/messages/:id", key.SendMessages, s.deleteMessage},
		{http.MethodPost, "/v1/verifications", key.SendCodes, s.postVerification},
		{http.MethodGet, "/v1/verifications", key.Read, s.getVerifications},
		{http.MethodPost, "/v1/verifications/check", key.CheckCodes, s.checkVerification},
		{http.MethodGet, "/v1/verifications/:id", key.Read, s.getVerification},
		{http.MethodGet, "/v1/verifications/:id/mo.svg", key.SendCodes, s.getText(showSVG)},
		{http.MethodGet, "/v1/verifications/:id/mo.png", key.SendCodes, s.getText(showPNG)},
		{http.MethodGet, "/v1/verifications/:id/mo.html", key.SendCodes, s.getText(showHTML)},
		{http.MethodPost, "/v1/verifications/:id/check", key.CheckCodes, s.checkVerification},
		{http.MethodPost, "/v1/verifications/:id/outcome", key.CheckCodes, s.postOutcome},
		{http.MethodDelete, "/v1/verifications/:id", key.SendCodes, s.deleteVerification},
		{http.MethodPost, "/v1/calls", key.PlaceCalls, s.postCall},
		{http.MethodGet, "/v1/calls", key.Read, s.getCalls},
		{http.MethodGet, "/v1/calls/:id", key.Read, s.getCall},
		{http.MethodDelete, "/v1/calls/:id", key.PlaceCalls, s.deleteCall},
		{http.MethodGet, "/v1/guard/rules", key.Admin, s.getRules},
		{http.MethodPost, "/v1/guard/rules", key.Admin, s.postRule},
		{http.MethodDelete, "/v1/guard/rules/:id", key.Admin, byID(s.deleteRule)},
		{http.MethodGet, "/v1/guard/why", key.Admin, s.getStanding},
		{http.MethodPost, "/v1/guard/unlock", key.Admin, s.postUnlock},
		{http.MethodGet, "/v1/optouts", key.Read, s.getOptOuts},
		{http.MethodPost, "/v1/optouts", key.SendMessages, s.postOptOut},
		{http.MethodDelete, "/v1/optouts/:id", key.Admin, byID(s.deleteOptOut)},
		{http.MethodGet, "/v1/modems", key.Read, s.getModems},
		{http.MethodPost, "/v1/modems/:name/restart", key.Admin, s.restartModem},
		{http.MethodGet, "/v1/inbox", key.ReadInbox, s.getInbox},
		{http.MethodGet, "/v1/inbox/:id", key.ReadInbox, s.getIncoming},
		{http.MethodPatch, "/v1/inbox/:id", key.ReadInbox, s.patchIncoming},
		{http.MethodGet, "/v1/conversations", key.ReadInbox, s.getConversations},
		{http.MethodGet, "/v1/conversations/:with", key.ReadInbox, s.getConversation},
		{http.MethodPost, "/v1/conversations/:with/read", key.ReadInbox, s.postRead},
		{http.MethodPost, "/v1/lines/:id/release", key.Admin, s.releaseLine},
		{http.MethodPost, "/v1/lines/:id/prove", key.Admin, s.proveLine},
		{http.MethodGet, "/v1/events", key.Read, s.getEvents},
		{http.MethodGet, "/v1/notify", key.Admin, s.getNotify},
		{http.MethodPost, "/v1/notify/test", key.Admin, s.postNotifyTest},
		{http.MethodPost, "/v1/backups", key.Admin, s.postBackup},
		{http.MethodGet, "/v1/backup", key.Admin, s.getBackup},
		{http.MethodGet, "/v1/queue", key.Admin, s.getQueue},
		{http.MethodPost, "/v1/queue/release", key.Admin, s.releaseQueue},
		{http.MethodPost, "/v1/queue/drop", key.Admin, s.dropQueue},
		{http.MethodPost, "/v1/reload", key.Admin, s.postReload},
		{http.MethodGet, "/v1/settings", key.Admin, s.getSettings},
		{http.MethodGet, "/v1/settings/file", key.Admin, s.getSettingsFile},
		{http.MethodPatch, "/v1/settings", key.Admin, s.patchSettings},
		{http.MethodGet, "/v1/certificates", key.Admin, s.getCertificates},
		{http.MethodPost, "/v1/numbers/export", key.Admin, s.postExport},
		{http.MethodPost, "/v1/numbers/forget", key.Admin, s.postForget},
		{http.MethodPost, "/v1/ussd", key.Admin, s.postUSSD},
		{http.MethodDelete, "/v1/ussd", key.Admin, s.deleteUSSD},
		{http.MethodGet, "/v1/webhooks", key.Admin, s.getWebhooks},
		{http.MethodPost, "/v1/webhooks", key.Admin, s.postWebhook},
		{http.MethodDelete, "/v1/webhooks/:id", key.Admin, byID(s.deleteWebhook)},
		{http.MethodPost, "/v1/webhooks/:id/rotate", key.Admin, byID(s.rotateWebhook)},
		{http.MethodPost, "/v1/webhooks/:id/test", key.Admin, byID(s.testWebhook)},
		{http.MethodGet, "/v1/deliveries", key.Admin, s.getDeliveries},
		{http.MethodPost, "/v1/deliveries/:id/replay", key.Admin, byID(s.replayDelivery)},
		{http.MethodGet, "/v1/forwards", key.Admin, s.getForwards},
		{http.MethodPost, "/v1/forwards", key.Admin, s.postForward},
		{http.MethodPatch, "/v1/forwards/:rule", key.Admin, s.patchForward},
		{http.MethodDelete, "/v1/forwards/:rule", key.Admin, s.deleteForward},
		{http.MethodPost, "/v1/forwards/:rule/test", key.Admin, s.testForward},
		{http.MethodGet, "/v1/keys", key.Admin, s.getKeys},
		{http.MethodPost, "/v1/keys", key.Admin, s.postKey},
		{http.MethodPatch, "/v1/keys", key.Admin, s.patchKeys},
		{http.MethodPatch, "/v1/keys/:id", key.Admin, s.patchKey},
		{http.MethodPost, "/v1/keys/:id/rotate", key.Admin, s.rotateKey},
		{http.MethodDelete, "/v1/keys/:id", key.Admin, s.deleteKey},
	}
}

// SocketTable returns the calls that are for the Unix socket alone: no key may let people in.
func (s *Server) SocketTable() []Route {
	return []Route{
		{http.MethodGet, "/v1/users", key.Admin, onSocket(s.getUsers)},
		{http.MethodPost, "/v1/users", key.Admin, onSocket(s.postUser)},
		{http.MethodPatch, "/v1/users", key.Admin, onSocket(s.patchUser)},
		{http.MethodPost, "/v1/users/remove", key.Admin, onSocket(s.removeUser)},
		{http.MethodPost, "/v1/users/link", key.Admin, onSocket(s.postLink)},
	}
}

func (s *Server) mount(e *echo.Echo, authenticate authenticator) {
	e.GET("/", s.home)
	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)
	e.GET("/ca", s.root)
	e.GET("/openapi.yaml", s.openapi)
	e.GET("/docs", s.docs)
	e.GET(causes.Path, s.causes)
	e.POST("/v1/phones/:name", s.postPhone)
	e.GET("/metrics", requireScope(authenticate, key.Read, s.metrics))
	for _, r := range append(s.RouteTable(), s.SocketTable()...) {
		e.Add(r.Method, r.Path, requireScope(authenticate, r.Scope, r.handler))
	}
}

// byID returns a handler that does something with what has the id of the path.
func byID(do func(ctx context.Context, id int64) (any, error)) handlerFunc {
	return func(c echo.Context, _ key.Key) error {
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
func (s *Server) metrics(c echo.Context, _ key.Key) error {
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

// authenticator returns the key of a request.
type authenticator func(*http.Request) (key.Key, error)

// handlerFunc is a handler of the native API. Key is that of the caller.
type handlerFunc func(c echo.Context, k key.Key) error

// requireScope returns a handler that refuses keys without the scope.
func requireScope(authenticate authenticator, scope key.Scope, h handlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		k, err := authenticate(c.Request())
		if err != nil {
			return err
		}
		if !k.Allows(scope) {
			return &fault.Error{Code: fault.Forbidden,
				Message: "this API key does not have the scope " + string(scope) + ", which this call needs"}
		}
		c.Set(again, func() (key.Key, error) { return authenticate(c.Request()) })
		return h(c, k)
	}
}

const again = "authenticate again"

// authentication returns what authenticates a request once more: a stream ends with its
// key.
func authentication(c echo.Context) func() (key.Key, error) {
	return c.Get(again).(func() (key.Key, error))
}

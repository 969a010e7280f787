package api

import (
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/gateway/fault"
	"simgate/gateway/idempotency"
)

// maxIdempotencyKey is the longest idempotency key, in characters.
const maxIdempotencyKey = 255

// readOnce reads a request body and, from the header Idempotency-Key and a digest of
// the body, what identifies the request. While a request with a key is being handled,
// others with the same key get a conflict. Call done when the request has been handled.
func (s *Server) readOnce(c echo.Context, app string) (o *body.Object, once idempotency.Request, done func(), err error) {
	done = func() {}
	keys := c.Request().Header.Values("Idempotency-Key")
	if len(keys) == 0 {
		o, err = body.Read(c.Request().Body)
		return o, once, done, err
	}
	once.Key, once.Route = strings.TrimSpace(keys[0]), c.Request().Method+" "+c.Path()
	if len(keys) > 1 || once.Key == "" || len(once.Key) > maxIdempotencyKey || strings.ContainsFunc(once.Key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, once, done, &body.Error{Field: "Idempotency-Key", Message: fmt.Sprintf("must be one key of 1 to %d printable ASCII characters", maxIdempotencyKey)}
	}
	if o, err = body.Read(c.Request().Body); err != nil {
		return nil, once, done, err
	}
	once.Fingerprint = o.Digest()
	type running struct{ app, route, key string }
	id := running{app, once.Route, once.Key}
	if _, taken := s.running.LoadOrStore(id, true); taken {
		return nil, once, done, &fault.Error{Code: fault.Conflict, Field: "Idempotency-Key",
			Message: "the first request with this idempotency key is still being handled: try again in a moment"}
	}
	return o, once, func() { s.running.Delete(id) }, nil
}

// replayed marks the answer as that of an earlier request.
func replayed(c echo.Context, again bool) {
	if again {
		c.Response().Header().Set("Idempotent-Replayed", "true")
	}
}

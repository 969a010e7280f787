package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/gateway/fault"
	"simgate/gateway/key"
)

// authenticator returns the key of a request.
type authenticator func(*http.Request) (key.Key, error)

// handlerFunc is a handler of the native API. Key is that of the caller.
type handlerFunc func(c echo.Context, k key.Key) error

// guard returns a handler that refuses keys without the scope.
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
		return h(c, k)
	}
}

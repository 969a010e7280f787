package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/gateway"
	"simgate/gateway/fault"
)

// authenticator returns the key of a request.
type authenticator func(*http.Request) (gateway.Key, error)

// handlerFunc is a handler of the native API. Key is that of the caller.
type handlerFunc func(c echo.Context, key gateway.Key) error

// guard returns a handler that refuses keys without the scope.
func guard(authenticate authenticator, scope gateway.Scope, h handlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		key, err := authenticate(c.Request())
		if err != nil {
			return err
		}
		if !key.Allows(scope) {
			return &fault.Error{Code: fault.Forbidden,
				Message: "this API key does not have the scope " + string(scope) + ", which this call needs"}
		}
		return h(c, key)
	}
}

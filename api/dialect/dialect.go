package dialect

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/webhook"
)

// Dialect is the API of a hosted service.
type Dialect struct {
	// Name names the dialect in the configuration. All its routes are served under
	// "/" + Name.
	Name string
	// Bases are the paths that apps keep in their base URL, "" for none. Each route
	// is served below each of them, under the name and on a listener of its own.
	Bases []string
	// Root are those of Bases that are served at the root of the common listener.
	Root []string
	// Owns are the paths at the root that the dialect answers for, so that what goes
	// wrong there before a handler is called is answered in the dialect, too. One
	// that ends in a slash stands for all paths below it.
	Owns   []string
	Routes []Route
	// Fail answers what a handler has returned as an error, and what never reached
	// one: an unknown path, a method that is not allowed, a panic.
	Fail func(c echo.Context, f Failure) error
	// News are the webhook formats of the service by name, nil for none.
	News map[string]webhook.Format
}

// Route is one call of a dialect. Path stands below a base: "/send".
type Route struct {
	Method, Path string
	Handler      echo.HandlerFunc
}

// Failure is what Fail answers.
type Failure struct {
	Status  int    // that the native API answers with
	Message string // for the person who wrote the app
	Err     error  // the cause; do not show it
}

// Env is what a dialect works with.
type Env struct {
	Gateway    *gateway.Gateway      // nil where only News is used
	CodeLength int                   // digits of codes
	Country    string                // that is shown where a number has none, ISO 3166-1 alpha-2; "" for any
	Countries  map[string]string     // of local numbers, by the name of a dialect
	Known      func(context.Context) // notes that the request of a context has shown a key that works
}

// Bearer returns the key of the header Authorization: Bearer KEY.
func (e Env) Bearer(r *http.Request) (key.Key, error) {
	scheme, token, _ := strings.Cut(r.Header.Get(echo.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		token = ""
	}
	return e.Authenticate(r.Context(), token)
}

// Authenticate returns the key of a token, with or without blanks around it.
func (e Env) Authenticate(ctx context.Context, token string) (key.Key, error) {
	k, err := e.Gateway.Keys().Authenticate(ctx, strings.TrimSpace(token))
	if err == nil && e.Known != nil {
		e.Known(ctx)
	}
	return k, err
}

// Credit returns the credit of all SIMs as their operators last reported it. They do not
// report the currency.
func (e Env) Credit(ctx context.Context) (float64, error) {
	lines, err := e.Gateway.Lines().List(ctx)
	if err != nil {
		return 0, err
	}
	credit := 0.0
	for _, l := range lines {
		if l.ID == 0 {
			continue
		}
		b, known, err := e.Gateway.Lines().Balance(ctx, l.ID)
		if err != nil {
			return 0, err
		}
		if known && b.Known {
			credit += b.Amount
		}
	}
	return credit, nil
}

// IsFault reports whether err is a fault of the program or of the machine, which a
// handler returns as it is.
func IsFault(err error) bool {
	_, ofBody := errors.AsType[*body.Error](err)
	return !ofBody && !errors.Is(err, body.ErrTooLarge) && fault.CodeOf(err) == fault.Internal
}

// Explain returns what the caller may see of err.
func Explain(err error) string {
	if b, ok := errors.AsType[*body.Error](err); ok {
		return b.Error()
	}
	if errors.Is(err, body.ErrTooLarge) {
		return err.Error()
	}
	return fault.MessageOf(err)
}

// Verdicts are the answers to a check that failed, for services whose own words
// are not known.
var Verdicts = map[gateway.Verdict]string{
	gateway.Wrong:   "The code is wrong",
	gateway.Spent:   "Too many wrong codes: send a new one",
	gateway.Lapsed:  "The code has expired: send a new one",
	gateway.Used:    "The code has been used: send a new one",
	gateway.Nothing: "No code was sent to this number",
	gateway.Stopped: "The code was cancelled: send a new one",
}

package smscx

import (
	"fmt"
	"net/url"
	"regexp"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/gateway/msisdn"
)

var lowerUUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// readFrom reads the sender, which has no effect on a SIM.
func readFrom(o *body.Object, empty int, needed bool) (string, error) {
	from, err := readText(o, "from", empty, needed)
	const least, most = 3, 15
	if l := len([]rune(from)); err == nil && from != "" && (l < least || l > most) {
		err = invalid(empty+1, fmt.Sprintf("from must have %d to %d characters", least, most))
	}
	return from, err
}

// readCountry returns what digits without a plus mean with a country, or without one.
func readCountry(country string) (msisdn.Reading, error) {
	r, err := msisdn.ReadingOf(country)
	if err != nil {
		return r, invalid(2003, "countryIso must be a country code of two capital letters")
	}
	return r, nil
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && len(s) <= 500
}

func read(r request) (*body.Object, error) {
	if !body.IsJSON(r.Request().Header.Get(echo.HeaderContentType)) {
		return nil, &body.Error{Message: "send the request body as JSON"}
	}
	return body.Read(r.Request().Body)
}

// readText reads a string. Empty is the number of the error for a string that is
// empty, or missing and needed.
func readText(o *body.Object, name string, empty int, needed bool) (string, error) {
	s, err := o.String(name)
	if err != nil {
		return "", invalid(empty, err.Error())
	}
	if s == "" && (needed || o.Has(name)) {
		return "", invalid(empty, name+" is empty")
	}
	return s, nil
}

// readNumber reads a whole number, otherwise where there is none. Code is the number of
// the error for what is not a number; those for too small and too large follow.
func readNumber(o *body.Object, name string, otherwise, least, most, code int) (int, error) {
	n, ok, err := o.Int(name)
	switch {
	case err != nil:
		return 0, invalid(code, err.Error())
	case !ok && o.Has(name):
		return 0, invalid(code, name+" must be a number")
	case !ok:
		return otherwise, nil
	case n < int64(least):
		return 0, invalid(code+1, fmt.Sprintf("%s must be at least %d", name, least))
	case n > int64(most):
		return 0, invalid(code+2, fmt.Sprintf("%s must be at most %d", name, most))
	}
	return int(n), nil
}

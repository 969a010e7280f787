// Package compat speaks the dialects of hosted services, so that an app that
// was written for one of them works when only its base URL changes.
package compat

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/gateway"
	"simgate/gateway/fault"
)

// TextLink is the dialect of textlinksms.com, the union of the two generations
// of its documentation. Its clients look at the body alone and read it as JSON
// whatever it is, so every answer is JSON with the status 200, errors of the
// router and of the key included.
//
// Where nothing public pins a behaviour, the choice is ours: a code is used up
// by the right answer; five are compared; a send while one is pending sends the
// same code again and renews its life; a code that comes as a number is padded
// with zeros.
type TextLink struct {
	Gateway *gateway.Gateway
	// Key authenticates the request.
	Key func(*http.Request) (gateway.Key, error)
	// CodeLength is the number of digits that codes have.
	CodeLength int
}

// purpose keeps the codes of this dialect apart from those of others.
const purposeTextLink = "textlink"

// The limits of expiration_time.
const (
	minExpiration     = time.Second
	maxExpiration     = 24 * time.Hour
	defaultExpiration = 10 * time.Minute
)

// Mount adds the routes to e, at the root and under /textlink, for apps that
// keep a path inside their base URL.
func (t TextLink) Mount(e *echo.Echo) {
	for _, prefix := range []string{"", "/textlink"} {
		e.POST(prefix+"/api/send-code", t.handle(gateway.ScopeCodesSend, t.sendCode))
		e.POST(prefix+"/api/verify-code", t.handle(gateway.ScopeCodesCheck, t.verifyCode))
		e.POST(prefix+"/api/send-sms", t.handle(gateway.ScopeMessagesSend, t.sendSMS))
		// The first is how the documentation spells it.
		e.POST(prefix+"/api/update-contect-tag", t.handle(gateway.ScopeMessagesSend, t.setTag))
		e.POST(prefix+"/api/update-contact-tag", t.handle(gateway.ScopeMessagesSend, t.setTag))
	}
}

// Owns reports whether a path belongs to the dialect, so that what goes wrong
// there is told in it.
func (TextLink) Owns(path string) bool {
	return strings.HasPrefix(path, "/textlink/") || path == "/textlink" ||
		strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/api/v2/")
}

// answer is every reply. A success has no message: the Python client takes an
// answer with one for a failure.
type answer struct {
	OK      bool   `json:"ok"`
	Code    string `json:"code,omitempty"`
	Queued  bool   `json:"queued,omitempty"`
	Message string `json:"message,omitempty"`
}

// Error answers in the dialect. Message is for the person who wrote the app.
func (TextLink) Error(c echo.Context, _ int, message string) error {
	return c.JSON(http.StatusOK, answer{Message: message})
}

type request struct {
	context.Context
	key gateway.Key
	*body.Object
}

func (t TextLink) handle(scope gateway.Scope, do func(request) (answer, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		key, err := t.Key(c.Request())
		if isFault(err) {
			return err
		}
		if err != nil {
			return t.Error(c, http.StatusOK, fault.MessageOf(err))
		}
		if !key.Allows(scope) {
			return t.Error(c, http.StatusOK, "this API key does not have the scope "+string(scope)+", which this call needs")
		}
		if kind := c.Request().Header.Get(echo.HeaderContentType); !isJSON(kind) {
			return t.Error(c, http.StatusOK, "send the request body as JSON, with Content-Type: application/json")
		}
		o, err := body.Read(c.Request().Body)
		if err != nil {
			return t.Error(c, http.StatusOK, err.Error())
		}
		a, err := do(request{c.Request().Context(), key, o})
		if isFault(err) {
			return err
		}
		if err != nil {
			return t.Error(c, http.StatusOK, explain(err))
		}
		return c.JSON(http.StatusOK, a)
	}
}

// isJSON takes a missing content type for JSON: there is nothing else that the
// body could be.
func isJSON(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return kind == "" || kind == "application/json" || strings.HasSuffix(kind, "+json")
}

// isFault reports whether an error is a fault of ours. A handler returns it as it
// is: the server logs it, and answers with Error.
func isFault(err error) bool {
	_, ofBody := errors.AsType[*body.Error](err)
	return !ofBody && !errors.Is(err, body.ErrTooLarge) && fault.CodeOf(err) == fault.Internal
}

// explain returns what the caller is told of an error.
func explain(err error) string {
	if b, ok := errors.AsType[*body.Error](err); ok {
		return b.Error()
	}
	if errors.Is(err, body.ErrTooLarge) {
		return err.Error()
	}
	return fault.MessageOf(err)
}

func (t TextLink) sendCode(r request) (answer, error) {
	to, err := r.String("phone_number")
	if err != nil {
		return answer{}, err
	}
	brand, err := r.String("service_name")
	if err != nil {
		return answer{}, err
	}
	lifetime, err := expiration(r.Object)
	if err != nil {
		return answer{}, err
	}
	by, err := route(r.Object)
	if err != nil {
		return answer{}, err
	}
	text, brand := textLinkText(brand)
	started, err := t.Gateway.StartVerification(r, gateway.NewVerification{
		App: r.key.App, To: to, Purpose: purposeTextLink, Brand: brand, Template: text, Lifetime: lifetime,
		Line: by.line, SourceCountry: by.country, CustomID: by.customID})
	if err != nil {
		return answer{}, err
	}
	return answer{OK: true, Code: started.Code}, nil
}

// textLinkText is the text for a service, which need not have a name.
func textLinkText(service string) (text, brand string) {
	if service == "" {
		return "Your verification code is: {code}", ""
	}
	return "Your verification code for {brand} is: {code}", service
}

func (t TextLink) verifyCode(r request) (answer, error) {
	to, err := r.String("phone_number")
	if err != nil {
		return answer{}, err
	}
	code, err := r.Digits("code", t.CodeLength)
	if err != nil {
		return answer{}, err
	}
	_, verdict, err := t.Gateway.CheckVerification(r, gateway.Check{App: r.key.App, To: to, Purpose: purposeTextLink, Code: code})
	if err != nil {
		return answer{}, err
	}
	if verdict == gateway.Right {
		return answer{OK: true}, nil
	}
	return answer{Message: verdicts[verdict]}, nil
}

var verdicts = map[gateway.Verdict]string{
	gateway.Wrong:   "The code is wrong",
	gateway.Spent:   "Too many wrong codes: send a new one",
	gateway.Lapsed:  "The code has expired: send a new one",
	gateway.Used:    "The code has been used: send a new one",
	gateway.Nothing: "No code was sent to this number",
	gateway.Stopped: "The code was cancelled: send a new one",
	gateway.Locked:  "Too many wrong codes for this number: try again later",
}

func (t TextLink) sendSMS(r request) (answer, error) {
	to, err := r.String("phone_number")
	if err != nil {
		return answer{}, err
	}
	text, err := r.String("text")
	if err != nil {
		return answer{}, err
	}
	by, err := route(r.Object)
	if err != nil {
		return answer{}, err
	}
	_, err = t.Gateway.Send(r, gateway.NewMessage{App: r.key.App, To: to, Text: text,
		Line: by.line, SourceCountry: by.country, CustomID: by.customID})
	return answer{OK: err == nil, Queued: err == nil}, err
}

// setTag marks a contact; a webhook for it is told. The fields are our choice: the
// documentation does not show them.
func (t TextLink) setTag(r request) (answer, error) {
	to, err := r.String("phone_number")
	if err != nil {
		return answer{}, err
	}
	if !r.Has("tag") {
		return answer{}, &body.Error{Field: "tag", Message: "is missing"}
	}
	tag, err := r.String("tag")
	if err != nil {
		return answer{}, err
	}
	err = t.Gateway.SetTag(r, r.key.App, to, tag)
	return answer{OK: err == nil}, err
}

// expiration reads the life of a code, in milliseconds.
func expiration(o *body.Object) (time.Duration, error) {
	ms, ok, err := o.Int("expiration_time")
	if err != nil || !ok {
		return defaultExpiration, err
	}
	if ms < minExpiration.Milliseconds() || ms > maxExpiration.Milliseconds() {
		return 0, &body.Error{Field: "expiration_time", Message: "must be between 1000 and 86400000 milliseconds"}
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// routing is what both sending calls share: the SIM of the newer generation, the
// country of the older one, and the caller's id.
type routing struct {
	line              int64
	country, customID string
}

// route reads it. A country that is none is passed over, like one that no SIM is
// of: clients send what their service had.
func route(o *body.Object) (r routing, err error) {
	if r.country, err = o.String("source_country"); err != nil {
		return r, err
	}
	if r.customID, err = o.String("custom_id"); err != nil {
		return r, err
	}
	var ok bool
	if r.line, ok, err = o.Int("sim_card_id"); err == nil && ok && r.line < 1 {
		err = &body.Error{Field: "sim_card_id", Message: "must be the id of a SIM: simgate modems shows them"}
	}
	return r, err
}

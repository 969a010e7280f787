// Package textlink is the dialect of textlinksms.com, the union of the two
// generations of its documentation. Its clients look at the body alone and read it
// as JSON whatever it is, so every answer is JSON with the status 200, errors of the
// router and of the key included.
//
// Where nothing public pins a behaviour, the choice is ours: the right answer uses a
// code up; five are compared; a send while one is pending sends the same code again
// and restarts its lifetime, but is only answered like the first where it is the same
// and less than 28 seconds later; a code that comes as a number is padded with zeros.
package textlink

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/dialect"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/text"
)

type server struct{ dialect.Env }

// New returns the dialect.
func New(env dialect.Env) dialect.Dialect {
	t := server{env}
	send, check, message := key.SendCodes, key.CheckCodes, key.SendMessages
	return dialect.Dialect{Name: "textlink", Bases: []string{""}, Root: []string{""}, Owns: []string{"/api/"},
		Routes: []dialect.Route{
			{Method: http.MethodPost, Path: "/api/send-code", Handler: t.handle(send, t.sendCode)},
			{Method: http.MethodPost, Path: "/api/verify-code", Handler: t.handle(check, t.verifyCode)},
			{Method: http.MethodPost, Path: "/api/send-sms", Handler: t.handle(message, t.sendSMS)},
			// The first is how the documentation spells it.
			{Method: http.MethodPost, Path: "/api/update-contect-tag", Handler: t.handle(message, t.setTag)},
			{Method: http.MethodPost, Path: "/api/update-contact-tag", Handler: t.handle(message, t.setTag)},
		}, Fail: fail, News: news}
}

// purpose separates the codes of this dialect from those of others.
const purpose = "textlink"

// The limits of expiration_time.
const (
	minExpiration     = time.Second
	maxExpiration     = 24 * time.Hour
	defaultExpiration = 10 * time.Minute
)

// answer is the answer to every call. A success has no message: the Python client
// treats an answer with a message as a failure.
type answer struct {
	OK      bool   `json:"ok"`
	Code    string `json:"code,omitempty"`
	Queued  bool   `json:"queued,omitempty"`
	Message string `json:"message,omitempty"`
}

func fail(c echo.Context, f dialect.Failure) error { return refuse(c, f.Message) }

func refuse(c echo.Context, message string) error {
	return c.JSON(http.StatusOK, answer{Message: message})
}

type request struct {
	context.Context
	key key.Key
	*body.Object
}

func (t server) handle(scope key.Scope, do func(request) (answer, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		k, err := t.Bearer(c.Request())
		if dialect.IsFault(err) {
			return err
		}
		if err != nil {
			return refuse(c, fault.MessageOf(err))
		}
		if !k.Allows(scope) {
			return refuse(c, "this API key does not have the scope "+string(scope)+", which this call needs")
		}
		if kind := c.Request().Header.Get(echo.HeaderContentType); !body.IsJSON(kind) {
			return refuse(c, "send the request body as JSON, with Content-Type: application/json")
		}
		o, err := body.Read(c.Request().Body)
		if err != nil {
			return refuse(c, err.Error())
		}
		a, err := do(request{c.Request().Context(), k, o})
		if dialect.IsFault(err) {
			return err
		}
		if err != nil {
			return refuse(c, dialect.Explain(err))
		}
		return c.JSON(http.StatusOK, a)
	}
}

func (t server) sendCode(r request) (answer, error) {
	to, err := r.String("phone_number")
	if err != nil {
		return answer{}, err
	}
	brand, err := r.Text("service_name")
	if err == nil && strings.TrimSpace(brand) != "" {
		err = fault.CheckName("service_name", strings.TrimSpace(brand), text.MaxBrand)
	}
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
	template, brand := textFor(strings.TrimSpace(brand))
	started, err := t.Gateway.StartVerification(r, gateway.NewVerification{
		App: r.key.App, To: to, Purpose: purpose, Brand: brand, Template: template, Lifetime: lifetime,
		Line: by.line, SourceCountry: by.country, CustomID: by.customID, Patient: true,
		Elsewhere: r.key.Allows(key.Elsewhere), HandsOut: true})
	if err != nil {
		return answer{}, err
	}
	return answer{OK: true, Code: started.Code}, nil
}

// textFor returns the text for a service, "" for one without a name.
func textFor(service string) (text, brand string) {
	if service == "" {
		return "Your verification code is: {code}", ""
	}
	return "Your verification code for {brand} is: {code}", service
}

func (t server) verifyCode(r request) (answer, error) {
	to, err := r.String("phone_number")
	if err != nil {
		return answer{}, err
	}
	code, err := r.Digits("code", t.CodeLength)
	if err != nil {
		return answer{}, err
	}
	_, verdict, err := t.Gateway.CheckVerification(r, gateway.Check{App: r.key.App, To: to, Purpose: purpose, Code: code})
	if err != nil {
		return answer{}, err
	}
	if verdict == gateway.Right {
		return answer{OK: true}, nil
	}
	return answer{Message: dialect.Verdicts[verdict]}, nil
}

func (t server) sendSMS(r request) (answer, error) {
	to, err := r.String("phone_number")
	if err != nil {
		return answer{}, err
	}
	body, err := r.String("text")
	if err != nil {
		return answer{}, err
	}
	by, err := route(r.Object)
	if err != nil {
		return answer{}, err
	}
	_, err = t.Gateway.Send(r, gateway.NewMessage{App: r.key.App, To: to, Text: body, Anywhere: r.key.Allows(key.Anywhere),
		Line: by.line, SourceCountry: by.country, CustomID: by.customID})
	return answer{OK: err == nil, Queued: err == nil}, err
}

// setTag sets the tag of a contact, which is delivered to webhooks. The documentation does not
// show the fields, so these are our choice.
func (t server) setTag(r request) (answer, error) {
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

// expiration reads the lifetime of a code, which is given in milliseconds.
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

// routing are the fields of both sending calls: the SIM (newer documentation), the
// country (older documentation), and the id of the caller.
type routing struct {
	line              int64
	country, customID string
}

// route reads the fields of routing. An invalid country is ignored, like one without a
// SIM: clients send what the service offered.
func route(o *body.Object) (r routing, err error) {
	if r.country, err = o.String("source_country"); err != nil {
		return r, err
	}
	if r.customID, err = o.Text("custom_id"); err != nil {
		return r, err
	}
	var ok bool
	if r.line, ok, err = o.Int("sim_card_id"); err == nil && ok && r.line < 1 {
		err = &body.Error{Field: "sim_card_id", Message: "must be the id of a SIM"}
	}
	return r, err
}

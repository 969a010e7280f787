// Package textflow is the dialect of textflow.me, the predecessor of TextLink: the
// same calls, other answers. Since its paths are those of TextLink, it is served
// under /textflow, and at the root only on a listener of its own.
//
// Where nothing public pins a behaviour, the choice is that of the dialect of
// TextLink, or ours: every answer has the HTTP status 200, with the status that is
// meant inside; ok with a check says that it was carried out, valid what it found;
// times are milliseconds; bulk-sms takes phone_numbers, a list or one text with
// commas, and answers with a list of the messages.
package textflow

import (
	"net/http"
	"strconv"
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
	return dialect.Dialect{Name: "textflow", Bases: []string{"", "/api"}, Routes: []dialect.Route{
		{Method: http.MethodPost, Path: "/send-code", Handler: t.handle(key.SendCodes, t.sendCode)},
		{Method: http.MethodPost, Path: "/verify-code", Handler: t.handle(key.CheckCodes, t.verifyCode)},
		{Method: http.MethodPost, Path: "/send-sms", Handler: t.handle(key.SendMessages, t.sendSMS)},
		{Method: http.MethodPost, Path: "/bulk-sms", Handler: t.handle(key.SendMessages, t.sendBulk)},
	}, Fail: fail}
}

const purpose = "textflow"

// maxLifetime is the longest lifetime of a code, and defaultLifetime that of a request
// without one.
const (
	defaultLifetime = 10 * time.Minute
	maxLifetime     = 24 * time.Hour
)

// answer is the answer to every call.
type answer struct {
	OK      bool   `json:"ok"`
	Status  int    `json:"status"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
	Valid   *bool  `json:"valid,omitempty"` // of a check
	Right   bool   `json:"valid_code,omitempty"`
	Expires int64  `json:"expires,omitempty"`
}

func fail(c echo.Context, f dialect.Failure) error { return refuse(c, f.Status, f.Message) }

func refuse(c echo.Context, status int, message string) error {
	return c.JSON(http.StatusOK, answer{Status: status, Message: message})
}

// request is a request with its key.
type request struct {
	echo.Context
	key    key.Key
	fields map[string]string
}

func (t server) handle(scope key.Scope, do func(request) (answer, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		k, err := t.Bearer(c.Request())
		if fault.CodeOf(err) == fault.Unauthenticated {
			return refuse(c, http.StatusBadRequest, "Invalid API key")
		}
		if err != nil {
			return err
		}
		if !k.Allows(scope) {
			return refuse(c, http.StatusForbidden, "this API key does not have the scope "+string(scope)+", which this call needs")
		}
		fields, err := body.ReadFields(c.Request(), "phone_numbers")
		if err != nil {
			return refuse(c, http.StatusBadRequest, dialect.Explain(err))
		}
		a, err := do(request{c, k, fields})
		switch fault.CodeOf(err) {
		case "":
			a.OK, a.Status = true, http.StatusOK
			return c.JSON(http.StatusOK, a)
		case fault.Internal:
			return err
		case fault.RateLimited:
			return refuse(c, http.StatusTooManyRequests, dialect.Explain(err))
		}
		return refuse(c, http.StatusBadRequest, dialect.Explain(err))
	}
}

// textFor returns the text for a service, "" for one without a name.
func textFor(service string) (text, brand string) {
	if service == "" {
		return "Your verification code is: {code}", ""
	}
	return "Your verification code for {brand} is: {code}", service
}

func (t server) sendCode(r request) (answer, error) {
	life := defaultLifetime
	if s := r.fields["seconds"]; s != "" {
		seconds, err := strconv.Atoi(s)
		if err != nil || seconds < 1 || seconds > int(maxLifetime/time.Second) {
			return answer{}, &fault.Error{Code: fault.Invalid, Field: "seconds", Message: "seconds must be between 1 and 86400"}
		}
		life = time.Duration(seconds) * time.Second
	}
	brand := strings.TrimSpace(r.fields["service_name"])
	if brand != "" {
		if err := fault.CheckName("service_name", brand, text.MaxBrand); err != nil {
			return answer{}, err
		}
	}
	template, brand := textFor(brand)
	started, err := t.Gateway.StartVerification(r.Request().Context(), gateway.NewVerification{App: r.key.App, To: r.fields["phone_number"],
		Purpose: purpose, Brand: brand, Template: template, Lifetime: life, Patient: true, Elsewhere: r.key.Allows(key.Elsewhere), HandsOut: true})
	if err != nil {
		return answer{}, err
	}
	shown := strings.NewReplacer("{brand}", brand, "{code}", started.Code).Replace(template)
	return answer{Message: "Verification code sent", Data: map[string]any{"verification_code": started.Code,
		"expires": started.Verification.Expires.UnixMilli(), "message_text": shown}}, nil
}

func (t server) verifyCode(r request) (answer, error) {
	code := r.fields["code"]
	if n := t.CodeLength - len(code); code != "" && n > 0 && strings.Trim(code, "0123456789") == "" {
		code = strings.Repeat("0", n) + code // it was sent as a number
	}
	v, verdict, err := t.Gateway.CheckVerification(r.Request().Context(),
		gateway.Check{App: r.key.App, To: r.fields["phone_number"], Purpose: purpose, Code: code})
	if err != nil {
		return answer{}, err
	}
	right := verdict == gateway.Right
	a := answer{Message: dialect.Verdicts[verdict], Valid: &right, Right: right}
	if right {
		a.Message, a.Expires = "The code is right", v.Expires.UnixMilli()
	}
	return a, nil
}

// sent is a message that was accepted.
type sent struct {
	To      string `json:"to"`
	Content string `json:"content"`
	Country string `json:"country_code"`
	Price   int    `json:"price"`
	At      int64  `json:"timestamp"`
}

func show(m gateway.Message) sent {
	return sent{To: string(m.To), Content: m.Text, Country: m.To.Region(), At: m.Accepted.UnixMilli()}
}

func (t server) sendSMS(r request) (answer, error) {
	m, err := t.Gateway.Send(r.Request().Context(), gateway.NewMessage{App: r.key.App, To: r.fields["phone_number"], Text: r.fields["text"], Anywhere: r.key.Allows(key.Anywhere)})
	return answer{Message: "Message accepted", Data: show(m)}, err
}

func (t server) sendBulk(r request) (answer, error) {
	if r.fields["phone_numbers"] == "" {
		return answer{}, &fault.Error{Code: fault.Invalid, Field: "phone_numbers", Message: "phone_numbers is empty"}
	}
	var all []gateway.NewMessage
	for to := range strings.SplitSeq(r.fields["phone_numbers"], ",") {
		all = append(all, gateway.NewMessage{App: r.key.App, To: to, Text: r.fields["text"], Anywhere: r.key.Allows(key.Anywhere)})
	}
	accepted, err := t.Gateway.SendAll(r.Request().Context(), all)
	sent := make([]sent, len(accepted))
	for i, m := range accepted {
		sent[i] = show(m)
	}
	return answer{Message: "Messages accepted", Data: sent}, err
}

package compat

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/gateway"
	"simgate/gateway/fault"
)

// TextFlow is the dialect of textflow.me, which TextLink came from: the same
// calls, other answers. Its paths are those of TextLink, so it is served under
// /textflow alone.
//
// Where nothing public pins a behaviour, the choice is that of [TextLink], or
// ours: every answer has the HTTP status 200, with the status that is meant
// inside; ok with a check says that it was carried out, valid what it found;
// times are milliseconds; bulk-sms takes phone_numbers, a list or with commas
// between them, and tells of each message in a list.
type TextFlow struct {
	Gateway *gateway.Gateway
	// Key authenticates the request.
	Key func(*http.Request) (gateway.Key, error)
	// CodeLength is the number of digits that codes have.
	CodeLength int
}

const purposeTextFlow = "textflow"

// longestTextFlow is the longest life of a code, and usualTextFlow that of one
// that was started without.
const (
	usualTextFlow   = 10 * time.Minute
	longestTextFlow = 24 * time.Hour
)

// Mount adds the routes to e.
func (t TextFlow) Mount(e *echo.Echo) {
	for _, prefix := range []string{"/textflow", "/textflow/api"} {
		e.POST(prefix+"/send-code", t.handle(gateway.ScopeCodesSend, t.sendCode))
		e.POST(prefix+"/verify-code", t.handle(gateway.ScopeCodesCheck, t.verifyCode))
		e.POST(prefix+"/send-sms", t.handle(gateway.ScopeMessagesSend, t.sendSMS))
		e.POST(prefix+"/bulk-sms", t.handle(gateway.ScopeMessagesSend, t.sendBulk))
	}
}

// Owns reports whether a path belongs to the dialect.
func (TextFlow) Owns(path string) bool {
	return path == "/textflow" || strings.HasPrefix(path, "/textflow/")
}

// answerTF is every reply.
type answerTF struct {
	OK      bool   `json:"ok"`
	Status  int    `json:"status"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
	Valid   *bool  `json:"valid,omitempty"` // of a check
	Right   bool   `json:"valid_code,omitempty"`
	Expires int64  `json:"expires,omitempty"`
}

// Error answers in the dialect.
func (TextFlow) Error(c echo.Context, status int, message string) error {
	return c.JSON(http.StatusOK, answerTF{Status: status, Message: message})
}

// requestTF is a request of a key.
type requestTF struct {
	echo.Context
	key    gateway.Key
	fields map[string]string
}

func (t TextFlow) handle(scope gateway.Scope, do func(requestTF) (answerTF, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		key, err := t.Key(c.Request())
		if fault.CodeOf(err) == fault.Unauthenticated {
			return t.Error(c, http.StatusBadRequest, "Invalid API key")
		}
		if err != nil {
			return err
		}
		if !key.Allows(scope) {
			return t.Error(c, http.StatusForbidden, "this API key does not have the scope "+string(scope)+", which this call needs")
		}
		fields, err := readFields(c.Request(), "phone_numbers")
		if err != nil {
			return t.Error(c, http.StatusBadRequest, explain(err))
		}
		a, err := do(requestTF{c, key, fields})
		switch fault.CodeOf(err) {
		case "":
			a.OK, a.Status = true, http.StatusOK
			return c.JSON(http.StatusOK, a)
		case fault.Internal:
			return err
		case fault.RateLimited:
			return t.Error(c, http.StatusTooManyRequests, explain(err))
		}
		return t.Error(c, http.StatusBadRequest, explain(err))
	}
}

func (t TextFlow) sendCode(r requestTF) (answerTF, error) {
	life := usualTextFlow
	if s := r.fields["seconds"]; s != "" {
		seconds, err := strconv.Atoi(s)
		if err != nil || seconds < 1 || seconds > int(longestTextFlow/time.Second) {
			return answerTF{}, &fault.Error{Code: fault.Invalid, Field: "seconds", Message: "seconds must be between 1 and 86400"}
		}
		life = time.Duration(seconds) * time.Second
	}
	text, brand := textLinkText(r.fields["service_name"])
	started, err := t.Gateway.StartVerification(r.Request().Context(), gateway.NewVerification{App: r.key.App, To: r.fields["phone_number"],
		Purpose: purposeTextFlow, Brand: brand, Template: text, Lifetime: life})
	if err != nil {
		return answerTF{}, err
	}
	shown := strings.NewReplacer("{brand}", brand, "{code}", started.Code).Replace(text)
	return answerTF{Message: "Verification code sent", Data: map[string]any{"verification_code": started.Code,
		"expires": started.Verification.Expires.UnixMilli(), "message_text": shown}}, nil
}

func (t TextFlow) verifyCode(r requestTF) (answerTF, error) {
	code := r.fields["code"]
	if n := t.CodeLength - len(code); code != "" && n > 0 && strings.Trim(code, "0123456789") == "" {
		code = strings.Repeat("0", n) + code // it came as a number
	}
	v, verdict, err := t.Gateway.CheckVerification(r.Request().Context(),
		gateway.Check{App: r.key.App, To: r.fields["phone_number"], Purpose: purposeTextFlow, Code: code})
	if err != nil {
		return answerTF{}, err
	}
	right := verdict == gateway.Right
	a := answerTF{Message: verdicts[verdict], Valid: &right, Right: right}
	if right {
		a.Message, a.Expires = "The code is right", v.Expires.UnixMilli()
	}
	return a, nil
}

// sentTF is a message that was accepted.
type sentTF struct {
	To      string `json:"to"`
	Content string `json:"content"`
	Country string `json:"country_code"`
	Price   int    `json:"price"`
	At      int64  `json:"timestamp"`
}

func shownTF(m gateway.Message) sentTF {
	return sentTF{To: string(m.To), Content: m.Text, Country: m.To.Region(), At: m.Accepted.UnixMilli()}
}

func (t TextFlow) sendSMS(r requestTF) (answerTF, error) {
	m, err := t.Gateway.Send(r.Request().Context(), gateway.NewMessage{App: r.key.App, To: r.fields["phone_number"], Text: r.fields["text"]})
	return answerTF{Message: "Message accepted", Data: shownTF(m)}, err
}

func (t TextFlow) sendBulk(r requestTF) (answerTF, error) {
	if r.fields["phone_numbers"] == "" {
		return answerTF{}, &fault.Error{Code: fault.Invalid, Field: "phone_numbers", Message: "phone_numbers is empty"}
	}
	var all []gateway.NewMessage
	for to := range strings.SplitSeq(r.fields["phone_numbers"], ",") {
		all = append(all, gateway.NewMessage{App: r.key.App, To: to, Text: r.fields["text"]})
	}
	accepted, err := t.Gateway.SendAll(r.Request().Context(), all)
	sent := make([]sentTF, len(accepted))
	for i, m := range accepted {
		sent[i] = shownTF(m)
	}
	return answerTF{Message: "Messages accepted", Data: sent}, err
}

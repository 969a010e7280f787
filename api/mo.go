package api

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"simgate/api/qr"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/mo"
	"simgate/gateway/msisdn"
)

// shown is a text that a person is to send, as something to look at.
type shown struct {
	contentType string
	of          func(mo.Asked) ([]byte, error)
}

var (
	showSVG  = shown{"image/svg+xml", func(a mo.Asked) ([]byte, error) { return qr.SVG(a.Link) }}
	showPNG  = shown{"image/png", func(a mo.Asked) ([]byte, error) { return qr.PNG(a.Link) }}
	showHTML = shown{"text/html; charset=utf-8", snippet}
)

// getText answers with what the person of a verification is to send. Only the app that has
// started the verification gets it.
func (s *Server) getText(as shown) handlerFunc {
	return func(c echo.Context, k key.Key) error {
		v, err := s.gateway.Verification(c.Request().Context(), c.Param("id"))
		if err != nil {
			return err
		}
		switch {
		case v.App != k.App:
			return &fault.Error{Code: fault.NotFound, Message: "there is no verification with this id"}
		case v.Asked == nil:
			return notAwaited(v)
		}
		raw, err := as.of(*v.Asked)
		if err != nil {
			return err
		}
		c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
		return c.Blob(http.StatusOK, as.contentType, raw)
	}
}

func notAwaited(v gateway.Verification) error {
	why := "it waits for no text of the person: ask for the channel mo"
	if v.State != gateway.Pending {
		why = "it is " + string(v.State) + " already"
	}
	return &fault.Error{Code: fault.Conflict, Reason: fault.NotPending, Message: "there is nothing to send for this verification: " + why}
}

// snippet returns the piece of a page, without a script or a style of its own: the link for
// who looks at it on the phone, the QR code for who does not, and number and text for who
// types.
func snippet(a mo.Asked) ([]byte, error) {
	code, err := qr.SVG(a.Link)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = snippetTemplate.Execute(&b, struct {
		Link    template.URL
		Picture template.URL
		Number  msisdn.Number
		Text    string
	}{
		//nolint:gosec // both are made here: a sms: link, and a picture
		template.URL(a.Link), template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(code)), a.Number, a.Text,
	})
	return b.Bytes(), err
}

var snippetTemplate = template.Must(template.New("").Parse(strings.TrimSpace(`
<div class="simgate-mo">
  <p><a href="{{.Link}}">Open the message on this phone</a></p>
  <p><img src="{{.Picture}}" width="220" height="220" alt="QR code that opens the message on a phone"></p>
  <dl>
    <dt>To</dt><dd><bdi dir="ltr">{{.Number}}</bdi></dd>
    <dt>Message</dt><dd>{{.Text}}</dd>
  </dl>
</div>
`) + "\n"))

package compat

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/gateway"
	"simgate/gateway/fault"
)

// codeOAuth is of every error of a token request.
const codeOAuth = 1600

// lifeCX is the life of an access token, the shortest that the service offers.
const lifeCX = 24 * time.Hour

// scopesCX are the service's scopes. Some are of things that there are not here;
// a client may ask for them, and gets nothing by it.
var scopesCX = map[string][]gateway.Scope{
	"otp":         {gateway.ScopeCodesSend, gateway.ScopeCodesCheck},
	"sms":         {gateway.ScopeMessagesSend},
	"reports":     {gateway.ScopeMessagesSend},
	"numbers":     {gateway.ScopeInbox},
	"groups":      nil,
	"templates":   nil,
	"originators": nil,
	"shortlinks":  nil,
	"attachments": nil,
	"viber":       nil,
	"whatsapp":    nil,
}

// allCX is what a client gets that asks for nothing in particular.
const allCX = "otp sms reports numbers"

// token gives an access token for an API key, which is the secret of the
// application here; its id may be anything.
func (t SMSCX) token(c echo.Context) error {
	oauth := func(status int, kind, message string) error {
		return t.refuse(c, failCX(status, kind, codeOAuth, message))
	}
	_, secret, ok := c.Request().BasicAuth()
	fields, err := readForm(c.Request())
	switch {
	case !ok:
		return oauth(http.StatusUnauthorized, "invalid_client", "send HTTP Basic: any application id, and the API key as the secret")
	case err != nil:
		return oauth(http.StatusBadRequest, "invalid_request", err.Error())
	case fields.Get("grant_type") == "":
		return oauth(http.StatusBadRequest, "invalid_request", "grant_type is missing")
	case fields.Get("grant_type") != "client_credentials":
		return oauth(http.StatusBadRequest, "unsupported_grant_type", "grant_type must be client_credentials")
	}
	key, err := t.Gateway.Authenticate(c.Request().Context(), strings.TrimSpace(secret))
	if fault.CodeOf(err) == fault.Unauthenticated {
		return oauth(http.StatusUnauthorized, "invalid_client", fault.MessageOf(err))
	}
	if err != nil {
		return err
	}
	asked := strings.Join(strings.Fields(fields.Get("scope")), " ")
	if asked == "" {
		asked = allCX
	}
	var scopes []gateway.Scope
	for name := range strings.FieldsSeq(asked) {
		s, known := scopesCX[name]
		if !known {
			return oauth(http.StatusBadRequest, "invalid_scope", "there is no such scope: use otp, sms, reports or numbers")
		}
		scopes = append(scopes, s...)
	}
	c.Response().Header().Set("Cache-Control", "no-store") // RFC 6749 5.1
	return c.JSON(http.StatusOK, map[string]any{"access_token": t.Gateway.AccessToken(key, scopes, lifeCX),
		"expires_in": int(lifeCX / time.Second), "scope": asked, "token_type": "Bearer"})
}

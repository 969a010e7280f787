package smscx

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/gateway/fault"
	"simgate/gateway/key"
)

// codeOAuth is the number of all errors of a token request.
const codeOAuth = 1600

// tokenLifetime is the lifetime of an access token, the shortest of the service.
const tokenLifetime = 24 * time.Hour

// serviceScopes are the scopes of the service. A client can ask for those of features
// that are not supported here, without effect.
var serviceScopes = map[string][]key.Scope{
	"otp":         {key.SendCodes, key.CheckCodes},
	"sms":         {key.SendMessages},
	"reports":     {key.SendMessages},
	"numbers":     {key.ReadInbox, key.AllInbox},
	"groups":      nil,
	"templates":   nil,
	"originators": nil,
	"shortlinks":  nil,
	"attachments": nil,
	"viber":       nil,
	"whatsapp":    nil,
}

// defaultScopes are the scopes of a request that names none.
const defaultScopes = "otp sms reports numbers"

// token answers with an access token for an API key, which is the secret of the
// application. The id of the application is ignored.
func (t server) token(c echo.Context) error {
	oauth := func(status int, kind, message string) error {
		return refuse(c, fail(status, kind, codeOAuth, message))
	}
	_, secret, ok := c.Request().BasicAuth()
	fields, err := body.ReadForm(c.Request())
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
	if key.IsAccessToken(strings.TrimSpace(secret)) { // it would live for ever
		return oauth(http.StatusUnauthorized, "invalid_client", "an access token is no secret: send the API key")
	}
	k, err := t.Authenticate(c.Request().Context(), secret)
	if fault.CodeOf(err) == fault.Unauthenticated {
		return oauth(http.StatusUnauthorized, "invalid_client", fault.MessageOf(err))
	}
	if err != nil {
		return err
	}
	asked := strings.Join(strings.Fields(fields.Get("scope")), " ")
	if asked == "" {
		asked = defaultScopes
	}
	var scopes []key.Scope
	for name := range strings.FieldsSeq(asked) {
		s, known := serviceScopes[name]
		if !known {
			return oauth(http.StatusBadRequest, "invalid_scope", "there is no such scope: use otp, sms, reports or numbers")
		}
		scopes = append(scopes, s...)
	}
	c.Response().Header().Set("Cache-Control", "no-store") // RFC 6749 5.1
	return c.JSON(http.StatusOK, map[string]any{"access_token": t.Gateway.Keys().AccessToken(k, scopes, tokenLifetime),
		"expires_in": int(tokenLifetime / time.Second), "scope": asked, "token_type": "Bearer"})
}

package smscx

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"simgate/api/body"
	"simgate/gateway"
	"simgate/gateway/code"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/text"
)

// otp is a verification as the service shows it. It always has all thirteen keys,
// which the clients require.
type otp struct {
	OTP         string  `json:"otpId"`
	Track       *string `json:"trackId"`
	Phone       string  `json:"phoneNumber"`
	Country     string  `json:"countryIso"`
	Status      string  `json:"status"`
	Cost        int     `json:"cost"`
	Parts       int     `json:"parts"`
	MaxAttempts int     `json:"maxAttempts"`
	Attempts    int     `json:"attempts"`
	TTL         int     `json:"ttl"`
	Callback    *string `json:"otpCallbackUrl"`
	Created     string  `json:"dateCreated"`
	Expires     string  `json:"dateExpires"`
}

var otpStates = map[gateway.VerificationState]string{gateway.Pending: "PENDING", gateway.Verified: "VERIFIED",
	gateway.VerificationExpired: "EXPIRED", gateway.Exhausted: "FAILED", gateway.VerificationCanceled: "CANCELLED"}

func (t server) otpOf(v gateway.Verification) otp {
	o := otp{OTP: v.ID, Phone: string(v.To), Country: v.To.Region(), Status: otpStates[v.State], Parts: max(1, v.Parts),
		MaxAttempts: v.MaxTries, Attempts: v.Tries, TTL: min(max(minTTL, int(v.Lifetime/time.Second)), maxTTL),
		Created: v.Created.UTC().Format(time.DateTime), Expires: v.Expires.UTC().Format(time.DateTime)}
	if v.State == gateway.Pending && !v.Expires.After(time.Now()) {
		o.Status = "EXPIRED"
	}
	if v.State == gateway.Verified {
		o.Attempts-- // the service counts wrong codes only
	}
	if o.Country == "" {
		o.Country = t.Country
	}
	if track := trackOf(v.CustomID); track != "" {
		o.Track = &track
	}
	if v.Callback.URL != "" {
		o.Callback = &v.Callback.URL
	}
	return o
}

// The limits and defaults of a start, and the place of the code in a text.
const (
	mark = "{{pin}}"

	minTTL, maxTTL, defaultTTL       = 60, 1800, 300
	minTries, maxTries, defaultTries = 1, 10, 5
	minPIN, maxPIN, defaultPIN       = 4, 10, 5
	defaultTemplate                  = "Your verification code is {{pin}}"
)

var alphabets = map[string]code.Alphabet{"numbers": code.Numbers, "letters": code.Letters, "alphanumeric": code.Alphanumeric}

func (t server) start(r request) error {
	o, err := read(r)
	if err != nil {
		return err
	}
	n := gateway.NewVerification{App: r.key.App, Purpose: purpose, Fresh: true, Patient: true}
	if n.To, err = readText(o, "phoneNumber", 2001, true); err != nil {
		return err
	}
	country, err := readText(o, "countryIso", 2002, false)
	if err != nil {
		return err
	}
	if n.Reading, err = readCountry(country); err != nil {
		return err
	}
	to, err := t.Gateway.ReadNumber(n.App, n.To, n.Reading)
	if err != nil {
		return err
	}
	if _, err := readFrom(o, 2004, false); err != nil {
		return err
	}
	ttl, err := readNumber(o, "ttl", defaultTTL, minTTL, maxTTL, 2007)
	if err != nil {
		return err
	}
	if n.MaxTries, err = readNumber(o, "maxAttempts", defaultTries, minTries, maxTries, 2010); err != nil {
		return err
	}
	kind, err := readText(o, "pinType", 2013, false)
	if err != nil {
		return err
	}
	if kind == "" {
		kind = "numbers"
	}
	var known bool
	if n.Alphabet, known = alphabets[kind]; !known {
		return invalid(2014, "pinType must be letters, numbers or alphanumeric")
	}
	if n.Length, err = readNumber(o, "pinLength", defaultPIN, minPIN, maxPIN, 2015); err != nil {
		return err
	}
	if n.CustomID, err = o.String("trackId"); err != nil || n.CustomID != "" && !lowerUUID.MatchString(n.CustomID) {
		return invalid(2018, "trackId must be a UUID in small letters")
	}
	n.Callback.Format, n.Callback.Optional = purpose, true
	if n.Callback.URL, err = o.String("otpCallbackUrl"); err != nil || n.Callback.URL != "" && !isURL(n.Callback.URL) {
		return invalid(2019, "otpCallbackUrl must be a URL, http or https")
	}
	n.Mark = mark
	if n.Template, err = t.template(o, to); err != nil {
		return err
	}
	n.Lifetime = time.Duration(ttl) * time.Second
	started, err := t.Gateway.StartVerification(r.Request().Context(), n)
	if err != nil {
		return err
	}
	v := started.Verification
	v.Parts = started.Parts
	return r.JSON(http.StatusCreated, t.otpOf(v))
}

// template returns the text for the language of the number's country, or else the
// general one.
func (t server) template(o *body.Object, to msisdn.Number) (string, error) {
	template, err := readText(o, "template", 2006, false)
	if err != nil {
		return "", err
	}
	language, _, _ := strings.Cut(text.LocaleOf(to.Region()), "-")
	own, err := readText(o, "template_"+language, 2006, false)
	if err != nil {
		return "", err
	}
	template = cmp.Or(own, template, defaultTemplate)
	if !strings.Contains(template, mark) {
		return "", invalid(2006, "the template must contain "+mark)
	}
	if template, err = fill(template); err != nil {
		return "", invalid(2006, err.Error())
	}
	return template, nil
}

// find returns the verification of the path, if it is the caller's.
func (t server) find(r request) (gateway.Verification, error) {
	missing := fail(http.StatusNotFound, "not_found", codeNoOTP, "there is no OTP with this id")
	id := r.Param("id")
	if !lowerUUID.MatchString(id) {
		return gateway.Verification{}, missing
	}
	v, err := t.Gateway.Verification(r.Request().Context(), id)
	if fault.CodeOf(err) == fault.NotFound || err == nil && (v.App != r.key.App || v.Purpose != purpose) {
		return gateway.Verification{}, missing
	}
	return v, err
}

func (t server) show(r request) error {
	v, err := t.find(r)
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, t.otpOf(v))
}

func (t server) check(r request) error {
	o, err := read(r)
	if err != nil {
		return err
	}
	v, err := t.find(r)
	if err != nil {
		return err
	}
	pin, err := o.Digits("pin", 0)
	if err != nil {
		return invalid(2022, err.Error())
	}
	if strings.TrimSpace(pin) == "" {
		return invalid(2022, "pin is empty")
	}
	bad := func(kind string, code int, message string) error {
		return fail(http.StatusBadRequest, kind, code, message)
	}
	switch v.State {
	case gateway.Verified:
		return bad("otp_verified", 2023, "the OTP has been verified")
	case gateway.VerificationCanceled:
		return bad("otp_cancelled", 2024, "the OTP was cancelled")
	case gateway.VerificationExpired:
		return bad("otp_expired", 2025, "the OTP has expired")
	case gateway.Exhausted:
		return bad("otp_failed", 2026, "the OTP has failed: all tries are used")
	}
	_, verdict, err := t.Gateway.CheckVerification(r.Request().Context(),
		gateway.Check{App: r.key.App, Purpose: purpose, ID: v.ID, Code: pin})
	if err != nil {
		return err
	}
	switch verdict {
	case gateway.Right:
		return r.JSON(http.StatusOK, map[string]string{"status": "VERIFIED"})
	case gateway.Spent:
		return bad("otp_failed", 2027, "the PIN is wrong, and all tries are used")
	case gateway.Lapsed:
		return bad("otp_expired", 2028, "the PIN has expired")
	case gateway.Used:
		return bad("otp_verified", 2023, "the OTP has been verified")
	case gateway.Stopped:
		return bad("otp_cancelled", 2024, "the OTP was cancelled")
	}
	return bad("invalid_pin", 2029, "the PIN is wrong")
}

func (t server) cancel(r request) error {
	v, err := t.find(r)
	if err != nil {
		return err
	}
	denied := func(code int, message string) error {
		return fail(http.StatusForbidden, "access_denied", code, message)
	}
	if v.State == gateway.VerificationCanceled {
		return denied(2030, "the OTP has already been cancelled")
	}
	_, err = t.Gateway.CancelVerification(r.Request().Context(), r.key.App, v.ID)
	if fault.CodeOf(err) == fault.Conflict {
		return denied(2031, "the OTP is not pending")
	}
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, map[string]any{"info": map[string]string{"id": v.ID}})
}

package textmagic

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"simgate/gateway"
	"simgate/gateway/code"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/text"
)

const purpose = "textmagic"

// The limits of the service.
const (
	lifetime    = 5 * time.Minute
	maxTries    = 3
	cancelAfter = 30 * time.Second
	maxBrand    = 18
)

var alphanumericBrand = regexp.MustCompile(`^[\p{L}\p{N} ]+$`)

func (t server) start(r request) error {
	if err := r.read(); err != nil {
		return err
	}
	n := gateway.NewVerification{App: r.key.App, Purpose: purpose, Lifetime: lifetime, MaxTries: maxTries,
		Alphabet: code.Numbers, Exclusive: true}
	var err error
	if n.To, n.Country, err = readPhone(r.fields["phone"], r.fields["country"]); err != nil {
		return err
	}
	n.Brand = strings.TrimSpace(r.fields["brand"])
	switch {
	case n.Brand == "":
		return invalid("brand", "This value should not be blank.")
	case len([]rune(n.Brand)) > maxBrand || !alphanumericBrand.MatchString(n.Brand):
		return invalid("brand", fmt.Sprintf("must be letters and digits, at most %d", maxBrand))
	}
	if n.Length, err = r.number("codeLength", 0); err != nil {
		return err
	}
	if n.Length != 4 && n.Length != 6 {
		return invalid("codeLength", "must be 4 or 6")
	}
	workflow, err := r.number("workflowId", 1)
	if err != nil {
		return err
	}
	if n.Workflow = gateway.Workflows[workflow]; n.Workflow == nil {
		return invalid("workflowId", "must be 1 to 7")
	}
	language := strings.ToLower(r.fields["language"])
	if language != "" && !slices.Contains(text.Locales(), language) {
		return invalid("language", "must be one of "+strings.Join(text.Locales(), ", "))
	}
	if language == "" {
		to, err := msisdn.Parse(n.To, n.Country)
		if err != nil {
			return err
		}
		language = text.LocaleOf(to.Region())
	}
	n.Locale = language
	if n.Template, err = text.PINFor(language); err != nil {
		return err
	}
	started, err := t.Gateway.StartVerification(r.Request().Context(), n)
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, map[string]any{"verifyId": started.Verification.ID, "price": 0})
}

// readPhone reads a number: in international form without +, or in the form of the
// country that is given with it.
func readPhone(phone, country string) (to, region string, err error) {
	phone, country = strings.TrimSpace(phone), strings.ToUpper(strings.TrimSpace(country))
	switch {
	case phone == "":
		return "", "", invalid("phone", "This value should not be blank.")
	case country != "" && !msisdn.KnownCountry(country):
		return "", "", invalid("country", "must be a country in two letters")
	case strings.HasPrefix(phone, "+"):
		return phone, country, nil
	}
	if country != "" && strings.HasPrefix(phone, "0") {
		return phone, country, nil
	}
	if _, err := msisdn.Parse("+"+phone, ""); err != nil && country != "" {
		return phone, country, nil
	}
	return "+" + phone, country, nil
}

// find returns a verification, and whether there is one of the caller.
func (t server) find(r request, id string) (gateway.Verification, bool, error) {
	v, err := t.Gateway.Verification(r.Request().Context(), strings.ToLower(strings.TrimSpace(id)))
	if fault.CodeOf(err) == fault.NotFound || err == nil && (v.App != r.key.App || v.Purpose != purpose) {
		return gateway.Verification{}, false, nil
	}
	return v, err == nil, err
}

func (t server) check(r request) error {
	if err := r.read(); err != nil {
		return err
	}
	if r.fields["verifyId"] == "" {
		return invalid("verifyId", "This value should not be blank.")
	}
	if strings.TrimSpace(r.fields["code"]) == "" {
		return invalid("code", "This value should not be blank.")
	}
	v, found, err := t.find(r, r.fields["verifyId"])
	if err != nil {
		return err
	}
	if !found || v.State != gateway.Pending {
		return invalid("verifyId", "there is no such verification, or it has ended")
	}
	_, verdict, err := t.Gateway.CheckVerification(r.Request().Context(),
		gateway.Check{App: r.key.App, Purpose: purpose, ID: v.ID, Code: r.fields["code"]})
	if err != nil {
		return err
	}
	switch verdict {
	case gateway.Right:
		return r.NoContent(http.StatusNoContent) // without a body, which SDKs expect
	case gateway.Wrong:
		return invalid("code", "the code is wrong")
	case gateway.Spent:
		return invalid("code", "the code is wrong, and all tries are used")
	case gateway.Locked:
		return invalid("code", "too many wrong codes for this number: try again later")
	}
	return invalid("verifyId", "there is no such verification, or it has ended")
}

func (t server) cancel(r request) error {
	v, found, err := t.find(r, r.Param("id"))
	if err != nil {
		return err
	}
	if !found || v.State != gateway.Pending {
		return fail(http.StatusNotFound, "there is no such verification, or it has ended")
	}
	if v.Age < cancelAfter {
		return fail(http.StatusBadRequest, "a verification can be cancelled 30 seconds after its start at the earliest")
	}
	if _, err := t.Gateway.CancelVerification(r.Request().Context(), r.key.App, v.ID); err != nil {
		if fault.CodeOf(err) == fault.Conflict {
			return fail(http.StatusNotFound, "the verification has ended")
		}
		return err
	}
	return r.NoContent(http.StatusNoContent)
}

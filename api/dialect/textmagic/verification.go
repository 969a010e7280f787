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
	"simgate/gateway/workflow"
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
	n, err := t.readStart(r)
	if err != nil {
		return err
	}
	started, err := t.Gateway.StartVerification(r.Request().Context(), n)
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, map[string]any{"verifyId": started.Verification.ID, "price": 0})
}

// readStart reads the fields of a start. Its error names all that are wrong.
func (t server) readStart(r request) (gateway.NewVerification, error) {
	n := gateway.NewVerification{App: r.key.App, Purpose: purpose, Lifetime: lifetime, MaxTries: maxTries,
		Alphabet: code.Numbers, Exclusive: true}
	var wrong validation
	to, err := t.readPhone(r, "phone", r.fields["phone"], "country", r.fields["country"])
	if err = wrong.add(err); err != nil {
		return n, err
	}
	n.To, n.Brand = string(to), strings.TrimSpace(r.fields["brand"])
	switch {
	case n.Brand == "":
		err = invalid("brand", blank)
	case len([]rune(n.Brand)) > maxBrand || !alphanumericBrand.MatchString(n.Brand):
		err = invalid("brand", fmt.Sprintf("must be letters and digits, at most %d", maxBrand))
	}
	_ = wrong.add(err)
	n.Length, err = r.number("codeLength", 0)
	if err == nil && n.Length != 4 && n.Length != 6 {
		err = invalid("codeLength", "must be 4 or 6")
	}
	_ = wrong.add(err)
	id, err := r.number("workflowId", 1)
	if n.Workflow = workflow.Numbered[id]; err == nil && n.Workflow == nil {
		err = invalid("workflowId", "must be 1 to 7")
	}
	_ = wrong.add(err)
	n.Locale = strings.ToLower(r.fields["language"])
	if n.Locale != "" && !slices.Contains(text.Locales(), n.Locale) {
		_ = wrong.add(invalid("language", "must be one of "+strings.Join(text.Locales(), ", ")))
	}
	if err := wrong.err(); err != nil {
		return n, err
	}
	if n.Locale == "" {
		n.Locale = text.LocaleOf(to.Region())
	}
	n.Template, err = text.PINFor(n.Locale)
	return n, err
}

// readPhone reads a number of a field: in international form with or without +, or in
// the form of the country that another field gives with it.
func (t server) readPhone(r request, field, phone, countryField, country string) (msisdn.Number, error) {
	if strings.TrimSpace(phone) == "" {
		return "", invalid(field, blank)
	}
	reading, err := msisdn.ReadingOf(strings.ToUpper(strings.TrimSpace(country)))
	if err != nil {
		return "", invalid(countryField, fault.MessageOf(err))
	}
	number, err := t.Gateway.ReadNumber(r.key.App, phone, reading.Or(msisdn.International()))
	if err != nil {
		return "", invalid(field, fault.MessageOf(err))
	}
	return number, nil
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
	var wrong validation
	for _, field := range []string{"verifyId", "code"} {
		if strings.TrimSpace(r.fields[field]) == "" {
			_ = wrong.add(invalid(field, blank))
		}
	}
	if err := wrong.err(); err != nil {
		return err
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

package text

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"simgate/gateway/fault"
	"simgate/modem/pdu"
)

// codeMark stands in a stored text where the code belongs, which itself is only
// ever stored sealed. pdu.Clean lets no caller's text contain it.
const codeMark = "\x1a"

// Fill returns a stored text with the code in its place.
func Fill(body, code string) string { return strings.ReplaceAll(body, codeMark, code) }

// Masked returns a stored text with a dot for each character of the code, for people.
func Masked(body string, length int) string { return Fill(body, strings.Repeat("•", length)) }

// Sentence is what a text that carries a code is made of.
type Sentence struct {
	Brand    string            // who asks, "" for nobody
	Template string            // the caller's own text; "" that of Locale
	Mark     string            // what stands for the code in Template; "" for {code}, and {brand} and {minutes} are filled in
	Locale   string            // as de-de, de_DE, de or [Auto]
	Region   string            // country of the number (ISO 3166-1 alpha-2), for [Auto]
	Own      map[string]string // the owner's texts, by locale, in the place of ours
	Hint     Hint              // the last line
	Length   int               // of the code, in characters
	Lifetime time.Duration     // of the code
	MaxParts int               // short messages that the text may take
}

// Write returns the text, with [codeMark] in the place of the code, and the number of
// short messages that it takes. Its errors are invalid errors about the field of the
// request that is wrong.
func (s Sentence) Write() (body string, parts int, err error) {
	s.Brand = strings.TrimSpace(s.Brand)
	if s.Brand != "" {
		if err := fault.CheckName("brand", s.Brand, MaxBrand); err != nil {
			return "", 0, err
		}
	}
	template, ours, err := s.template()
	if err != nil {
		return "", 0, err
	}
	last, err := s.Hint.line()
	if err != nil {
		return "", 0, err
	}
	body = s.complete(template, last)
	parts, err = s.measure(body)
	if ours && (err != nil || parts > 1) {
		short := s.complete(withoutAccents(template), last)
		if n, errShort := s.measure(short); errShort == nil && (err != nil || n < parts) {
			return short, n, nil //nolint:nilerr // the shorter one fits
		}
	}
	return body, parts, err
}

// complete fills in a template and adds the last line.
func (s Sentence) complete(template, last string) string {
	minutes := fmt.Sprint(max(1, int(s.Lifetime/time.Minute)))
	placeholders := strings.NewReplacer(holdsCode, codeMark, holdsBrand, s.Brand, holdsMinutes, minutes)
	if s.Mark != "" {
		placeholders = strings.NewReplacer(s.Mark, codeMark)
	}
	body := placeholders.Replace(template)
	if last != "" {
		body = strings.TrimRight(body, "\n") + "\n" + last
	}
	return body
}

// measure returns the number of short messages that a text takes with its code.
func (s Sentence) measure(body string) (int, error) {
	filled := Fill(body, strings.Repeat("0", s.Length))
	if s.Hint.AndroidHash != "" && len(filled) > maxAndroid {
		return 0, fault.NewInvalid("template", fmt.Sprintf("with an Android hash the text has at most %d characters", maxAndroid))
	}
	parts, err := pdu.Count(filled)
	if err != nil || parts > s.MaxParts {
		return 0, fault.NewInvalid("template", fmt.Sprintf("the text needs more than the %d parts that one message may have: shorten it", s.MaxParts))
	}
	return parts, nil
}

// template returns the caller's own text, or that of the locale: the owner's or ours.
func (s Sentence) template() (template string, ours bool, err error) {
	if s.Template != "" {
		clean, err := asSent(s.Template)
		if err != nil {
			return "", false, err
		}
		if mark := cmp.Or(s.Mark, holdsCode); !strings.Contains(clean, mark) {
			return "", false, fault.NewInvalid("template", "the text does not say where the code belongs: write "+mark+" there")
		}
		return clean, false, nil
	}
	l, err := find(s.locale())
	if err != nil {
		return "", false, err
	}
	if own, ok := s.Own[l.Name]; ok && (s.Brand != "" || !strings.Contains(own, holdsBrand)) {
		own, err = asSent(own)
		return own, false, err
	}
	template, err = For(l.Name, s.Brand != "")
	return template, true, err
}

// locale returns the name of the language.
func (s Sentence) locale() string {
	if s.Locale == Auto {
		return LocaleOf(s.Region)
	}
	return s.Locale
}

// asSent returns a text that somebody else wrote as it is sent, so that it is measured
// right.
func asSent(template string) (string, error) {
	clean, err := pdu.Clean(template)
	if err != nil {
		return "", fault.NewInvalid("template", err.Error())
	}
	return clean, nil
}

// Asked returns the text that a person sends to verify a number: the token, who asks, and
// that only who has asked for it is to send it. Accents are left out where that saves the
// person a second message. Of s it needs Brand, Locale and Region.
func (s Sentence) Asked(token string) (string, error) {
	l, err := find(s.locale())
	if err != nil {
		return "", err
	}
	if brand := strings.TrimSpace(s.Brand); brand != "" {
		token += " " + brand + ":"
	}
	full, short := token+" "+l.Written.Asked, token+" "+withoutAccents(l.Written.Asked)
	parts, err := pdu.Count(full)
	if fewer, e := pdu.Count(short); e == nil && (err != nil || fewer < parts) {
		return short, nil //nolint:nilerr // the shorter one fits
	}
	return full, err
}

// Auto stands for the language of the country of a number.
const Auto = "auto"

// Hint is what the last line of a text tells the phone, so that it offers to fill
// the code in. At most one field is set.
type Hint struct {
	OriginDomain string // host name, for browsers: https://wicg.github.io/sms-one-time-codes
	AndroidHash  string // 11 characters, for the SMS Retriever API of Android
}

// Check returns an invalid error for a hint that no text can carry.
func (h Hint) Check() error {
	_, err := h.line()
	return err
}

// hostForm is that of host names, but for the length of a label: a bound within the
// expression would take memory for each character.
var hostForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$`)

// line returns the last line of the text, "" for none.
func (h Hint) line() (string, error) {
	switch {
	case h.OriginDomain != "" && h.AndroidHash != "":
		return "", fault.NewInvalid("origin_domain", "a text has one last line: give origin_domain or android_hash, not both")
	case h.OriginDomain != "":
		tooLong := func(label string) bool { return len(label) > 63 }
		if len(h.OriginDomain) > 100 || !hostForm.MatchString(h.OriginDomain) || slices.ContainsFunc(strings.Split(h.OriginDomain, "."), tooLong) {
			return "", fault.NewInvalid("origin_domain", "this is not the name of a host in small letters, such as login.example.com")
		}
		return "@" + h.OriginDomain + " #" + codeMark, nil
	case h.AndroidHash != "":
		if _, err := base64.RawStdEncoding.DecodeString(h.AndroidHash); err != nil || len(h.AndroidHash) != 11 {
			return "", fault.NewInvalid("android_hash", "an Android app hash has 11 characters of base64")
		}
		return h.AndroidHash, nil
	}
	return "", nil
}

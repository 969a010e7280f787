package config

import (
	"fmt"
	"regexp"
	"strings"

	"simgate/gateway/text"
)

var testCodeForm = regexp.MustCompile(`^[0-9A-Za-z]{4,10}$`)

// validate returns the mistakes in texts, locales and test numbers.
func (c Code) validate() []Mistake {
	var found []Mistake
	wrong := func(key, format string, args ...any) {
		found = append(found, Mistake{Key: "code." + key, Message: fmt.Sprintf(format, args...)})
	}
	if _, err := text.For(c.Locale, false); err != nil && c.Locale != text.Auto {
		wrong("locale", "must be auto or one of %s", strings.Join(text.Locales(), ", "))
	}
	if c.VoiceFallback != "sms" && c.VoiceFallback != "reject" {
		wrong("voice_fallback", "must be sms or reject")
	}
	for i, s := range c.Texts {
		key := fmt.Sprintf("texts[%d]", i)
		locale, own, ok := strings.Cut(s, "=")
		if _, err := text.For(locale, false); !ok || err != nil || strings.ToLower(locale) != locale || len(locale) != 5 {
			wrong(key, "must be a locale, = and the text, such as de-de={code} ist Ihr Code")
			continue
		}
		if lint := text.Lint(strings.TrimSpace(own)); len(lint) > 0 {
			wrong(key, "%s", strings.Join(lint, "; "))
		}
	}
	numbers := map[string]bool{}
	for i, s := range c.TestNumbers {
		number, code, ok := strings.Cut(s, "=")
		if numbers[number] {
			wrong(fmt.Sprintf("test_numbers[%d]", i), "is the number of another entry too")
		}
		numbers[number] = true
		if !ok || !numberForm.MatchString(number) || !testCodeForm.MatchString(code) {
			wrong(fmt.Sprintf("test_numbers[%d]", i), "must be a number with + and country code, = and its code, such as +4915100000000=123456")
		}
	}
	return found
}

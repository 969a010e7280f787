package main

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"simgate/gateway"
	"simgate/gateway/msisdn"
	"simgate/gateway/text"
)

// Guard bounds what codes one number, one app or one address may cause; 0 is no
// limit.
type Guard struct {
	Countries        []string `yaml:"countries"`
	VoiceCountries   []string `yaml:"voice_countries"`
	Conversion       string   `yaml:"conversion"`
	Resend           Duration `yaml:"resend"`
	Sends            int      `yaml:"sends"`
	NumberHour       int      `yaml:"number_hour"`
	NumberDay        int      `yaml:"number_day"`
	PrefixDay        int      `yaml:"prefix_day"`
	Run              int      `yaml:"run"`
	CountryHour      int      `yaml:"country_hour"`
	AppHour          int      `yaml:"app_hour"`
	ClientHour       int      `yaml:"client_hour"`
	Failures         int      `yaml:"failures"`
	AppFailedHour    int      `yaml:"app_failed_hour"`
	ClientFailedHour int      `yaml:"client_failed_hour"`
}

func defaultGuard() Guard {
	return Guard{Countries: []string{}, VoiceCountries: []string{}, Conversion: "shadow", Resend: Duration(30 * time.Second),
		Sends: 5, NumberHour: 5, NumberDay: 10, PrefixDay: 25, Run: 5, CountryHour: 500, AppHour: 1000, ClientHour: 20,
		Failures: 10, AppFailedHour: 300, ClientFailedHour: 20}
}

// guard returns where codes may go.
func (g Guard) guard() gateway.Guard {
	return gateway.Guard{Countries: g.Countries, VoiceCountries: g.VoiceCountries, Conversion: gateway.Mode(g.Conversion)}
}

// limits returns how many.
func (g Guard) limits() gateway.Limits {
	l := gateway.Limits{Resend: time.Duration(g.Resend), Sends: orNever(g.Sends), NumberHour: orNever(g.NumberHour),
		NumberDay: orNever(g.NumberDay), PrefixDay: orNever(g.PrefixDay), Run: orNever(g.Run), CountryHour: orNever(g.CountryHour),
		AppHour: orNever(g.AppHour), ClientHour: orNever(g.ClientHour), Failures: g.Failures,
		AppFailedHour: orNever(g.AppFailedHour), ClientFailedHour: orNever(g.ClientFailedHour)}
	if g.Resend == 0 {
		l.Resend = -1
	}
	return l
}

// networks returns the networks that webhooks may be in; what is none is told by
// the validation.
func (w Webhooks) networks() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range w.Allow {
		if p, err := netip.ParsePrefix(s); err == nil {
			out = append(out, p.Masked())
		}
	}
	return out
}

func (g Guard) validate() []mistake {
	var found []mistake
	wrong := func(key, format string, args ...any) {
		found = append(found, mistake{key: "guard." + key, message: fmt.Sprintf(format, args...)})
	}
	for key, list := range map[string][]string{"countries": g.Countries, "voice_countries": g.VoiceCountries} {
		for i, c := range list {
			if c != gateway.AllCountries && !msisdn.KnownCountry(c) {
				wrong(fmt.Sprintf("%s[%d]", key, i), `must be a country in two capital letters, such as DE, or "*" for all`)
			}
		}
	}
	if g.Conversion != "off" && g.Conversion != "shadow" && g.Conversion != "block" {
		wrong("conversion", "must be off, shadow or block")
	}
	if g.Resend < 0 || g.Resend > Duration(time.Hour) {
		wrong("resend", "must be between 0s and 1h")
	}
	if g.Failures < 1 || g.Failures > 20 {
		wrong("failures", "must be between 1 and 20")
	}
	for key, n := range map[string]int{"sends": g.Sends, "number_hour": g.NumberHour, "number_day": g.NumberDay,
		"prefix_day": g.PrefixDay, "run": g.Run, "country_hour": g.CountryHour, "app_hour": g.AppHour, "client_hour": g.ClientHour,
		"app_failed_hour": g.AppFailedHour, "client_failed_hour": g.ClientFailedHour} {
		if n < 0 || n > 10_000_000 {
			wrong(key, "must be between 0, which is no limit, and 10000000")
		}
	}
	return found
}

var testCodeForm = regexp.MustCompile(`^[0-9A-Za-z]{4,10}$`)

// texts are the operator's own, by locale: "de-de={code} ist Ihr Code".
func (c Code) texts() map[string]string { return pairs(c.Texts) }

// testNumbers are those that nothing is sent to: "+4915100000000=123456".
func (c Code) testNumbers() map[string]string { return pairs(c.TestNumbers) }

func pairs(list []string) map[string]string {
	m := map[string]string{}
	for _, s := range list {
		key, value, _ := strings.Cut(s, "=")
		m[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return m
}

// validateTexts finds what is wrong with what people will read, before they do.
func (c Code) validateTexts() []mistake {
	var found []mistake
	wrong := func(key, format string, args ...any) {
		found = append(found, mistake{key: "code." + key, message: fmt.Sprintf(format, args...)})
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
	for i, s := range c.TestNumbers {
		number, code, ok := strings.Cut(s, "=")
		if !ok || !numberForm.MatchString(number) || !testCodeForm.MatchString(code) {
			wrong(fmt.Sprintf("test_numbers[%d]", i), "must be a number with + and country code, = and its code, such as +4915100000000=123456")
		}
	}
	return found
}

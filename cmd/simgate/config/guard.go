package config

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"simgate/gateway"
	"simgate/gateway/guard"
	"simgate/gateway/msisdn"
)

// Guard bounds the codes and checks of one number, one app or one client address;
// 0 is no limit.
type Guard struct {
	Countries           []string `yaml:"countries"`
	VoiceCountries      []string `yaml:"voice_countries"`
	TextCountries       []string `yaml:"text_countries"`
	ShortNumbers        []string `yaml:"short_numbers"`
	FixedLines          bool     `yaml:"fixed_lines"`
	Conversion          string   `yaml:"conversion"`
	Resend              Duration `yaml:"resend"`
	Sends               int      `yaml:"sends"`
	NumberHour          int      `yaml:"number_hour"`
	NumberDay           int      `yaml:"number_day"`
	PrefixDay           int      `yaml:"prefix_day"`
	Run                 int      `yaml:"run"`
	CountryHour         int      `yaml:"country_hour"`
	AppHour             int      `yaml:"app_hour"`
	ClientHour          int      `yaml:"client_hour"`
	Unanswered          int      `yaml:"unanswered"`
	ElsewherePrefixDay  int      `yaml:"elsewhere_prefix_day"`
	ElsewhereCountryDay int      `yaml:"elsewhere_country_day"`
	Failures            int      `yaml:"failures"`
	AppFailedHour       int      `yaml:"app_failed_hour"`
	ClientFailedHour    int      `yaml:"client_failed_hour"`
}

func defaultGuard(g gateway.Config) Guard {
	l := g.Guard.Limits
	return Guard{Countries: []string{}, VoiceCountries: []string{}, TextCountries: []string{}, ShortNumbers: []string{}, Conversion: string(g.Guard.Conversion), Resend: Duration(l.Resend),
		Sends: l.Sends, NumberHour: l.NumberHour, NumberDay: l.NumberDay, PrefixDay: l.PrefixDay, Run: l.Run, CountryHour: l.CountryHour,
		AppHour: l.AppHour, ClientHour: l.ClientHour, Unanswered: l.Unanswered, ElsewherePrefixDay: l.ElsewherePrefixDay, ElsewhereCountryDay: l.ElsewhereCountryDay, Failures: l.Failures, AppFailedHour: l.AppFailedHour,
		ClientFailedHour: l.ClientFailedHour}
}

var shortForm = regexp.MustCompile(`^[0-9]{3,8}$`)

func (g Guard) validate() []Mistake {
	var found []Mistake
	wrong := func(key, format string, args ...any) {
		found = append(found, Mistake{Key: "guard." + key, Message: fmt.Sprintf(format, args...)})
	}
	for key, list := range map[string][]string{"countries": g.Countries, "voice_countries": g.VoiceCountries, "text_countries": g.TextCountries} {
		for i, c := range list {
			if c != guard.AllCountries && !msisdn.KnownCountry(c) {
				wrong(fmt.Sprintf("%s[%d]", key, i), `must be a country in two capital letters, such as DE, or "*" for all`)
			}
		}
	}
	for i, n := range g.ShortNumbers {
		if !shortForm.MatchString(n) {
			wrong(fmt.Sprintf("short_numbers[%d]", i), `must be a short number of 3 to 8 digits in quotes, such as "22000"`)
		}
	}
	if !slices.Contains([]guard.Mode{guard.Off, guard.LogOnly, guard.Enforce, guard.Throttle}, guard.Mode(g.Conversion)) {
		wrong("conversion", "must be off, shadow, block or throttle")
	}
	if g.Resend < 0 || g.Resend > Duration(time.Hour) {
		wrong("resend", "must be between 0s and 1h")
	}
	if g.Failures < 1 || g.Failures > 50 {
		wrong("failures", "must be between 1 and 50")
	}
	for key, n := range map[string]int{"sends": g.Sends, "number_hour": g.NumberHour, "number_day": g.NumberDay,
		"prefix_day": g.PrefixDay, "run": g.Run, "country_hour": g.CountryHour, "app_hour": g.AppHour, "client_hour": g.ClientHour, "unanswered": g.Unanswered, "elsewhere_prefix_day": g.ElsewherePrefixDay, "elsewhere_country_day": g.ElsewhereCountryDay,
		"app_failed_hour": g.AppFailedHour, "client_failed_hour": g.ClientFailedHour} {
		if n < 0 || n > 10_000_000 {
			wrong(key, "must be between 0, which is no limit, and 10000000")
		}
	}
	return found
}

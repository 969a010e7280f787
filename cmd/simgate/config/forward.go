package config

import (
	"cmp"
	"fmt"
	"net/mail"
	"net/url"
	"slices"

	"simgate/gateway/forward"
)

// Forward is a rule that passes on what comes in.
type Forward struct {
	Name  string `yaml:"name"`
	From  string `yaml:"from"`
	Line  int    `yaml:"line"`
	App   string `yaml:"app"`
	Text  string `yaml:"text"`
	Calls bool   `yaml:"calls"`

	Number    string `yaml:"number"`
	Limit     int    `yaml:"limit"`
	Email     string `yaml:"email"`
	Webhook   Secret `yaml:"webhook"`
	Ntfy      Secret `yaml:"ntfy"`
	NtfyToken Secret `yaml:"ntfy_token"`
}

func rules(list []Forward) []forward.Rule {
	out := make([]forward.Rule, len(list))
	for i, f := range list {
		out[i] = forward.Rule{Name: f.Name, From: f.From, Line: int64(f.Line), App: f.App, Text: f.Text, Calls: f.Calls,
			Number: f.Number, Limit: cmp.Or(f.Limit, forward.UsualLimit), Email: f.Email, Webhook: string(f.Webhook), Ntfy: string(f.Ntfy), Token: string(f.NtfyToken)}
	}
	return out
}

func (c Config) validateForward() []Mistake {
	var found []Mistake
	if len(c.Forward) > forward.MaxRules {
		found = append(found, Mistake{Key: "forward", Message: fmt.Sprintf("at most %d rules", forward.MaxRules)})
	}
	for i, f := range c.Forward {
		wrong := func(key, format string, args ...any) {
			found = append(found, Mistake{Key: fmt.Sprintf("forward[%d]%s", i, key), Message: fmt.Sprintf(format, args...)})
		}
		if !topicForm.MatchString(f.Name) || slices.ContainsFunc(c.Forward[:i], func(o Forward) bool { return o.Name == f.Name }) {
			wrong(".name", "must be 1 to 32 letters, digits, dashes or underscores, and no other rule may have it")
		}
		if f.Number == "" && f.Email == "" && f.Webhook == "" && f.Ntfy == "" {
			wrong("", "says not where to: set number, email, webhook or ntfy")
		}
		if f.Number != "" && !numberForm.MatchString(f.Number) {
			wrong(".number", "must be + and country code and digits, in quotes")
		}
		if f.Number != "" && f.From == f.Number {
			wrong(".number", "is where the messages come from")
		}
		if f.Limit < 0 || f.Limit > forward.MaxLimit {
			wrong(".limit", "must be from 1 to %d messages in 24 hours", forward.MaxLimit)
		}
		if f.Line < 0 {
			wrong(".line", "must be the id of a SIM, as in simgate modems")
		}
		if _, err := mail.ParseAddress(f.Email); f.Email != "" && err != nil {
			wrong(".email", "must be an address such as me@example.com")
		}
		if f.Email != "" && c.Notify.Email.Server == "" {
			wrong(".email", "needs the mail server of notify.email")
		}
		for key, s := range map[string]Secret{"webhook": f.Webhook, "ntfy": f.Ntfy} {
			if u, err := url.Parse(string(s)); s != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "") {
				wrong("."+key, "must be a URL that begins with http:// or https://")
			}
		}
		if f.NtfyToken != "" && f.Ntfy == "" {
			wrong(".ntfy", "is missing: the address of the topic, such as https://ntfy.sh/TOPIC")
		}
	}
	return found
}

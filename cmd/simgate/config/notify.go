package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"simgate/api/web/translation"
	"simgate/gateway/notify"
)

// Notify says how the owner is told what is wrong.
type Notify struct {
	Language string `yaml:"language"`
	SMS      string `yaml:"sms"`
	Webhook  Secret `yaml:"webhook"`
	Ntfy     Ntfy   `yaml:"ntfy"`
	Gotify   Gotify `yaml:"gotify"`
	Email    Email  `yaml:"email"`
	Quiet    string `yaml:"quiet"`
}

// Ntfy is a topic of ntfy.
type Ntfy struct {
	URL   Secret `yaml:"url"`
	Token Secret `yaml:"token"`
}

// Gotify is an application of a Gotify server.
type Gotify struct {
	URL   Secret `yaml:"url"`
	Token Secret `yaml:"token"`
}

// Email is a mailbox, and the server that takes mail for it.
type Email struct {
	To       string `yaml:"to"`
	From     string `yaml:"from"`
	Server   string `yaml:"server"`
	User     string `yaml:"user"`
	Password Secret `yaml:"password"`
	TLS      string `yaml:"tls"`
}

// notifier returns the settings of the notifier.
func (n Notify) notifier() notify.Config {
	quiet, _ := notify.ParseQuiet(n.Quiet) // it has been validated
	said := language.Make(n.Language)
	return notify.Config{SMS: n.SMS, Say: func(text string) string { return translation.Say(said, text) }, Webhook: string(n.Webhook), Quiet: quiet,
		Ntfy:   notify.Server{URL: string(n.Ntfy.URL), Token: string(n.Ntfy.Token)},
		Gotify: notify.Server{URL: string(n.Gotify.URL), Token: string(n.Gotify.Token)},
		Email: notify.Email{To: n.Email.To, From: n.Email.From, Server: n.Email.Server, User: n.Email.User,
			Password: string(n.Email.Password), TLS: n.Email.TLS}}
}

// hasSecret reports whether somebody who reads it could tell the owner what is not true.
func (n Notify) hasSecret() bool {
	return n.Ntfy.Token+n.Gotify.Token+n.Email.Password != ""
}

// languages are those in which the owner can be told.
func languages() (all []string) {
	for _, tag := range translation.Languages() {
		all = append(all, tag.String())
	}
	slices.Sort(all)
	return all
}

func (n Notify) validate() []Mistake {
	var found []Mistake
	wrong := func(key, format string, args ...any) {
		found = append(found, Mistake{Key: "notify." + key, Message: fmt.Sprintf(format, args...)})
	}
	if !slices.Contains(languages(), n.Language) {
		wrong("language", "must be one of %s", strings.Join(languages(), ", "))
	}
	if n.SMS != "" && !numberForm.MatchString(n.SMS) {
		wrong("sms", "must be + and country code and digits, in quotes")
	}
	for key, s := range map[string]Secret{"webhook": n.Webhook, "ntfy.url": n.Ntfy.URL, "gotify.url": n.Gotify.URL} {
		if u, err := url.Parse(string(s)); s != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "") {
			wrong(key, "must be a URL that begins with http:// or https://")
		}
	}
	if (n.Gotify.URL == "") != (n.Gotify.Token == "") {
		wrong("gotify", "needs both url and token, which is that of an application")
	}
	if n.Ntfy.Token != "" && n.Ntfy.URL == "" {
		wrong("ntfy.url", "is missing: the address of the topic, such as https://ntfy.sh/TOPIC")
	}
	if _, err := notify.ParseQuiet(n.Quiet); err != nil {
		wrong("quiet", "%v", err)
	}
	return append(found, n.Email.validate()...)
}

func (e Email) validate() []Mistake {
	var found []Mistake
	wrong := func(key, message string) {
		found = append(found, Mistake{Key: "notify.email." + key, Message: message})
	}
	for key, address := range map[string]string{"to": e.To, "from": e.From} {
		if _, err := mail.ParseAddress(address); address != "" && err != nil {
			wrong(key, "must be an address such as me@example.com")
		}
	}
	if (e.To == "") != (e.Server == "") {
		wrong("server", "needs both to and server")
	}
	if e.Server != "" && !isServer(e.Server) {
		wrong("server", "must be a host, or a host and a port up to 65535, such as smtp.example.com:587")
	}
	if (e.User == "") != (e.Password == "") {
		wrong("user", "needs both user and password")
	}
	if !slices.Contains([]string{notify.StartTLS, notify.ImplicitTLS, notify.NoTLS}, e.TLS) {
		wrong("tls", "must be starttls, tls or none")
	}
	return found
}

// isServer reports whether s is a host, or a host and a port.
func isServer(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		_, notAddress := netip.ParseAddr(s)
		return notAddress == nil || !strings.Contains(s, ":")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return host != "" && err == nil && n > 0
}

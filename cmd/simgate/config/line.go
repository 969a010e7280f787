package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"

	"simgate/api"
	"simgate/gateway/line/phone"
)

// Line is a line that is no modem.
type Line struct {
	Name  string `yaml:"name"`
	Phone Phone  `yaml:"phone"`
}

// Phone is an Android phone with the app SMS Gateway for Android.
type Phone struct {
	URL         string `yaml:"url"`
	User        string `yaml:"user"`
	Password    Secret `yaml:"password"`
	SIM         int    `yaml:"sim"`
	Number      string `yaml:"number"`
	Fingerprint string `yaml:"fingerprint"`
	SigningKey  Secret `yaml:"signing_key"`
	Callback    string `yaml:"callback"`
}

// phoneUser is the user that the app has when it is new.
const phoneUser = "sms"

// PhoneOf returns the settings of a phone that is a line.
func (c Config) PhoneOf(l Line) phone.Config {
	p := l.Phone
	out := phone.Config{Name: l.Name, URL: p.URL, User: p.User, Password: string(p.Password), SIM: p.SIM, Number: p.Number,
		Fingerprint: p.Fingerprint, SigningKey: string(p.SigningKey), Callback: c.Listen.reachedFrom}
	if out.User == "" {
		out.User = phoneUser
	}
	if p.Callback != "" {
		out.Callback = func(netip.Addr) string { return p.Callback }
	}
	return out
}

// reachedFrom returns the URL at which other devices reach the native API of this machine,
// which has this address in their network; "" where they do not. HTTPS is preferred.
func (l Listeners) reachedFrom(local netip.Addr) string {
	for _, scheme := range []string{"https", "http"} {
		for _, listener := range l {
			secure := listener.TLS == On
			if !listener.Exposed() || secure != (scheme == "https") || len(listener.Dialects) > 0 && !slices.Contains(listener.Dialects, api.Native) {
				continue
			}
			host, port, _ := net.SplitHostPort(string(listener.Address))
			if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
				if !local.IsValid() || local.IsLoopback() {
					continue
				}
				host = local.String()
			}
			return scheme + "://" + net.JoinHostPort(host, port)
		}
	}
	return ""
}

func (l Line) validate(prefix string) []Mistake {
	var found []Mistake
	wrong := func(key, format string, args ...any) {
		found = append(found, Mistake{Key: prefix + key, Message: fmt.Sprintf(format, args...)})
	}
	if !isName(l.Name) {
		wrong("name", "must be 1 to 32 letters, digits, dots, dashes or underscores")
	}
	p := l.Phone
	if p == (Phone{}) {
		wrong("phone", "is missing: a line that is no modem is a phone")
		return found
	}
	u, ok := baseURL(p.URL)
	if !ok {
		wrong("phone.url", "must be the address that the app shows under Local Server, such as http://192.168.1.50:8080")
	}
	if p.Password == "" {
		wrong("phone.password", "is missing: the app shows it under Local Server")
	}
	if p.SIM < 0 || p.SIM > 3 {
		wrong("phone.sim", "must be the number of a slot, 1 to 3; or 0 for the only SIM")
	}
	if p.Number != "" && !numberForm.MatchString(p.Number) {
		wrong("phone.number", "must be + and country code and digits, in quotes")
	}
	if p.Fingerprint != "" {
		if err := phone.CheckFingerprint(p.Fingerprint); err != nil {
			wrong("phone.fingerprint", "%v", err)
		} else if ok && u.Scheme != "https" {
			wrong("phone.fingerprint", "needs a url that begins with https://")
		}
	}
	if _, ok := baseURL(p.Callback); p.Callback != "" && !ok {
		wrong("phone.callback", "must be the address at which the phone reaches this machine, such as https://192.168.1.10:8443")
	}
	return found
}

// baseURL reads a URL of a scheme, a host and perhaps a port.
func baseURL(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	return u, err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		(u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == ""
}

package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"simgate/api/certificate"
	"simgate/api/certificate/acme"
)

// TLS says which certificates HTTPS has.
type TLS struct {
	Names []string `yaml:"names"`
	Cert  string   `yaml:"cert"`
	Key   string   `yaml:"key"`
	ACME  ACME     `yaml:"acme"`
}

// ACME says for which names a public authority signs, and who has their zone.
type ACME struct {
	Names     []string `yaml:"names"`
	Email     string   `yaml:"email"`
	DNS       DNS      `yaml:"dns"`
	Directory string   `yaml:"directory"`
	CA        string   `yaml:"ca"`
}

// DNS is the service that has the zone of names.
type DNS struct {
	Provider  string   `yaml:"provider"`
	Token     Secret   `yaml:"token"`
	User      string   `yaml:"user"`
	Password  Secret   `yaml:"password"`
	Server    string   `yaml:"server"`
	Alias     string   `yaml:"alias"`
	Resolvers []string `yaml:"resolvers"`
}

func (d DNS) settings() acme.DNS {
	return acme.DNS{Provider: d.Provider, Token: string(d.Token), User: d.User, Password: string(d.Password), Server: d.Server,
		Alias: d.Alias, Resolvers: d.Resolvers}
}

// Client returns the settings of the client of the authority, whose folder is below another.
func (a ACME) Client(folder string) acme.Config {
	return acme.Config{Folder: filepath.Join(folder, "acme"), Directory: a.Directory, Roots: a.CA, Email: a.Email,
		DNS: a.DNS.settings(), LookEvery: certificate.LookEvery}
}

// anyHost is the entry of hosts that allows all names, and oldHosts what stands there for a file
// from before there was TLS: the API goes on under any name, but not the pages, which are newer.
const (
	anyHost  = "*"
	oldHosts = "* (any, for the API alone, as the file has neither the section tls nor hosts)"
)

// AnyHost reports whether the API, and the pages, are answered under any host name.
func (c Config) AnyHost() (api, pages bool) {
	pages = slices.Contains(c.Hosts, anyHost)
	return pages || slices.Contains(c.Hosts, oldHosts), pages
}

func (t TLS) validate() []Mistake {
	found := hostMistakes("tls.names", t.Names)
	switch {
	case t.Cert == "" && t.Key != "":
		found = append(found, Mistake{Key: "tls.key", Message: "needs cert, the certificate that it belongs to"})
	case t.Cert != "" && t.Key == "":
		found = append(found, Mistake{Key: "tls.cert", Message: "needs key, the private key that it belongs to"})
	}
	if len(t.ACME.Names) > 0 {
		found = append(found, t.ACME.validate()...)
	}
	return found
}

// validate returns the mistakes of one that is used.
func (a ACME) validate() []Mistake {
	var found []Mistake
	wrong := func(key, message string) {
		found = append(found, Mistake{Key: "tls.acme." + key, Message: message})
	}
	for i, name := range a.Names {
		key := fmt.Sprintf("names[%d]", i)
		host := strings.TrimPrefix(name, "*.")
		if certificate.CheckName(host) != nil || !strings.Contains(host, ".") || strings.HasSuffix(host, ".local") {
			wrong(key, `must be a name in a domain of yours in small letters, such as sms.example.com, or "*.example.com"`)
		}
		if slices.Contains(a.Names[:i], name) {
			wrong(key, "appears twice")
		}
	}
	if _, err := mail.ParseAddress(a.Email); a.Email != "" && err != nil {
		wrong("email", "must be an address such as me@example.com, or empty")
	}
	if u, err := url.Parse(a.Directory); err != nil || u.Scheme != "https" || u.Hostname() == "" {
		wrong("directory", "must be the URL of the directory of an authority, such as "+acme.LetsEncrypt)
	}
	if a.CA != "" && !filepath.IsAbs(a.CA) {
		wrong("ca", "must be a path that begins with /, or empty")
	}
	for _, m := range a.DNS.settings().Check() {
		wrong("dns."+m.Key, m.Message)
	}
	if a.DNS.Alias != "" && certificate.CheckName(a.DNS.Alias) != nil {
		wrong("dns.alias", "must be a name in a zone of the provider, such as acme.example.com")
	}
	for i, server := range a.DNS.Resolvers {
		host, _, err := net.SplitHostPort(server)
		if err != nil {
			host = server
		}
		if _, err := netip.ParseAddr(host); err != nil {
			wrong(fmt.Sprintf("dns.resolvers[%d]", i), "must be the address of a DNS server, such as 9.9.9.9")
		}
	}
	return found
}

func hostMistakes(key string, names []string) []Mistake {
	var found []Mistake
	for i, name := range names {
		at := fmt.Sprintf("%s[%d]", key, i)
		if err := certificate.CheckName(name); err != nil && (key != "hosts" || name != anyHost && name != oldHosts) {
			found = append(found, Mistake{Key: at, Message: err.Error()})
		}
		if slices.Contains(names[:i], name) {
			found = append(found, Mistake{Key: at, Message: "appears twice"})
		}
	}
	return found
}

// decide sets what follows from whether the file has the section tls. Without it, it is
// from before there was TLS, and simgate serves as it did: in the clear, and programs under any
// name.
func (r *reading) decide() {
	if _, decided := r.lines["tls"]; decided {
		for i, l := range r.cfg.Listen {
			if l.TLS == "" && l.Exposed() {
				r.cfg.Listen[i].TLS = On
			}
		}
	} else if _, named := r.lines["hosts"]; !named {
		r.cfg.Hosts = []string{oldHosts}
	}
}

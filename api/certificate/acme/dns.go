package acme

import (
	"cmp"
	"context"
	"encoding/base64"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/caddyserver/certmagic"
	"github.com/libdns/cloudflare"
	"github.com/libdns/desec"
	"github.com/libdns/duckdns"
	"github.com/libdns/gandi"
	"github.com/libdns/ionos"
	"github.com/libdns/libdns"
	"github.com/libdns/netcup"
	"github.com/libdns/ovh"
	"github.com/libdns/rfc2136"
)

// DNS is the service that has the zone of the names, with what it asks for.
type DNS struct {
	Provider                      string
	Token, User, Password, Server string
	Alias                         string   // name at which records are written instead: _acme-challenge.NAME is a CNAME to it
	Resolvers                     []string // servers that are asked whether a record is there, with ports; none for those of the zone
}

// provider is a kind of service.
type provider struct {
	needs, may string // keys that must be set, and others that may be, with blanks between them
	open       func(DNS) certmagic.DNSProvider
}

// providers are those of which shops and hobbyists in Europe have their domains, and any
// server that takes updates (RFC 2136).
var providers = map[string]provider{
	"cloudflare": {"token", "", func(d DNS) certmagic.DNSProvider { return &cloudflare.Provider{APIToken: d.Token} }},
	"desec":      {"token", "", func(d DNS) certmagic.DNSProvider { return &desec.Provider{Token: d.Token} }},
	"duckdns":    {"token", "", func(d DNS) certmagic.DNSProvider { return &duckdns.Provider{APIToken: d.Token} }},
	"gandi":      {"token", "", func(d DNS) certmagic.DNSProvider { return &gandi.Provider{BearerToken: d.Token} }},
	"hetzner":    {"token", "", func(d DNS) certmagic.DNSProvider { return hetzner{d.Token, hetznerAPI} }},
	"ionos":      {"token", "", func(d DNS) certmagic.DNSProvider { return &ionos.Provider{AuthAPIToken: d.Token} }},
	"netcup": {"user token password", "", func(d DNS) certmagic.DNSProvider {
		return &netcup.Provider{CustomerNumber: d.User, APIKey: d.Token, APIPassword: d.Password}
	}},
	"ovh": {"user token password", "server", func(d DNS) certmagic.DNSProvider {
		return &ovh.Provider{Endpoint: cmp.Or(d.Server, "ovh-eu"), ApplicationKey: d.User, ApplicationSecret: d.Password, ConsumerKey: d.Token}
	}},
	"rfc2136": {"server user password", "", func(d DNS) certmagic.DNSProvider {
		algorithm, name := d.updateKey()
		return &rfc2136.Provider{Server: withPort(d.Server), KeyName: name, KeyAlg: algorithm, Key: d.Password}
	}},
}

// updateAlgorithms are those with which updates are signed.
var updateAlgorithms = []string{"hmac-sha256", "hmac-sha512", "hmac-sha384", "hmac-sha224", "hmac-sha1"}

// updateKey returns the algorithm and the name of the key in [ALGORITHM:]NAME, as nsupdate
// reads it.
func (d DNS) updateKey() (algorithm, name string) {
	if algorithm, name, found := strings.Cut(d.User, ":"); found {
		return algorithm, name
	}
	return updateAlgorithms[0], d.User
}

// withPort returns the address of a server, with the usual port where it names none.
func withPort(server string) string {
	if _, _, err := net.SplitHostPort(server); err == nil {
		return server
	}
	return net.JoinHostPort(strings.Trim(server, "[]"), "53")
}

// Mistake is something that is wrong with a [DNS].
type Mistake struct{ Key, Message string }

// Check returns what is wrong.
func (d DNS) Check() []Mistake {
	p, known := providers[d.Provider]
	if !known {
		return []Mistake{{"provider", "must be one of " + strings.Join(slices.Sorted(maps.Keys(providers)), ", ") +
			"; with another service, create a CNAME record and set alias"}}
	}
	var found []Mistake
	needs := strings.Fields(p.needs)
	uses := append(strings.Fields(p.may), needs...)
	for _, v := range []struct{ key, value string }{{"token", d.Token}, {"user", d.User}, {"password", d.Password}, {"server", d.Server}} {
		switch {
		case v.value == "" && slices.Contains(needs, v.key):
			found = append(found, Mistake{v.key, "is missing: " + d.Provider + " needs " + strings.Join(needs, ", ")})
		case v.value != "" && !slices.Contains(uses, v.key):
			found = append(found, Mistake{v.key, "is not used by " + d.Provider + ", which needs " + strings.Join(needs, ", ")})
		}
	}
	if len(found) > 0 {
		return found
	}
	switch d.Provider {
	case "duckdns":
		if len(d.Token) != 36 {
			found = append(found, Mistake{"token", "must be the token of your account at DuckDNS, which has 36 characters"})
		}
	case "ovh":
		if !slices.Contains([]string{"", "ovh-eu", "ovh-ca", "ovh-us"}, d.Server) {
			found = append(found, Mistake{"server", "must be ovh-eu, ovh-ca or ovh-us, or empty for ovh-eu"})
		}
	case "rfc2136":
		algorithm, name := d.updateKey()
		if !slices.Contains(updateAlgorithms, algorithm) || name == "" {
			found = append(found, Mistake{"user", "must be the name of the key, with the algorithm before it if that is not hmac-sha256, such as hmac-sha512:simgate"})
		}
		if _, err := base64.StdEncoding.DecodeString(d.Password); err != nil {
			found = append(found, Mistake{"password", "must be the secret of the key in base64, as tsig-keygen prints it"})
		}
	}
	return found
}

// secrets returns what must be in no message. The name of a user is none, but that of OVH is a
// key as well.
func (d DNS) secrets() []string {
	return slices.DeleteFunc([]string{d.Token, d.Password, d.User}, func(s string) bool { return len(s) < 6 })
}

// zone is where records are written, with errors that say so.
type zone struct {
	certmagic.DNSProvider
	dns DNS
}

// AppendRecords writes records.
func (z zone) AppendRecords(ctx context.Context, name string, records []libdns.Record) ([]libdns.Record, error) {
	written, err := z.DNSProvider.AppendRecords(ctx, name, records)
	if err != nil {
		err = &notWritten{strings.TrimSuffix(name, "."), err}
	}
	return written, err
}

// notWritten is the error of a service that has not taken a record.
type notWritten struct {
	zone string
	err  error
}

func (e *notWritten) Error() string { return e.zone + ": " + e.err.Error() }
func (e *notWritten) Unwrap() error { return e.err }

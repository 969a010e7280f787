package config

import (
	"fmt"
	"slices"

	"simgate/api/certificate"
)

// TLS says which certificates HTTPS has.
type TLS struct {
	Names []string `yaml:"names"`
	Cert  string   `yaml:"cert"`
	Key   string   `yaml:"key"`
}

// anyHost is the entry of hosts that allows all names.
const anyHost = "*"

// AnyHost reports whether simgate answers under any host name.
func (c Config) AnyHost() bool { return slices.Contains(c.Hosts, anyHost) }

func (t TLS) validate() []Mistake {
	found := hostMistakes("tls.names", t.Names)
	switch {
	case t.Cert == "" && t.Key != "":
		found = append(found, Mistake{Key: "tls.key", Message: "needs cert, the certificate that it belongs to"})
	case t.Cert != "" && t.Key == "":
		found = append(found, Mistake{Key: "tls.cert", Message: "needs key, the private key that it belongs to"})
	}
	return found
}

func hostMistakes(key string, names []string) []Mistake {
	var found []Mistake
	for i, name := range names {
		at := fmt.Sprintf("%s[%d]", key, i)
		if err := certificate.CheckName(name); err != nil && (key != "hosts" || name != anyHost) {
			found = append(found, Mistake{Key: at, Message: err.Error()})
		}
		if slices.Contains(names[:i], name) {
			found = append(found, Mistake{Key: at, Message: "appears twice"})
		}
	}
	return found
}

// decide sets what follows from whether the file has the section tls. Without it, it is
// from before there was TLS, and simgate serves as it did: in the clear, under any name.
func (r *reading) decide() {
	if _, decided := r.lines["tls"]; decided {
		for i, l := range r.cfg.Listen {
			if l.TLS == "" && l.exposed() {
				r.cfg.Listen[i].TLS = On
			}
		}
	} else if _, named := r.lines["hosts"]; !named {
		r.cfg.Hosts = []string{anyHost}
	}
}

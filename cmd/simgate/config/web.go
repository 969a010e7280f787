package config

import (
	"fmt"
	"net/netip"
)

// Web are the settings of the pages.
type Web struct {
	Enabled        bool     `yaml:"enabled"`
	Clear          bool     `yaml:"clear"`
	TrustedProxies []string `yaml:"trusted_proxies"`
	StatusPage     string   `yaml:"status_page"`
}

// StatusLAN shows the status page to the local network.
const StatusLAN = "lan"

// Proxies returns the proxies that are trusted.
func (w Web) Proxies() []netip.Prefix { return networks(w.TrustedProxies) }

func (w Web) validate() []Mistake {
	var found []Mistake
	for i, s := range w.TrustedProxies {
		if _, err := netip.ParsePrefix(s); err != nil {
			found = append(found, Mistake{Key: fmt.Sprintf("web.trusted_proxies[%d]", i), Message: "must be an address such as 127.0.0.1/32, or a network such as 172.18.0.0/16"})
		}
	}
	if w.StatusPage != Off && w.StatusPage != StatusLAN {
		found = append(found, Mistake{Key: "web.status_page", Message: "must be off, or lan for everybody in the local network"})
	}
	return found
}

package config

import (
	"fmt"
	"net/netip"
	"regexp"

	"simgate/api"
)

// Web are the settings of the pages.
type Web struct {
	Enabled        bool     `yaml:"enabled"`
	Clear          bool     `yaml:"clear"`
	TrustedProxies []string `yaml:"trusted_proxies"`
	Prefix         string   `yaml:"prefix"`
	FrameAncestors []string `yaml:"frame_ancestors"`
	RemoteUser     string   `yaml:"remote_user"`
	StatusPage     string   `yaml:"status_page"`
}

// frameSelf is the host of the pages among those that may show them in a frame.
const frameSelf = "self"

var (
	originForm = regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$`)
	headerForm = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
)

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
	if w.Prefix != "" {
		if err := api.CheckPrefix(w.Prefix); err != nil {
			found = append(found, Mistake{Key: "web.prefix", Message: err.Error()})
		}
	}
	for i, s := range w.FrameAncestors {
		if s != frameSelf && !originForm.MatchString(s) {
			found = append(found, Mistake{Key: fmt.Sprintf("web.frame_ancestors[%d]", i), Message: "must be self, or an origin such as https://home.example:8123"})
		}
	}
	if w.RemoteUser != "" {
		switch {
		case !headerForm.MatchString(w.RemoteUser):
			found = append(found, Mistake{Key: "web.remote_user", Message: "must be the name of a header, such as Remote-User"})
		case len(w.TrustedProxies) == 0:
			found = append(found, Mistake{Key: "web.remote_user", Message: "needs web.trusted_proxies: the header is believed only from there"})
		}
	}
	if w.StatusPage != Off && w.StatusPage != StatusLAN {
		found = append(found, Mistake{Key: "web.status_page", Message: "must be off, or lan for everybody in the local network"})
	}
	return found
}

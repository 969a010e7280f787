package cli

import (
	"net"
	"net/netip"
	"os"
	"strings"

	"simgate/cmd/simgate/config"
)

// Pages returns the address of the pages, and whether other machines reach it. They need
// HTTPS there; without it they are at an address for this machine alone. "" says that there
// are none.
func Pages(cfg config.Config) (url string, reachable bool) {
	if !cfg.Web.Enabled {
		return "", false
	}
	for _, l := range cfg.Listen {
		if l.Native() && l.TLS == config.On {
			return Reached(cfg, l)
		}
	}
	for _, l := range cfg.Listen {
		if l.Native() {
			return Reached(cfg, l)
		}
	}
	return "", false
}

// Reached returns the URL of a listener as others reach it, and whether other machines do.
func Reached(cfg config.Config, l config.Listener) (url string, reachable bool) {
	address, scheme := string(l.Address), "http://"
	if l.TLS == config.On {
		scheme = "https://"
	}
	host, port, _ := net.SplitHostPort(address)
	for _, name := range cfg.TLS.ACME.Names {
		if l.TLS == config.On && !strings.HasPrefix(name, "*") {
			return scheme + net.JoinHostPort(name, port), l.Exposed()
		}
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		address = net.JoinHostPort(OwnAddress(), port)
	}
	return scheme + address, l.Exposed()
}

// OwnAddress returns an address of this machine in the local network, or its name.
func OwnAddress() string {
	all, _ := net.InterfaceAddrs() // without them the name is left
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() && p.Addr().IsPrivate() {
			return p.Addr().String()
		}
	}
	name, err := os.Hostname()
	if err != nil {
		return "127.0.0.1"
	}
	return name
}

// Tunnel returns the command that makes an address of this machine alone reachable from
// another computer; user@host is for whoever runs it to fill in.
func Tunnel(url string) string {
	address := strings.TrimPrefix(strings.TrimPrefix(url, "https://"), "http://")
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return "ssh -L " + port + ":" + address + " " + OwnAddress()
}

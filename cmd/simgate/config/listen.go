package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"simgate/api"
)

// Listeners are where HTTP is served: one address, or a list.
type Listeners []Listener

// UnmarshalText reads a single address.
func (l *Listeners) UnmarshalText(text []byte) error {
	var a Address
	if err := a.UnmarshalText(text); err != nil {
		return err
	}
	*l = Listeners{{Address: a}}
	return nil
}

// Listener is an address and what is served there: the dialects that are named, or
// else the native API and all dialects.
type Listener struct {
	Address  Address  `yaml:"address"`
	Dialects []string `yaml:"dialects"`
	// TLS is On, Off, or "" for plain HTTP that nobody has decided on. Away from this
	// machine that is only in files from before there was TLS.
	TLS string `yaml:"tls"`
}

// The values of tls for a listener.
const (
	On  = "on"  // HTTPS
	Off = "off" // plain HTTP
)

// Native reports whether the native API, and with it the pages, are served there.
func (l Listener) Native() bool {
	return len(l.Dialects) == 0 || slices.Contains(l.Dialects, api.Native)
}

// Exposed reports whether other machines may reach it.
func (l Listener) Exposed() bool {
	host, _, _ := net.SplitHostPort(string(l.Address))
	ip, err := netip.ParseAddr(host)
	return host != "localhost" && (err != nil || !ip.IsLoopback())
}

// UnmarshalText reads an address of a list that stands alone.
func (l *Listener) UnmarshalText(text []byte) error { return l.Address.UnmarshalText(text) }

// Address is a host and a port.
type Address string

// UnmarshalText reads it.
func (a *Address) UnmarshalText(text []byte) error {
	_, port, err := net.SplitHostPort(string(text))
	if err != nil {
		return errors.New("must be an address and a port, such as 127.0.0.1:8080")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return errors.New("the port must be a number up to 65535")
	}
	*a = Address(text)
	return nil
}

// Clear returns the addresses that other machines may reach by plain HTTP, though nobody
// has decided that.
func (l Listeners) Clear() []Address {
	var found []Address
	for _, listener := range l {
		if listener.Exposed() && listener.TLS == "" {
			found = append(found, listener.Address)
		}
	}
	return found
}

// Reached returns the first listener that other machines reach; if there is none, the
// first, and false.
func (l Listeners) Reached() (Listener, bool) {
	for _, listener := range l {
		if listener.Exposed() {
			return listener, true
		}
	}
	return l[0], false
}

// Secure returns the addresses with HTTPS.
func (l Listeners) Secure() []Address {
	var found []Address
	for _, listener := range l {
		if listener.TLS == On {
			found = append(found, listener.Address)
		}
	}
	return found
}

// Announced returns the address with HTTPS that other machines are to find, without an IP where
// it is for all of them; false if there is none.
func (l Listeners) Announced() (netip.AddrPort, bool) {
	for _, listener := range l {
		if listener.TLS != On || !listener.Exposed() {
			continue
		}
		host, port, _ := net.SplitHostPort(string(listener.Address))
		ip, err := netip.ParseAddr(host)
		if err != nil || ip.IsUnspecified() {
			ip = netip.Addr{}
		}
		if n, err := strconv.ParseUint(port, 10, 16); err == nil && n != 0 {
			return netip.AddrPortFrom(ip, uint16(n)), true
		}
	}
	return netip.AddrPort{}, false
}

func (l Listeners) validate(connections int) []Mistake {
	if len(l) == 0 {
		return []Mistake{{Key: "listen", Message: "must have at least one address"}}
	}
	var found []Mistake
	if len(l) > connections {
		found = append(found, Mistake{Key: "listen", Message: "has more addresses than limits.connections"})
	}
	for i, listener := range l {
		key := fmt.Sprintf("listen[%d]", i)
		if listener.Address == "" {
			found = append(found, Mistake{Key: key + ".address", Message: "is missing"})
		}
		for _, other := range l[:i] {
			if _, port, _ := net.SplitHostPort(string(listener.Address)); port != "0" && listener.Address != "" && other.Address == listener.Address {
				found = append(found, Mistake{Key: key + ".address", Message: "another entry has this address"})
			}
		}
		if listener.TLS != "" && listener.TLS != On && listener.TLS != Off {
			found = append(found, Mistake{Key: key + ".tls", Message: "must be on (HTTPS) or off (plain HTTP)"})
		}
		if err := api.CheckDialects(listener.Dialects); err != nil {
			found = append(found, Mistake{Key: key + ".dialects", Message: err.Error()})
		}
	}
	return found
}

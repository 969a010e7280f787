package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
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

// Exposed returns the addresses that other machines may reach.
func (l Listeners) Exposed() []Address {
	var found []Address
	for _, listener := range l {
		host, _, _ := net.SplitHostPort(string(listener.Address))
		if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
			found = append(found, listener.Address)
		}
	}
	return found
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
		if err := api.CheckDialects(listener.Dialects); err != nil {
			found = append(found, Mistake{Key: key + ".dialects", Message: err.Error()})
		}
	}
	return found
}

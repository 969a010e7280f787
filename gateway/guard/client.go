package guard

import (
	"net/netip"

	"simgate/gateway/fault"
)

// A client address is known in one form to rules, counters and requests: an IPv4
// address as it is, an IPv6 address as its network of 64 bits, since a household
// has one of these, and so has a spammer.

// clientKey returns this form of an address.
func clientKey(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	return netip.PrefixFrom(a, 64).Masked().String()
}

// ParseClient reads the address of a person that an app passes on, "" for none.
func ParseClient(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return "", fault.NewInvalid("client_ip", "this is not an IP address: pass on that of the person, or leave it out")
	}
	return clientKey(a), nil
}

// ParseClientRule reads what the owner writes: an address, or a network that is no
// wider than what is known of a client. Its error is about field.
func ParseClientRule(s, field string) (string, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return clientKey(a), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return "", fault.NewInvalid(field, "this is not an IP address: write one as 192.0.2.1 or 2001:db8::1, or a network as 2001:db8::/64")
	}
	narrowest := 64
	if p.Addr().Is4In6() {
		narrowest = 128
	} else if p.Addr().Is4() {
		narrowest = 32
	}
	if p.Bits() < narrowest {
		return "", fault.NewInvalid(field, "this network is too wide: rules are for one IPv4 address, or for one IPv6 network with /64")
	}
	return clientKey(p.Addr()), nil
}

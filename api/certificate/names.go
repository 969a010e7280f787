package certificate

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
)

// nameForm is that of host names (RFC 1123, section 2.1), whose labels have at most 63
// characters: a bound within the expression would take memory for each of them.
var nameForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// CheckName returns an error if s is not the name of a host.
func CheckName(s string) error {
	tooLong := func(label string) bool { return len(label) > 63 }
	if _, err := netip.ParseAddr(s); err == nil || !nameForm.MatchString(s) || len(s) > 253 || slices.ContainsFunc(strings.Split(s, "."), tooLong) {
		return errors.New("must be the name of a host in small letters, such as gateway.example.com")
	}
	return nil
}

// usualName is the name by mDNS of a machine whose host name is simgate. It belongs to
// every machine, so that one that is renamed to it needs no other root.
const usualName = "simgate.local"

// OwnNames returns the names of this machine: localhost, its host name, alone and in
// the domain of mDNS (RFC 6762), and simgate.local.
func OwnNames() []string {
	names := []string{"localhost", usualName}
	host := hostName()
	first, _, _ := strings.Cut(host, ".")
	for _, name := range []string{host, first + ".local"} {
		if CheckName(name) == nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func hostName() string {
	host, _ := os.Hostname() // without one it has the other names
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// private are the addresses that no two networks share a machine by: of loopback, link
// local, private, of carriers, where overlay networks are too (RFC 1918, 3927, 4193,
// 4291, 6598).
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("fc00::/7"),
}

// ownAddresses returns the addresses of this machine.
func ownAddresses() []netip.Addr {
	found := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	all, _ := net.InterfaceAddrs() // the address that is dialled is added to these
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && !p.Addr().IsLoopback() {
			found = append(found, p.Addr().Unmap())
		}
	}
	return found
}

// addressOf returns that of a connection, without a zone.
func addressOf(a net.Addr) netip.Addr {
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr().Unmap().WithZone("")
}

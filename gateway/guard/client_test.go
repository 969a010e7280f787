package guard_test

import (
	"testing"

	"simgate/gateway/fault"
	"simgate/gateway/guard"
)

// An address has one form, whoever writes it.
func TestClientsHaveOneForm(t *testing.T) {
	for _, tc := range []struct{ name, written, want, rule string }{ // "-": refused
		{"IPv4", "192.0.2.1", "192.0.2.1", "192.0.2.1"},
		{"IPv4 in IPv6", "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"},
		{"IPv6", "2001:DB8:1:2::77", "2001:db8:1:2::/64", "2001:db8:1:2::/64"},
		{"a zone", "fe80::1%eth0", "fe80::/64", "fe80::/64"},
		{"a network of IPv4", "192.0.2.0/24", "-", "-"},
		{"an address with /32", "192.0.2.1/32", "-", "192.0.2.1"},
		{"a network of IPv6", "2001:db8:1:2::/64", "-", "2001:db8:1:2::/64"},
		{"a wide network of IPv6", "2001:db8:1::/48", "-", "-"},
		{"a narrow network of IPv6", "2001:db8:1:2::77/128", "-", "2001:db8:1:2::/64"},
		{"nothing", "", "", "-"},
		{"a name", "localhost", "-", "-"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			check := func(what, got string, err error, want string) {
				if want == "-" && fault.CodeOf(err) != fault.Invalid || want != "-" && (err != nil || got != want) {
					t.Errorf("%s: %q, %v; want %q", what, got, err, want)
				}
			}
			got, err := guard.ParseClient(tc.written)
			check("of a person", got, err, tc.want)
			got, err = guard.ParseClientRule(tc.written, "key")
			check("in a rule", got, err, tc.rule)
		})
	}
}

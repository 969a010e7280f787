// Package certificate keeps what a listener shows in TLS: certificates of an authority
// of this machine's own, or those of its operator.
//
// The own authority is made at the first start. Its root is for the trust stores of the
// devices that use simgate. It can only sign for the names of this machine and for
// private addresses (RFC 5280, section 4.2.1.10), and not all systems hold a root that
// was installed by hand to that. So the root signs a single authority with the same
// constraints, which every verifier applies there, and the key of the root is thrown
// away. Who steals the disk can pose as this machine and as nobody else.
//
// For other names a [Public] authority may sign, whose certificates all devices trust. They are
// obtained and replaced in the background, weeks before they end. Until there is one, and under
// all other names and addresses, that of the own authority is shown.
//
// Apps with a built-in host need a certificate for that name. It comes from a second
// authority, made for just these names, which only the apps themselves should trust.
//
// The clock cannot be relied on: a Raspberry Pi has none that runs without power. So
// authorities do not depend on it, and certificates begin a year before they are made.
// There is no timer for the renewal of what this machine signs: each handshake looks at the certificate, at the
// clock, and at the address that was dialled, and makes another certificate if need be.
// It takes about a millisecond, and a clock that is set is noticed at once.
package certificate

package certificate

import (
	"net/netip"
	"time"

	"simgate/gateway/cause"
)

// State is how a certificate stands.
type State struct {
	Of    string    // what it is, in words
	Name  string    // the one that a [Public] authority signs it for, "" for what is shown for others
	Until time.Time // when it ends, or the authority that replaces it; zero if there is none
	Fault error     // why another does not take its place, with its cause; nil for none
	// Patience is how long a fault is nothing to tell of.
	Patience time.Duration
}

// States returns how all certificates stand. One of an own authority that is due is replaced
// first, as at a handshake.
func (k *Keeper) States() (all []State) {
	if k.files != nil {
		shown := k.files.get() // it looks for another
		all = append(all, State{Of: "the certificate " + k.files.paths[0], Until: shown.Leaf.NotAfter, Fault: because(cause.CertificateFiles, k.files.fault())})
	} else {
		all = append(all, k.own.state("the certificate of this machine"))
	}
	hosted := k.hosted.get()
	if hosted != nil {
		all = append(all, hosted.state("the certificate of hosted names"))
	}
	if err := k.hosted.fault(); err != nil {
		all = append(all, State{Of: "the authority for hosted names", Until: validUntil, Fault: because(cause.CertificateAuthority, err)})
	}
	return append(all, k.obtained.states()...)
}

// state returns how the certificate of an issuer stands.
func (i *issuer) state(of string) State {
	s := State{Of: of, Until: i.authority.signer.NotAfter}
	i.mu.Lock()
	leaf := i.leaf
	i.mu.Unlock()
	if leaf == nil || !due(leaf.Leaf, time.Now()) {
		return s // none is needed yet, or it is good for months
	}
	leaf, s.Fault = i.certificate(netip.Addr{})
	if s.Fault == nil && due(leaf.Leaf, time.Now()) {
		s.Until, s.Fault = leaf.Leaf.NotAfter, errNotReplaced
	}
	s.Fault = because(cause.CertificateStays, s.Fault)
	return s
}

// because returns an error as one with a cause, nil for none.
func because(c cause.Code, err error) error {
	if err == nil {
		return nil
	}
	return &cause.Error{Cause: c.With(err)}
}

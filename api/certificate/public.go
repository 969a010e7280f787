package certificate

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"time"

	"simgate/gateway/cause"
)

// Public is an authority that all devices trust.
type Public interface {
	// Stored returns the certificate of a name that was obtained before, or an error that
	// is [fs.ErrNotExist].
	Stored(ctx context.Context, name string) (*tls.Certificate, error)
	// Obtain returns a certificate for a name: the stored one, or another where there is
	// none, or where it is due. It may take minutes.
	Obtain(ctx context.Context, name string) (*tls.Certificate, error)
}

// LookEvery is how far apart looks at a certificate of a [Public] authority are, which says
// when it wants to replace it.
const LookEvery = 6 * time.Hour

const (
	// firstRetry is how long after a failure a certificate is tried again, doubled with each:
	// an authority allows few failures in an hour.
	firstRetry = 5 * time.Minute
	// obtainsWithin bounds how long it may take to obtain one, and endsWithin how long it is
	// waited for at the end: what was written for it is removed then.
	obtainsWithin = 20 * time.Minute
	endsWithin    = 10 * time.Second
)

// How long a failure is nothing to tell of: the first may come of a network that is not there
// yet, and another certificate is tried for weeks before the end of the old one.
const (
	patienceFirst = 10 * time.Minute
	patienceLater = 24 * time.Hour
)

// obtained has the certificates of names that a public authority signs.
type obtained struct {
	from  Public
	names []string // "*.example.com" is for all names one label below example.com
	log   *slog.Logger

	turn  sync.Mutex // one is obtained after the other: they may need the same record
	mu    sync.Mutex
	found map[string]*tls.Certificate
	fault map[string]error // why there is none, or it is not replaced
}

// newObtained returns what was obtained before; [obtained.run] obtains the rest.
func newObtained(from Public, names []string, log *slog.Logger) *obtained {
	o := &obtained{from: from, names: names, log: log, found: map[string]*tls.Certificate{}, fault: map[string]error{}}
	for _, name := range names {
		c, err := from.Stored(context.Background(), name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			log.Warn("a certificate that was obtained cannot be read, and is obtained again", "name", name, "err", err)
		}
		if err == nil {
			o.found[name] = c
		}
	}
	return o
}

// covers returns the entry of the names that a host name is of.
func (o *obtained) covers(host string) (name string, ok bool) {
	if o == nil {
		return "", false
	}
	_, parent, _ := strings.Cut(host, ".")
	for _, name := range o.names {
		if name == host || name == "*."+parent {
			return name, true
		}
	}
	return "", false
}

// certificate returns that of a host name, nil where there is none that is valid.
func (o *obtained) certificate(host string) *tls.Certificate {
	name, ok := o.covers(host)
	if !ok {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.found[name]
}

// run obtains and replaces certificates until ctx ends.
func (o *obtained) run(ctx context.Context) {
	var all sync.WaitGroup
	for _, name := range o.names {
		all.Go(func() { o.keep(ctx, name) })
	}
	all.Wait()
}

// keep keeps the certificate of one name.
func (o *obtained) keep(ctx context.Context, name string) {
	for retry := firstRetry; ctx.Err() == nil; {
		wait := LookEvery
		if o.obtain(ctx, name, retry) {
			retry = firstRetry
		} else {
			wait, retry = retry, min(2*retry, LookEvery)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// obtain looks at the certificate of a name, and reports whether it is as it should be.
func (o *obtained) obtain(ctx context.Context, name string, retry time.Duration) bool {
	o.turn.Lock()
	c, err := o.ask(ctx, name)
	o.turn.Unlock()
	if ctx.Err() != nil {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fault[name] = err
	if err != nil {
		o.log.Error("a certificate cannot be obtained", "name", name, "err", err, "next", retry)
		return false
	}
	if old := o.found[name]; old == nil || !old.Leaf.Equal(c.Leaf) {
		o.log.Info("a certificate was obtained", "name", name, "until", c.Leaf.NotAfter, "issuer", c.Leaf.Issuer.CommonName)
	}
	o.found[name] = c
	return true
}

// ask asks the authority for a certificate.
func (o *obtained) ask(ctx context.Context, name string) (*tls.Certificate, error) {
	limited, cancel := context.WithTimeout(ctx, obtainsWithin)
	defer cancel()
	type answer struct {
		c   *tls.Certificate
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		c, err := o.from.Obtain(limited, name)
		answers <- answer{c, err}
	}()
	select {
	case a := <-answers:
		return a.c, a.err
	case <-limited.Done():
	}
	select {
	case a := <-answers:
		return a.c, a.err
	case <-time.After(endsWithin):
		return nil, &cause.Error{Cause: cause.ACMETimeout.With()}
	}
}

// states returns how the certificates stand.
func (o *obtained) states() []State {
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []State
	for _, name := range o.names {
		s := State{Of: "the certificate of " + name, Name: name, Fault: o.fault[name], Patience: patienceFirst}
		if c := o.found[name]; c != nil {
			s.Until, s.Patience = c.Leaf.NotAfter, patienceLater
		}
		all = append(all, s)
	}
	return all
}

package certificate

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// signing is a public authority whose certificates are valid for life. It is down while err
// is set.
type signing struct {
	authority *Authority
	life      time.Duration

	mu     sync.Mutex
	err    error
	stored map[string]*tls.Certificate
	asked  int
}

// fail lets it fail from now on; nil: work.
func (s *signing) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *signing) Stored(_ context.Context, name string) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.stored[name]; c != nil {
		return c, nil
	}
	return nil, fs.ErrNotExist
}

func (s *signing) Obtain(_ context.Context, name string) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if c := s.stored[name]; c != nil && time.Until(c.Leaf.NotAfter) > s.life/3 {
		return c, nil
	}
	if s.err != nil {
		return nil, s.err
	}
	c, err := s.authority.issue([]string{strings.Replace(name, "*", "any", 1)}, nil, time.Now().Add(s.life-lifeAfter))
	if err == nil {
		s.stored[name] = c
	}
	return c, err
}

// local is a connection to the loopback.
type local struct{ net.Conn }

func (local) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8443} }

// stateOf returns how the certificate of a name stands.
func stateOf(t *testing.T, k *Keeper, name string) State {
	t.Helper()
	for _, s := range k.States() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is nothing of %s in %+v", name, k.States())
	return State{}
}

// A certificate of a public authority is shown for its names once there is one, and replaced
// while it is good. Until then, and for other names, it is that of the own authority.
func TestPublicAuthority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set(written.Add(2 * year))
		public := &signing{life: 90 * day, err: errors.New("the token is wrong"), stored: map[string]*tls.Certificate{}}
		var err error
		if public.authority, err = newAuthority("public", []string{"example.com"}, nil); err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(t.TempDir(), "tls")
		names := []string{"sms.example.com", "*.shop.example.com"}
		k := open(t, Config{Folder: folder, Public: public, PublicNames: names})
		shown := func(name string) *tls.Certificate {
			c, err := k.certificate(&tls.ClientHelloInfo{ServerName: name, Conn: local{}})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		own := shown("").Leaf
		for _, name := range []string{"sms.example.com", "a.shop.example.com", "localhost"} {
			if !shown(name).Leaf.Equal(own) || !k.Hosts(name) {
				t.Errorf("%s has another certificate, or is not answered", name)
			}
		}
		for _, name := range []string{"example.com", "shop.example.com", "a.b.shop.example.com", "a.sms.example.com"} {
			if k.Hosts(name) {
				t.Errorf("%s is answered", name)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go k.Run(ctx)
		synctest.Wait()
		if s := stateOf(t, k, names[0]); s.Fault == nil || !s.Until.IsZero() || s.Patience >= day {
			t.Errorf("%+v", s)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if public.asked != 2*4 { // at once, and after 5, 15 and 35 minutes
			t.Errorf("it was asked %d times in the first hour", public.asked)
		}
		public.fail(nil)
		time.Sleep(LookEvery)
		first := shown("sms.example.com").Leaf
		if first.Equal(own) || shown("a.shop.example.com").Leaf.Equal(own) || !shown("localhost").Leaf.Equal(own) || !shown("").Leaf.Equal(own) {
			t.Error("what was obtained is not shown for its names alone")
		}
		if s := stateOf(t, k, names[0]); s.Fault != nil || !s.Until.Equal(first.NotAfter) {
			t.Errorf("%+v", s)
		}

		public.fail(errors.New("the account is closed"))
		time.Sleep(70 * day)
		if s := stateOf(t, k, names[0]); s.Fault == nil || !s.Until.Equal(first.NotAfter) || s.Patience < day || !shown("sms.example.com").Leaf.Equal(first) {
			t.Errorf("%+v", s)
		}
		again := open(t, Config{Folder: folder, Public: public, PublicNames: names})
		if c, _ := again.certificate(&tls.ClientHelloInfo{ServerName: "sms.example.com", Conn: local{}}); !c.Leaf.Equal(first) {
			t.Error("a restart shows another")
		}
		public.fail(nil)
		time.Sleep(LookEvery)
		if s := stateOf(t, k, names[0]); s.Fault != nil || !s.Until.After(first.NotAfter) {
			t.Errorf("%+v", s)
		}
		cancel()
		synctest.Wait()
	})
}

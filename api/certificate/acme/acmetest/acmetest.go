// Package acmetest is an authority that signs by ACME (Pebble, Let's Encrypt's own for tests),
// and a DNS server that takes signed updates (RFC 2136 and 8945).
package acmetest

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"

	"simgate/api/certificate/acme"
)

// World is an authority, and a zone.
type World struct {
	Directory string         // of the authority
	CA        string         // file with the root of its HTTPS
	Roots     *x509.CertPool // with the root that it signs with
	DNS       acme.DNS       // how to write to the zone
	zone      *zone
}

// Start starts both. The certificates are valid for life; there is none for "refused." and the
// name of the zone.
func Start(t *testing.T, name string, life time.Duration) *World {
	t.Helper()
	for variable, value := range map[string]string{"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "100"} {
		t.Setenv(variable, value)
	}
	w := &World{Roots: x509.NewCertPool(), zone: &zone{name: dns.Fqdn(name), texts: map[string][]string{}, aliases: map[string]string{}}}
	address := w.zone.serve(t)
	secret := base64.StdEncoding.EncodeToString([]byte(keySecret))
	w.DNS = acme.DNS{Provider: "rfc2136", Server: address, User: strings.TrimSuffix(keyName, "."), Password: secret, Resolvers: []string{address}}

	quiet, store := log.New(io.Discard, "", 0), db.NewMemoryStore()
	signer := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {ValidityPeriod: uint64(life.Seconds())}})
	front := wfe.New(quiet, store, va.New(quiet, 1, 1, true, address, store), signer, []string{"pebble.test"}, true, false, 0, 0)
	server := httptest.NewUnstartedServer(front.Handler())
	server.Config.ErrorLog = quiet // of those who do not trust it
	server.StartTLS()
	t.Cleanup(server.Close)
	if err := store.AddBlockedDomain("refused." + name); err != nil {
		t.Fatal(err)
	}
	w.Roots.AddCert(signer.GetRootCert(0).Cert)
	w.Directory, w.CA = server.URL+wfe.DirectoryPath, filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(w.CA, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

// Alias makes a name one for another (CNAME).
func (w *World) Alias(name, of string) {
	w.zone.mu.Lock()
	defer w.zone.mu.Unlock()
	w.zone.aliases[dns.Fqdn(name)] = dns.Fqdn(of)
}

// Texts returns how many text records there are.
func (w *World) Texts() (n int) {
	w.zone.mu.Lock()
	defer w.zone.mu.Unlock()
	for _, texts := range w.zone.texts {
		n += len(texts)
	}
	return n
}

// The key with which updates are signed.
const (
	keyName   = "simgate."
	keySecret = "the secret of the key of updates"
)

// zone is a DNS server with one zone.
type zone struct {
	name string

	mu      sync.Mutex
	texts   map[string][]string
	aliases map[string]string
}

// serve answers on a port of the loopback, by UDP and TCP, and returns its address.
func (z *zone) serve(t *testing.T) string {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	udp, err := net.ListenPacket("udp", tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*dns.Server{{Listener: tcp}, {PacketConn: udp}} {
		s.Handler, s.TsigSecret = z, map[string]string{keyName: base64.StdEncoding.EncodeToString([]byte(keySecret))}
		s.MsgAcceptFunc = func(dns.Header) dns.MsgAcceptAction { return dns.MsgAccept } // updates, too
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go func() { _ = s.ActivateAndServe() }()
		<-started
		t.Cleanup(func() { _ = s.Shutdown() })
	}
	return tcp.Addr().String()
}

// ServeDNS implements [dns.Handler].
func (z *zone) ServeDNS(w dns.ResponseWriter, r *dns.Msg) {
	z.mu.Lock()
	defer z.mu.Unlock()
	m := new(dns.Msg).SetReply(r)
	m.Authoritative = true
	signed := r.IsTsig()
	switch asked := r.Question[0]; {
	case r.Opcode == dns.OpcodeUpdate && (signed == nil || w.TsigStatus() != nil):
		m.Rcode = dns.RcodeNotAuth
	case r.Opcode == dns.OpcodeUpdate && asked.Name != z.name:
		m.Rcode = dns.RcodeNotZone
	case r.Opcode == dns.OpcodeUpdate:
		z.update(r.Ns)
	case !dns.IsSubDomain(z.name, asked.Name):
		m.Rcode = dns.RcodeNameError
	default:
		m.Answer = z.answer(asked)
	}
	if signed != nil && w.TsigStatus() == nil {
		m.SetTsig(signed.Hdr.Name, signed.Algorithm, 300, time.Now().Unix())
	}
	_ = w.WriteMsg(m)
}

func (z *zone) answer(asked dns.Question) (all []dns.RR) {
	header := func(name string, kind uint16) dns.RR_Header {
		return dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET}
	}
	name := asked.Name
	if of, ok := z.aliases[name]; ok {
		all = append(all, &dns.CNAME{Hdr: header(name, dns.TypeCNAME), Target: of})
		name = of
	}
	switch {
	case asked.Qtype == dns.TypeSOA && name == z.name:
		all = append(all, &dns.SOA{Hdr: header(name, dns.TypeSOA), Ns: "ns." + z.name, Mbox: "root." + z.name})
	case asked.Qtype == dns.TypeTXT:
		for _, text := range z.texts[name] {
			all = append(all, &dns.TXT{Hdr: header(name, dns.TypeTXT), Txt: []string{text}})
		}
	}
	return all
}

func (z *zone) update(records []dns.RR) {
	for _, rr := range records {
		text, ok := rr.(*dns.TXT)
		if !ok {
			continue
		}
		name, value := text.Hdr.Name, strings.Join(text.Txt, "")
		if text.Hdr.Class == dns.ClassNONE { // it is removed (RFC 2136, section 2.5.4)
			z.texts[name] = slices.DeleteFunc(z.texts[name], func(s string) bool { return s == value })
		} else {
			z.texts[name] = append(z.texts[name], value)
		}
	}
}

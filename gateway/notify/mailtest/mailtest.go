// Package mailtest is a mail server for tests.
package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// certificate is that of the servers.
var certificate tls.Certificate

// Trust makes the certificate of the servers, for the name localhost, which the system
// trusts in this process from then on. It is called before the tests.
func Trust(folder string) error {
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	if err != nil {
		return err
	}
	path := filepath.Join(folder, "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), 0o600); err != nil {
		return err
	}
	certificate = tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: secret}
	return os.Setenv("SSL_CERT_FILE", path)
}

// Mail is what a server has taken.
type Mail struct {
	From      string
	To        []string
	Raw       string
	Encrypted bool // on its way
}

// Mailbox is a mail server for a user who is called owner. It keeps what it takes.
type Mailbox struct {
	Password string // that it wants, "" none
	HangsUp  bool   // as soon as it has taken a mail
	Refuses  int    // every recipient, with this number of SMTP; 0 none

	mu    sync.Mutex
	mails []Mail
}

// Mails returns what the server has taken so far.
func (b *Mailbox) Mails() []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.mails)
}

// Serve takes mail that comes by l until the test ends: encrypted by STARTTLS for "starttls",
// from the start for "tls", and else not.
func (b *Mailbox) Serve(t *testing.T, l net.Listener, encryption string) {
	t.Helper()
	server := smtp.NewServer(b)
	server.ErrorLog = log.New(io.Discard, "", 0) // of connections that end without a farewell
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	switch encryption {
	case "starttls":
		server.TLSConfig = config
	case "tls":
		l = tls.NewListener(l, config)
	default:
		server.AllowInsecureAuth = true
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		_ = l.Close() // which a server that has just begun does not know of yet
		<-done
	})
}

// NewSession implements [smtp.Backend].
func (b *Mailbox) NewSession(c *smtp.Conn) (smtp.Session, error) { return &session{b: b, c: c}, nil }

type session struct {
	b    *Mailbox
	c    *smtp.Conn
	in   bool
	mail Mail
}

// AuthMechanisms implements [smtp.AuthSession].
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements [smtp.AuthSession].
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "owner" || password != s.b.Password {
			return &smtp.SMTPError{Code: 535, Message: "wrong password"}
		}
		s.in = true
		return nil
	}), nil
}

// Mail implements [smtp.Session].
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.in && s.b.Password != "" {
		return &smtp.SMTPError{Code: 530, Message: "authentication required"}
	}
	s.mail = Mail{From: from}
	return nil
}

// Rcpt implements [smtp.Session].
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.b.Refuses != 0 {
		return &smtp.SMTPError{Code: s.b.Refuses, Message: "not here"}
	}
	s.mail.To = append(s.mail.To, to)
	return nil
}

// Data implements [smtp.Session].
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	_, s.mail.Encrypted = s.c.TLSConnectionState()
	s.mail.Raw = string(raw)
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.mails = append(s.b.mails, s.mail)
	return err
}

// Reset implements [smtp.Session]. It is called when a mail has been answered.
func (s *session) Reset() {
	if s.b.HangsUp && s.mail.Raw != "" {
		_ = s.c.Conn().Close()
	}
}

// Logout implements [smtp.Session].
func (s *session) Logout() error { return nil }

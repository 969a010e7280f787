package notify

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"strconv"

	"github.com/wneessen/go-mail"

	"simgate/gateway/cause"
)

// Email is a mailbox, and the server that takes mail for it.
type Email struct {
	To, From       string // From "": To
	Server         string // host, or host and port
	User, Password string // "" none is needed
	TLS            string // StartTLS, ImplicitTLS or NoTLS; "": StartTLS
}

// How the connection to a mail server is encrypted.
const (
	StartTLS    = "starttls"
	ImplicitTLS = "tls"
	NoTLS       = "none"
)

// host returns the host of the server, and the port, which is that of the encryption
// where none is given (RFC 8314, RFC 6409).
func (e Email) host() (string, int) {
	host, port, err := net.SplitHostPort(e.Server)
	if n, bad := strconv.ParseUint(port, 10, 16); err == nil && bad == nil {
		return host, int(n)
	}
	return e.Server, map[string]int{StartTLS: 587, ImplicitTLS: 465, NoTLS: 25}[cmp.Or(e.TLS, StartTLS)]
}

// send sends something as a mail, whose id is the same in each try.
func (e Email) send(ctx context.Context, dial dialer, p Passed) error {
	host, port := e.host()
	m := mail.NewMsg()
	if err := errors.Join(m.From(cmp.Or(e.From, e.To)), m.To(e.To)); err != nil {
		return because(cause.Mailbox)
	}
	m.Subject("simgate: " + p.Title)
	m.SetDateWithValue(p.At)
	m.SetMessageIDWithValue(p.Key + "@simgate")
	m.SetBodyString(mail.TypeTextPlain, p.Text+"\n")
	encryption := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	options := []mail.Option{mail.WithPort(port), mail.WithTimeout(dialWithin), mail.WithDialContextFunc(dial), mail.WithTLSConfig(encryption)}
	switch cmp.Or(e.TLS, StartTLS) {
	case StartTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case ImplicitTLS:
		// The library encrypts nothing itself where it is given a dialer, and looks with this
		// policy alone whether the connection is encrypted.
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic), mail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return tls.Client(conn, encryption), nil
		}))
	default:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if e.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(e.User), mail.WithPassword(e.Password))
	}
	c, err := mail.NewClient(host, options...)
	if err != nil {
		return because(cause.NoMailServer)
	}
	// What goes wrong once the server has the mail, such as at the farewell, does not matter.
	if err := c.DialAndSendWithContext(ctx, m); err != nil && !m.IsDelivered() {
		return &cause.Error{Cause: whyNoMail(err)}
	}
	return nil
}

// whyNoMail returns why a mail was not taken.
func whyNoMail(err error) cause.Cause {
	code := 0
	if e, ok := errors.AsType[*textproto.Error](err); ok {
		code = e.Code
	} else if e, ok := errors.AsType[*mail.SendError](err); ok {
		code = e.ErrorCode()
	}
	if code != 0 {
		return cause.SMTP.Number(code, err)
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return cause.NoAnswer(err, dialWithin)
	}
	return cause.MailNotSent.With(err)
}

package phone

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"simgate/gateway/line/phone/smsgate"
)

const (
	answerWithin = 10 * time.Second // for a request
	maxAnswer    = 4 << 20          // octets of an answer
)

// app is the app on the phone, as a client sees it. It is safe for concurrent use.
type app struct {
	base     string // without a slash at its end
	user     string
	password string
	client   *http.Client
	local    atomic.Pointer[netip.Addr] // from which it was last reached
	ahead    atomic.Int64               // by how much its clock is ahead of ours, in nanoseconds
}

// now returns the time of the phone, as far as it has told.
func (a *app) now() time.Time { return time.Now().Add(time.Duration(a.ahead.Load())) }

// newApp returns a client of the app of a phone. Redirects are not followed: the password
// is for this address alone.
func newApp(cfg Config) *app {
	a := &app{base: strings.TrimRight(cfg.URL, "/"), user: cfg.User, password: cfg.Password}
	dial := cfg.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: answerWithin / 2}).DialContext
	}
	a.client = &http.Client{
		Timeout:       answerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := dial(ctx, network, address)
				if err == nil {
					a.noteLocal(conn.LocalAddr())
				}
				return conn, err
			},
			TLSClientConfig: pinned(cfg.Fingerprint),
			MaxIdleConns:    2,
			IdleConnTimeout: time.Minute,
		},
	}
	return a
}

func (a *app) noteLocal(at net.Addr) {
	if at, ok := at.(*net.TCPAddr); ok {
		ip := at.AddrPort().Addr().Unmap().WithZone("")
		a.local.Store(&ip)
	}
}

// otherCertificate means that the certificate is not that of the configured fingerprint.
type otherCertificate struct{ fingerprint string }

func (e *otherCertificate) Error() string {
	return "its certificate has another fingerprint: " + e.fingerprint
}

// pinned returns settings that accept the one certificate with a fingerprint, whoever has
// signed it; for "" those that authorities of this machine vouch for.
func pinned(fingerprint string) *tls.Config {
	if fingerprint == "" {
		return &tls.Config{MinVersion: tls.VersionTLS12}
	}
	want := plainFingerprint(fingerprint)
	return &tls.Config{MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // the certificate itself is compared
		VerifyConnection: func(s tls.ConnectionState) error {
			sum := sha256.Sum256(s.PeerCertificates[0].Raw)
			if got := hex.EncodeToString(sum[:]); got != want {
				return &otherCertificate{got}
			}
			return nil
		}}
}

// plainFingerprint returns a fingerprint without the colons and in small letters.
func plainFingerprint(s string) string { return strings.ToLower(strings.ReplaceAll(s, ":", "")) }

// CheckFingerprint returns an error if s is not the SHA-256 fingerprint of a certificate.
func CheckFingerprint(s string) error {
	if raw, err := hex.DecodeString(plainFingerprint(s)); err != nil || len(raw) != sha256.Size {
		return errors.New("must be the SHA-256 fingerprint of the certificate: 64 hexadecimal digits, with colons or without")
	}
	return nil
}

// callError is a request that did not succeed.
type callError struct {
	Reached bool // the request may have reached the app
	Status  int  // of its answer, 0 none
	Message string
	Err     error
}

func (e *callError) Error() string {
	switch {
	case e.Err != nil:
		return e.Err.Error()
	case e.Message != "":
		return fmt.Sprintf("it answers %d: %s", e.Status, e.Message)
	}
	return fmt.Sprintf("it answers %d", e.Status)
}

func (e *callError) Unwrap() error { return e.Err }

// statusOf returns the HTTP status with which the app has refused, 0 where it has not
// answered.
func statusOf(err error) int {
	if e, ok := errors.AsType[*callError](err); ok {
		return e.Status
	}
	return 0
}

// reached reports whether a request that failed may have reached the app.
func reached(err error) bool {
	e, ok := errors.AsType[*callError](err)
	return ok && e.Reached
}

// reply is what a request was answered with.
type reply struct {
	status int
	raw    []byte
}

// ask makes a request, and returns the answer, whatever it says.
func (a *app) ask(ctx context.Context, method, path string, in any) (reply, error) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return reply{}, err
		}
		body = bytes.NewReader(raw)
	}
	connected := false
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }})
	r, err := http.NewRequestWithContext(ctx, method, a.base+path, body)
	if err != nil {
		return reply{}, err
	}
	r.SetBasicAuth(a.user, a.password)
	r.Header.Set("Accept", "application/json")
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := a.client.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address, which whoever reads it knows
		}
		return reply{}, &callError{Reached: connected, Err: err}
	}
	defer answer.Body.Close()
	got := reply{status: answer.StatusCode}
	if at, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		a.ahead.Store(int64(time.Until(at)))
	}
	if got.raw, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer)); err != nil {
		return got, &callError{Reached: true, Err: err}
	}
	return got, nil
}

// call is ask, where only success will do. It decodes the answer into out, unless that is
// nil.
func (a *app) call(ctx context.Context, method, path string, in, out any) error {
	got, err := a.ask(ctx, method, path, in)
	if err != nil {
		return err
	}
	if got.status < 200 || got.status > 299 {
		var p smsgate.Problem
		_ = json.Unmarshal(got.raw, &p) // it may have no body
		return &callError{Reached: true, Status: got.status, Message: p.Message}
	}
	if out != nil && json.Unmarshal(got.raw, out) != nil {
		return foreign(got)
	}
	return nil
}

// foreign is the error of an answer that the app would not give.
func foreign(got reply) error { return &callError{Reached: true, Status: got.status, Err: errForeign} }

// errForeign means that something else than the app answers.
var errForeign = errors.New("what answers there is not the app")

// health returns how the phone is. The app answers 500 with it where something is wrong.
func (a *app) health(ctx context.Context) (h smsgate.Health, err error) {
	got, err := a.ask(ctx, http.MethodGet, "/health", nil)
	if err == nil && (json.Unmarshal(got.raw, &h) != nil || h.Checks == nil) {
		err = foreign(got)
	}
	return h, err
}

// device returns the phone.
func (a *app) device(ctx context.Context) (d smsgate.Device, err error) {
	var all []smsgate.Device
	err = a.call(ctx, http.MethodGet, "/device", nil, &all)
	if err == nil && (len(all) != 1 || all[0].ID == "") {
		err = foreign(reply{status: http.StatusOK})
	}
	if err != nil {
		return d, err
	}
	return all[0], nil
}

// post gives the phone a message. That it has one with this id already is no error.
func (a *app) post(ctx context.Context, m smsgate.NewMessage) error {
	var taken smsgate.Message
	// Whether numbers can be sent to has been decided here.
	err := a.call(ctx, http.MethodPost, "/messages?skipPhoneValidation=true", m, &taken)
	switch {
	case statusOf(err) == http.StatusConflict:
		return nil
	case err == nil && taken.ID != m.ID:
		return foreign(reply{status: http.StatusOK})
	}
	return err
}

// message returns a message; an error with the status 404 where the phone has none.
func (a *app) message(ctx context.Context, id string) (m smsgate.Message, err error) {
	err = a.call(ctx, http.MethodGet, "/messages/"+id, nil, &m)
	if err == nil && m.ID != id {
		err = foreign(reply{status: http.StatusOK})
	}
	return m, err
}

// cancel cancels a message, and reports whether it will not be sent for certain.
func (a *app) cancel(ctx context.Context, id string) bool {
	var m smsgate.Message
	err := a.call(ctx, http.MethodDelete, "/messages/"+id, nil, &m)
	return err == nil && m.ID == id && m.State == smsgate.Cancelled
}

// inbox returns the SMS that came in since a time, newest first, from the nth on.
func (a *app) inbox(ctx context.Context, since time.Time, n, limit int) (all []smsgate.Incoming, err error) {
	query := url.Values{"type": {"SMS"}, "from": {since.UTC().Format(time.RFC3339)}, "limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(n)}}
	return all, a.call(ctx, http.MethodGet, "/inbox?"+query.Encode(), nil, &all)
}

// webhooks returns the registered webhooks.
func (a *app) webhooks(ctx context.Context) (all []smsgate.Webhook, err error) {
	return all, a.call(ctx, http.MethodGet, "/webhooks", nil, &all)
}

// register registers a webhook, or changes the one with its id.
func (a *app) register(ctx context.Context, w smsgate.Webhook) error {
	return a.call(ctx, http.MethodPost, "/webhooks", w, nil)
}

// unregister removes a webhook.
func (a *app) unregister(ctx context.Context, id string) error {
	return a.call(ctx, http.MethodDelete, "/webhooks/"+url.PathEscape(id), nil, nil)
}

// sign has webhooks signed with a key, and delivered without the internet too.
func (a *app) sign(ctx context.Context, key string) error {
	return a.call(ctx, http.MethodPatch, "/settings", smsgate.Settings{Webhooks: smsgate.WebhookSettings{SigningKey: key}}, nil)
}

package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"simgate/gateway"
)

// Client calls a running daemon over its Unix socket. Errors of the daemon are
// [*Problem]s.
type Client struct{ http http.Client }

// ErrNoDaemon means that nobody answers on the socket.
var ErrNoDaemon = errors.New("no simgate is running")

// NewClient returns a client for the socket at path.
func NewClient(path string) *Client {
	return &Client{http.Client{
		Timeout: 3 * time.Minute, // a USSD code takes up to two
		Transport: &http.Transport{
			DisableKeepAlives: true, // a command calls once, and the socket takes few at a time
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				var d net.Dialer
				conn, err := d.DialContext(ctx, "unix", path)
				if err != nil {
					err = fmt.Errorf("%w: %w", ErrNoDaemon, err)
				}
				return conn, err
			},
		},
	}}
}

// Send sends a message.
func (c *Client) Send(ctx context.Context, to, text string) (m Message, err error) {
	return m, c.call(ctx, http.MethodPost, "/v1/messages", map[string]string{"to": to, "text": text}, &m)
}

// Message returns one message with its parts.
func (c *Client) Message(ctx context.Context, id int64) (m Message, err error) {
	return m, c.call(ctx, http.MethodGet, "/v1/messages/"+strconv.FormatInt(id, 10), nil, &m)
}

// Messages returns the newest messages of a state, "" for all.
func (c *Client) Messages(ctx context.Context, state gateway.State, limit int) (list []Message, err error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}, "state": {string(state)}}
	return list, c.call(ctx, http.MethodGet, "/v1/messages?"+q.Encode(), nil, &list)
}

// MessagesBefore returns the newest messages whose ids are below before, 0 for
// all.
func (c *Client) MessagesBefore(ctx context.Context, before int64, limit int) (list []Message, err error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}, "before": {strconv.FormatInt(before, 10)}}
	return list, c.call(ctx, http.MethodGet, "/v1/messages?"+q.Encode(), nil, &list)
}

// StartVerification sends a code.
func (c *Client) StartVerification(ctx context.Context, to, brand string) (v Verification, err error) {
	return v, c.call(ctx, http.MethodPost, "/v1/verifications", map[string]string{"to": to, "brand": brand}, &v)
}

// CheckVerification checks a code.
func (c *Client) CheckVerification(ctx context.Context, to, code string) (ok Checked, err error) {
	return ok, c.call(ctx, http.MethodPost, "/v1/verifications/check", map[string]string{"to": to, "code": code}, &ok)
}

// Modems returns the modems with their SIMs.
func (c *Client) Modems(ctx context.Context) (list []Modem, err error) {
	return list, c.call(ctx, http.MethodGet, "/v1/modems", nil, &list)
}

// Inbox returns what came in, newest first.
func (c *Client) Inbox(ctx context.Context, limit int) (list []Incoming, err error) {
	return list, c.call(ctx, http.MethodGet, "/v1/inbox?limit="+strconv.Itoa(limit), nil, &list)
}

// FollowInbox waits for what comes in after a change, and returns nothing when
// that takes long.
func (c *Client) FollowInbox(ctx context.Context, after int64) (list []Incoming, err error) {
	q := url.Values{"after": {strconv.FormatInt(after, 10)}, "wait": {strconv.Itoa(int(longestWait.Seconds()))}}
	return list, c.call(ctx, http.MethodGet, "/v1/inbox?"+q.Encode(), nil, &list)
}

// Incoming returns one message that came in.
func (c *Client) Incoming(ctx context.Context, id int64) (m Incoming, err error) {
	return m, c.call(ctx, http.MethodGet, "/v1/inbox/"+strconv.FormatInt(id, 10), nil, &m)
}

// USSD sends a USSD code, or an answer to a menu, through a line; 0 is the only
// one there is.
func (c *Client) USSD(ctx context.Context, line int64, code string) (u USSD, err error) {
	return u, c.call(ctx, http.MethodPost, "/v1/ussd", map[string]any{"line": line, "code": code}, &u)
}

// EndUSSD ends a menu that waits for an answer.
func (c *Client) EndUSSD(ctx context.Context, line int64) error {
	return c.call(ctx, http.MethodDelete, "/v1/ussd?line="+strconv.FormatInt(line, 10), nil, &USSD{})
}

// Keys returns the API keys.
func (c *Client) Keys(ctx context.Context) (list []Key, err error) {
	return list, c.call(ctx, http.MethodGet, "/v1/keys", nil, &list)
}

// CreateKey makes an API key.
func (c *Client) CreateKey(ctx context.Context, app string, scopes []string) (k Key, err error) {
	return k, c.call(ctx, http.MethodPost, "/v1/keys", map[string]any{"app": app, "scopes": scopes}, &k)
}

// RevokeKey ends an API key.
func (c *Client) RevokeKey(ctx context.Context, id string) (k Key, err error) {
	return k, c.call(ctx, http.MethodDelete, "/v1/keys/"+url.PathEscape(id), nil, &k)
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var content io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		content = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://simgate"+path, content)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	d := json.NewDecoder(answer.Body)
	if answer.StatusCode < 300 {
		return d.Decode(out)
	}
	p := &Problem{Status: answer.StatusCode}
	if err := d.Decode(p); err != nil {
		return fmt.Errorf("the daemon answered %s", answer.Status)
	}
	return p
}

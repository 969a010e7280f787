// Package client calls the native API of a running simgate daemon: over its Unix
// socket, where no key is needed, or over HTTP with an API key.
//
// A call returns the objects of package v1, or an error: a [*v1.Problem] where the
// daemon refuses, [ErrNoDaemon] where nobody accepts the connection, [ErrNoAccess]
// where this user may not connect, and
// [context.DeadlineExceeded] where the answer takes too long.
//
// Over HTTP a request whose answer is lost, or that the gateway cannot answer now, is made
// again a few times, with growing pauses. Nothing is sent twice by that: each request that
// sends something has an Idempotency-Key. [Client.Once] gives it a key of your own.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	v1 "simgate/api/v1"
)

var (
	// ErrNoDaemon means that nobody accepts connections at the address.
	ErrNoDaemon = errors.New("no simgate is running")
	// ErrNoAccess means that this user may not open the socket, whether a daemon runs
	// or not.
	ErrNoAccess = errors.New("this user may not use the socket of simgate")
)

// The time limits of calls.
const (
	dialWithin = 10 * time.Second
	usual      = 30 * time.Second
	patient    = 3 * time.Minute // for what waits for the network behind a modem
)

// Client calls a daemon. It may be used by several goroutines at once.
type Client struct {
	http      *http.Client
	base, key string
	once      string // see [Client.Once]
	tries     int
	pause     time.Duration // before the second try
}

// Socket returns a client for the Unix socket at path.
func Socket(path string) *Client {
	c := newClient("unix", path)
	c.base = "http://simgate"
	return c
}

// New returns a client for an address such as http://127.0.0.1:8080, with an API
// key.
func New(address, key string) *Client {
	c := newClient("", "")
	c.base, c.key, c.tries = strings.TrimRight(address, "/"), key, mostTries
	return c
}

// newClient returns a client that connects to a fixed network and address, where
// these are given, and to those of the URL otherwise.
func newClient(network, address string) *Client {
	return &Client{tries: 1, pause: firstPause, http: &http.Client{Transport: &http.Transport{
		DisableKeepAlives: network != "", // a command calls once, and the socket accepts few connections at a time
		DialContext: func(ctx context.Context, n, a string) (net.Conn, error) {
			if network != "" {
				n, a = network, address
			}
			d := net.Dialer{Timeout: dialWithin}
			conn, err := d.DialContext(ctx, n, a)
			switch {
			case errors.Is(err, fs.ErrPermission):
				err = fmt.Errorf("%w: %w", ErrNoAccess, err)
			case err != nil:
				err = fmt.Errorf("%w: %w", ErrNoDaemon, err)
			}
			return conn, err
		},
	}}}
}

// get reads one object.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return do[T](ctx, c, usual, http.MethodGet, path, nil)
}

// post sends an object, nil for none, and returns the answer.
func post[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	return do[T](ctx, c, usual, http.MethodPost, path, in)
}

// do makes a request within a limit and returns the answer.
func do[T any](ctx context.Context, c *Client, limit time.Duration, method, path string, in any) (T, error) {
	out, _, err := exchange[T](ctx, c, limit, method, path, in)
	return out, err
}

// request returns a request of the API, with an object where in is not nil, and with an
// Idempotency-Key, "" for none.
func (c *Client) request(ctx context.Context, method, path string, in any, once string) (*http.Request, error) {
	var content io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	if once != "" {
		r.Header.Set("Idempotency-Key", once)
	}
	return r, nil
}

// exchange makes a request until it is answered, each time within a limit, and returns the
// answer with its headers.
func exchange[T any](ctx context.Context, c *Client, limit time.Duration, method, path string, in any) (T, http.Header, error) {
	once := c.keyFor(method, path)
	lost := false
	for n := 1; ; n++ {
		out, header, err := attempt[T](ctx, c, limit, method, path, in, once)
		pause, again := c.again(n, method, once, header, err, lost)
		if !again || ctx.Err() != nil {
			return out, header, err
		}
		_, answered := errors.AsType[*v1.Problem](err)
		lost = lost || !answered
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return out, header, err
		}
	}
}

// attempt makes a request once.
func attempt[T any](ctx context.Context, c *Client, limit time.Duration, method, path string, in any, once string) (T, http.Header, error) {
	var out T
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r, err := c.request(ctx, method, path, in, once)
	if err != nil {
		return out, nil, err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return out, nil, err
	}
	defer answer.Body.Close()
	if raw, ok := any(&out).(*[]byte); ok && answer.StatusCode < 300 {
		*raw, err = io.ReadAll(io.LimitReader(answer.Body, maxRaw))
		return out, answer.Header, err
	}
	if answer.StatusCode < 300 || answer.StatusCode == http.StatusUnprocessableEntity && !isProblem(answer) {
		return out, answer.Header, json.NewDecoder(answer.Body).Decode(&out)
	}
	return out, answer.Header, problem(answer)
}

// problem returns why the daemon refuses.
func problem(answer *http.Response) *v1.Problem {
	p := &v1.Problem{}
	if err := json.NewDecoder(answer.Body).Decode(p); err != nil || p.Detail == "" { // it is not simgate that answers
		p = &v1.Problem{Title: http.StatusText(answer.StatusCode), Detail: "the daemon answered " + answer.Status}
	}
	p.Status = answer.StatusCode
	return p
}

// read copies the answer of a call, which is no object, to w.
func (c *Client) read(ctx context.Context, limit time.Duration, path string, w io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return err
	}
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		p := &v1.Problem{}
		if err := json.NewDecoder(answer.Body).Decode(p); err != nil || p.Detail == "" {
			return fmt.Errorf("the daemon answered %s", answer.Status)
		}
		return p
	}
	_, err = io.Copy(w, answer.Body)
	return err
}

// isProblem reports whether an answer is a [v1.Problem]. A request of which no part was
// accepted is answered with an object of its own.
func isProblem(answer *http.Response) bool {
	return answer.Header.Get("Content-Type") == "application/problem+json"
}

package client

import (
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	v1 "simgate/api/v1"
)

// The tries of a request over HTTP, and the pauses between them.
const (
	mostTries    = 4
	firstPause   = 250 * time.Millisecond
	longestPause = 5 * time.Second
	longestAfter = 20 * time.Second // that a gateway may ask to be waited for
)

// Once returns a client whose requests that send something have this Idempotency-Key, of 1
// to 255 printable characters: whoever makes the same request with the same key again, after
// a crash too, sends nothing twice for 24 hours. Without it each call has a key of its own.
func (c *Client) Once(key string) *Client {
	once := *c
	once.once = key
	return &once
}

// Tries returns a client that makes a request at most n times where no answer comes, or the
// gateway cannot answer now. One for HTTP makes it 4 times, one for the socket once.
func (c *Client) Tries(n int) *Client {
	other := *c
	other.tries = max(1, n)
	return &other
}

// sends reports whether a request is one that takes an Idempotency-Key.
func sends(method, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	return method == http.MethodPost && (path == "/v1/messages" || path == "/v1/verifications" || path == "/v1/calls")
}

// keyFor returns the Idempotency-Key of a request, "" for none.
func (c *Client) keyFor(method, path string) string {
	switch {
	case !sends(method, path):
		return ""
	case c.once != "":
		return c.once
	}
	return rand.Text()
}

// again returns how long to wait before a request is made once more, after a try that was
// the nth; ok is false where it is not: it was answered, or might be carried out twice. lost
// tells that an earlier try may have been carried out.
func (c *Client) again(n int, method, key string, header http.Header, err error, lost bool) (pause time.Duration, ok bool) {
	if err == nil || n >= c.tries || errors.Is(err, context.Canceled) || errors.Is(err, ErrNoAccess) {
		return 0, false
	}
	pause = min(c.pause<<(n-1), longestPause)
	pause += time.Duration(mathrand.Int64N(int64(pause)/4 + 1)) //nolint:gosec // nobody gains by guessing it
	p, answered := errors.AsType[*v1.Problem](err)
	if !answered {
		return pause, key != "" || method == http.MethodGet || method == http.MethodDelete || errors.Is(err, ErrNoDaemon)
	}
	if seconds, err := strconv.Atoi(header.Get("Retry-After")); err == nil {
		pause = max(pause, time.Duration(seconds)*time.Second)
	}
	switch p.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusInsufficientStorage:
		return pause, pause <= longestAfter
	case http.StatusConflict:
		return pause, lost && key != "" // the first try is still being handled
	}
	return 0, false
}

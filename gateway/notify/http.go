package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"simgate/gateway/cause"
)

const (
	maxAnswer  = 64 << 10 // octets of an answer that are read, and dropped
	dialWithin = 10 * time.Second
)

// dialer opens connections.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// dial connects to an address of the configuration. What is written as an address is the
// owner's word; a name may lead into the local network and to the internet.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: dialWithin}
	_, literal := netip.ParseAddr(host)
	own := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if literal != nil {
		d.Control = func(_, found string, _ syscall.RawConn) error { return checkFound(found, own) }
	}
	return d.DialContext(ctx, network, address)
}

// checkFound refuses what a name was looked up to lead to.
func checkFound(found string, own bool) error {
	at, err := netip.ParseAddrPort(found)
	if err != nil {
		return err
	}
	addr := at.Addr().Unmap()
	if addr.IsUnspecified() || addr.IsMulticast() || addr.IsLinkLocalUnicast() || addr.IsLoopback() && !own {
		return because(cause.Local, addr)
	}
	return nil
}

// newClient returns a client that uses no proxy and follows no redirect.
func newClient(dial dialer) *http.Client {
	return &http.Client{
		Transport: &http.Transport{DialContext: dial, ForceAttemptHTTP2: true, MaxIdleConns: 4, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: maxAnswer},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Event is the body that a webhook of the owner gets.
type Event struct {
	ID      string    `json:"id"` // the same in each try
	Kind    string    `json:"kind"`
	Trouble string    `json:"trouble"` // names it from its begin to its end
	State   string    `json:"state"`   // begun or over
	Urgent  bool      `json:"urgent"`
	Title   string    `json:"title"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
}

func postWebhook(ctx context.Context, c *http.Client, url string, p Notification) error {
	e := Event{ID: p.key(), Kind: string(p.Kind), Trouble: p.Trouble, State: "begun",
		Urgent: p.Urgent, Title: p.Title, Text: p.Text, At: p.At}
	if p.Over {
		e.State = "over"
	}
	return postJSON(ctx, c, url, nil, e)
}

func postNtfy(ctx context.Context, c *http.Client, s Server, p Notification) error {
	priority, tags := "default", "warning"
	switch {
	case p.Over:
		tags = "white_check_mark"
	case p.Urgent:
		priority = "urgent"
	}
	return publish(ctx, c, s, p.Title, p.Text, priority, tags)
}

// publish publishes to a topic of ntfy (docs.ntfy.sh/publish): the text is the body, and
// headers say the rest.
func publish(ctx context.Context, c *http.Client, s Server, title, text, priority, tags string) error {
	h := http.Header{"Title": {mime.QEncoding.Encode("utf-8", "simgate: "+title)}, "Priority": {priority}, "Tags": {tags}}
	if s.Token != "" {
		h.Set("Authorization", "Bearer "+s.Token)
	}
	return post(ctx, c, s.URL, h, []byte(text))
}

// postGotify creates a message on a Gotify server (gotify.net/api-docs, createMessage).
func postGotify(ctx context.Context, c *http.Client, s Server, p Notification) error {
	priority := 5
	if p.Urgent && !p.Over {
		priority = 8 // from which on phones make a sound
	}
	return postJSON(ctx, c, strings.TrimRight(s.URL, "/")+"/message", http.Header{"X-Gotify-Key": {s.Token}},
		map[string]any{"title": "simgate: " + p.Title, "message": p.Text, "priority": priority})
}

func postJSON(ctx context.Context, c *http.Client, url string, h http.Header, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if h == nil {
		h = http.Header{}
	}
	h.Set("Content-Type", "application/json")
	return post(ctx, c, url, h, raw)
}

// post sends a request. Its errors do not hold the URL, which may be a secret.
func post(ctx context.Context, c *http.Client, url string, h http.Header, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return because(cause.InvalidURL)
	}
	r.Header = h
	r.Header.Set("User-Agent", "simgate")
	answer, err := c.Do(r)
	if err != nil {
		return &cause.Error{Cause: cause.NoAnswer(err, tryWithin)}
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer) // for the connection to be used again
	if answer.StatusCode/100 != 2 {
		return &cause.Error{Cause: cause.Answered(answer.StatusCode)}
	}
	return nil
}

package webhook

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

const (
	tryWithin = 15 * time.Second
	maxAnswer = 64 << 10 // octets of an answer that are read, and dropped
)

// post is a request that is ready to be sent.
type post struct {
	request *Request // nil: there is nothing to send
	format  Format
	at      time.Time
}

// post writes the request of a delivery. Before the first try it reads what the delivery
// is about, and keeps it in the delivery.
func (h *Webhooks) post(ctx context.Context, d *Delivery) (post, error) {
	w, err := store.Read(ctx, h.db, func(tx *store.Tx) (Webhook, error) {
		w, err := h.addressee(tx, *d)
		if err != nil || d.content != "" {
			return w, err
		}
		content, err := h.subjects.Render(tx, d.Kind, d.Subject)
		d.content = string(content)
		return w, err
	})
	if err != nil {
		return post{}, err
	}
	return h.compose(w, d.news())
}

// news returns what a delivery tells.
func (d Delivery) news() News {
	return News{ID: fmt.Sprintf("evt_%x_%d", d.At.UnixMilli(), d.ID), Kind: d.Kind, App: d.App, At: d.At, Content: []byte(d.content)}
}

// compose writes the request for a webhook.
func (h *Webhooks) compose(w Webhook, n News) (post, error) {
	format, known := h.cfg.Load().Formats[w.Format]
	if !known {
		return post{}, fault.NewInvalid("format", "there is no format "+fault.Quote(w.Format)+" any more")
	}
	p := post{format: format, at: h.clock.Local()}
	n.URL, n.Secret, n.Sent = w.URL, w.Secret, p.at
	if w.former != "" && h.clock.Tick() < w.formerUntil {
		n.Former = w.former
	}
	request, err := format.Request(n)
	if err != nil || request == nil {
		return p, err
	}
	p.request = &Request{Method: cmp.Or(request.Method, http.MethodPost), URL: cmp.Or(request.URL, w.URL), Header: request.Header, Body: request.Body}
	return p, nil
}

// answer is what a receiver says.
type answer struct {
	ok     bool
	status int           // 0: there was no answer
	after  time.Duration // that it asks to wait
	cause  cause.Cause
}

// answered reports whether there was an answer, of whatever kind.
func (a answer) answered() bool { return a.ok || a.status != 0 }

// send sends the request once. Of the answer it keeps the status and the header
// Retry-After.
func (p post) send(ctx context.Context, client *http.Client) answer {
	if p.request == nil {
		return answer{ok: true}
	}
	ctx, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, p.request.Method, p.request.URL, bytes.NewReader(p.request.Body))
	if err != nil {
		return answer{cause: cause.InvalidURL.With()}
	}
	maps.Copy(r.Header, p.request.Header)
	r.Header.Set("User-Agent", "simgate")
	response, err := client.Do(r)
	if err != nil {
		return answer{cause: cause.NoAnswer(err, tryWithin)}
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, maxAnswer) // for the connection to be used again
	a := answer{status: response.StatusCode, after: retryAfter(response.Header.Get("Retry-After"), p.at),
		cause: cause.Answered(response.StatusCode)}
	a.ok = a.status == http.StatusOK || !p.format.Strict && a.status/100 == 2
	return a
}

// retryAfter reads the header of that name (RFC 9110 10.2.3).
func retryAfter(s string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(s); err == nil && seconds > 0 {
		return min(time.Duration(min(seconds, 1<<20))*time.Second, longestPause)
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

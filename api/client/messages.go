package client

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	v1 "simgate/api/v1"
)

// Send sends a message.
func (c *Client) Send(ctx context.Context, to, text string) (v1.Message, error) {
	return c.SendMessage(ctx, v1.NewMessage{To: to, Text: text})
}

// SendMessage is Send with all that can be said about a message.
func (c *Client) SendMessage(ctx context.Context, m v1.NewMessage) (v1.Message, error) {
	return post[v1.Message](ctx, c, "/v1/messages", m)
}

// SendAndWait is SendMessage that returns when the network has the message, or it has
// failed, within [v1.LongestWait]; after that it may still be on its way.
func (c *Client) SendAndWait(ctx context.Context, m v1.NewMessage) (v1.Message, error) {
	path := fmt.Sprintf("/v1/messages?wait=%d", int(v1.LongestWait.Seconds()))
	return do[v1.Message](ctx, c, v1.LongestWait+usual, http.MethodPost, path, m)
}

// SendMany sends a text to up to 10,000 numbers. What came of each is in the answer, in the
// order of the numbers, also where none was accepted.
func (c *Client) SendMany(ctx context.Context, to []string, text string) (v1.Mailing, error) {
	return post[v1.Mailing](ctx, c, "/v1/messages", map[string]any{"to": to, "text": text})
}

// RehearseMessage says what [Client.SendMessage] would answer, and sends nothing.
func (c *Client) RehearseMessage(ctx context.Context, m v1.NewMessage) (v1.Rehearsal, error) {
	m.DryRun = true
	return post[v1.Rehearsal](ctx, c, "/v1/messages", m)
}

// EditMessage changes a message that waits.
func (c *Client) EditMessage(ctx context.Context, id int64, e v1.Edit) (v1.Message, error) {
	return do[v1.Message](ctx, c, usual, http.MethodPatch, fmt.Sprint("/v1/messages/", id), e)
}

// CancelMessage takes a message that waits out of the queue.
func (c *Client) CancelMessage(ctx context.Context, id int64) (v1.Message, error) {
	return do[v1.Message](ctx, c, usual, http.MethodDelete, fmt.Sprint("/v1/messages/", id), nil)
}

// Message returns a message with its parts.
func (c *Client) Message(ctx context.Context, id int64) (v1.Message, error) {
	return get[v1.Message](ctx, c, fmt.Sprint("/v1/messages/", id), nil)
}

// Filter selects messages or verifications; empty fields select all.
type Filter struct {
	To    string // a number
	App   string // for the operator, who sees those of every app
	State string
	Limit int // at most this many; 0: 50

	// These are of messages alone.
	Line         int64     // id of a SIM
	Text         string    // that is in theirs
	Since, Until time.Time // accepted from the one on, and before the other
}

// maxPage is how many objects a page of a list has at most.
const maxPage = 500

func (f Filter) query() url.Values {
	query := url.Values{}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("to", f.To)
	set("app", f.App)
	set("state", f.State)
	set("text", f.Text)
	if f.Limit != 0 {
		set("limit", strconv.Itoa(f.Limit))
	}
	if f.Line != 0 {
		set("line", strconv.FormatInt(f.Line, 10))
	}
	if !f.Since.IsZero() {
		set("since", f.Since.Format(time.RFC3339Nano))
	}
	if !f.Until.IsZero() {
		set("until", f.Until.Format(time.RFC3339Nano))
	}
	return query
}

// Messages returns the newest messages that f selects.
func (c *Client) Messages(ctx context.Context, f Filter) ([]v1.Message, error) {
	limit := cmp.Or(f.Limit, 50)
	f.Limit = min(limit, maxPage)
	return pages[v1.Message](ctx, c, "/v1/messages?"+f.query().Encode(), limit)
}

// pages returns the first elements of a list, from the page at a path on, up to limit.
func pages[T any](ctx context.Context, c *Client, path string, limit int) ([]T, error) {
	all := []T{}
	for path != "" && len(all) < limit {
		list, next, err := page[[]T](ctx, c, path)
		if err != nil {
			return nil, err
		}
		path, all = next, append(all, list...)
	}
	return all[:min(len(all), limit)], nil
}

// page returns a page of a list, and the path of the next one, "" where there is none.
func page[T any](ctx context.Context, c *Client, path string) (list T, next string, err error) {
	list, h, err := exchange[T](ctx, c, usual, http.MethodGet, path, nil)
	if link, ok := strings.CutPrefix(h.Get("Link"), "<"); ok {
		next, _, _ = strings.Cut(link, ">")
	}
	return list, next, err
}

// MessagePage returns a page of messages, and the path of the next one, "" where there is
// none. The first has a path such as "/v1/messages?state=failed". A page may be empty
// though there is a next one.
func (c *Client) MessagePage(ctx context.Context, path string) (list []v1.Message, next string, err error) {
	return page[[]v1.Message](ctx, c, path)
}

// list returns the query of a list, with a filter where its value is not "".
func list(limit int, filter, value string) url.Values {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if value != "" {
		query.Set(filter, value)
	}
	return query
}

package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	v1 "simgate/api/v1"
)

// Send sends a message.
func (c *Client) Send(ctx context.Context, to, text string) (v1.Message, error) {
	return post[v1.Message](ctx, c, "/v1/messages", map[string]string{"to": to, "text": text})
}

// SendMany sends a text to up to 10,000 numbers. What came of each is in the answer, in the
// order of the numbers, also where none was accepted.
func (c *Client) SendMany(ctx context.Context, to []string, text string) (v1.Mailing, error) {
	return post[v1.Mailing](ctx, c, "/v1/messages", map[string]any{"to": to, "text": text})
}

// RehearseSend says what [Client.Send] would answer, and sends nothing.
func (c *Client) RehearseSend(ctx context.Context, to, text string) (v1.Rehearsal, error) {
	return post[v1.Rehearsal](ctx, c, "/v1/messages", map[string]any{"to": to, "text": text, "dry_run": true})
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
	Limit int // at most this many, 1 to 500; 0: 50
}

func (f Filter) query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"to": f.To, "app": f.App, "state": f.State} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if f.Limit != 0 {
		query.Set("limit", strconv.Itoa(f.Limit))
	}
	return query
}

// Messages returns the newest messages.
func (c *Client) Messages(ctx context.Context, f Filter) ([]v1.Message, error) {
	return get[[]v1.Message](ctx, c, "/v1/messages", f.query())
}

// MessagesBefore returns the newest messages whose ids are below before, 0 for all.
func (c *Client) MessagesBefore(ctx context.Context, before int64, limit int) ([]v1.Message, error) {
	return get[[]v1.Message](ctx, c, "/v1/messages", list(limit, "before", strconv.FormatInt(before, 10)))
}

// Inbox returns the newest incoming messages.
func (c *Client) Inbox(ctx context.Context, limit int) ([]v1.Incoming, error) {
	return get[[]v1.Incoming](ctx, c, "/v1/inbox", list(limit, "", ""))
}

// FollowInbox waits for incoming messages after a change. It returns none where
// nothing comes within [v1.LongestWait].
func (c *Client) FollowInbox(ctx context.Context, after int64) ([]v1.Incoming, error) {
	query := url.Values{"after": {strconv.FormatInt(after, 10)}, "wait": {strconv.Itoa(int(v1.LongestWait.Seconds()))}}
	return do[[]v1.Incoming](ctx, c, v1.LongestWait+usual, http.MethodGet, "/v1/inbox?"+query.Encode(), nil)
}

// Incoming returns an incoming message.
func (c *Client) Incoming(ctx context.Context, id int64) (v1.Incoming, error) {
	return get[v1.Incoming](ctx, c, fmt.Sprint("/v1/inbox/", id), nil)
}

// list returns the query of a list, with a filter where its value is not "".
func list(limit int, filter, value string) url.Values {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if value != "" {
		query.Set(filter, value)
	}
	return query
}

package client

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	v1 "simgate/api/v1"
)

// InboxFilter selects what came in; empty fields select all.
type InboxFilter struct {
	From   string // a number or a name
	App    string // that it belongs to; for keys that may read all
	Line   int64  // id of a SIM
	Kind   string // such as text or call
	Unread bool
	Text   string    // that is in it
	Since  time.Time // received then or later
	Until  time.Time // received before
	Limit  int       // at most this many; 0: 50
}

func (f InboxFilter) query() url.Values {
	query := Filter{App: f.App, Line: f.Line, Text: f.Text, Since: f.Since, Until: f.Until, Limit: f.Limit}.query()
	for name, value := range map[string]string{"from": f.From, "kind": f.Kind} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if f.Unread {
		query.Set("unread", "true")
	}
	return query
}

// Inbox returns the newest of what came in that f selects.
func (c *Client) Inbox(ctx context.Context, f InboxFilter) ([]v1.Incoming, error) {
	limit := cmp.Or(f.Limit, 50)
	f.Limit = min(limit, maxPage)
	return pages[v1.Incoming](ctx, c, "/v1/inbox?"+f.query().Encode(), limit)
}

// Incoming returns what came in with an id, with the PDUs.
func (c *Client) Incoming(ctx context.Context, id int64) (v1.Incoming, error) {
	return get[v1.Incoming](ctx, c, fmt.Sprint("/v1/inbox/", id), nil)
}

// MarkIncoming marks what came in with an id as read, or as unread.
func (c *Client) MarkIncoming(ctx context.Context, id int64, unread bool) (v1.Incoming, error) {
	return do[v1.Incoming](ctx, c, usual, http.MethodPatch, fmt.Sprint("/v1/inbox/", id), map[string]bool{"unread": unread})
}

// Conversations returns the conversations with the newest entries, each with the last of
// them; with unread only those with something unread.
func (c *Client) Conversations(ctx context.Context, unread bool, limit int) ([]v1.Conversation, error) {
	query := url.Values{"limit": {strconv.Itoa(min(limit, maxPage))}}
	if unread {
		query.Set("unread", "true")
	}
	return pages[v1.Conversation](ctx, c, "/v1/conversations?"+query.Encode(), limit)
}

// Conversation returns what went to a number and came from it: the newest entries, at most
// limit.
func (c *Client) Conversation(ctx context.Context, number string, limit int) (v1.Conversation, error) {
	path := conversationPath(number) + "?limit=" + strconv.Itoa(min(limit, maxPage))
	talk, path, err := page[v1.Conversation](ctx, c, path)
	for err == nil && path != "" && len(talk.Entries) < limit {
		var more v1.Conversation
		more, path, err = page[v1.Conversation](ctx, c, path)
		talk.Entries = append(talk.Entries, more.Entries...)
	}
	talk.Entries = talk.Entries[:min(len(talk.Entries), limit)]
	return talk, err
}

// MarkRead marks as read what came from a number, up to the message with an id, 0 for all.
func (c *Client) MarkRead(ctx context.Context, number string, upTo int64) (v1.Unread, error) {
	return post[v1.Unread](ctx, c, conversationPath(number)+"/read", map[string]int64{"up_to": upTo})
}

func conversationPath(number string) string { return "/v1/conversations/" + url.PathEscape(number) }

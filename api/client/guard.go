package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	v1 "simgate/api/v1"
)

// Rules returns the rules of the guard.
func (c *Client) Rules(ctx context.Context) ([]v1.Rule, error) {
	return get[[]v1.Rule](ctx, c, "/v1/guard/rules", nil)
}

// SetRule makes a rule, with a lifetime of 0 for ever.
func (c *Client) SetRule(ctx context.Context, kind, key, reason string, lifetime time.Duration) (v1.Rule, error) {
	in := map[string]any{"kind": kind, "key": key, "reason": reason}
	if lifetime > 0 {
		in["lifetime"] = int(lifetime / time.Second)
	}
	return post[v1.Rule](ctx, c, "/v1/guard/rules", in)
}

// DeleteRule removes a rule.
func (c *Client) DeleteRule(ctx context.Context, id int64) error {
	_, err := do[v1.Removed](ctx, c, usual, http.MethodDelete, fmt.Sprint("/v1/guard/rules/", id), nil)
	return err
}

// Unlock removes the locks of a number.
func (c *Client) Unlock(ctx context.Context, to string) (v1.Unlocked, error) {
	return post[v1.Unlocked](ctx, c, "/v1/guard/unlock", map[string]string{"to": to})
}

// Question asks what may go to a number, or may be asked of its person.
type Question struct {
	To      string
	Channel string // code, voice, call, text, mo or mo:reply; "" is code
	App     string // whose limits and setting count; "": those of no app
	Client  string // address of the person
	Purpose string // of a code
}

// Why returns what a send would be answered now, and what the guard knows of the number.
func (c *Client) Why(ctx context.Context, q Question) (v1.Standing, error) {
	return get[v1.Standing](ctx, c, "/v1/guard/why", url.Values{"to": {q.To}, "channel": {q.Channel}, "app": {q.App}, "client_ip": {q.Client}, "purpose": {q.Purpose}})
}

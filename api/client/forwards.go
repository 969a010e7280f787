package client

import (
	"context"
	"net/http"
	"net/url"

	v1 "simgate/api/v1"
)

// Forwards returns the rules that pass on what comes in: those of the configuration, and
// those that were added.
func (c *Client) Forwards(ctx context.Context) ([]v1.Forward, error) {
	return get[[]v1.Forward](ctx, c, "/v1/forwards", nil)
}

// AddForward has what comes in be passed on by a rule.
func (c *Client) AddForward(ctx context.Context, n v1.NewForward) (v1.Forward, error) {
	return post[v1.Forward](ctx, c, "/v1/forwards", n)
}

// ChangeForward changes a rule that was added, by its name.
func (c *Client) ChangeForward(ctx context.Context, name string, n v1.ForwardChange) (v1.Forward, error) {
	return do[v1.Forward](ctx, c, usual, http.MethodPatch, forwardPath(name), n)
}

// RemoveForward removes a rule that was added, by its name, and returns it as it was.
func (c *Client) RemoveForward(ctx context.Context, name string) (v1.Forward, error) {
	return do[v1.Forward](ctx, c, usual, http.MethodDelete, forwardPath(name), nil)
}

// TestForward passes a text on by every way of a rule.
func (c *Client) TestForward(ctx context.Context, name string) ([]v1.Told, error) {
	return do[[]v1.Told](ctx, c, patient, http.MethodPost, forwardPath(name)+"/test", nil)
}

func forwardPath(name string) string { return "/v1/forwards/" + url.PathEscape(name) }

package client

import (
	"context"
	"fmt"

	v1 "simgate/api/v1"
)

// PlaceCall places a call that speaks a text in a language, "" for that of the
// number's country.
func (c *Client) PlaceCall(ctx context.Context, to, text, language string) (v1.Call, error) {
	return post[v1.Call](ctx, c, "/v1/calls", map[string]string{"to": to, "text": text, "language": language})
}

// RehearseCall says what [Client.PlaceCall] would answer, and calls nobody.
func (c *Client) RehearseCall(ctx context.Context, to, text, language string) (v1.Rehearsal, error) {
	return post[v1.Rehearsal](ctx, c, "/v1/calls", map[string]any{"to": to, "text": text, "language": language, "dry_run": true})
}

// PlayCall places a call that plays a file.
func (c *Client) PlayCall(ctx context.Context, to, file string) (v1.Call, error) {
	return post[v1.Call](ctx, c, "/v1/calls", map[string]string{"to": to, "file": file})
}

// GetCall returns a call.
func (c *Client) GetCall(ctx context.Context, id int64) (v1.Call, error) {
	return get[v1.Call](ctx, c, fmt.Sprint("/v1/calls/", id), nil)
}

// Calls returns the newest calls in a state, "" for all.
func (c *Client) Calls(ctx context.Context, state string, limit int) ([]v1.Call, error) {
	return get[[]v1.Call](ctx, c, "/v1/calls", list(limit, "state", state))
}

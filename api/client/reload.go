package client

import (
	"context"

	v1 "simgate/api/v1"
)

// Reload lets the daemon read its configuration again.
func (c *Client) Reload(ctx context.Context) (v1.Reloaded, error) {
	return post[v1.Reloaded](ctx, c, "/v1/reload", nil)
}

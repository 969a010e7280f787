package client

import "context"

// maxRaw bounds an answer that is not JSON.
const maxRaw = 1 << 20

// Root returns the root certificate of simgate's own authority, in PEM.
func (c *Client) Root(ctx context.Context) ([]byte, error) {
	return get[[]byte](ctx, c, "/ca", nil)
}

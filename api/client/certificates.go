package client

import (
	"context"

	v1 "simgate/api/v1"
)

// Certificates returns how the certificates of HTTPS stand.
func (c *Client) Certificates(ctx context.Context) ([]v1.Certificate, error) {
	return get[[]v1.Certificate](ctx, c, "/v1/certificates", nil)
}

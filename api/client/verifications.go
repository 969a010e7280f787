package client

import (
	"context"

	v1 "simgate/api/v1"
)

// StartVerification sends a code.
func (c *Client) StartVerification(ctx context.Context, to, brand string) (v1.Verification, error) {
	return post[v1.Verification](ctx, c, "/v1/verifications", map[string]string{"to": to, "brand": brand})
}

// CheckVerification checks a code.
func (c *Client) CheckVerification(ctx context.Context, to, code string) (v1.Checked, error) {
	return post[v1.Checked](ctx, c, "/v1/verifications/check", map[string]string{"to": to, "code": code})
}

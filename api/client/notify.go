package client

import (
	"context"
	"net/http"

	v1 "simgate/api/v1"
)

// Notify returns what is wrong, and the newest notifications of the owner.
func (c *Client) Notify(ctx context.Context, limit int) (v1.Notify, error) {
	return get[v1.Notify](ctx, c, "/v1/notify", list(limit, "", ""))
}

// TestNotify tells the owner something by every way.
func (c *Client) TestNotify(ctx context.Context) ([]v1.Told, error) {
	return do[[]v1.Told](ctx, c, patient, http.MethodPost, "/v1/notify/test", nil)
}

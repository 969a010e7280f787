package client

import (
	"context"
	"net/http"

	v1 "simgate/api/v1"
)

type number struct {
	Number string `json:"number"`
}

// Export returns all that is stored about a number.
func (c *Client) Export(ctx context.Context, of string) (v1.Export, error) {
	return do[v1.Export](ctx, c, patient, http.MethodPost, "/v1/numbers/export", number{of})
}

// Forget removes all that is stored about a number.
func (c *Client) Forget(ctx context.Context, of string) (v1.Forgotten, error) {
	return do[v1.Forgotten](ctx, c, backupWithin, http.MethodPost, "/v1/numbers/forget", number{of})
}

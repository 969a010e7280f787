package client

import (
	"context"
	"fmt"
	"net/http"

	v1 "simgate/api/v1"
)

// Webhooks returns the webhooks.
func (c *Client) Webhooks(ctx context.Context) ([]v1.Webhook, error) {
	return get[[]v1.Webhook](ctx, c, "/v1/webhooks", nil)
}

// AddWebhook registers a webhook, without Kinds for all that the format has words for, and
// without Secret with a new one.
func (c *Client) AddWebhook(ctx context.Context, w v1.NewWebhook) (v1.Webhook, error) {
	return post[v1.Webhook](ctx, c, "/v1/webhooks", w)
}

// RemoveWebhook removes a webhook.
func (c *Client) RemoveWebhook(ctx context.Context, id int64) error {
	_, err := do[v1.Removed](ctx, c, usual, http.MethodDelete, fmt.Sprint("/v1/webhooks/", id), nil)
	return err
}

// RotateWebhook gives a webhook a new secret.
func (c *Client) RotateWebhook(ctx context.Context, id int64) (v1.Webhook, error) {
	return post[v1.Webhook](ctx, c, fmt.Sprintf("/v1/webhooks/%d/rotate", id), nil)
}

// TestWebhook sends a test to a webhook.
func (c *Client) TestWebhook(ctx context.Context, id int64) (v1.Tried, error) {
	return post[v1.Tried](ctx, c, fmt.Sprintf("/v1/webhooks/%d/test", id), nil)
}

// Deliveries returns the newest deliveries in a state, "" for all.
func (c *Client) Deliveries(ctx context.Context, state string, limit int) ([]v1.Delivery, error) {
	return get[[]v1.Delivery](ctx, c, "/v1/deliveries", list(limit, "state", state))
}

// Replay delivers something again.
func (c *Client) Replay(ctx context.Context, id int64) (v1.Delivery, error) {
	return post[v1.Delivery](ctx, c, fmt.Sprintf("/v1/deliveries/%d/replay", id), nil)
}

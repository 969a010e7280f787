package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	v1 "simgate/api/v1"
)

// Modems returns the modems with their SIMs.
func (c *Client) Modems(ctx context.Context) ([]v1.Modem, error) {
	return get[[]v1.Modem](ctx, c, "/v1/modems", nil)
}

// USSD sends a USSD code, or an answer to a menu, through a line, 0 for the only
// one. The network may take two minutes.
func (c *Client) USSD(ctx context.Context, line int64, code string) (v1.USSD, error) {
	return do[v1.USSD](ctx, c, patient, http.MethodPost, "/v1/ussd", map[string]any{"line": line, "code": code})
}

// EndUSSD ends a menu that waits for an answer.
func (c *Client) EndUSSD(ctx context.Context, line int64) error {
	_, err := do[v1.USSD](ctx, c, patient, http.MethodDelete, fmt.Sprint("/v1/ussd?line=", line), nil)
	return err
}

// RestartModem restarts a modem when what is being sent has ended.
func (c *Client) RestartModem(ctx context.Context, name string) (v1.Restarting, error) {
	return post[v1.Restarting](ctx, c, "/v1/modems/"+url.PathEscape(name)+"/restart", nil)
}

// ProveLine sends a message from a SIM to the number that its card says, and waits until
// it has come back: then it counts as its own.
func (c *Client) ProveLine(ctx context.Context, line int64) (v1.Proved, error) {
	return do[v1.Proved](ctx, c, patient, http.MethodPost, fmt.Sprintf("/v1/lines/%d/prove", line), nil)
}

// ReleaseLine ends the quarantine of a SIM.
func (c *Client) ReleaseLine(ctx context.Context, line int64) (v1.Released, error) {
	return post[v1.Released](ctx, c, fmt.Sprintf("/v1/lines/%d/release", line), nil)
}

// Events returns the newest events of a kind, "" for all.
func (c *Client) Events(ctx context.Context, kind string, limit int) ([]v1.Event, error) {
	return get[[]v1.Event](ctx, c, "/v1/events", list(limit, "kind", kind))
}

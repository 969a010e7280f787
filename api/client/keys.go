package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	v1 "simgate/api/v1"
)

// Keys returns the API keys, without their tokens.
func (c *Client) Keys(ctx context.Context) ([]v1.Key, error) {
	return get[[]v1.Key](ctx, c, "/v1/keys", nil)
}

// CreateKey makes an API key for an app, with the usual scopes where none are given.
// The key holds the token.
func (c *Client) CreateKey(ctx context.Context, k v1.NewKey) (v1.Key, error) {
	return post[v1.Key](ctx, c, "/v1/keys", k)
}

// ChangeKey changes an API key.
func (c *Client) ChangeKey(ctx context.Context, id string, k v1.KeyChange) (v1.Key, error) {
	return do[v1.Key](ctx, c, usual, http.MethodPatch, "/v1/keys/"+url.PathEscape(id), k)
}

// RotateKey makes an API key in the place of another, which works for an overlap more. The
// key holds the new token.
func (c *Client) RotateKey(ctx context.Context, id string, overlap time.Duration) (v1.Key, error) {
	return post[v1.Key](ctx, c, "/v1/keys/"+url.PathEscape(id)+"/rotate", map[string]int64{"overlap": int64(overlap / time.Second)})
}

// SetKeys says who compares the codes of the keys of an app, or of the key with this id:
// checked-here or checked-elsewhere. It returns these keys.
func (c *Client) SetKeys(ctx context.Context, name, codes string) ([]v1.Key, error) {
	return do[[]v1.Key](ctx, c, usual, http.MethodPatch, "/v1/keys", map[string]string{"name": name, "codes": codes})
}

// RevokeKey revokes an API key.
func (c *Client) RevokeKey(ctx context.Context, id string) (v1.Key, error) {
	return do[v1.Key](ctx, c, usual, http.MethodDelete, "/v1/keys/"+url.PathEscape(id), nil)
}

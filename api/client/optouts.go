package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	v1 "simgate/api/v1"
)

// OptOutFilter selects opt-outs; zero fields select all.
type OptOutFilter struct {
	App    string
	Number string
	Before int64 // only ids below
	Limit  int
}

// OptOuts returns the numbers that get no messages, newest first.
func (c *Client) OptOuts(ctx context.Context, f OptOutFilter) ([]v1.OptOut, error) {
	query := url.Values{}
	for name, value := range map[string]string{"app": f.App, "number": f.Number} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for name, n := range map[string]int64{"before": f.Before, "limit": int64(f.Limit)} {
		if n != 0 {
			query.Set(name, strconv.FormatInt(n, 10))
		}
	}
	return get[[]v1.OptOut](ctx, c, "/v1/optouts", query)
}

// OptOut has a number get no more messages and calls, but for codes.
func (c *Client) OptOut(ctx context.Context, n v1.NewOptOut) (v1.OptOut, error) {
	return post[v1.OptOut](ctx, c, "/v1/optouts", n)
}

// DeleteOptOut lets a number have messages again.
func (c *Client) DeleteOptOut(ctx context.Context, id int64) error {
	_, err := do[v1.Removed](ctx, c, usual, http.MethodDelete, fmt.Sprint("/v1/optouts/", id), nil)
	return err
}

package client

import (
	"context"
	"net/http"

	v1 "simgate/api/v1"
)

// Users returns who may open the pages.
func (c *Client) Users(ctx context.Context) ([]v1.User, error) {
	return get[[]v1.User](ctx, c, "/v1/users", nil)
}

// AddUser adds a user, who can log in after choosing a password by a [Client.UserLink].
func (c *Client) AddUser(ctx context.Context, name, role string) (v1.User, error) {
	return post[v1.User](ctx, c, "/v1/users", map[string]string{"name": name, "role": role})
}

// SetUserRole gives a user another role.
func (c *Client) SetUserRole(ctx context.Context, name, role string) (v1.User, error) {
	return do[v1.User](ctx, c, usual, http.MethodPatch, "/v1/users", map[string]string{"name": name, "role": role})
}

// RemoveUser removes a user, whose sessions end.
func (c *Client) RemoveUser(ctx context.Context, name string) (v1.User, error) {
	return post[v1.User](ctx, c, "/v1/users/remove", map[string]string{"name": name})
}

// UserLink returns where a user chooses a password, "" for the first owner.
func (c *Client) UserLink(ctx context.Context, name string) (v1.UserLink, error) {
	asked := map[string]string{}
	if name != "" {
		asked["name"] = name
	}
	return post[v1.UserLink](ctx, c, "/v1/users/link", asked)
}

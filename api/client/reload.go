package client

import (
	"context"
	"net/http"

	v1 "simgate/api/v1"
)

// Reload lets the daemon read its configuration again.
func (c *Client) Reload(ctx context.Context) (v1.Reloaded, error) {
	return post[v1.Reloaded](ctx, c, "/v1/reload", nil)
}

// Settings returns the configuration in force, and where each value is from.
func (c *Client) Settings(ctx context.Context) ([]v1.ConfigSetting, error) {
	return get[[]v1.ConfigSetting](ctx, c, "/v1/settings", nil)
}

// SettingsFile returns what is wrong with the configuration file by now. What was read of it
// before stays in force.
func (c *Client) SettingsFile(ctx context.Context) (v1.SettingsFile, error) {
	return get[v1.SettingsFile](ctx, c, "/v1/settings/file", nil)
}

// ChangeSettings sets values over the configuration file, or has the file decide again, and
// returns all settings. One that would be a mistake changes nothing.
func (c *Client) ChangeSettings(ctx context.Context, change v1.SettingsChange) ([]v1.ConfigSetting, error) {
	return do[[]v1.ConfigSetting](ctx, c, usual, http.MethodPatch, "/v1/settings", change)
}

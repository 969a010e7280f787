package client

import (
	"context"
	"io"
	"net/http"
	"time"

	v1 "simgate/api/v1"
)

// backupWithin bounds the making of a backup.
const backupWithin = 10 * time.Minute

// Backup makes a backup on the machine of the gateway.
func (c *Client) Backup(ctx context.Context) (v1.Backup, error) {
	return do[v1.Backup](ctx, c, backupWithin, http.MethodPost, "/v1/backups", nil)
}

// ReadBackup makes a backup and writes it to w.
func (c *Client) ReadBackup(ctx context.Context, w io.Writer) error {
	return c.read(ctx, backupWithin, "/v1/backup", w)
}

// HeldQueue returns what is held since a backup was restored.
func (c *Client) HeldQueue(ctx context.Context) (v1.HeldQueue, error) {
	return get[v1.HeldQueue](ctx, c, "/v1/queue", nil)
}

// ReleaseQueue lets go out what is held.
func (c *Client) ReleaseQueue(ctx context.Context) (v1.HeldQueue, error) {
	return post[v1.HeldQueue](ctx, c, "/v1/queue/release", nil)
}

// DropQueue ends what is held.
func (c *Client) DropQueue(ctx context.Context) (v1.HeldQueue, error) {
	return post[v1.HeldQueue](ctx, c, "/v1/queue/drop", nil)
}

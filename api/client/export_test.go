package client

import "time"

// Hasty returns a client that hardly pauses between two tries.
func Hasty(c *Client) *Client {
	hasty := *c
	hasty.pause = time.Millisecond
	return &hasty
}

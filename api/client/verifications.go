package client

import (
	"context"
	"net/url"

	v1 "simgate/api/v1"
)

// NewVerification asks for a verification.
type NewVerification struct {
	To       string `json:"to,omitempty"` // may be empty with the workflow mo: it is the number that sends the text
	Brand    string `json:"brand,omitempty"`
	Workflow string `json:"workflow,omitempty"` // such as sms:60s,voice or mo; empty: sms
}

// StartVerification sends a code, or says what the person is to send.
func (c *Client) StartVerification(ctx context.Context, n NewVerification) (v1.Verification, error) {
	return post[v1.Verification](ctx, c, "/v1/verifications", n)
}

// RehearseVerification says what [Client.StartVerification] would answer, and sends nothing.
func (c *Client) RehearseVerification(ctx context.Context, n NewVerification) (v1.Rehearsal, error) {
	return post[v1.Rehearsal](ctx, c, "/v1/verifications", struct {
		NewVerification
		DryRun bool `json:"dry_run"`
	}{n, true})
}

// Verifications returns the newest verifications, without their attempts.
func (c *Client) Verifications(ctx context.Context, f Filter) ([]v1.Verification, error) {
	return get[[]v1.Verification](ctx, c, "/v1/verifications", f.query())
}

// Verification returns a verification with its attempts.
func (c *Client) Verification(ctx context.Context, id string) (v1.Verification, error) {
	return get[v1.Verification](ctx, c, "/v1/verifications/"+url.PathEscape(id), nil)
}

// CheckVerification checks a code.
func (c *Client) CheckVerification(ctx context.Context, to, code string) (v1.Checked, error) {
	return post[v1.Checked](ctx, c, "/v1/verifications/check", map[string]string{"to": to, "code": code})
}

package v1

import (
	"time"

	"simgate/gateway/fault"
)

// Problem is the answer to a request that failed: application/problem+json
// (RFC 9457). It is an error.
type Problem struct {
	Type   string     `json:"type"` // where the error is described: the anchor of its reason or code
	Title  string     `json:"title"`
	Status int        `json:"status"` // of HTTP
	Detail string     `json:"detail"` // what is wrong and what to do, for people
	Code   fault.Code `json:"code"`
	Field  string     `json:"field,omitempty"` // the invalid field of the request

	Reason     fault.Reason `json:"reason,omitempty"`         // the limit or rule that refused
	NextResend *time.Time   `json:"next_resend_at,omitempty"` // with the reason too_soon
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

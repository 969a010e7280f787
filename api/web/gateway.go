package web

import (
	"context"
	"net/http"

	"simgate/gateway"
	"simgate/gateway/call"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/line/signal"
	"simgate/gateway/notify"
	"simgate/gateway/webhook"
)

// Gateway is what the pages show: a [gateway.Gateway], which they only read.
type Gateway interface {
	Message(ctx context.Context, id int64) (gateway.Message, error)
	MessagePage(ctx context.Context, f gateway.MessageFilter) (gateway.MessagePage, error)
	Verification(ctx context.Context, id string) (gateway.Verification, error)
	Verifications(ctx context.Context, f gateway.VerificationFilter) ([]gateway.Verification, error)
	Refusals(to string) ([]guard.Refusal, error)
	Events(ctx context.Context, f journal.Filter) ([]journal.Event, error)
	Deliveries(ctx context.Context, noun, id string) ([]webhook.Delivery, error)
	Lines() *line.Pool
	Signals() *signal.History
	Calls() *call.Calls
	Inbox() *inbox.Inbox
	Keys() *key.Ring
	Notifier() *notify.Notifier
}

// statusOf returns the status of a page that cannot be shown, or of a form that is refused.
func statusOf(err error) int {
	switch fault.CodeOf(err) {
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated, fault.Forbidden:
		return http.StatusForbidden
	case fault.Conflict:
		return http.StatusConflict
	case fault.Expired:
		return http.StatusGone
	case fault.RateLimited:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// sayError says why a page cannot be shown, or what was asked for cannot be done.
func sayError(r *http.Request, err error) string {
	if statusOf(err) == http.StatusInternalServerError {
		return Printer(r).Sprintf("Something is wrong here, and the log says what.")
	}
	return Say(r, fault.MessageOf(err))
}

// Package repeat reads requests that a caller may repeat: the header Idempotency-Key says that
// two are the same.
package repeat

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"simgate/api/body"
	"simgate/gateway/fault"
	"simgate/gateway/idempotency"
)

// maxKey is the longest idempotency key, in characters.
const maxKey = 255

// Requests are those with an idempotency key that are being handled. The zero value is ready.
// It is safe for concurrent use.
type Requests struct{ running sync.Map }

// Read reads a request body and, from the header Idempotency-Key and a digest of
// the body, what identifies the request. While a request with a key is being handled,
// others with the same key get a conflict. A key is one of an app for a method and a route,
// such as /v1/messages. Call done when the request has been handled.
func (r *Requests) Read(q *http.Request, route, app string) (o *body.Object, once idempotency.Request, done func(), err error) {
	done = func() {}
	keys := q.Header.Values("Idempotency-Key")
	if len(keys) == 0 {
		o, err = body.Read(q.Body)
		return o, once, done, err
	}
	once.Key, once.Route = strings.TrimSpace(keys[0]), q.Method+" "+route
	if len(keys) > 1 || once.Key == "" || len(once.Key) > maxKey || strings.ContainsFunc(once.Key, func(letter rune) bool { return letter < ' ' || letter > '~' }) {
		return nil, once, done, &body.Error{Field: "Idempotency-Key", Message: fmt.Sprintf("must be one key of 1 to %d printable ASCII characters", maxKey)}
	}
	if o, err = body.Read(q.Body); err != nil {
		return nil, once, done, err
	}
	once.Fingerprint = o.Digest()
	type running struct{ app, route, key string }
	id := running{app, once.Route, once.Key}
	if _, taken := r.running.LoadOrStore(id, true); taken {
		return nil, once, done, &fault.Error{Code: fault.Conflict, Field: "Idempotency-Key",
			Message: "the first request with this idempotency key is still being handled: try again in a moment"}
	}
	return o, once, func() { r.running.Delete(id) }, nil
}

// Mark says of an answer that it is that of an earlier request, if it is.
func Mark(answer http.Header, again bool) {
	if again {
		answer.Set("Idempotent-Replayed", "true")
	}
}

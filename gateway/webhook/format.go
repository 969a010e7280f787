package webhook

import (
	"net/http"
	"time"
)

// Format is how news is delivered to a webhook.
type Format struct {
	Kinds   []string        // the kinds of news that it has words for
	Signed  bool            // receivers check a signature, which takes the secret of a registered webhook
	Strict  bool            // only the status 200 is a success, no other 2xx
	Retries []time.Duration // pauses before each further try; nil: those of Standard Webhooks
	// Request returns the request to send, nil where there is nothing to send.
	Request func(News) (*Request, error)
}

// Request is an HTTP request that delivers news.
type Request struct {
	Method string // "" for POST
	URL    string // "" for that of the webhook
	Header http.Header
	Body   []byte
}

// Test is the kind of the news that [Webhooks.Test] delivers.
const Test = "webhook.test"

// News is one change and the receiver that it is delivered to.
type News struct {
	ID      string // the same in each try
	Kind    string
	App     string
	At      time.Time // when it happened
	Content []byte    // what Render has returned before the first try, nil with [Test]

	URL    string    // of the receiver
	Secret string    // of the webhook, "" for a callback that nobody has registered
	Former string    // the secret before, as long as it signs too; "" for none
	Sent   time.Time // when this try begins
}

package gateway

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Webhook is an address of an app that is told of what happens.
type Webhook struct {
	ID       int64
	App      string
	URL      string
	Format   string   // one of the configured
	Kinds    []string // of what it is told; none: its origin may be given as callback, and that is all
	Secret   string   // whsec_ and base64 of 32 octets
	Disabled string   // why it is told no more, "" it is
	Made     time.Time

	former      string
	formerUntil int64 // tick
}

// Format is how news is delivered to a webhook.
type Format struct {
	Kinds   []string        // the kinds of news that it has words for
	Signed  bool            // receivers check a signature, which takes the secret of a registered webhook
	Strict  bool            // only the status 200 is a success, no other 2xx
	Retries []time.Duration // pauses before each further try; nil: those of Standard Webhooks
	// Request returns the request to send, nil where there is nothing to tell.
	Request func(News) (*Request, error)
}

// Request is an HTTP request that delivers news.
type Request struct {
	Method string // "" for POST
	URL    string // "" for that of the webhook
	Header http.Header
	Body   []byte
}

// News is one thing that happened, with the subject that its Kind names, and the
// receiver that is told of it.
type News struct {
	ID           string // the same in each try
	Kind         string
	App          string
	At           time.Time // when it happened
	Verification *Verification
	Message      *Message
	Incoming     *Incoming
	Contact      *Contact
	Call         *Call
	Number       msisdn.Number // the SIM's, with Message and Incoming; "" unknown

	URL    string    // of the receiver
	Secret string    // of the webhook, "" for a callback that nobody has registered
	Former string    // the secret before, as long as it signs too; "" for none
	Sent   time.Time // when this try begins
}

// The kinds of news, beside these for each state that ends a verification, and
// for each that a message or a call is in once it has left the queue.
const (
	NewsReceived = "message.received" // a message came in
	NewsAmended  = "message.amended"  // one that was told with gaps has got more of its parts
	NewsTagged   = "contact.tagged"   // a contact has got another tag
	NewsTest     = "webhook.test"     // the owner tries a webhook
)

// NewsKinds lists all that can be asked for.
var NewsKinds = newsKinds()

func newsKinds() []string {
	kinds := []string{NewsReceived, NewsAmended, NewsTagged}
	for _, s := range VerificationStates {
		if s != Pending {
			kinds = append(kinds, "verification."+string(s))
		}
	}
	for _, s := range States {
		if s != Queued && s != Sending {
			kinds = append(kinds, "message."+string(s))
		}
	}
	for _, s := range CallStates {
		if s != CallQueued && s != Calling {
			kinds = append(kinds, "call."+string(s))
		}
	}
	slices.Sort(kinds)
	return kinds
}

// The limits of webhooks.
const (
	maxURL      = 500
	maxWebhooks = 100
	// formerLife is how long the secret before goes on signing, for receivers to
	// take up the new one.
	formerLife = 24 * time.Hour
)

// AddWebhook registers an address. Without kinds it is told all that its format
// has words for; with the only kind "none" its origin may be given as callback,
// and that is all.
func (g *Gateway) AddWebhook(ctx context.Context, w Webhook) (Webhook, error) {
	if err := fault.CheckName("app", w.App, 64); err != nil {
		return Webhook{}, err
	}
	if _, err := origin(w.URL); err != nil {
		return Webhook{}, err
	}
	format, known := g.cfg.Webhooks.Formats[w.Format]
	if !known {
		return Webhook{}, fault.NewInvalid("format", "there is no format "+fault.Quote(w.Format)+": use "+strings.Join(slices.Sorted(maps.Keys(g.cfg.Webhooks.Formats)), ", "))
	}
	switch {
	case len(w.Kinds) == 0:
		w.Kinds = format.Kinds
	case len(w.Kinds) == 1 && w.Kinds[0] == "none":
		w.Kinds = nil
	}
	for _, k := range w.Kinds {
		if !slices.Contains(format.Kinds, k) {
			return Webhook{}, fault.NewInvalid("kinds", "the format "+w.Format+" does not tell of "+fault.Quote(k)+": it has "+strings.Join(format.Kinds, ", "))
		}
	}
	w.Kinds = slices.Compact(slices.Sorted(slices.Values(w.Kinds)))
	w.Secret, w.Made = newSecret(), g.clock.Wall().Time()
	w, err := write(ctx, g, func(tx *store.Tx) (Webhook, error) {
		all, err := selectWebhooks(tx)
		if err != nil {
			return w, err
		}
		if len(all) >= maxWebhooks {
			return w, &fault.Error{Code: fault.Conflict, Message: fmt.Sprintf("there are %d webhooks already: remove one first", maxWebhooks)}
		}
		w.ID, err = insertWebhook(tx, w)
		return w, err
	})
	if err == nil {
		g.listens.Store(true)
	}
	return w, err
}

// Webhooks returns all of them, oldest first.
func (g *Gateway) Webhooks(ctx context.Context) ([]Webhook, error) {
	return store.Read(ctx, g.db, selectWebhooks)
}

// RemoveWebhook ends one, with all that it has not been told yet.
func (g *Gateway) RemoveWebhook(ctx context.Context, id int64) error {
	return store.Error(g.commit(ctx, func(tx *store.Tx) error { return deleteWebhook(tx, id) }))
}

// RotateWebhook gives one another secret; the one before signs too for a day. It
// also enables one that was disabled.
func (g *Gateway) RotateWebhook(ctx context.Context, id int64) (Webhook, error) {
	return write(ctx, g, func(tx *store.Tx) (Webhook, error) {
		w, err := selectWebhook(tx, id)
		if err != nil {
			return w, err
		}
		w.former, w.formerUntil, w.Secret, w.Disabled = w.Secret, int64(g.clock.Tick())+formerLife.Milliseconds(), newSecret(), ""
		return w, updateWebhook(tx, w)
	})
}

func newSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: it ends the program first
	return "whsec_" + base64.StdEncoding.EncodeToString(key)
}

// origin returns the scheme, host and port of a URL that can be told.
func origin(s string) (string, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return "", fault.NewInvalid("url", "this is not a URL to post to: it begins with http:// or https:// and a host")
	case u.User != nil:
		return "", fault.NewInvalid("url", "the URL has a name or password in it, which would be shown in lists: leave it out, the secret signs")
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' }):
		return "", fault.NewInvalid("url", "the URL has a blank or a control character in it")
	case len(s) > maxURL:
		return "", fault.NewInvalid("url", fmt.Sprintf("the URL is longer than %d characters", maxURL))
	}
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port, nil
}

// Callback is an address that is told of one request alone. It must be at the
// origin of a webhook of the same app, whose secret signs.
type Callback struct{ URL, Format string }

// column is how a callback is stored: the format, and then the URL, which has no
// blanks.
func (c Callback) column() string {
	if c.URL == "" {
		return ""
	}
	return c.Format + " " + c.URL
}

func callbackOf(column string) Callback {
	format, address, _ := strings.Cut(column, " ")
	return Callback{address, format}
}

// checkCallback refuses an address that nobody has registered for the app:
// otherwise a key would be a way to knock at every door in the network.
func (g *Gateway) checkCallback(tx *store.Tx, app string, c Callback) error {
	if c.URL == "" {
		return nil
	}
	_, err := g.webhookAt(tx, app, c)
	return err
}

// webhookAt returns the webhook of an app that a callback is told by.
func (g *Gateway) webhookAt(tx *store.Tx, app string, c Callback) (Webhook, error) {
	where, err := origin(c.URL)
	if err != nil {
		return Webhook{}, fault.NewInvalid("callback", fault.MessageOf(err))
	}
	all, err := selectWebhooks(tx)
	if err != nil {
		return Webhook{}, err
	}
	for _, w := range all {
		if o, err := origin(w.URL); err == nil && o == where && w.App == app && w.Disabled == "" {
			w.URL, w.Format = c.URL, c.Format
			return w, nil
		}
	}
	if g.cfg.Webhooks.AnyCallback && !g.cfg.Webhooks.Formats[c.Format].Signed {
		return Webhook{App: app, URL: c.URL, Format: c.Format}, nil
	}
	return Webhook{}, fault.NewInvalid("callback", "this callback is at an address that is not registered for this app: its owner does that with simgate webhooks add")
}

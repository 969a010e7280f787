package gateway

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/gateway/call"
	"simgate/gateway/fault"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/key"
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
	Incoming     *inbox.Message
	Contact      *Contact
	Call         *call.Call
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
	for _, s := range call.States {
		if s != call.Queued && s != call.Calling {
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

// AddWebhook registers a URL for an app that has a key. Without kinds it gets all
// news that its format has words for; with the only kind "none" it gets none, and
// its origin may be used in callbacks. Without a secret it gets one. What cannot be reached is [fault.Invalid].
func (g *Gateway) AddWebhook(ctx context.Context, w Webhook) (Webhook, error) {
	if err := fault.CheckName("app", w.App, 64); err != nil {
		return Webhook{}, err
	}
	if err := g.checkURL(ctx, w.URL); err != nil {
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
	if err := format.checkSecret(w.Secret); err != nil {
		return Webhook{}, err
	}
	w.Secret, w.Made = cmp.Or(w.Secret, newSecret()), g.clock.Wall().Time()
	w, err := write(ctx, g, func(tx *store.Tx) (Webhook, error) {
		known, err := key.Works(tx, w.App)
		if err != nil {
			return w, err
		}
		if !known {
			return w, fault.NewInvalid("app", "no key belongs to the app "+fault.Quote(w.App)+": create its key first, or check the name")
		}
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

// The form of the secrets of signed formats, whose keys have so many octets (Standard
// Webhooks), and the longest secret of others, in characters.
const (
	secretPrefix                 = "whsec_"
	minSigningKey, maxSigningKey = 24, 64
	maxSecret                    = 128
)

// checkSecret refuses a secret of the owner's own that a format cannot use; "" is none.
func (f Format) checkSecret(s string) error {
	if s == "" {
		return nil
	}
	if f.Signed {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, secretPrefix))
		if err != nil || !strings.HasPrefix(s, secretPrefix) || len(raw) < minSigningKey || len(raw) > maxSigningKey {
			return fault.NewInvalid("secret", fmt.Sprintf("a secret of this format is %s and the base64 of %d to %d octets", secretPrefix, minSigningKey, maxSigningKey))
		}
		return nil
	}
	return fault.CheckName("secret", s, maxSecret)
}

func newSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: it ends the program first
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// checkURL refuses a URL that a webhook cannot have.
func (g *Gateway) checkURL(ctx context.Context, s string) error {
	if _, err := origin(s); err != nil {
		return err
	}
	if strings.Contains(s, "#") {
		return fault.NewInvalid("url", "the URL has a fragment, which is never sent: leave out # and what follows")
	}
	u, err := url.Parse(s)
	if err == nil {
		err = g.cfg.Webhooks.checkHost(ctx, u.Hostname())
	}
	if err != nil {
		return fault.NewInvalid("url", err.Error())
	}
	return nil
}

// origin returns the scheme, host and port of a URL that requests can be sent to.
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
	case likeAddress(u.Hostname()):
		return "", fault.NewInvalid("url", "the host of the URL is neither a name nor an IP address: write all four numbers of an address")
	}
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fault.NewInvalid("url", "the URL has the port "+fault.Quote(port)+": use one from 1 to 65535, or none")
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port, nil
}

// likeAddress reports whether a host that is no IP address ends in a number: some
// systems read such a host as an address (WHATWG URL, "ends in a number").
func likeAddress(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	host = strings.TrimSuffix(host, ".")
	_, err := strconv.ParseUint(host[strings.LastIndex(host, ".")+1:], 0, 64)
	return err == nil
}

// Callback is an address that is told of one request alone. It must be at the
// origin of a webhook of the same app, whose secret signs.
type Callback struct {
	URL, Format string
	// Optional lets a request go on without its callback where that is not allowed,
	// and tells the owner how to allow it.
	Optional bool
}

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
	return Callback{URL: address, Format: format}
}

// checkCallback refuses an address that nobody has registered for the app:
// otherwise a key would be a way to knock at every door in the network.
func (g *Gateway) checkCallback(tx *store.Tx, app string, c Callback) error {
	if c.URL == "" {
		return nil
	}
	_, err := g.webhookAt(tx, app, c)
	if fault.CodeOf(err) == fault.Conflict {
		err = fault.NewInvalid("callback", fault.MessageOf(err))
	}
	return err
}

// allowCallback returns the callback of a request of an app. One that is not allowed is
// an error, or with Optional is withheld: the owner is told so once, with the command
// that allows it.
func (g *Gateway) allowCallback(tx *store.Tx, app string, c Callback) (Callback, error) {
	err := g.checkCallback(tx, app, c)
	if err == nil || !c.Optional || fault.CodeOf(err) != fault.Invalid {
		return c, err
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return Callback{}, nil //nolint:nilerr // it is at no address that could be allowed
	}
	at := u.Scheme + "://" + u.Host + "/"
	return Callback{}, g.journal.NoteOnce(tx, journal.Event{Kind: journal.CallbackWithheld, Text: "callbacks of the app " + app + " to " + at +
		" are withheld, since no webhook of the app is there; allow them with: simgate webhooks add " + at + " --app " + shellWord(app) +
		" --format " + c.Format + " --kinds none"})
}

// shellWord returns s as one word of a shell's command.
func shellWord(s string) string {
	if strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789._-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// addressee returns the webhook that a delivery goes to, or the one whose
// registration allows its callback. It is [Conflict] where that is disabled.
func (g *Gateway) addressee(tx *store.Tx, d Delivery) (Webhook, error) {
	if d.Webhook == 0 {
		return g.webhookAt(tx, d.App, callbackOf(d.callback))
	}
	w, err := selectWebhook(tx, d.Webhook)
	if err == nil && w.Disabled != "" {
		err = &fault.Error{Code: fault.Conflict, Message: "this webhook is disabled: " + w.Disabled + ". Enable it first, by giving it another secret"}
	}
	return w, err
}

// webhooksAt returns the webhooks of a receiver.
func webhooksAt(tx *store.Tx, r receiver) (list []Webhook, err error) {
	all, err := selectWebhooks(tx)
	for _, w := range all {
		if o, err := origin(w.URL); err == nil && o == r.origin && w.App == r.app {
			list = append(list, w)
		}
	}
	return list, err
}

// enabledAt reports whether a receiver has a webhook that is enabled.
func (g *Gateway) enabledAt(tx *store.Tx, r receiver) (bool, error) {
	list, err := webhooksAt(tx, r)
	return slices.ContainsFunc(list, func(w Webhook) bool { return w.Disabled == "" }), err
}

// webhookAt returns the webhook of an app whose registration allows a callback.
func (g *Gateway) webhookAt(tx *store.Tx, app string, c Callback) (Webhook, error) {
	where, err := origin(c.URL)
	if err != nil {
		return Webhook{}, fault.NewInvalid("callback", fault.MessageOf(err))
	}
	list, err := webhooksAt(tx, receiver{app, where})
	if err != nil {
		return Webhook{}, err
	}
	for _, w := range list {
		if w.Disabled == "" {
			w.URL, w.Format = c.URL, c.Format
			return w, nil
		}
	}
	if len(list) > 0 {
		return Webhook{}, &fault.Error{Code: fault.Conflict, Field: "callback",
			Message: "the webhook at the address of this callback is disabled: " + list[0].Disabled + ". Its owner has to enable it first"}
	}
	if g.cfg.Webhooks.AnyCallback && !g.cfg.Webhooks.Formats[c.Format].Signed {
		return Webhook{App: app, URL: c.URL, Format: c.Format}, nil
	}
	return Webhook{}, fault.NewInvalid("callback", "this callback is at an address that is not registered for this app: register a webhook there first")
}

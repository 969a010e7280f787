package notify

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"simgate/gateway/cause"
	"simgate/gateway/store"
)

// Config says how the owner is told. The zero value tells nothing.
type Config struct {
	SMS     string // number of the phone of the owner, E.164
	Webhook string // URL that gets JSON; that of a Home Assistant webhook, for one
	Ntfy    Server // URL of a topic of ntfy
	Gotify  Server // URL of a Gotify server, with the token of an application
	Email   Email
	Quiet   Quiet
	Say     func(text string) string // says a text in the language of the owner; nil: it stays English
	// Dial opens connections in place of the network; nil: the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// say says a text of the gateway in the language of the owner.
func (c Config) say(text string) string {
	if c.Say == nil {
		return text
	}
	return c.Say(text)
}

// Server is a server of a service of notifications.
type Server struct{ URL, Token string }

// way is one way to tell the owner something.
type way struct {
	name string
	tell func(context.Context, Notification) error
	// needsDatabase says that it cannot tell of a database that fails.
	needsDatabase bool
}

// settings are what the notifier is told, with the ways of that.
type settings struct {
	Config
	client *http.Client
	ways   []way
}

// newSettings returns the settings of a configuration.
func (n *Notifier) newSettings(c Config) *settings {
	if c.Dial == nil {
		c.Dial = dial
	}
	client := newClient(c.Dial)
	s := &settings{Config: c, client: client}
	add := func(name string, configured bool, tell func(context.Context, Notification) error) {
		if configured {
			s.ways = append(s.ways, way{name: name, needsDatabase: name == "sms", tell: func(ctx context.Context, p Notification) error {
				p.Title, p.Text = c.say(p.Title), c.say(p.Text)
				return tell(ctx, p)
			}})
		}
	}
	add("sms", c.SMS != "", n.text)
	add("webhook", c.Webhook != "", func(ctx context.Context, p Notification) error { return postWebhook(ctx, client, c.Webhook, p) })
	add("ntfy", c.Ntfy.URL != "", func(ctx context.Context, p Notification) error { return postNtfy(ctx, client, c.Ntfy, p) })
	add("gotify", c.Gotify.URL != "", func(ctx context.Context, p Notification) error { return postGotify(ctx, client, c.Gotify, p) })
	add("email", c.Email.To != "", func(ctx context.Context, p Notification) error {
		return c.Email.send(ctx, c.Dial, Passed{p.key(), p.Title, p.Text, p.At})
	})
	return s
}

const (
	textsADay = 10  // messages to the phone of the owner
	maxText   = 300 // characters of one
)

// text tells something by a message to the phone of the owner.
func (n *Notifier) text(ctx context.Context, p Notification) error {
	if why := n.world.Unready(ctx); why != (cause.Cause{}) {
		return notNow{&cause.Error{Cause: why}, waitLook}
	}
	sent, err := store.Read(ctx, n.db, func(tx *store.Tx) (int64, error) { return countDelivered(tx, "sms", n.clock.Tick().Add(-24*time.Hour)) })
	if err != nil {
		return err
	}
	if sent >= textsADay {
		return notNow{because(cause.OwnerTexts, sent), 10 * waitLook}
	}
	// The time is part of the key: ids begin anew with a new database.
	return n.world.Text(ctx, n.set.Load().SMS, shorten("simgate: "+p.Text), fmt.Sprintf("%d-%d", p.ID, p.At.UnixMilli()))
}

// shorten cuts a text behind a word.
func shorten(s string) string {
	if utf8.RuneCountInString(s) <= maxText {
		return s
	}
	s = string([]rune(s)[:maxText-4])
	if i := strings.LastIndexByte(s, ' '); i > maxText/2 {
		s = s[:i]
	}
	return s + " ..."
}

// Passed is something that is passed on as it is.
type Passed struct {
	Key         string // the same in each try
	Title, Text string
	At          time.Time
}

// Say says a text of the gateway in the language of the owner.
func (n *Notifier) Say(text string) string { return n.set.Load().say(text) }

// Mail sends something that came in to a mailbox, by the server that is configured.
func (n *Notifier) Mail(ctx context.Context, to string, p Passed) error {
	s := n.set.Load()
	e := s.Email
	if e.Server == "" {
		return because(cause.NoMailServer)
	}
	e.From = cmp.Or(e.From, e.To)
	e.To = to
	return e.send(ctx, s.Dial, p)
}

// Publish publishes something that came in to a topic of ntfy, by a client that says what may
// be reached; nil: what the configuration may name.
func (n *Notifier) Publish(ctx context.Context, c *http.Client, to Server, p Passed) error {
	return publish(ctx, cmp.Or(c, n.set.Load().client), to, p.Title, cmp.Or(p.Text, p.Title), "default", "incoming_envelope")
}

// Post posts an object to a URL, by a client as for [Notifier.Publish].
func (n *Notifier) Post(ctx context.Context, c *http.Client, url string, object any) error {
	return postJSON(ctx, cmp.Or(c, n.set.Load().client), url, nil, object)
}

// because returns why the owner could not be told, without addresses and secrets.
func because(c cause.Code, values ...any) error { return &cause.Error{Cause: c.With(values...)} }

// notNow means that a way can tell nothing for the moment.
type notNow struct {
	error
	wait time.Duration
}

// Unwrap returns why.
func (e notNow) Unwrap() error { return e.error }

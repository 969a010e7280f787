// Package homeassistant shows a gateway to Home Assistant over MQTT, by its discovery: the
// modems with their signal and what is wrong, the queue, what comes in, and a notify entity
// for each contact of the configuration.
//
// Topics are below simgate/ID:
//
//	status         online or offline, retained; the broker says offline when the link is gone
//	state          the gateway as JSON, retained
//	modem/NAME     a modem as JSON, retained
//	received       a message that came in, once
//	call           a call that came in, once
//	notify/NAME    a text for a contact
//	test           sends the first contact a message
//	restart/NAME   restarts a modem
//	send, result   {"to": …, "text": …, "id": …} sends, if the configuration allows it; what came of it
//
// Codes are never on MQTT: of what goes out nothing is shown but how much it is.
//
// What comes in while the broker is away is published when it is back, in its order: the last
// change that the broker has taken is noted in a file. A command that is retained is
// ignored, or it would be carried out with each connection; one that comes while simgate is
// away is lost, and Home Assistant shows that it is.
package homeassistant

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"simgate/gateway"
	"simgate/gateway/journal"
	"simgate/gateway/store/durable"
)

// App is the app that messages of Home Assistant belong to.
const App = "homeassistant"

// Config says where the broker is, and what is shown.
type Config struct {
	Broker         string // URL: mqtt://HOST:1883 or mqtts://HOST:8883
	User, Password string
	CA             string // file with the authority of the broker, "" for those of the machine
	ID             string // of this gateway in topics
	Discovery      string // prefix of the topics of the discovery, "" for no discovery
	Contacts       []Contact
	Send           bool // whoever may publish may send to any number
	Private        bool // texts of messages that come in are left out
	Cursor         string
	Version        string
	Every          time.Duration // between two looks, or tries to connect; 0: 5 seconds
}

// Contact is somebody who can be sent a text by a notify entity.
type Contact struct{ Name, Number string }

const (
	lookEvery = 5 * time.Second
	// within bounds how long the broker may take to take a message.
	within  = 10 * time.Second
	atOnce  = 100 // changes of one reading
	keptFor = 64  // commands that may wait
)

// link shows a gateway to a broker. Its methods are for its own goroutine, but for the
// handlers of messages.
type link struct {
	cfg     Config
	gateway *gateway.Gateway
	log     *slog.Logger

	client   mqtt.Client       // of the connection that there is
	lost     chan struct{}     // closed when that is gone
	greeted  chan struct{}     // Home Assistant has started, or takes this for offline
	commands chan command      // that are to be carried out
	shown    map[string]string // what is retained by the broker, by topic

	cursor int64         // the last change that the broker has taken
	noted  int64         // as the file has it
	sent   map[int64]int // messages by SIM, since the start
}

// command is what somebody has published for the gateway.
type command struct {
	topic   string // below that of the gateway
	payload []byte
}

// Run shows the gateway until ctx ends. A broker that is away is looked for again and again.
func Run(ctx context.Context, cfg Config, g *gateway.Gateway, log *slog.Logger) error {
	cfg.Every = cmp.Or(cfg.Every, lookEvery)
	l := &link{cfg: cfg, gateway: g, log: log, greeted: make(chan struct{}, 1), commands: make(chan command, keptFor), sent: map[int64]int{}}
	options, err := l.options()
	if err != nil {
		return err
	}
	if err := l.readCursor(ctx); err != nil {
		return err
	}
	away := false
	for ctx.Err() == nil {
		err := l.connect(ctx, options)
		if err == nil {
			away = false
			log.Info("MQTT: connected", "broker", cfg.Broker, "topic", l.base())
			l.serve(ctx)
		} else if !away && ctx.Err() == nil {
			away = true
			log.Warn("MQTT: the broker cannot be reached, and is tried again", "broker", cfg.Broker, "err", err)
		}
		l.leave()
		select {
		case <-ctx.Done():
		case <-time.After(cfg.Every):
		}
	}
	return nil
}

// options are those of a connection. Each is a new client: what an old one has not brought
// away is read again.
func (l *link) options() (*mqtt.ClientOptions, error) {
	secure := &tls.Config{MinVersion: tls.VersionTLS12}
	if l.cfg.CA != "" {
		raw, err := os.ReadFile(l.cfg.CA)
		if err != nil {
			return nil, fmt.Errorf("mqtt.ca: %w", err)
		}
		secure.RootCAs = x509.NewCertPool()
		if !secure.RootCAs.AppendCertsFromPEM(raw) {
			return nil, fmt.Errorf("mqtt.ca: there is no certificate in %s", l.cfg.CA)
		}
	}
	return mqtt.NewClientOptions().AddBroker(l.cfg.Broker).SetClientID("simgate-"+l.cfg.ID). // another connection of this gateway ends
													SetUsername(l.cfg.User).SetPassword(l.cfg.Password).SetTLSConfig(secure).
													SetCleanSession(true). // what waited while nobody was there is not carried out late
													SetAutoReconnect(false).SetOrderMatters(false).
													SetKeepAlive(30*time.Second).SetConnectTimeout(within).SetWriteTimeout(within).
													SetWill(l.base()+"/status", offline, 1, true), nil
}

// connect connects to the broker and asks it for commands.
func (l *link) connect(ctx context.Context, options *mqtt.ClientOptions) error {
	l.shown, l.lost = map[string]string{}, make(chan struct{})
	gone, log := l.lost, l.log
	l.client = mqtt.NewClient(options.SetConnectionLostHandler(func(_ mqtt.Client, err error) {
		log.Warn("MQTT: the broker is gone", "err", err)
		close(gone)
	}))
	if err := l.await(ctx, l.client.Connect()); err != nil {
		return err
	}
	topics := map[string]byte{l.base() + "/notify/+": 1, l.base() + "/test": 1, l.base() + "/restart/+": 1}
	if l.cfg.Send {
		topics[l.base()+"/send"] = 1
	}
	if err := l.await(ctx, l.client.SubscribeMultiple(topics, l.heed)); err != nil {
		return err
	}
	// What the broker says of an earlier connection may come when this one is there.
	if err := l.await(ctx, l.client.Subscribe(l.base()+"/status", 1, l.greetAt(offline))); err != nil || l.cfg.Discovery == "" {
		return err
	}
	return l.await(ctx, l.client.Subscribe(l.cfg.Discovery+"/status", 1, l.greetAt(online)))
}

// await waits until the broker has done what it was asked for.
func (l *link) await(ctx context.Context, token mqtt.Token) error {
	limit := time.NewTimer(within)
	defer limit.Stop()
	select {
	case <-token.Done():
		return token.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-l.lost:
		return errors.New("the broker is gone")
	case <-limit.C:
		return errors.New("the broker does not answer in time")
	}
}

// heed takes a command.
func (l *link) heed(_ mqtt.Client, m mqtt.Message) {
	if m.Retained() {
		l.log.Warn("MQTT: a command that is retained is not carried out", "topic", m.Topic())
		return
	}
	select {
	case l.commands <- command{strings.TrimPrefix(m.Topic(), l.base()+"/"), m.Payload()}:
	default:
		l.log.Warn("MQTT: a command is not carried out, as too many wait", "topic", m.Topic())
	}
}

// greetAt returns what shows everything again when a status is published.
func (l *link) greetAt(status string) mqtt.MessageHandler {
	return func(_ mqtt.Client, m mqtt.Message) {
		if string(m.Payload()) == status {
			select {
			case l.greeted <- struct{}{}:
			default:
			}
		}
	}
}

// serve shows the gateway and carries out commands until the broker is gone or ctx ends.
func (l *link) serve(ctx context.Context) {
	ticker := time.NewTicker(l.cfg.Every)
	defer ticker.Stop()
	for {
		changed := l.gateway.OnChange()
		if err := l.work(ctx); err != nil && ctx.Err() == nil {
			l.log.Warn("MQTT: the broker was not told everything", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-l.lost:
			return
		case <-l.greeted:
			clear(l.shown)
		case c := <-l.commands:
			l.carryOut(ctx, c)
		case <-changed:
		case <-ticker.C:
		}
	}
}

// leave ends the connection, and says goodbye as the broker would.
func (l *link) leave() {
	if l.client.IsConnectionOpen() {
		l.client.Publish(l.base()+"/status", 1, true, offline).WaitTimeout(time.Second)
	}
	l.client.Disconnect(100)
}

// base is the topic of the gateway.
func (l *link) base() string { return "simgate/" + l.cfg.ID }

// The states of a link.
const (
	online  = "online"
	offline = "offline"
)

// work publishes the states that have changed, and what has happened.
func (l *link) work(ctx context.Context) error {
	states, err := l.states(ctx)
	if err != nil {
		return err
	}
	for _, s := range states {
		if l.shown[s.topic] == s.payload {
			continue
		}
		if err := l.publish(ctx, s.topic, s.payload, true); err != nil {
			return err
		}
		l.shown[s.topic] = s.payload
	}
	return l.publishNews(ctx)
}

// publish gives something to the broker, and returns when that has it.
func (l *link) publish(ctx context.Context, topic, payload string, retained bool) error {
	return l.await(ctx, l.client.Publish(topic, 1, retained, payload))
}

// publishNews publishes the changes after the cursor.
func (l *link) publishNews(ctx context.Context) error {
	for {
		list, err := l.gateway.Changes(ctx, l.cursor, atOnce)
		if err != nil {
			return err
		}
		for _, c := range list {
			topic, content := l.news(c)
			if topic != "" {
				payload, err := json.Marshal(content)
				if err == nil {
					err = l.publish(ctx, l.base()+"/"+topic, string(payload), false)
				}
				if err != nil {
					return errors.Join(err, l.noteCursor())
				}
			}
			l.cursor = c.ID
			if topic != "" || l.cursor-l.noted >= 10*atOnce {
				if err := l.noteCursor(); err != nil {
					return err
				}
			}
		}
		if len(list) < atOnce {
			return nil
		}
	}
}

// news returns what is published of a change, "" for nothing.
func (l *link) news(c gateway.Changed) (topic string, content any) {
	switch {
	case c.Message != nil && c.News == "message.sent":
		l.sent[c.Message.Line]++
	case c.Incoming != nil && (c.News == gateway.NewsReceived || c.News == gateway.NewsAmended):
		in := received{Event: "received", ID: c.Incoming.ID, From: c.Incoming.Sender, SIM: c.Incoming.Line, At: c.Incoming.Received}
		if c.News == gateway.NewsAmended {
			in.Event = "amended"
		}
		if !l.cfg.Private {
			in.Text = c.Incoming.Text
		}
		return "received", in
	case c.Event != nil && c.Event.Kind == journal.CallIncoming:
		return "call", called{Event: "called", Text: c.Event.Text, SIM: c.Event.Line, Modem: c.Event.Modem, At: c.Event.At}
	}
	return "", nil
}

// received is a message that came in.
type received struct {
	Event string    `json:"event_type"`
	ID    int64     `json:"id"`
	From  string    `json:"from"`
	Text  string    `json:"text,omitempty"`
	SIM   int64     `json:"sim"`
	At    time.Time `json:"at"`
}

// called is a call that came in.
type called struct {
	Event string    `json:"event_type"`
	Text  string    `json:"text"`
	SIM   int64     `json:"sim"`
	Modem string    `json:"modem"`
	At    time.Time `json:"at"`
}

// readCursor reads the last change that was published. Where nobody knows it is the newest:
// what comes from now on is published.
func (l *link) readCursor(ctx context.Context) error {
	oldest, newest, err := l.gateway.KeptChanges(ctx)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(l.cfg.Cursor)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	last, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
	if err != nil || last > newest { // none, or that of another database
		last = newest
	}
	l.cursor, l.noted = max(last, oldest-1), -1
	return l.noteCursor()
}

func (l *link) noteCursor() error {
	if l.noted == l.cursor {
		return nil
	}
	err := durable.WriteFile(l.cfg.Cursor, []byte(strconv.FormatInt(l.cursor, 10)+"\n"))
	if err == nil {
		l.noted = l.cursor
	}
	return err
}

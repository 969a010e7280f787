package homeassistant_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	broker "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"

	"simgate/api/homeassistant"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
)

const (
	anna = "+4915112345678"
	bert = "+4915112345679"
)

// startBroker starts a broker that knows one user, at an address, or at any free one.
func startBroker(t *testing.T, address string) (at string, stop func()) {
	t.Helper()
	b := broker.New(&broker.Options{Logger: slog.New(slog.DiscardHandler)})
	if err := b.AddHook(new(auth.Hook), &auth.Options{Ledger: &auth.Ledger{Auth: auth.AuthRules{{Username: "simgate", Password: "secret", Allow: true}}}}); err != nil {
		t.Fatal(err)
	}
	l := listeners.NewTCP(listeners.Config{ID: "tcp", Address: address})
	if err := b.AddListener(l); err != nil {
		t.Fatal(err)
	}
	go func() { _ = b.Serve() }()
	stop = sync.OnceFunc(func() { _ = b.Close() })
	t.Cleanup(stop)
	return l.Address(), stop
}

// home is a Home Assistant: what it has seen, by topic.
type home struct {
	client mqtt.Client
	mu     sync.Mutex
	seen   map[string][]string
}

func startHome(t *testing.T, address string) *home {
	t.Helper()
	h := &home{seen: map[string][]string{}}
	h.client = mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + address).SetClientID("home").SetUsername("simgate").SetPassword("secret").
		SetConnectRetry(true).SetConnectRetryInterval(20 * time.Millisecond).SetMaxReconnectInterval(20 * time.Millisecond).SetConnectTimeout(500 * time.Millisecond).
		SetOnConnectHandler(func(c mqtt.Client) {
			c.SubscribeMultiple(map[string]byte{"homeassistant/#": 1, "simgate/#": 1}, func(_ mqtt.Client, m mqtt.Message) {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.seen[m.Topic()] = append(h.seen[m.Topic()], string(m.Payload()))
			})
		}))
	if token := h.client.Connect(); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	t.Cleanup(func() { h.client.Disconnect(0) })
	return h
}

func (h *home) of(topic string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.seen[topic])
}

func (h *home) say(t *testing.T, topic, payload string, retained bool) {
	t.Helper()
	if token := h.client.Publish(topic, 1, retained, payload); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		t.Fatal(token.Error())
	}
}

// soon waits until something is true.
func soon(t *testing.T, what string, is func() bool) {
	t.Helper()
	for begun := time.Now(); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Fatalf("not within 20 seconds: %s", what)
		}
	}
}

// show runs the link until stop is called.
func show(t *testing.T, cfg homeassistant.Config, g *gateway.Gateway) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- homeassistant.Run(ctx, cfg, g, slog.New(slog.NewTextHandler(t.Output(), nil))) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestHomeAssistant(t *testing.T) {
	whole := t // what subtests start goes on after them
	address, away := startBroker(t, "127.0.0.1:0")
	h := startHome(t, address)
	w := gatewaytest.Start(t, gatewaytest.Modems(2))
	through := newProxy(t, address)
	cfg := homeassistant.Config{Broker: "mqtt://" + through.address, User: "simgate", Password: "secret", ID: "box", Discovery: "homeassistant", Send: true,
		Contacts: []homeassistant.Contact{{Name: "Anna B.", Number: anna}, {Name: "Bert", Number: bert}}, Cursor: filepath.Join(t.TempDir(), "cursor"), Version: "1.2", Every: 20 * time.Millisecond}
	h.say(t, "simgate/box/notify/bert", "of yesterday", true) // somebody has kept a command
	stop := show(t, cfg, w.Gateway)
	defer func() { stop() }()

	soon(t, "it is online, with two modems", func() bool {
		last := h.of("simgate/box/modem/sim2")
		return slices.Contains(h.of("simgate/box/status"), "online") && len(last) > 0 && strings.Contains(last[len(last)-1], `"connected":"ON"`)
	})
	checkDiscovery(t, h.of("homeassistant/device/simgate_box/config"))

	t.Run("a text for a contact", func(t *testing.T) {
		h.say(t, "simgate/box/notify/anna_b_", "the door is open", false)
		if sms, err := w.Network.Subscriber(anna).Next(t.Context()); err != nil || sms.Text != "the door is open" {
			t.Errorf("%+v, %v", sms, err)
		}
	})
	t.Run("a test", func(t *testing.T) {
		h.say(t, "simgate/box/test", "PRESS", false)
		if sms, err := w.Network.Subscriber(anna).Next(t.Context()); err != nil || !strings.Contains(sms.Text, "test") {
			t.Errorf("%+v, %v", sms, err)
		}
	})
	t.Run("to any number, once for an id", func(t *testing.T) {
		soon(t, "the results of those before", func() bool { return len(h.of("simgate/box/result")) == 2 })
		before := 2
		request := fmt.Sprintf(`{"to": [%q, "12"], "text": "hello", "id": "7"}`, bert)
		h.say(t, "simgate/box/send", request, false)
		soon(t, "a result", func() bool { return len(h.of("simgate/box/result")) == before+1 })
		h.say(t, "simgate/box/send", request, false)
		soon(t, "another", func() bool { return len(h.of("simgate/box/result")) == before+2 })
		if all := h.of("simgate/box/result")[before:]; all[0] != all[1] || !strings.Contains(all[0], `{"id":"7","ok":false,"messages":[{"to":"`+bert+`","message":`) || !strings.Contains(all[0], `{"to":"12","error":"`) {
			t.Errorf("%q", all)
		}
		h.say(t, "simgate/box/send", `{"to": "x", "txt": "hello"}`, false)
		soon(t, "what is wrong", func() bool {
			all := h.of("simgate/box/result")
			return strings.Contains(all[len(all)-1], "it must be JSON like")
		})
		soon(t, "the message", func() bool { return len(w.Network.Subscriber(bert).Messages()) > 0 })
		if all := w.Network.Subscriber(bert).Messages(); len(all) != 1 || all[0].Text != "hello" {
			t.Errorf("the phone has got %+v", all)
		}
	})
	t.Run("what comes in", func(t *testing.T) {
		if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(1).MSISDN, "thank you"); err != nil {
			t.Fatal(err)
		}
		if err := w.Gateway.Note(t.Context(), journal.Event{Kind: journal.CallIncoming, Modem: "sim1", Text: "a call from " + anna}); err != nil {
			t.Fatal(err)
		}
		soon(t, "a message and a call", func() bool { return len(h.of("simgate/box/received")) == 1 && len(h.of("simgate/box/call")) == 1 })
		if in := h.of("simgate/box/received")[0]; !strings.Contains(in, `"event_type":"received"`) || !strings.Contains(in, `"from":"`+anna+`","text":"thank you"`) {
			t.Error(in)
		}
	})
	t.Run("Home Assistant starts again", func(t *testing.T) {
		before := len(h.of("homeassistant/device/simgate_box/config"))
		h.say(t, "homeassistant/status", "online", false)
		soon(t, "the discovery once more", func() bool { return len(h.of("homeassistant/device/simgate_box/config")) > before })
	})
	t.Run("a code", func(t *testing.T) {
		if _, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: bert}); err != nil {
			t.Fatal(err)
		}
		sms := nextCode(t, w)
		h.mu.Lock()
		defer h.mu.Unlock()
		for topic, all := range h.seen {
			if strings.Contains(strings.Join(all, " "), sms) {
				t.Errorf("the code is in %s", topic)
			}
		}
	})
	t.Run("the link breaks", func(t *testing.T) { // as with kill -9: nobody says goodbye
		before := len(h.of("simgate/box/status"))
		through.cut()
		soon(t, "offline, and online again", func() bool {
			all := h.of("simgate/box/status")[before:]
			return slices.Contains(all, "offline") && all[len(all)-1] == "online"
		})
	})
	t.Run("the broker is away", func(t *testing.T) {
		away()
		for i := range 3 {
			if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, fmt.Sprint("while it was away ", i)); err != nil {
				t.Fatal(err)
			}
		}
		soon(t, "the messages", func() bool {
			list, err := w.Gateway.Inbox().List(t.Context(), inbox.Filter{})
			return err == nil && len(list) == 4
		})
		through.cut() // no way is left for a while
		through.hold(true)
		startBroker(whole, address)
		soon(t, "the home is back", func() bool { return h.client.IsConnectionOpen() })
		time.Sleep(50 * time.Millisecond) // it has subscribed
		through.hold(false)
		soon(t, "all that came in", func() bool { return len(h.of("simgate/box/received")) >= 4 })
		if all := strings.Join(h.of("simgate/box/received")[1:], " "); !strings.Contains(all, "away 0") || !strings.Contains(all, "away 1") || !strings.Contains(all, "away 2") {
			t.Error(all)
		}
	})
	t.Run("simgate is away", func(t *testing.T) {
		before := len(h.of("simgate/box/received"))
		stop()
		if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, "in the night"); err != nil {
			t.Fatal(err)
		}
		soon(t, "the message", func() bool {
			list, err := w.Gateway.Inbox().List(t.Context(), inbox.Filter{})
			return err == nil && len(list) == 5
		})
		stop = show(whole, cfg, w.Gateway)
		soon(t, "it is told", func() bool { return len(h.of("simgate/box/received")) == before+1 })
	})
	t.Run("somebody takes it for offline", func(t *testing.T) {
		before := len(h.of("simgate/box/status"))
		h.say(t, "simgate/box/status", "offline", true)
		soon(t, "it says that it is there", func() bool {
			all := h.of("simgate/box/status")[before:]
			return len(all) > 1 && all[len(all)-1] == "online"
		})
	})
	t.Run("a modem restarts", func(t *testing.T) {
		h.say(t, "simgate/box/restart/sim3", "PRESS", false)
		h.say(t, "simgate/box/restart/sim2", "PRESS", false)
		soon(t, "it is not ready", func() bool {
			return strings.Contains(strings.Join(h.of("simgate/box/modem/sim2"), ""), "its owner has asked for a restart")
		})
		if all := strings.Join(h.of("simgate/box/modem/sim1"), ""); strings.Contains(all, "restart") {
			t.Errorf("another modem restarts: %s", all)
		}
	})
	stop()
	soon(t, "goodbye", func() bool {
		all := h.of("simgate/box/status")
		return all[len(all)-1] == "offline"
	})
	for _, m := range w.Network.Subscriber(bert).Messages() {
		if m.Text == "of yesterday" {
			t.Error("a command that was retained was carried out")
		}
	}
}

// nextCode returns the code that bert gets.
func nextCode(t *testing.T, w *gatewaytest.World) (code string) {
	t.Helper()
	soon(t, "the code", func() bool {
		for _, m := range w.Network.Subscriber(bert).Messages() {
			if strings.Contains(m.Text, "code") {
				code, _, _ = strings.Cut(m.Text, " ")
			}
		}
		return code != ""
	})
	return code
}

// Where it is to be private, no text goes out, and nobody sends to numbers.
func TestPrivate(t *testing.T) {
	address, _ := startBroker(t, "127.0.0.1:0")
	h := startHome(t, address)
	w := gatewaytest.Start(t)
	stop := show(t, homeassistant.Config{Broker: "mqtt://" + address, User: "simgate", Password: "secret", ID: "box", Private: true, Every: 20 * time.Millisecond, Cursor: filepath.Join(t.TempDir(), "cursor")}, w.Gateway)
	defer stop()
	soon(t, "it is ready", func() bool { return strings.Contains(strings.Join(h.of("simgate/box/modem/sim1"), ""), `"ON"`) })
	h.say(t, "simgate/box/send", fmt.Sprintf(`{"to": %q, "text": "hello"}`, bert), false)
	if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, "my secret"); err != nil {
		t.Fatal(err)
	}
	soon(t, "a message", func() bool { return len(h.of("simgate/box/received")) == 1 })
	if in := h.of("simgate/box/received")[0]; strings.Contains(in, "secret") {
		t.Error(in)
	}
	if all := w.Network.Subscriber(bert).Messages(); len(all) > 0 || len(h.of("simgate/box/result")) > 0 {
		t.Errorf("it was sent: %+v", all)
	}
}

// checkDiscovery checks a discovery by what Home Assistant demands of each platform
// (components/mqtt/schemas.py and the platforms there).
func checkDiscovery(t *testing.T, payloads []string) {
	t.Helper()
	if len(payloads) == 0 {
		t.Fatal("there is no discovery")
	}
	var d struct {
		Device struct {
			IDs  []string `json:"ids"`
			Name string   `json:"name"`
			SW   string   `json:"sw"`
		} `json:"dev"`
		Origin       map[string]string         `json:"o"`
		Availability string                    `json:"availability_topic"`
		Components   map[string]map[string]any `json:"cmps"`
	}
	if err := json.Unmarshal([]byte(payloads[len(payloads)-1]), &d); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.Device.IDs, []string{"simgate_box"}) || d.Device.SW != "1.2" || d.Origin["name"] != "simgate" || d.Availability != "simgate/box/status" {
		t.Errorf("%+v", d)
	}
	needs := map[string][]string{
		"sensor": {"state_topic", "value_template"}, "binary_sensor": {"state_topic", "value_template"},
		"event": {"state_topic", "event_types"}, "notify": {"command_topic"}, "button": {"command_topic"},
	}
	ids, kinds := map[string]bool{}, map[string]int{}
	for key, c := range d.Components {
		platform, _ := c["p"].(string)
		kinds[platform]++
		for _, need := range append(needs[platform], "unique_id", "name") {
			if c[need] == nil || c[need] == "" {
				t.Errorf("%s has no %s", key, need)
			}
		}
		if id := fmt.Sprint(c["unique_id"]); ids[id] || needs[platform] == nil {
			t.Errorf("%s: %+v", key, c)
		} else {
			ids[id] = true
		}
		if c["device_class"] == "signal_strength" && c["unit_of_measurement"] != "dBm" {
			t.Errorf("%s has no unit", key)
		}
	}
	if want := map[string]int{"sensor": 7, "binary_sensor": 5, "event": 2, "notify": 2, "button": 3}; fmt.Sprint(kinds) != fmt.Sprint(want) {
		t.Errorf("there are %v, not %v", kinds, want)
	}
}

// proxy is a way to a broker that can be cut.
type proxy struct {
	address string
	mu      sync.Mutex
	conns   []net.Conn
	held    bool
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{address: l.Addr().String()}
	t.Cleanup(func() {
		l.Close()
		p.cut()
	})
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if p.isHeld() && err == nil {
				far.Close()
				err = net.ErrClosed
			}
			if err != nil {
				from.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, from, far)
			p.mu.Unlock()
			go func() { _, _ = io.Copy(far, from); far.Close() }()
			go func() { _, _ = io.Copy(from, far); from.Close() }()
		}
	}()
	return p
}

// hold lets no connection pass until it is called with false.
func (p *proxy) hold(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = on
}

func (p *proxy) isHeld() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

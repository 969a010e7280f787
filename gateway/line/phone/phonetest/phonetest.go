// Package phonetest simulates an Android phone with the app SMS Gateway for Android, whose
// local server is on. It is an independent eye: it knows the app by its source and by
// its documentation, and nothing of the driver. What it takes is strict, so that a driver
// that the app would only happen to understand is noticed: see [Phone.Complaints].
package phonetest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The credentials of the app.
const (
	User     = "sms"
	Password = "Xk4-9s_Q" //nolint:gosec // it is for tests
)

// URL is the address of a phone that is reached by [Phone.Dial].
const URL = "http://phone.test:8080"

// SIM is a card in the phone. What is "" Android does not let the app read.
type SIM struct {
	Slot    int // from 1
	Number  string
	Carrier string
	ICCID   string
}

// Text is a message that has left the phone.
type Text struct {
	To, Text string
	SIM      int // 0: that of the phone's settings
	At       time.Time
}

// Phone is a simulated phone. It is safe for concurrent use.
type Phone struct {
	mu         sync.Mutex
	device     string
	model      string
	sims       []SIM
	password   string
	key        string // that signs webhooks
	internet   bool   // webhooks wait for it
	messages   []*message
	incoming   []incoming
	hooks      []hook
	queue      []*delivery
	working    bool
	sent       []Text
	complaints []string
	requests   []string
	refusals   map[string]string
	battery    int
	charging   bool
	ahead      time.Duration // of its clock
	away, dead bool
	silent     bool // it never hears what became of a message
	deaf       bool // it answers nothing that it has taken
	early      bool // it tells before it answers
	insecure   bool // the app delivers webhooks without TLS
	fails      int  // requests that are answered 500
	client     *http.Client
	listener   chan net.Conn
	ended      chan struct{} // closed when the phone has ended
	server     *http.Server
	timers     map[*time.Timer]bool
	closed     bool
	serial     int
	pace       time.Duration
}

// Option changes a phone before it is used.
type Option func(*Phone)

// SIMs sets the cards; the default is one, of which the app may read nothing.
func SIMs(cards ...SIM) Option { return func(p *Phone) { p.sims = cards } }

// Device sets the id and the model; the default is one phone.
func Device(id, model string) Option { return func(p *Phone) { p.device, p.model = id, model } }

// Insecure makes it the build of the app that delivers webhooks without TLS.
func Insecure() Option { return func(p *Phone) { p.insecure = true } }

// Hooked sets how the phone connects to receivers of webhooks; the default is that it cannot.
func Hooked(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(p *Phone) {
		p.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	}
}

// New returns a phone. [Phone.Close] ends it.
func New(options ...Option) *Phone {
	p := &Phone{device: "Vq7Zt0mN3bA1cD5eF9gH2", model: "Google/oriole", sims: []SIM{{Slot: 1}}, password: Password, key: "app-made",
		internet: true, refusals: map[string]string{}, battery: 80, charging: true, listener: make(chan net.Conn), ended: make(chan struct{}),
		timers: map[*time.Timer]bool{}, pace: time.Second}
	for _, o := range options {
		o(p)
	}
	p.server = &http.Server{Handler: p.Handler()} //nolint:gosec // the client is ours
	return p
}

// Start answers those who use [Phone.Dial], until the test ends.
func (p *Phone) Start(t testing.TB) {
	done := make(chan struct{})
	go func() { defer close(done); _ = p.server.Serve(memory{p}) }()
	t.Cleanup(func() {
		p.Close()
		_ = p.server.Close()
		<-done
	})
}

// Close ends the phone.
func (p *Phone) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	for t := range p.timers {
		t.Stop()
	}
	close(p.ended)
}

// memory listens for connections in memory.
type memory struct{ p *Phone }

// Accept implements [net.Listener].
func (l memory) Accept() (net.Conn, error) {
	select {
	case c := <-l.p.listener:
		return c, nil
	case <-l.p.ended:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (memory) Close() error { return nil }

// Addr implements [net.Listener].
func (memory) Addr() net.Addr { return &net.TCPAddr{} }

// Dial connects with the phone, in memory.
func (p *Phone) Dial(ctx context.Context, network, _ string) (net.Conn, error) {
	p.mu.Lock()
	gone := p.away || p.dead || p.closed
	p.mu.Unlock()
	unreachable := &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("connect: no route to host")}
	if gone {
		return nil, unreachable
	}
	near, far := net.Pipe()
	select {
	case p.listener <- far:
		return near, nil
	case <-p.ended:
		return nil, unreachable
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Away takes the phone out of reach, or brings it back. Messages that it has go out.
func (p *Phone) Away(away bool) { p.set(func() { p.away = away }) }

// Kill kills the app as Android does: what it has is kept, and nothing goes on.
func (p *Phone) Kill() { p.set(func() { p.dead = true }) }

// Restart starts the app again after [Phone.Kill]. What waited goes out. Of what had been
// given to Android nothing is heard any more.
func (p *Phone) Restart() {
	p.set(func() {
		p.dead = false
		for _, m := range p.messages {
			if m.state == "Pending" {
				p.after(p.pace, func() { p.process(m) })
			}
		}
		p.after(0, p.work)
	})
}

// Replace makes it another phone at the same address, with the same password and nothing else.
func (p *Phone) Replace(device string) {
	p.set(func() { p.device, p.messages, p.incoming, p.hooks, p.queue = device, nil, nil, nil, nil })
}

// SetPassword changes the password of the app.
func (p *Phone) SetPassword(password string) { p.set(func() { p.password = password }) }

// SetSIMs changes the cards.
func (p *Phone) SetSIMs(cards ...SIM) { p.set(func() { p.sims = cards }) }

// Battery sets what is left in the battery, in percent.
func (p *Phone) Battery(percent int, charging bool) {
	p.set(func() { p.battery, p.charging = percent, charging })
}

// Ahead sets the clock of the phone ahead of that of the machine.
func (p *Phone) Ahead(d time.Duration) { p.set(func() { p.ahead = d }) }

// Silent makes the phone take messages and send them, and never hear what became of them.
func (p *Phone) Silent(silent bool) { p.set(func() { p.silent = silent }) }

// Deaf makes the phone take requests and answer none of them that change something.
func (p *Phone) Deaf(deaf bool) { p.set(func() { p.deaf = deaf }) }

// Early makes the phone tell what became of a message before it answers that it has it.
func (p *Phone) Early(early bool) { p.set(func() { p.early = early }) }

// Fail answers the next n requests that change something with 500.
func (p *Phone) Fail(n int) { p.set(func() { p.fails = n }) }

// Pace sets how long each step of a message takes; the default is a second.
func (p *Phone) Pace(d time.Duration) { p.set(func() { p.pace = d }) }

// Refuse makes Android refuse messages to a number, with the name of a constant of
// SmsManager; "" no more. What is UNDELIVERED has been sent.
func (p *Phone) Refuse(number, name string) { p.set(func() { p.refusals[number] = name }) }

func (p *Phone) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// Sent returns what has left the phone.
func (p *Phone) Sent() []Text {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.sent)
}

// Requests returns the requests to the phone, as METHOD /path.
func (p *Phone) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// Complaints returns what the caller has done that the app does not allow, or that it
// understands only by chance.
func (p *Phone) Complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.complaints)
}

func (p *Phone) complain(format string, args ...any) {
	p.complaints = append(p.complaints, fmt.Sprintf(format, args...))
}

// Hooks returns the URLs of the webhooks that are registered, by event.
func (p *Phone) Hooks() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]string{}
	for _, h := range p.hooks {
		out[h.event] = h.url
	}
	return out
}

// after calls f later, holding the lock, unless the app is dead or the phone closed by then.
func (p *Phone) after(d time.Duration, f func()) {
	if p.closed {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.timers, t)
		if !p.closed && !p.dead {
			f()
		}
	})
	p.timers[t] = true
}

// now returns the time of the phone.
func (p *Phone) now() time.Time { return time.Now().Add(p.ahead) }

// date writes a time as the app does.
func date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// id returns an id as the app makes them.
func (p *Phone) id() string {
	p.serial++
	return fmt.Sprintf("n4n0%017d", p.serial)
}

// message is a message that the phone was given.
type message struct {
	id, to, text string
	sim          int
	report       bool
	state, err   string
	until        time.Time
	states       []string // with their times, as JSON
}

// enter takes a state.
func (p *Phone) enter(m *message, state, err string) {
	if m.state == "Failed" {
		return // as the app has it
	}
	m.state, m.err = state, err
	m.states = append(m.states, fmt.Sprintf("%q:%q", state, date(p.now())))
}

// parts returns into how many parts Android divides the text.
func (m *message) parts() int {
	n, single, joined := 0, 160, 153
	for _, r := range m.text {
		if n++; r > 0x7e {
			single, joined = 70, 67
		}
	}
	if n <= single {
		return 1
	}
	return (n + joined - 1) / joined
}

// process gives a message that waits to Android.
func (p *Phone) process(m *message) {
	switch {
	case m.state != "Pending":
		return
	case m.until.Before(p.now()):
		p.fail(m, "TTL expired")
		return
	}
	if m.sim > 0 && !slices.ContainsFunc(p.sims, func(s SIM) bool { return s.Slot == m.sim }) {
		p.fail(m, fmt.Sprintf("Can't send message: SIM %d not found", m.sim))
		return
	}
	p.enter(m, "Processed", "")
	why := p.refusals[m.to]
	if why == "" || why == undelivered {
		p.sent = append(p.sent, Text{m.to, m.text, m.sim, time.Now()})
	}
	if !p.silent {
		p.after(p.pace, func() { p.hear(m, why) })
	}
}

// undelivered makes a message one that the network takes and cannot deliver.
const undelivered = "UNDELIVERED"

// hear hears what the network did with a message.
func (p *Phone) hear(m *message, why string) {
	if why != "" && why != undelivered {
		p.fail(m, "Send result: RESULT_"+why+" (as Android explains it)")
		return
	}
	p.enter(m, "Sent", "")
	p.emit("sms:sent", fmt.Sprintf(`%s,"partsCount":%d,"sentAt":%q`, about(m), m.parts(), date(p.now())))
	if !m.report {
		return
	}
	for i := range m.parts() {
		p.after(time.Duration(2+i)*p.pace, func() {
			if why != "" {
				p.fail(m, "Delivery result from SC +491710760000: 70")
				return
			}
			p.enter(m, "Delivered", "")
			p.emit("sms:delivered", fmt.Sprintf(`%s,"deliveredAt":%q`, about(m), date(p.now())))
		})
	}
}

func (p *Phone) fail(m *message, reason string) {
	if m.state == "Failed" {
		return
	}
	p.enter(m, "Failed", reason)
	p.emit("sms:failed", fmt.Sprintf(`%s,"failedAt":%q,"reason":%s`, about(m), date(p.now()), quote(reason)))
}

// about returns what all events say of a message.
func about(m *message) string {
	s := fmt.Sprintf(`"messageId":%s,"recipient":%s`, quote(m.id), quote(m.to))
	if m.sim > 0 {
		s += fmt.Sprintf(`,"simNumber":%d`, m.sim)
	}
	return s + `,"phoneNumber":` + quote(m.to)
}

// incoming is a message that came in.
type incoming struct {
	id, from, text string
	sim            int
	at             time.Time
}

// Receive has a message come in on a SIM, as if sent just now.
func (p *Phone) Receive(from, text string, sim int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serial++
	m := incoming{fmt.Sprintf("text:%d", -p.serial), from, text, sim, p.now().Truncate(time.Second)}
	p.incoming = append(p.incoming, m)
	if p.dead {
		return // it is in the inbox of Android, and exported later
	}
	p.emit("sms:received", fmt.Sprintf(`"messageId":"%x","sender":%s,"simNumber":%d,"phoneNumber":%s,"message":%s,"receivedAt":%q`,
		p.serial, quote(from), sim, quote(from), quote(text), date(m.at)))
}

// Ping has the app say how it is.
func (p *Phone) Ping() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, health := p.health()
	p.emit("system:ping", `"health":`+health)
}

// hook is a registration.
type hook struct{ id, url, event string }

// delivery is an event on its way to a receiver.
type delivery struct {
	url, body string
	tries     int
	next      time.Time
}

// emit queues an event for those who have asked for it.
func (p *Phone) emit(event, payload string) {
	for _, h := range p.hooks {
		if h.event == event {
			p.queue = append(p.queue, &delivery{url: h.url, next: time.Now(), body: fmt.Sprintf(`{"id":%q,"webhookId":%s,"event":%q,"deviceId":%q,"payload":{%s}}`,
				p.id(), quote(h.id), event, p.device, payload)})
		}
	}
	p.after(0, p.work)
}

// The app repeats a webhook after 10 s, doubling, 14 times.
const (
	firstRepeat = 10 * time.Second
	repeats     = 14
)

// work delivers the webhooks that are due, one after the other. It is called with the lock,
// and gives it up meanwhile.
func (p *Phone) work() {
	if p.working {
		return
	}
	p.working = true
	defer func() { p.working = false }()
	for !p.closed && !p.dead {
		i := slices.IndexFunc(p.queue, func(d *delivery) bool { return !d.next.After(time.Now()) })
		if i < 0 {
			break
		}
		d := p.queue[i]
		switch {
		case p.deliver(d), d.tries == repeats:
			p.queue = slices.DeleteFunc(p.queue, func(o *delivery) bool { return o == d })
		default:
			pause := firstRepeat << d.tries
			d.tries++
			d.next = time.Now().Add(pause)
			p.after(pause, p.work)
		}
	}
}

// deliver delivers a webhook, and reports whether it was taken.
func (p *Phone) deliver(d *delivery) bool {
	stamp := strconv.FormatInt(p.now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(p.key))
	mac.Write([]byte(d.body + stamp))
	client := p.client
	if p.away || client == nil {
		return false
	}
	p.mu.Unlock()
	defer p.mu.Lock()
	// The far end of a test has no certificate.
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, strings.Replace(d.url, "https:", "http:", 1), strings.NewReader(d.body))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Timestamp", stamp)
	r.Header.Set("X-Signature", hex.EncodeToString(mac.Sum(nil)))
	r.Header.Set("User-Agent", "me.capcom.smsgateway/1.66.1")
	answer, err := client.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode >= 200 && answer.StatusCode <= 299
}

package phone

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"simgate/gateway/line"
	"simgate/gateway/line/phone/smsgate"
)

// Config is what is configured for a phone.
type Config struct {
	Name        string // of the line, which is unique
	URL         string // of the app: http://192.168.1.50:8080
	User        string
	Password    string
	SIM         int    // the slot, from 1; 0: of the only SIM
	Number      string // of the SIM, where Android does not tell; "" unknown
	Fingerprint string // SHA-256 of the certificate that the app has, "": one of an authority
	SigningKey  string // of webhooks, as the app has it; "": one is set there

	// Callback returns the base of the URLs at which the phone reaches the gateway, which
	// has this address in its network; "" for none. nil: there is none.
	Callback func(local netip.Addr) string
	// Dial connects, for tests; nil: as usual.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

const (
	lookEvery     = time.Minute      // at a phone that tells what happens
	askEvery      = 15 * time.Second // of one that does not
	identifyEvery = 5 * time.Minute  // which phone it is, with which SIM
	pruneEvery    = time.Hour
	stuckAfter    = 2 * time.Minute // without a turn of the loop
)

// retries are the pauses before a phone that cannot be used is looked at again, the last
// again and again. After the first nothing is said yet: phones save power.
var retries = []time.Duration{3 * time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute}

// Driver is a [line.Driver] and a [line.Receiver] on a phone.
type Driver struct {
	cfg  Config
	app  *app
	log  *slog.Logger
	host line.Host
	wake chan struct{} // the phone is to be looked at now; holds one

	telling sync.Mutex // what is told to the host comes one after the other

	mu        sync.Mutex
	status    line.Status
	running   bool
	turned    time.Time         // when the loop did something last
	device    string            // that is there, "" not known yet
	from      time.Time         // what came in before is not taken
	given     map[string]*given // by id
	sending   map[string]*errand
	heard     time.Time                  // when a webhook came last
	asked     time.Time                  // when something was found by asking that no webhook had told
	calledBy  string                     // the address that a webhook came from last
	forged    time.Time                  // when it was logged last that a webhook was not signed
	silent    string                     // why no webhooks can come, "" they can
	inboxless bool                       // the app is too old to list what came in
	apart     time.Duration              // by which the clocks differ too much, 0: they do not
	taken     map[[sha256.Size]byte]bool // what came in, since the start

	// Of the loop alone.
	identified time.Time
	bound      line.SIM // that the host knows
	pruned     time.Time
	seen       map[string]bool // ids of what came in, of the last look
}

// New returns a driver on a phone.
func New(cfg Config, log *slog.Logger) *Driver {
	return &Driver{cfg: cfg, app: newApp(cfg), log: log.With("phone", cfg.Name), wake: make(chan struct{}, 1),
		given: map[string]*given{}, sending: map[string]*errand{}, seen: map[string]bool{}, taken: map[[sha256.Size]byte]bool{},
		status: line.Status{Name: cfg.Name, Kind: line.Phone, Port: cfg.URL, State: line.Opening, Since: time.Now(), PINTries: -1,
			Profile: "sms-gateway", Voice: line.VoiceNone, SIM: line.SIM{MSISDN: cfg.Number}, NumberSet: cfg.Number != ""}}
}

// Name implements [line.Driver].
func (d *Driver) Name() string { return d.cfg.Name }

// Attach implements [line.Driver].
func (d *Driver) Attach(h line.Host) { d.host = h }

// State implements [line.Driver].
func (d *Driver) State() line.State { return d.Status().State }

// Status implements [line.Driver].
func (d *Driver) Status() line.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.status
}

// Reports implements [line.Driver].
func (d *Driver) Reports() bool { return true }

// Alive implements [line.Driver].
func (d *Driver) Alive() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running && time.Since(d.turned) > stuckAfter {
		return fmt.Errorf("nothing has happened for %s", time.Since(d.turned).Round(time.Second))
	}
	return nil
}

// turn notes that the loop goes on.
func (d *Driver) turn() {
	d.mu.Lock()
	d.turned = time.Now()
	d.mu.Unlock()
}

// poke makes the loop look at the phone now.
func (d *Driver) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run implements [line.Driver].
func (d *Driver) Run(ctx context.Context) error {
	defer d.app.client.CloseIdleConnections()
	d.mu.Lock()
	d.running, d.turned = true, time.Now()
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.running = false
		d.mu.Unlock()
	}()
	remembered, failures := false, 0
	for {
		if !remembered {
			err := d.remember(ctx)
			if remembered = err == nil; !remembered && ctx.Err() == nil {
				d.log.Error("what the phone was given before is not known", "err", err)
			}
		}
		err := d.visit(ctx)
		pause := lookEvery
		if d.lacks() != "" {
			pause = askEvery
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			failures = 0
		default:
			if failures++; failures > 1 || !d.usable() {
				d.become(d.explain(err))
			}
			d.identified = time.Time{}
			pause = retries[min(failures, len(retries))-1]
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-d.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// usable reports whether messages can be sent now, as far as is known.
func (d *Driver) usable() bool { return d.State() == line.Ready }

// condition is a state with what is to be said of it.
type condition struct {
	state      line.State
	detail, do string
}

func (c condition) Error() string { return c.detail }

// become takes a new state.
func (d *Driver) become(c condition) {
	d.mu.Lock()
	same := d.status.State == c.state && d.status.Detail == c.detail
	if d.status.State != c.state {
		d.status.Since = time.Now()
	}
	d.status.State, d.status.Detail, d.status.Do = c.state, c.detail, c.do
	d.mu.Unlock()
	if same {
		return
	}
	level := slog.LevelInfo
	if c.state != line.Ready && c.state != line.Starting {
		level = slog.LevelWarn
	}
	d.log.Log(context.Background(), level, "the phone is "+string(c.state), "detail", c.detail)
	d.host.Changed()
}

// explain returns what an error of a visit means for the line.
func (d *Driver) explain(err error) condition {
	if c, ok := errors.AsType[condition](err); ok {
		return c
	}
	if other, ok := errors.AsType[*otherCertificate](err); ok {
		return condition{line.Faulted, other.Error(), "if the phone or its certificate was replaced, set fingerprint to this one; if not, something else answers at its address"}
	}
	if errors.Is(err, errForeign) {
		return condition{line.Faulted, errForeign.Error() + " (" + d.cfg.URL + ")", "check url, and that the local server of the app is on"}
	}
	if _, ok := errors.AsType[*callError](err); !ok {
		return condition{line.Faulted, "what the phone says cannot be kept: " + err.Error(), "see simgate doctor for the disk and the database"}
	}
	switch status := statusOf(err); {
	case status == http.StatusUnauthorized:
		return condition{line.Locked, "the app refuses the user or the password", "set user and password as the app shows them under Local Server"}
	case status == http.StatusNotFound:
		return condition{line.Faulted, "the app is too old: it does not say which phone it is on", "update it"}
	case status != 0:
		return condition{line.Faulted, err.Error(), "restart the app"}
	}
	detail, do := "nothing answers at "+d.cfg.URL+": "+inWords(err), "check that the phone is on and in the Wi-Fi, that the local server of the app is on, and that url is its address"
	if by := d.elsewhere(); by != "" {
		detail += "; its app has called from " + by
		do = "set url to the new address of the phone, and give it a fixed one in the router"
	}
	return condition{line.Absent, detail, do}
}

// inWords returns an error of a connection without what is of no use to people.
func inWords(err error) string {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "no answer within " + answerWithin.String()
	}
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		return text[i+2:]
	}
	return text
}

// elsewhere returns the address from which the app has called, if it is another than that
// of the URL.
func (d *Driver) elsewhere() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	u, err := url.Parse(d.cfg.URL)
	if err != nil {
		return ""
	}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil || u.Hostname() == d.calledBy {
		return "" // a name is looked up each time
	}
	return d.calledBy
}

// visit looks at the phone once: how and who it is, what became of what it was given, and
// what came in.
func (d *Driver) visit(ctx context.Context) error {
	d.turn()
	health, err := d.app.health(ctx)
	if err != nil {
		return err
	}
	d.noteHealth(health)
	if time.Since(d.identified) >= identifyEvery {
		if s := d.State(); s == line.Opening || s == line.Absent {
			d.become(condition{state: line.Starting})
		}
		if err := d.identify(ctx); err != nil {
			return err
		}
		d.subscribe(ctx)
		d.identified = time.Now()
	}
	if err := d.askAbout(ctx); err != nil {
		return err
	}
	if err := d.askInbox(ctx); err != nil {
		return err
	}
	d.become(condition{state: line.Ready, detail: d.lacks()})
	if time.Since(d.pruned) >= pruneEvery {
		d.pruned = time.Now()
		return d.prune(ctx)
	}
	return nil
}

// lacks says what a phone that sends cannot do.
func (d *Driver) lacks() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	asks := fmt.Sprintf("; it is asked every %s instead", askEvery)
	switch {
	case d.apart != 0:
		return fmt.Sprintf("the clocks of the phone and of this machine differ by %s, and its webhooks are not taken", d.apart.Round(time.Second)) + asks
	case d.silent != "":
		return d.silent + asks
	case d.asked.After(d.heard):
		return "its webhooks do not arrive" + asks + ": install the certificate of simgate on the phone"
	}
	return ""
}

// noteHealth notes how the phone is.
func (d *Driver) noteHealth(h smsgate.Health) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status.Revision = h.Version
	if level, ok := h.Checks[smsgate.BatteryLevel]; ok {
		d.status.Battery = &line.Battery{Percent: level.ObservedValue, Charging: h.Checks[smsgate.BatteryCharging].ObservedValue&1 != 0}
	}
}

var iccidForm = regexp.MustCompile(`^[0-9]{18,20}$`)

// identify finds out which phone it is, with which SIM.
func (d *Driver) identify(ctx context.Context) error {
	device, err := d.app.device(ctx)
	if err != nil {
		return err
	}
	card, err := chooseCard(device.SIMCards, d.cfg.SIM)
	if err != nil {
		return err
	}
	from, err := d.since(ctx, device.ID)
	if err != nil {
		return err
	}
	d.describe(device, card)
	if sim := d.Status().SIM; d.bound != sim {
		if err := d.host.Identified(ctx, sim); err != nil {
			return err
		}
		d.bound = sim
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.device != device.ID {
		d.seen = map[string]bool{}
	}
	d.device, d.from = device.ID, from
	return nil
}

// describe notes what a phone and its SIM say of themselves.
func (d *Driver) describe(device smsgate.Device, card smsgate.SIMCard) {
	sim := line.SIM{ICCID: strings.TrimRight(card.ICCID, "Ff"), MSISDN: d.cfg.Number}
	if !iccidForm.MatchString(sim.ICCID) {
		sim.ICCID = fmt.Sprintf("phone:%s/%d", device.ID, max(1, card.SIMNumber))
	}
	if sim.MSISDN == "" && strings.HasPrefix(card.PhoneNumber, "+") {
		sim.MSISDN = card.PhoneNumber
	}
	maker, product, _ := strings.Cut(device.Name, "/")
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status.SIM, d.status.Manufacturer, d.status.Model, d.status.Operator = sim, maker, product, card.CarrierName
}

// chooseCard returns the SIM that is configured, or the only one. Where Android tells of
// none, it is one of which nothing is known.
func chooseCard(all []smsgate.SIMCard, slot int) (smsgate.SIMCard, error) {
	i := slices.IndexFunc(all, func(c smsgate.SIMCard) bool { return c.SIMNumber == slot })
	switch {
	case i >= 0:
		return all[i], nil
	case len(all) == 0:
		return smsgate.SIMCard{SIMNumber: slot}, nil
	case slot == 0 && len(all) == 1:
		return all[0], nil
	case slot == 0:
		return smsgate.SIMCard{}, condition{line.Faulted, fmt.Sprintf("the phone has %d SIMs", len(all)), "set sim to the number of the one to use"}
	}
	return smsgate.SIMCard{}, condition{line.Faulted, fmt.Sprintf("there is no SIM in slot %d of the phone", slot), "put one in, or set sim to another slot"}
}

// ours begins the ids of the webhooks of a line.
func (d *Driver) ours() string { return "simgate-" + d.cfg.Name + "-" }

// key returns the key that signs webhooks. Where none is configured it follows from the
// password, so that it outlives whatever happens to the database.
func (d *Driver) key() string {
	if d.cfg.SigningKey != "" {
		return d.cfg.SigningKey
	}
	mac := hmac.New(sha256.New, []byte(d.cfg.Password))
	mac.Write([]byte("simgate signs webhooks"))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// wanted are the webhooks that are registered. Apps that lack one of the last are used
// without it.
var (
	wanted   = []smsgate.EventKind{smsgate.SMSReceived, smsgate.SMSSent, smsgate.SMSDelivered, smsgate.SMSFailed, smsgate.SystemPing}
	optional = []smsgate.EventKind{smsgate.SMSDataReceived, smsgate.SMSCancelled}
)

// subscribe registers our webhooks on the phone, at the address that it reaches now. Where
// that is not possible the phone works without them.
func (d *Driver) subscribe(ctx context.Context) {
	base := ""
	if local := d.app.local.Load(); d.cfg.Callback != nil {
		base = d.cfg.Callback(*cmp.Or(local, &netip.Addr{}))
	}
	why := "the phone has no address at which to call simgate"
	if base != "" {
		why = ""
		if err := d.register(ctx, strings.TrimRight(base, "/")+"/v1/phones/"+url.PathEscape(d.cfg.Name)); err != nil {
			why = "the phone cannot call simgate at " + base + " (" + err.Error() + ")"
		}
	}
	d.mu.Lock()
	d.silent = why
	d.mu.Unlock()
}

// register registers the webhooks that are not yet as they should be.
func (d *Driver) register(ctx context.Context, at string) error {
	if d.cfg.SigningKey == "" {
		if err := d.app.sign(ctx, d.key()); err != nil {
			return fmt.Errorf("its key cannot be set: %w; set signing_key to that of the app", err)
		}
	}
	all, err := d.app.webhooks(ctx)
	if err != nil {
		return err
	}
	have := map[string]smsgate.Webhook{}
	for _, w := range all {
		if strings.HasPrefix(w.ID, d.ours()) {
			have[w.ID] = w
		}
	}
	for _, kind := range slices.Concat(wanted, optional) {
		d.turn()
		w := smsgate.Webhook{ID: d.ours() + string(kind), URL: at, Event: kind}
		if have[w.ID] != w {
			if err := d.app.register(ctx, w); err != nil && !slices.Contains(optional, kind) {
				return err
			}
		}
		delete(have, w.ID)
	}
	for id := range maps.Keys(have) { // of an earlier release
		if err := d.app.unregister(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// Diagnose looks at a phone once, and changes nothing there. The error says what is wrong;
// its [line.Status] says what to do about it.
func Diagnose(ctx context.Context, cfg Config, log *slog.Logger) (line.Status, error) {
	d := New(cfg, log)
	defer d.app.client.CloseIdleConnections()
	health, err := d.app.health(ctx)
	if err == nil {
		d.noteHealth(health)
		var device smsgate.Device
		if device, err = d.app.device(ctx); err == nil {
			var card smsgate.SIMCard
			card, err = chooseCard(device.SIMCards, cfg.SIM)
			d.describe(device, card)
		}
	}
	st := d.Status()
	if err != nil {
		c := d.explain(err)
		st.State, st.Detail, st.Do = c.state, c.detail, c.do
		return st, c
	}
	st.State = line.Ready
	return st, nil
}

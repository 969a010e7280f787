package modem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"simgate/modem/port"
	"simgate/modem/usb"
)

// Config describes one modem.
type Config struct {
	Name string // unique; for logs and lists
	Port string // path of the serial port, a pattern such as /dev/ttyUSB*, or AutoPort
	Baud int    // bits per second; 0 is 115200; ignored on USB
	PIN  string // of the SIM, "" for none
	IMEI string // of the modem; "" for whichever is on the port

	MSISDN string // the number of the SIM, for a SIM that does not know it
	SMSC   string // address of the SMSC, for a SIM that has none

	Finder *usb.Finder // of all modems of this process; nil: one for this modem alone

	PDUPause time.Duration // between the prompt and the PDU; 0: by the kind of port

	// Reauthorize takes the device of a port off the USB and back. PowerCycle
	// switches its power supply off and on. Each is a recovery step, which is not
	// taken if it is nil.
	Reauthorize func(ctx context.Context, port string) error
	PowerCycle  func(context.Context) error

	// Open, if not nil, opens the byte stream to the modem instead of the serial
	// port, as to a simulated modem. An error that wraps [fs.ErrNotExist] means that
	// the modem is absent.
	Open func(context.Context) (io.ReadWriteCloser, error)
	// OpenVoice, if not nil, opens the sound of its calls instead of a sound port.
	OpenVoice func(context.Context) (io.ReadWriteCloser, error)

	IncomingCalls IncomingCalls // what happens to incoming calls; "" is RefuseCalls
}

// Modem is one GSM or LTE modem: its port, its state, its messages and its calls. It
// is safe for concurrent use.
type Modem struct {
	cfg     Config
	log     *slog.Logger
	handler Handler
	asked   chan struct{} // holds one while the modem is to be restarted

	mu       sync.Mutex // guards what follows
	status   Status
	session  *session             // while the port is open
	failures map[string]time.Time // when a way of speaking in calls last failed, by its name
	overdue  time.Time            // when Run must have made progress, zero: it does not run

	// Used by the goroutine of Run only.
	passed   string // the last port of the pattern on which this modem was not found
	untried  int    // ports that come after the open one
	lastPort string // on which this modem was found
	opened   string // the port of the last session
	lastTry  string // why the last session failed, in words; "" if the modem was absent
	recovery recovery
	faults   int // sessions in a row in which the modem did not become Ready
}

// AutoPort as [Config].Port means that the modem is looked for on the USB.
const AutoPort = "auto"

// New returns a modem, which is Absent until [Modem.Run] is called.
func New(cfg Config, log *slog.Logger) *Modem {
	if cfg.Baud == 0 {
		cfg.Baud = 115200
	}
	if cfg.Finder == nil {
		cfg.Finder = usb.NewFinder("/sys")
	}
	m := &Modem{
		cfg:      cfg,
		log:      log.With("modem", cfg.Name),
		status:   Status{Name: cfg.Name, State: Absent, Since: time.Now(), PINTries: -1},
		failures: map[string]time.Time{},
		asked:    make(chan struct{}, 1),
	}
	m.recovery.m = m
	return m
}

// Handle sets the handler of the modem. It is called once, before Run.
func (m *Modem) Handle(h Handler) { m.handler = h }

// Name returns the configured name.
func (m *Modem) Name() string { return m.cfg.Name }

// State returns the state.
func (m *Modem) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status.State
}

// Status returns what is known of the modem now.
func (m *Modem) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status
}

// learn changes the status, but for the state, by fn.
func (m *Modem) learn(fn func(*Status)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fn(&m.status)
}

// enter changes the state from whatever it is now. Its error means that the map of
// transitions does not allow it, and ends the session.
func (m *Modem) enter(to State, detail string) error {
	_, err := m.change(to, detail)
	return err
}

// change is the only function that changes the state. It reports whether it has:
// it does nothing where the modem is in none of the states from, if any are given,
// or is in the new state already for the same reason. A transition that is not in
// the map is refused, which is a fault of this program: it is logged and returned.
// Each change is logged with its reason and told to the handler.
func (m *Modem) change(to State, detail string, from ...State) (bool, error) {
	m.mu.Lock()
	old := m.status.State
	switch {
	case len(from) > 0 && !slices.Contains(from, old), old == to && m.status.Detail == detail:
		m.mu.Unlock()
		return false, nil
	case old != to && !old.May(to):
		m.mu.Unlock()
		m.log.Error("a change of the modem's state was refused", "from", string(old), "to", string(to), "reason", detail)
		return false, fmt.Errorf("the driver made a mistake: it tried to go from %s to %s", old, to)
	}
	m.status.State, m.status.Detail = to, detail
	if old != to {
		m.status.Since = time.Now()
	}
	m.mu.Unlock()

	level := slog.LevelInfo
	switch to {
	case Faulted, Locked, Absent:
		level = slog.LevelWarn
	case Opening:
		level = slog.LevelDebug
	}
	m.log.Log(context.Background(), level, "modem is "+string(to), "reason", detail)
	m.handler.Changed()
	return true, nil
}

const (
	absentPoll   = time.Second            // between looks for a port that is not there
	firstFault   = time.Second            // the pause after the first fault
	longestFault = time.Minute            // the longest pause after a fault
	nextPort     = 100 * time.Millisecond // before the next port of a pattern is tried
	forgiveAfter = time.Minute            // of being Ready, after which the next pause is firstFault again
)

// Run keeps the modem ready until ctx ends, and returns nil. It opens the port, sets
// the modem up, serves it until something fails, waits, and begins again.
func (m *Modem) Run(ctx context.Context) error {
	defer m.progress(0, false)
	pause := firstFault
	for ctx.Err() == nil {
		m.progress(0, true)
		held, err := m.once(ctx)
		if ctx.Err() != nil {
			break
		}
		if curable(err) {
			err = m.blameSharer(err)
		}
		if held >= forgiveAfter {
			pause = firstFault
			m.recovery.forgive()
		}
		step, wait, state := Step(""), absentPoll, Faulted
		switch {
		case port.Gone(err):
			state = Absent
		case m.untried > 0:
			wait = nextPort
		case curable(err) && !errors.Is(err, errShared):
			step, wait = m.recovery.next(ctx, err)
		default:
			wait, pause = pause, min(2*pause, longestFault)
		}
		_ = m.enter(state, err.Error()) // refused and logged: it stays what it is
		m.lastTry = ""
		if state == Faulted {
			m.lastTry = "the last try failed: " + err.Error()
		}
		m.tellFault(ctx, state, held, err)
		m.progress(wait, true)
		rested := m.rest(ctx, wait)
		if errors.Is(rested, errAsked) {
			err = rested
			step, _ = m.recovery.next(ctx, err)
		}
		if ctx.Err() == nil {
			m.recovery.take(ctx, step, err)
		}
	}
	return nil //nolint:nilerr // the reason why the last session ended was logged
}

// stuckAfter is how long the loop of a modem may take from one step to the next. The
// longest, a submission before a scan of the networks, takes about six minutes.
const stuckAfter = 15 * time.Minute

// progress records that the loop of the modem works. It makes the next step after wait.
func (m *Modem) progress(wait time.Duration, running bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.overdue = time.Time{}
	if running {
		m.overdue = time.Now().Add(wait + stuckAfter)
	}
}

// Alive returns an error if the loop of the modem is stuck, which is a fault of this
// program or of a driver in the kernel.
func (m *Modem) Alive() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.overdue.IsZero() || time.Now().Before(m.overdue) {
		return nil
	}
	return fmt.Errorf("the driver of the modem %s is stuck since %s", m.cfg.Name, m.overdue.Add(-stuckAfter).Format(time.TimeOnly))
}

// errShared means that another program has the port open too and takes the answers of the
// modem. No recovery step helps against it.
var errShared = errors.New("stop it, or keep it away from this port")

// blameSharer names in err the program that has the port of the last session open too, if
// there is one that this user may see.
func (m *Modem) blameSharer(err error) error {
	if m.cfg.Open != nil {
		return err
	}
	if who := usb.Sharer(m.opened); who != "" {
		return fmt.Errorf("%s reads %s too and takes the answers of the modem: %w (%w)", who, m.opened, errShared, err)
	}
	return err
}

// persistent is after how many failures in a row the owner is told.
const persistent = 3

// tellFault tells the owner once of a fault that does not pass.
func (m *Modem) tellFault(ctx context.Context, state State, held time.Duration, err error) {
	if held > 0 {
		m.faults = 0
	}
	if state != Faulted || m.untried > 0 {
		return
	}
	if m.faults++; m.faults == persistent {
		m.notice(ctx, Notice{Kind: NoticeFault, Text: err.Error()})
	}
}

// rest waits. If the modem is absent it waits only until the kernel tells that a
// device has come. The kernel tells nothing of links and pseudo-terminals, so the
// wait is limited all the same. Any other modem can be asked to restart meanwhile.
func (m *Modem) rest(ctx context.Context, wait time.Duration) error {
	if m.State() != Absent {
		return m.sleepUnlessAsked(ctx, wait)
	}
	select {
	case <-m.asked: // one that comes back has been off
	default:
	}
	var changed <-chan struct{}
	if m.cfg.Open == nil {
		changed = m.cfg.Finder.Changed()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	case <-changed:
	}
	return nil
}

// once opens the modem and serves it until something fails. It returns the reason,
// and how long the modem was Ready.
func (m *Modem) once(ctx context.Context) (held time.Duration, err error) {
	opened, path, err := m.open(ctx)
	if err != nil && port.Gone(err) {
		return 0, err // it stays Absent
	}
	if err := errors.Join(err, m.enter(Opening, m.lastTry)); err != nil {
		return 0, err
	}
	m.learn(func(s *Status) { s.Port = path })
	s := newSession(m, opened, path)
	err = s.run(ctx)
	m.cfg.Finder.Release(m.cfg.Name)
	m.opened = path
	if s.identified {
		m.passed, m.lastPort, m.untried = "", path, 0
	} else {
		m.passed = path
	}
	m.learn(func(st *Status) {
		st.Port, st.SignalDBm, st.Registration, st.Roaming, st.Operator, st.Technology, st.VoLTE = "", 0, "", false, "", "", ""
	})
	return s.readyFor(), err
}

// open opens the next port on which this modem may be, and returns its path.
func (m *Modem) open(ctx context.Context) (io.ReadWriteCloser, string, error) {
	if m.cfg.Open != nil {
		opened, err := m.cfg.Open(ctx)
		return opened, m.cfg.Port, err
	}
	m.untried = 0
	paths, err := m.ports()
	if err != nil {
		return nil, "", err
	}
	// Start behind the last port that was not this modem, and with the first again
	// after the last.
	first := slices.Index(paths, m.passed) + 1
	if first == len(paths) {
		first = 0
	}
	var errs []error
	for i := range paths {
		at := (first + i) % len(paths)
		if err := m.cfg.Finder.Claim(m.cfg.Name, paths[at]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", paths[at], err))
			continue
		}
		opened, err := port.Open(paths[at], m.cfg.Baud)
		if err == nil {
			m.untried = len(paths) - 1 - at
			return opened, paths[at], nil
		}
		m.cfg.Finder.Release(m.cfg.Name)
		errs = append(errs, err)
	}
	return nil, "", errors.Join(errs...)
}

// ports returns the paths of the ports on which this modem may be.
func (m *Modem) ports() ([]string, error) {
	switch {
	case m.cfg.Port == AutoPort:
		return m.cfg.Finder.Ports(m.cfg.Name)
	case !strings.ContainsAny(m.cfg.Port, "*?["):
		return []string{m.cfg.Port}, nil
	}
	paths, err := filepath.Glob(m.cfg.Port)
	if err != nil {
		return nil, fmt.Errorf("the port pattern %s: %w", m.cfg.Port, err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no port matches %s: %w", m.cfg.Port, fs.ErrNotExist)
	}
	return paths, nil
}

// Answers reports whether something on the port answers to AT. It takes up to four
// seconds. The port must not be in use.
func Answers(ctx context.Context, path string) bool {
	opened, err := port.Open(path, 115200)
	if err != nil {
		return false
	}
	m := New(Config{Name: path}, slog.New(slog.DiscardHandler))
	s := newSession(m, opened, path)
	return s.alone(ctx, s.greet) == nil
}

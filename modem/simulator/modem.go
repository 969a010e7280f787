package simulator

import (
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"
)

// Modem is a simulated GSM modem with a SIM. It is a state machine without
// goroutines: octets from the host, the network and timers move it, under the
// lock of its network.
type Modem struct {
	n *Network
	profile

	card    *card
	path    string
	plugged bool
	served  bool          // a pseudo-terminal leads to it
	changed chan struct{} // closed when plugged or served change
	line    *line         // nil while nobody has the port open
	opened  bool          // somebody had it open once

	// What the modem's own flash keeps.
	memory  *store // "ME"
	reports *store // "SR"
	files   map[string][]byte
	mem     [3]string
	mr      byte
	turn    int // of what a hostile modem thinks of next
	urcPort string

	// What the network makes of it.
	reg    Registration
	signal int

	powered  bool
	hung     Cure // deaf until this step
	resets   map[string]int
	life     int  // counts power cycles: a timer of an earlier one is void
	volatile      // state that a power cycle clears
	working  bool // somebody is going through what was typed

	sound      *audio // nil while nobody has the audio port open
	voiceFault VoiceFault

	rules    []rule
	chaos    *chaos
	deadline int // octets from the host until the plug is pulled; negative: never
	commands []string
}

// profile is what the options of a modem set.
type profile struct {
	family
	imei          string
	packetOnly    bool
	boot, simBoot time.Duration
	noiseEvery    time.Duration
	portAway      time.Duration // how long a restart takes the port away
	simSlots      int

	nameless, emptySlotError, hostile bool

	dialWaits bool
	inCalls   CMSError      // refuses submissions while a call is up; 0: they are taken
	slowCalls time.Duration // that a submission takes longer then

	without []string
	replies map[string][]string
	ussd    map[string]Menu

	ussdDelay time.Duration
	ussdUCS2  bool
}

// volatile is the state of a modem that is fresh after every power-up.
type volatile struct {
	booted   bool // the firmware runs
	unlocked bool // the PIN was given, or none is asked for
	smsReady bool

	numbers map[string]int // settings that are one number, by command
	charset string
	cnmi    cnmi
	told    map[string]Registration // what the last registration URC said

	typed    []byte // from the host, not yet looked at
	busy     bool   // a command is executing: the rest of typed waits
	entry    *entry // +CMGS waits for its PDU
	held     []string
	session  *session // of USSD
	toldFull bool     // a memory without room was reported
	unacked  *inbound // went out as +CMT or +CDS, waits for +CNMA

	call        *call
	dials       int    // calls since power-up
	refusals    int    // of the command that opens the audio port, still to come
	alwaysSound bool   // +QPCMV=1
	hearsKeys   bool   // ^DDTMFCFG=0,1
	ceer        string // why the last call ended
}

// Modem makes a modem with sim in it, plugs it in and switches it on.
func (n *Network) Modem(sim SIM, options ...ModemOption) *Modem {
	n.mu.Lock()
	defer n.unlock()
	serial := len(n.modems) + 1
	m := &Modem{
		n: n,
		profile: profile{
			family:   generic,
			simSlots: simSlots,
			imei:     luhn(fmt.Sprintf("00440100%06d", serial)),
			ussd:     map[string]Menu{"*100#": {Text: "Your balance is 12.34 EUR"}},
		},
		path:     fmt.Sprintf("/dev/ttySIM%d", serial-1),
		changed:  make(chan struct{}),
		memory:   newStore(modemSlots),
		reports:  newStore(reportSlots),
		files:    make(map[string][]byte),
		mem:      [3]string{"SM", "SM", "SM"},
		reg:      Home,
		signal:   20,
		deadline: -1,
		urcPort:  "usbat",
		resets:   make(map[string]int),
	}
	for _, option := range options {
		option(m)
	}
	m.card = n.insert(sim, m.simSlots)
	n.modems = append(n.modems, m)
	m.plug()
	return m
}

// Path is the name of the port: what PlugAt or ServePTY said last, or else one
// of the form /dev/ttySIM0 that exists nowhere else.
func (m *Modem) Path() string {
	m.n.mu.Lock()
	defer m.n.unlock()
	return m.path
}

// IMEI is what +CGSN answers.
func (m *Modem) IMEI() string { return m.imei }

// Open opens the port in memory. It fails with an error that wraps
// fs.ErrNotExist while the modem is unplugged, and with syscall.EBUSY while
// somebody else has the port. The state of the modem survives closing and
// opening.
func (m *Modem) Open() (io.ReadWriteCloser, error) {
	m.n.mu.Lock()
	defer m.n.unlock()
	return m.open()
}

// Open opens the port of the modem that is plugged in at path, as Modem.Open.
func (n *Network) Open(path string) (io.ReadWriteCloser, error) {
	n.mu.Lock()
	defer n.unlock()
	for _, m := range n.modems {
		if m.path == path && m.plugged {
			return m.open()
		}
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: errAbsent}
}

func (m *Modem) open() (io.ReadWriteCloser, error) {
	switch {
	case !m.plugged:
		return nil, &fs.PathError{Op: "open", Path: m.path, Err: errAbsent}
	case m.line != nil:
		return nil, &fs.PathError{Op: "open", Path: m.path, Err: errInUse}
	}
	m.line = &line{m: m}
	m.line.arrival.L = &m.n.mu
	if m.opened {
		m.cure(CureReopen)
	}
	m.opened = true
	return m.line, nil
}

// Unplug pulls the modem out: the port dies, and the modem has no power.
func (m *Modem) Unplug() {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.unplug()
}

// Plug puts the modem back where it was; it boots. Plugging in what is plugged
// in changes nothing.
func (m *Modem) Plug() {
	m.n.mu.Lock()
	defer m.n.unlock()
	if !m.powered {
		m.resets[CurePower.String()]++
	}
	m.plug()
}

// PlugAt puts the modem back under another name.
func (m *Modem) PlugAt(path string) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.unplug()
	m.path = path
	m.plug()
}

func (m *Modem) plug() {
	if m.plugged {
		return
	}
	m.plugged = true
	m.announceChange()
	m.powerUp()
}

func (m *Modem) unplug() {
	m.detach()
	m.powerDown() // a port that a restart took away stays away
}

// detach takes the port away and leaves the modem its power.
func (m *Modem) detach() {
	if !m.plugged {
		return
	}
	m.plugged, m.served = false, false
	m.announceChange()
	m.entry, m.held, m.typed = nil, nil, nil
	if m.line != nil {
		m.line.die(errGone)
	}
	if m.sound != nil {
		m.sound.die(errGone)
	}
}

func (m *Modem) announceChange() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// Commands returns every command line from its AT on, as it was typed, oldest
// first. PINs and numbers stand in clear.
func (m *Modem) Commands() []string {
	m.n.mu.Lock()
	defer m.n.unlock()
	return slices.Clone(m.commands)
}

// after runs f with the lock held when d is over, unless the modem lost its
// power meanwhile; a d of 0 runs it now.
func (m *Modem) after(d time.Duration, f func()) {
	life := m.life
	m.n.after(d, func() {
		if m.life == life {
			f()
		}
	})
}

package simulator

import (
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"
)

// Modem is a simulated GSM modem with a SIM. It is a state machine without goroutines,
// which runs on octets from the host, the network and timers, under the lock of its
// network.
type Modem struct {
	n *Network
	profile

	card    *card
	path    string
	plugged bool
	served  bool          // a pseudo-terminal leads to it
	changed chan struct{} // closed when plugged or served change
	line    *line         // the open port; nil if it is not open
	opened  bool          // the port was opened before

	// In the flash of the modem.
	memory  *store // "ME"
	reports *store // "SR"
	files   map[string][]byte
	folder  string // of +FSCD
	waits   string // the number of a call that comes in during another; "" for none

	playsRAM bool // see PlaysRAM
	early    bool // see AnsweredAtRingback
	mem      [3]string
	mr       byte
	turn     int // of the answers of a hostile modem
	urcPort  string
	usbcfg   string // of +QCFG
	imsMode  string

	// In the network.
	reg    Registration
	signal int

	powered  bool
	hung     Cure // the modem hangs until this step; 0: it does not
	resets   map[string]int
	life     int  // counts power cycles: timers of earlier ones do nothing
	volatile      // state that is lost with the power
	working  bool // work is running

	sound      *audio // the open audio port; nil if it is not open
	voiceFault VoiceFault

	rules    []rule
	chaos    *chaos
	foreign  foreign
	deadline int // octets from the host until the modem is unplugged; negative: never
	commands []string
}

// profile is what [ModemOption]s set.
type profile struct {
	family
	imei          string
	packetOnly    bool
	dataAlone     bool // see DataAlone
	textOnly      bool // it has no PDU mode
	text          textParameters
	bearers       []int // in which messages are taken then
	boot, simBoot time.Duration
	noiseEvery    time.Duration
	portAway      time.Duration // how long the port is gone during a restart
	simSlots      int

	nameless, emptySlotError, hostile bool

	dialWaits bool
	inCalls   CMSError      // refuses submissions during a call; 0: they are accepted
	slowCalls time.Duration // how much longer they take

	without []string
	replies map[string][]string
	raw     map[string]string // replies without a final result

	recorded *recording // nil: it was not recorded
	keeps    string     // what +CNMI? answers, whatever was set; "": what was set
	shy      []string   // it refuses everything but these until it is unlocked; nil: it does not
	ussd     map[string]Menu

	ussdDelay time.Duration
	ussdUCS2  bool
}

// volatile is the state of a modem that is lost with the power.
type volatile struct {
	booted   bool // the firmware runs
	unlocked bool // the PIN was given, or none is asked for
	smsReady bool

	numbers  map[string]int    // settings that are one number, by command
	settings map[string]string // the last command of each name that has set something
	charset  string
	cnmi     cnmi
	told     map[string]Registration // what the last registration URC said

	typed    []byte   // from the host, not yet processed
	busy     bool     // a command is running: typed waits
	entry    *entry   // a command waits for its payload; nil: none does
	held     []string // unsolicited results that wait for the end of entry
	session  *session // of USSD
	toldFull bool     // that a storage is full was reported
	unacked  *inbound // was shown as +CMT or +CDS, and waits for +CNMA

	call        *call
	dials       int    // calls since power-up
	refusals    int    // of the command that starts the sound, still to come
	alwaysSound bool   // +QPCMV=1
	hearsKeys   bool   // ^DDTMFCFG=0,1
	ceer        string // why the last call ended
}

// Modem returns a new modem with this SIM, which is plugged in and switched on.
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
		folder:   "C:/",
		mem:      [3]string{"SM", "SM", "SM"},
		reg:      Home,
		signal:   20,
		deadline: -1,
		urcPort:  "usbat",
		usbcfg:   "0x2C7C,0x0125,1,1,1,1,1,0,0",
		imsMode:  "0",
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

// Path returns the path of the port: that of the last PlugAt or ServePTY, or one of the
// form /dev/ttySIM0, which is no file.
func (m *Modem) Path() string {
	m.n.mu.Lock()
	defer m.n.unlock()
	return m.path
}

// IMEI returns the IMEI of the modem.
func (m *Modem) IMEI() string { return m.imei }

// Open opens the port, in memory. The error wraps [fs.ErrNotExist] if the modem is
// unplugged, and syscall.EBUSY if the port is open. Closing and opening does not change
// the state of the modem.
func (m *Modem) Open() (io.ReadWriteCloser, error) {
	m.n.mu.Lock()
	defer m.n.unlock()
	return m.open()
}

// Open opens the port of the modem that is plugged in at path, as [Modem.Open] does.
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

// Unplug unplugs the modem: its port is gone, and its power is off.
func (m *Modem) Unplug() {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.unplug()
}

// Plug plugs the modem in again, and it boots. It does nothing if the modem is plugged
// in.
func (m *Modem) Plug() {
	m.n.mu.Lock()
	defer m.n.unlock()
	if !m.powered {
		m.resets[CurePower.String()]++
	}
	m.plug()
}

// PlugAt unplugs the modem and plugs it in at another path.
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
	m.powerDown() // also if the port is gone because of a restart
}

// detach removes the port. The modem keeps its power.
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

// Commands returns the command lines from the host, from AT on, oldest first. PINs and
// numbers are not masked.
func (m *Modem) Commands() []string {
	m.n.mu.Lock()
	defer m.n.unlock()
	return slices.Clone(m.commands)
}

// after runs f with the lock held after d, or now if d is not positive, unless the modem
// loses its power before.
func (m *Modem) after(d time.Duration, f func()) {
	life := m.life
	m.n.after(d, func() {
		if m.life == life {
			f()
		}
	})
}

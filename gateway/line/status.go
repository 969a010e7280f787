package line

import (
	"cmp"
	"fmt"
	"time"

	"simgate/gateway/msisdn"
)

// State is what a driver is doing.
type State string

// The states of a driver.
const (
	Absent    State = "absent"    // the device is not there
	Opening   State = "opening"   // the device is being opened
	Starting  State = "starting"  // the device is asked who it is, and set up
	Searching State = "searching" // set up, but not registered for messages
	Ready     State = "ready"     // registered: messages can be sent
	InCall    State = "incall"    // a voice call is up
	Locked    State = "locked"    // the SIM wants something that only a human can give
	Faulted   State = "faulted"   // something failed; it is tried again after a pause
)

// doing are sentences of what the driver of a device, %s, is doing.
var doing = map[State]string{
	Absent:    "%s is not there",
	Opening:   "%s is being opened",
	Starting:  "%s is starting",
	Searching: "%s finds no network",
	Ready:     "%s is ready",
	InCall:    "%s is in a call",
	Locked:    "%s has a SIM that is locked",
	Faulted:   "%s does not work",
}

// remedy says what the owner of a modem can do about a state that lasts.
func (s State) remedy() string {
	switch s {
	case Absent:
		return "check that it is plugged in and has power"
	case Locked:
		return "set its PIN in the configuration, or unlock it in a phone"
	case Faulted, Starting, Opening:
		return "it is tried again by itself; if that does not help, unplug it and plug it in again"
	case Searching:
		return "check its aerial, and whether the SIM is active"
	}
	return ""
}

// SIM is what a card says of itself.
type SIM struct {
	ICCID  string // of the card, ITU-T E.118; "imsi:…" on a modem that cannot read it
	IMSI   string // of the subscription
	MSISDN string // its number, as configured or as the card says; often ""
}

// Storage is the place where messages come in, and how full it is.
type Storage struct {
	Name        string // "ME", "SM"; "" unknown
	Used, Total int
}

// Battery is how much is left in the battery of a device.
type Battery struct {
	Percent  int
	Charging bool
}

// low is how much of a battery that is not charged is little, in percent.
const low = 15

// Low reports whether a device will soon be without power.
func (b *Battery) Low() bool { return b != nil && !b.Charging && b.Percent < low }

// Kind is what a device is.
type Kind string

// The kinds of devices.
const (
	Modem Kind = "modem"
	Phone Kind = "phone"
)

// Status is what is known of a driver and its SIM now.
type Status struct {
	Name   string
	Kind   Kind   // "" stands for a modem
	Port   string // path it is open on, or URL; "" while it is not
	State  State
	Detail string // why it is in this state, in words; "" where the state says it all
	Do     string // what its owner can do about that; "": what the state says
	Since  time.Time

	IMEI, Manufacturer, Model, Revision string
	SIM
	NumberSet    bool   // MSISDN is that of the configuration, not of the card
	SMSC         string // address of the SMSC of the SIM
	PINTries     int    // left before the SIM wants its PUK, -1 unknown
	Registration string // in words
	Roaming      bool   // that network is not the SIM's own
	Operator     string // as the network calls itself
	Technology   string // of the radio: GSM, UMTS, LTE …; "" unknown
	SignalDBm    int    // 0 unknown
	Profile      string // the family that the driver takes the modem for
	Storage      Storage
	Battery      *Battery  // nil: there is none, or nothing is known of it
	Voice        Voice     // how the next call would be spoken; "" not known yet
	Voices       []Voice   // all ways that there are, that one first
	VoLTE        string    // "registered", "off": whether LTE carries calls; "" not known, or not on LTE
	Advice       []Setting // that would let it speak in calls, or over LTE
}

// Device returns what people call the device: modem NAME.
func (s Status) Device() string { return string(cmp.Or(s.Kind, Modem)) + " " + s.Name }

// Doing says what the driver is doing: modem NAME finds no network.
func (s Status) Doing() string { return fmt.Sprintf(doing[s.State], s.Device()) }

// Because returns why it is doing that, too, where that is known.
func (s Status) Because() string {
	text := s.Doing()
	if s.Detail != "" {
		text += ": " + s.Detail
	}
	return text
}

// Remedy says what the owner can do about the state if it lasts; "" where nothing is wrong.
func (s Status) Remedy() string { return cmp.Or(s.Do, s.State.remedy()) }

// Setting is something to set in a device, once: it outlives the power.
type Setting struct {
	Why     string // in words
	Command string // "" if no command helps
}

// Signals returns how strong the signals are, in dBm, by the ids of the lines that have one.
func (p *Pool) Signals() map[int64]int {
	seen := map[int64]int{}
	for _, l := range p.lines {
		if id, s := l.ID(), l.Status(); id != 0 && s.SignalDBm != 0 {
			seen[id] = s.SignalDBm
		}
	}
	return seen
}

// OwnNumber is the number of a line that people can send texts to.
type OwnNumber struct {
	Line   int64
	Number msisdn.Number
}

// OwnNumber returns that of a line whose number is sure and that can be expected to receive:
// the one with an id, or where that is 0 any. One that receives now is preferred, and then one
// in a country. What is sent to one that is just being recovered waits in the network.
func (p *Pool) OwnNumber(id int64, country string) (best OwnNumber, ok bool) {
	most := -1
	for _, l := range p.lines {
		r, fitness := OwnNumber{l.ID(), p.sureNumber(l)}, 0
		switch s := l.State(); {
		case r.Number == "", r.Line == 0, id != 0 && id != r.Line, s == Absent, s == Locked:
			continue
		case s == Ready, s == InCall:
			fitness += 2
		}
		if country != "" && p.home(l) == country {
			fitness++
		}
		if fitness > most {
			best, most = r, fitness
		}
	}
	return best, most >= 0
}

// sureNumber returns the number of a line where it is sure, since the owner has said so or
// a message has come back, or "". What a card says is often that of another SIM, or an old
// one.
func (p *Pool) sureNumber(l *Line) msisdn.Number {
	if n := p.settingsOf(l.ID()).Number; n != "" {
		return msisdn.Number(n)
	}
	st := l.Status()
	if proved, _ := p.proved.Load(l.ID()); st.NumberSet || st.MSISDN == proved {
		return msisdn.Number(st.MSISDN)
	}
	return ""
}

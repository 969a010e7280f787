package line

import "time"

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

// Remedy says what the owner can do about a state that lasts; "" where nothing is wrong.
func (s State) Remedy() string {
	switch s {
	case Absent:
		return "check that it is plugged in and has power"
	case Locked:
		return "set its PIN in the configuration, or unlock it in a phone"
	case Faulted:
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

// Status is what is known of a driver and its SIM now.
type Status struct {
	Name   string
	Port   string // path it is open on, "" while it is not
	State  State
	Detail string // why it is in this state, in words; "" where the state says it all
	Since  time.Time

	IMEI, Manufacturer, Model, Revision string
	SIM
	SMSC         string // address of the SMSC of the SIM
	PINTries     int    // left before the SIM wants its PUK, -1 unknown
	Registration string // in words
	Roaming      bool   // that network is not the SIM's own
	Operator     string // as the network calls itself
	Technology   string // of the radio: GSM, UMTS, LTE …; "" unknown
	SignalDBm    int    // 0 unknown
	Profile      string // the family that the driver takes the modem for
	Storage      Storage
	Voice        Voice     // how the next call would be spoken; "" not known yet
	Voices       []Voice   // all ways that there are, that one first
	VoLTE        string    // "registered", "off": whether LTE carries calls; "" not known, or not on LTE
	Advice       []Setting // that would let it speak in calls, or over LTE
}

// Setting is something to set in a device, once: it outlives the power.
type Setting struct {
	Why     string // in words
	Command string // "" if no command helps
}

package modem

import (
	"slices"
	"time"
)

// State is what a modem is doing. Only these transitions are possible:
//
//	Absent    -> Opening
//	Opening   -> Starting, Faulted
//	Starting  -> Searching, Locked, Absent, Faulted
//	Searching -> Ready, Absent, Faulted
//	Ready     -> InCall, Searching, Absent, Faulted
//	InCall    -> Ready, Absent, Faulted
//	Locked    -> Starting, Absent, Faulted
//	Faulted   -> Opening, Absent
//
// A modem that is Faulted is opened again after a pause, which grows with each
// fault and is reset only after the modem has been Ready for a minute. The port of
// one that is Absent is looked for every second.
type State string

// The states of a modem.
const (
	Absent    State = "absent"    // the port is not there
	Opening   State = "opening"   // the port is being opened
	Starting  State = "starting"  // the modem is being identified and set up
	Searching State = "searching" // set up, but not registered for messages
	Ready     State = "ready"     // registered: messages can be sent
	InCall    State = "incall"    // in a voice call; messages wait
	Locked    State = "locked"    // the SIM needs its PIN or PUK from a human
	Faulted   State = "faulted"   // something failed; the modem is opened again after a pause
)

// transitions are the transitions that State lists.
var transitions = map[State][]State{
	Absent:    {Opening},
	Opening:   {Starting, Faulted},
	Starting:  {Searching, Locked, Absent, Faulted},
	Searching: {Ready, Absent, Faulted},
	Ready:     {InCall, Searching, Absent, Faulted},
	InCall:    {Ready, Absent, Faulted},
	Locked:    {Starting, Absent, Faulted},
	Faulted:   {Opening, Absent},
}

// May reports whether the transition from s to next is possible.
func (s State) May(next State) bool { return slices.Contains(transitions[s], next) }

// SIM is what identifies a SIM.
type SIM struct {
	ICCID  string // ITU-T E.118; "imsi:…" if the modem cannot read it
	IMSI   string // of the subscription
	MSISDN string // the number, as configured or as stored on the card; often ""
}

// Storage is where a modem stores incoming messages, and how full it is.
type Storage struct {
	Name        string // "ME", "SM"; "" if unknown
	Used, Total int
}

// Status is what is known of a modem.
type Status struct {
	Name   string
	Port   string // path of the open port, "" if none is open
	State  State
	Detail string    // why it is in this state, in words; "" if there is nothing to add
	Since  time.Time // of the state

	IMEI, Manufacturer, Model, Revision string
	SIM
	NumberSet    bool   // MSISDN is that of the configuration, not of the card
	SMSC         string // address of the SMSC of the SIM
	PINTries     int    // left before the SIM needs its PUK, -1 if unknown
	Registration string // in words
	Roaming      bool   // it is registered with a network that is not the SIM's own
	Operator     string // the name of the network
	Technology   string // of the radio: GSM, UMTS, LTE …; "" if unknown
	SignalDBm    int    // 0 if unknown
	Profile      string // name of the profile that is used for the modem
	Storage      Storage
	Voice        Voice     // of the next call; "" if not known yet
	Voices       []Voice   // all that the modem has, that of the next call first
	VoLTE        string    // "registered" or "off"; "" if not known or not on LTE
	Advice       []Setting // that would let it speak in calls, or over LTE
}

package modem

import (
	"regexp"
	"strings"
	"time"

	"simgate/modem/pdu"
)

// profile is how one family of modems differs from the others. A difference
// between vendors is a value here and never a question for a model's name
// elsewhere. profiles.go holds the table; a field that a row leaves out is that
// of generic.
type profile struct {
	name  string
	match *regexp.Regexp // of "MANUFACTURER MODEL", as +CGMI and +CGMM tell; the first row that matches counts

	// The times of a submission (TS 27.005 3.5.1). LTE modems were seen to
	// answer after 135 s.
	prompt time.Duration // from the command to "> "
	pause  time.Duration // from the prompt to the PDU, on a real UART; USB needs none
	result time.Duration // from Ctrl-Z to +CMGS or an error

	setUp  []step   // in order, once the SIM is open
	extras []step   // of this family, after setUp
	cnmi   []string // what to ask of +CNMI, best first; each is read back

	storages []string // where messages are to come in, best first
	iccid    []string // how to read the ICCID
	tries    []string // how to ask for the PIN tries left
	signal   []string // how to ask for the signal where +CSQ does not know it

	ussd       pdu.USSDCoding
	ussdNoStop bool // the modem has no way to end a USSD session

	voice     []way    // of speaking in calls, best first
	callSetUp []string // before a call is dialled: the modem is to tell how it goes
	callDone  []string // and after it
	keys      string   // has the modem tell the keys that are pressed at the far end; "": they are heard

	reset      []string // restarts the modem, best first
	resetsADay int      // more wear out the flash of some

	restarted []string // unsolicited results of a modem that has started anew
	simReady  []string // and those that say that its storage can be used from now on
	full      []string // and those that say that the storage is full
}

// step is one command of several.
type step struct {
	cmd      string
	required bool // a modem that refuses it cannot do what they are for
}

// profileOf returns the profile for what a modem says of itself.
func profileOf(manufacturer, model string) profile {
	who := strings.TrimSpace(manufacturer + " " + model)
	for _, p := range profiles {
		if p.match.MatchString(who) {
			return p
		}
	}
	return generic
}

// like returns a row of the table: base with what is different about a family.
func like(base profile, name, match string, different func(*profile)) profile {
	base.name, base.match = name, regexp.MustCompile(`(?i)`+match)
	different(&base)
	return base
}

// pauseOn returns the pause before the PDU on a port: a UART takes the time
// that the modem needs to switch to taking text; on USB there is nothing to
// wait for.
func (p profile) pauseOn(path string) time.Duration {
	for _, uart := range []string{"/dev/ttyS", "/dev/ttyAMA", "/dev/serial", "/dev/ttymxc", "/dev/ttySC", "/dev/ttyO"} {
		if strings.HasPrefix(path, uart) && !strings.HasPrefix(path, "/dev/serial/by-") {
			return p.pause
		}
	}
	return 0
}

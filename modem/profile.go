package modem

import (
	"regexp"
	"strings"
	"time"

	"simgate/modem/pdu"
)

// profile is how a family of modems differs from others. Every difference between
// vendors is a value here; no code elsewhere asks for the name of a model. profiles.go
// holds the table.
type profile struct {
	name  string
	match *regexp.Regexp // of "MANUFACTURER MODEL" (+CGMI, +CGMM); the first row that matches counts

	// The times of a submission (TS 27.005 3.5.1).
	prompt time.Duration // limit from the command to the prompt "> "
	pause  time.Duration // from the prompt to the PDU, on a UART; USB needs none
	result time.Duration // limit from Ctrl-Z to the result; LTE modems took up to 135 s

	setUp  []step   // commands after the SIM is unlocked
	extras []step   // commands of this family after setUp
	cnmi   []string // modes of +CNMI, best first

	storages []string // for incoming messages, best first
	iccid    []string // commands that read the ICCID
	tries    []string // commands that read how many PIN tries are left
	signal   []string // commands that read the signal if +CSQ does not know it

	ussd       pdu.USSDCoding
	ussdNoStop bool // the modem cannot end a USSD session

	voice     []way    // of speaking in calls, best first
	callSetUp []string // commands before a call, so that the modem reports its progress
	callDone  []string // commands after a call
	keys      string   // command that has the modem report keys of the far end; "": they are detected in the sound

	lte []lteSwitch // what may keep LTE from carrying calls

	reset      []string // commands that restart the modem, best first
	resetsADay int      // limit of resets, which wear out the flash of some

	// Unsolicited results, by how they begin.
	restarted []string // the modem has restarted
	simReady  []string // the storage of the SIM can be used from now on
	full      []string // the storage for messages is full
}

// step is one command of several.
type step struct {
	cmd      string
	required bool // the commands fail if this one is refused
}

// profileOf returns the profile for a modem by +CGMI and +CGMM.
func profileOf(manufacturer, model string) profile {
	who := strings.TrimSpace(manufacturer + " " + model)
	for _, p := range profiles {
		if p.match.MatchString(who) {
			return p
		}
	}
	return generic
}

// like returns a row of the table: base, changed by different.
func like(base profile, name, match string, different func(*profile)) profile {
	base.name, base.match = name, regexp.MustCompile(`(?i)`+match)
	different(&base)
	return base
}

// pauseOn returns the pause between the prompt and the PDU on a port. Behind a UART the
// modem needs time to switch to taking text; on USB it needs none.
func (p profile) pauseOn(path string) time.Duration {
	for _, uart := range []string{"/dev/ttyS", "/dev/ttyAMA", "/dev/serial", "/dev/ttymxc", "/dev/ttySC", "/dev/ttyO"} {
		if strings.HasPrefix(path, uart) && !strings.HasPrefix(path, "/dev/serial/by-") {
			return p.pause
		}
	}
	return 0
}

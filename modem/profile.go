package modem

import (
	"strings"
	"time"
)

// profile is how one family of modems differs from the others. A difference
// between vendors is a value here and never a question for a model's name
// elsewhere.
type profile struct {
	name string

	// The times of a submission (TS 27.005 3.5.1). LTE modems were seen to
	// answer after 135 s.
	prompt time.Duration // from the command to "> "
	pause  time.Duration // from the prompt to the PDU, on a real UART; USB needs none
	result time.Duration // from Ctrl-Z to +CMGS or an error

	setUp []step   // in order, once the SIM is open
	cnmi  []string // what to ask of +CNMI, best first; each is read back
	iccid []string // how to read the ICCID
	tries []string // how to ask for the PIN tries left
}

// step is one command of the start-up.
type step struct {
	cmd      string
	required bool // a modem that refuses it cannot be used
}

// generic is a modem that keeps to TS 27.005 and TS 27.007.
var generic = profile{
	name:   "generic",
	prompt: 10 * time.Second,
	pause:  100 * time.Millisecond,
	result: 150 * time.Second,
	setUp: []step{
		{`+CSCS="GSM"`, false},
		{"+CMGF=0", true},
		{"+CSMS=0", false},  // no duty to acknowledge with +CNMA
		{"+CMMS=2", false},  // the link stays open between parts and messages
		{"+CGSMS=3", false}, // circuit switched preferred, packet as fall-back
		{"+CLIP=1", false},
		{"+COLP=0", false}, // with 1 a dial command blocks until the answer on some
		{"+CRC=0", false},
	},
	// Store and tell (mt=1), status reports as they come (ds=1), nothing else
	// unasked. The last keeps the messages at the cost of the reports.
	cnmi:  []string{"2,1,0,1,0", "2,1,2,1,0", "1,1,0,1,0", "2,1,0,0,0", "1,1,0,0,0"},
	iccid: []string{"+CCID", "+ICCID", "^ICCID?", "+QCCID", "#CCID"},
	tries: []string{"+SPIC", "^CPIN?", `+QPINC="SC"`, "#PCT", "+UPINCNT"},
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

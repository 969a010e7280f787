package simulator

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// family is how the modems of one make differ from the others, as their hosts
// see it. Modem makes one of generic when no Family is asked for.
type family struct {
	manufacturer, model, revision string
	rat                           RAT

	// +CNMI (27.005 3.4.1): the values of <mode> and <ds> that are accepted.
	// What the test command claims of <ds> is more than that on some.
	modes         []int
	reportRoutes  []int
	claimedRoutes []int // nil: reportRoutes

	memories   []string // of all three kinds in +CPMS; the first are chosen at first
	reportsIn  string   // memory of status reports with <ds> 2; "": where messages go
	reportsAre string   // how +CDSI tells of them, whatever the truth is; "": the truth
	full       string   // what is said when a memory has no room; %s is its name

	csms      []int // what +CSMS accepts
	freshCSMS int   // and has after power-up; 1 is the duty to acknowledge

	up      []string // said when the firmware runs, in front of +CPIN
	saysPIN bool     // +CPIN is said unasked
	ready   []string // said when messages can be had
	noise   []string // said now and then, by Noise

	bareICCID bool     // the answer is the number alone
	pad       bool     // and ends in F when its digits are odd
	soft      string   // the text that restarts the modem
	hard      string   // another that does; "": none
	knows     []string // vendorHandlers and vendorNumbers

	tells []telling // of calls

	packedUSSD bool // strings of +CUSD are packed septets in hex (^USSDMODE=1)
}

// generic keeps to 27.005 and 27.007.
var generic = family{
	manufacturer: "simgate", model: "Simulator", revision: "1.0",
	rat:      LTE,
	modes:    []int{0, 1, 2},
	memories: []string{"ME", "SM"}, reportRoutes: []int{0, 1, 2},
	csms: []int{0, 1},
	up:   []string{"RDY", "+CFUN: 1"}, saysPIN: true, ready: []string{"SMS DONE"},
	soft:  "+CFUN=1,1",
	knows: []string{"+CCID", "+ICCID", "+SPIC", "+CPCMREG", "+CPCMFRM", "+DDET"},
}

// Family makes the modem one of a make: "sim7600", "a7670", "sim800", "ec25",
// "ec200", "m35", "huawei" (a UMTS stick), "e3372", "zte", "sierra", "ublox"
// or "telit". It sets everything in which such a modem differs, so it stands in
// front of options that change one thing. Any other name panics.
func Family(name string) ModemOption {
	f, ok := families[name]
	if !ok {
		panic(fmt.Sprintf("simulator: no family is called %q", name))
	}
	return func(m *Modem) {
		m.family = f
		m.mem = [3]string{f.memories[0], f.memories[0], f.memories[0]}
	}
}

// Families are the names that Family knows, in the order of the alphabet.
func Families() []string { return slices.Sorted(maps.Keys(families)) }

// Noise lets a modem whose family has such a habit say a line that nobody asked
// for at every interval, until AT^CURC=0.
func Noise(interval time.Duration) ModemOption {
	return func(m *Modem) { m.noiseEvery = interval }
}

// URCElsewhere sends unsolicited results to another port of the modem, where
// nobody listens, until AT+QURCCFG="urcport","usbat" brings them to this one.
// The modem remembers that without power.
func URCElsewhere() ModemOption {
	return func(m *Modem) { m.urcPort = "usbnmea" }
}

// makeNoise says the next line of noise, and later the one behind it.
func (m *Modem) makeNoise(turn int) {
	if m.noiseEvery <= 0 || len(m.noise) == 0 {
		return
	}
	m.after(m.noiseEvery, func() {
		if m.numbers["^CURC"] != 0 {
			m.urc(m.noise[turn%len(m.noise)])
		}
		m.makeNoise(turn + 1)
	})
}

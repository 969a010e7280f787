package simulator

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// family is how a family of modems differs from others. Without [Family] a modem is of
// the generic one.
type family struct {
	manufacturer, model, revision string
	rat                           RAT

	// The values that +CNMI accepts (27.005 3.4.1).
	modes         []int // of <mode>
	reportRoutes  []int // of <ds>
	claimedRoutes []int // of <ds> in the answer to +CNMI=?; nil: reportRoutes

	sets [5][]int // the values of <mode>, <mt>, <bm>, <ds> and <bfr>, instead of modes and reportRoutes

	memories   []string // storages of +CPMS; the first is selected after power-up
	receiving  []string // those for incoming messages; nil: all
	names      int      // how many names +CPMS= takes; 0: one to three
	storages   string   // the answer to +CPMS=?; "": as in 27.005
	deaf       bool     // it lets nobody read its messages
	noOK       []string // queries whose answer has no final result
	reportsIn  string   // storage of status reports with <ds> 2; "": that of messages
	reportsAre string   // the place that +CDSI reports; "": the true one
	full       string   // unsolicited result if a storage is full; %q is its name

	charsets []string // of +CSCS, the first is set after power-up; nil: usualCharsets

	csms      []int // values that +CSMS accepts
	freshCSMS int   // value of +CSMS after power-up; with 1 the host must acknowledge

	// Unsolicited results.
	up      []string // when the firmware runs, before +CPIN
	saysPIN bool     // +CPIN is one
	ready   []string // when the storage of messages can be used
	noise   []string // at intervals; see Noise

	bareICCID bool     // the answer is the number alone
	pad       bool     // an odd number of digits of the ICCID is padded with F
	refusal   error    // of an unknown command, with +CMEE=1 too; nil: +CME ERROR: 4
	soft      string   // command that restarts the modem
	hard      string   // stronger command that does; "" for none
	knows     []string // commands of vendorHandlers and vendorNumbers

	fileOffsets bool // +CFTRANRX may name a place in a file

	tells []telling // how the progress of calls is reported

	packedUSSD bool // strings of +CUSD are packed septets in hex (^USSDMODE=1)
}

// generic is the family of modems that keep to 27.005 and 27.007.
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

// Family sets the family of the modem: "sim7600", "a7670", "sim800", "ec25", "ec200",
// "m35", "huawei" (a UMTS stick), "e3372", "zte", "sierra", "ublox", "telit", "cinterion",
// "wavecom", "air780", "qualcomm", "neoway", "nokia" or "samsung". Options
// that change one property of a family must follow it. It panics for any other name.
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

// Families returns the names that [Family] knows, sorted.
func Families() []string { return slices.Sorted(maps.Keys(families)) }

// Noise makes the modem send an unsolicited result at every interval, until AT^CURC=0, if
// its family does so.
func Noise(interval time.Duration) ModemOption {
	return func(m *Modem) { m.noiseEvery = interval }
}

// URCElsewhere makes the modem send unsolicited results to another port, which cannot be
// opened, until AT+QURCCFG="urcport","usbat". The setting survives power cycles.
func URCElsewhere() ModemOption {
	return func(m *Modem) { m.urcPort = "usbnmea" }
}

// makeNoise sends a result of noise at every interval, beginning with that of turn.
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

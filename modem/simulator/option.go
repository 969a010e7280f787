package simulator

import (
	"slices"
	"strings"
	"time"
)

// ModemOption changes what a modem is.
type ModemOption func(*Modem)

// Identity sets what +CGMI, +CGMM and +CGMR answer.
func Identity(manufacturer, model, revision string) ModemOption {
	return func(m *Modem) {
		m.manufacturer, m.model, m.revision = manufacturer, model, revision
	}
}

// At sets the name of the port.
func At(path string) ModemOption {
	return func(m *Modem) { m.path = path }
}

// Registered sets the state of registration that the modem has from the start;
// the default is Home.
func Registered(r Registration) ModemOption {
	return func(m *Modem) { m.reg = r }
}

// Radio sets the radio access technology; the default is LTE.
func Radio(rat RAT) ModemOption {
	return func(m *Modem) { m.rat = rat }
}

// PacketOnly is an LTE modem without circuit-switched service: +CREG says 0,
// and messages go over IMS, to which +CIREG says that it is registered.
func PacketOnly() ModemOption {
	return func(m *Modem) { m.rat, m.packetOnly = LTE, true }
}

// SlowBoot is how long a modem is deaf after power-up.
func SlowBoot(d time.Duration) ModemOption {
	return func(m *Modem) { m.boot = d }
}

// PortDrops is a modem on USB: after each restart the port dies, and is there
// again d later. A modem behind a UART, which is the default, keeps its port.
func PortDrops(d time.Duration) ModemOption {
	return func(m *Modem) { m.portAway = d }
}

// SlowSIM is how long messages are out of reach after the SIM is unlocked:
// until "SMS DONE" their commands answer +CMS ERROR: 314 (SIM busy).
func SlowSIM(d time.Duration) ModemOption {
	return func(m *Modem) { m.simBoot = d }
}

// FirstMR is the reference of the first submission; the default is 0.
func FirstMR(mr byte) ModemOption {
	return func(m *Modem) { m.mr = mr }
}

// ReportRoutes are the values of <ds> that +CNMI accepts: 0 drops status
// reports, 1 shows them as +CDS, 2 stores them and says +CDSI (27.005 3.4.1).
// The default is all three.
func ReportRoutes(ds ...int) ModemOption {
	return func(m *Modem) { m.reportRoutes, m.claimedRoutes = slices.Clone(ds), nil }
}

// DialWaits answers the dial command only when the call is answered, or over, as
// some makes do; whatever is typed meanwhile ends the call (V.250 5.6.1).
func DialWaits() ModemOption {
	return func(m *Modem) { m.dialWaits = true }
}

// RefuseInCalls is a modem that can either call or send: +CMGS answers +CMS ERROR:
// cms, after the PDU, while a call is up.
func RefuseInCalls(cms CMSError) ModemOption {
	return func(m *Modem) { m.inCalls = cms }
}

// SlowInCalls is how much longer +CMGS takes while a call is up and leaves the
// message but a slow channel beside it (44.018, SACCH).
func SlowInCalls(d time.Duration) ModemOption {
	return func(m *Modem) { m.slowCalls = d }
}

// Without makes commands unknown, each by its name, as "+SPIC".
func Without(commands ...string) ModemOption {
	return func(m *Modem) { m.without = append(m.without, commands...) }
}

// Reply adds a command, or replaces one: the text behind AT, as "+QCSQ" or
// "^HCSQ?", and the lines that answer it before OK.
func Reply(command string, lines ...string) ModemOption {
	return func(m *Modem) {
		if m.replies == nil {
			m.replies = make(map[string][]string)
		}
		m.replies[strings.ToUpper(command)] = lines
	}
}

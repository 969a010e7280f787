package simulator

import (
	"slices"
	"strings"
	"time"
)

// ModemOption is an option of [Network.Modem].
type ModemOption func(*Modem)

// Identity sets the answers to +CGMI, +CGMM and +CGMR.
func Identity(manufacturer, model, revision string) ModemOption {
	return func(m *Modem) {
		m.manufacturer, m.model, m.revision = manufacturer, model, revision
	}
}

// At sets the path of the port.
func At(path string) ModemOption {
	return func(m *Modem) { m.path = path }
}

// Registered sets the registration of the modem from the start. The default is Home.
func Registered(r Registration) ModemOption {
	return func(m *Modem) { m.reg = r }
}

// Radio sets the radio access technology; the default is LTE.
func Radio(rat RAT) ModemOption {
	return func(m *Modem) { m.rat = rat }
}

// PacketOnly makes the modem one on LTE without circuit switched service: its +CREG is 0,
// and it is registered with the IMS (+CIREG), which carries its messages.
func PacketOnly() ModemOption {
	return func(m *Modem) { m.rat, m.packetOnly = LTE, true }
}

// DataAlone makes the modem one on LTE that has neither circuit switched service nor IMS:
// the network takes its messages only in these modes of +CGSMS (27.007 10.1.21), and refuses
// them in others, as it does for modems on LTE-M and NB-IoT.
func DataAlone(modes ...int) ModemOption {
	return func(m *Modem) { m.rat, m.dataAlone, m.bearers = LTE, true, modes }
}

// SlowBoot sets how long the modem does not react after power-up.
func SlowBoot(d time.Duration) ModemOption {
	return func(m *Modem) { m.boot = d }
}

// PortDrops makes the modem one on USB: at each restart its port disappears for d. A modem
// behind a UART, which is the default, keeps its port.
func PortDrops(d time.Duration) ModemOption {
	return func(m *Modem) { m.portAway = d }
}

// SlowSIM sets how long the commands on messages answer +CMS ERROR: 314 (SIM busy) after
// the SIM is unlocked, until "SMS DONE".
func SlowSIM(d time.Duration) ModemOption {
	return func(m *Modem) { m.simBoot = d }
}

// FirstMR sets the reference of the first submission. The default is 0.
func FirstMR(mr byte) ModemOption {
	return func(m *Modem) { m.mr = mr }
}

// ReportRoutes sets the values of <ds> that +CNMI accepts: 0 drops status reports, 1 shows
// them as +CDS, 2 stores them and reports +CDSI (27.005 3.4.1). The default is all three.
func ReportRoutes(ds ...int) ModemOption {
	return func(m *Modem) { m.reportRoutes, m.claimedRoutes = slices.Clone(ds), nil }
}

// DialWaits makes the modem answer the dial command only when the call is answered or
// over, as some do. Any octet before that ends the call (V.250 5.6.1).
func DialWaits() ModemOption {
	return func(m *Modem) { m.dialWaits = true }
}

// RefuseInCalls makes the modem refuse submissions during calls: +CMGS answers
// +CMS ERROR: cms after the PDU.
func RefuseInCalls(cms CMSError) ModemOption {
	return func(m *Modem) { m.inCalls = cms }
}

// SlowInCalls sets how much longer +CMGS takes during calls, where messages have only a
// slow channel (44.018, SACCH).
func SlowInCalls(d time.Duration) ModemOption {
	return func(m *Modem) { m.slowCalls = d }
}

// TextOnly makes the modem one without PDU mode, as phones that speak AT over USB or
// Bluetooth are: +CMGF takes 1 alone, and +CSMP says how a text is sent.
func TextOnly() ModemOption {
	return func(m *Modem) { m.textOnly = true }
}

// Without removes commands, by their names, as "+SPIC".
func Without(commands ...string) ModemOption {
	return func(m *Modem) { m.without = append(m.without, commands...) }
}

// Reply adds or replaces a command: its text without AT, as "+QCSQ" or "^HCSQ?", and the
// lines of its reply before OK.
func Reply(command string, lines ...string) ModemOption {
	return func(m *Modem) {
		if m.replies == nil {
			m.replies = make(map[string][]string)
		}
		m.replies[strings.ToUpper(command)] = lines
	}
}

// FilesInOnePiece makes the modem refuse to write into a file that exists, as does some
// firmware of the A76xx on a UART (A76XX Series AT Command Manual V1.09, 13.2.1, notes).
func FilesInOnePiece() ModemOption {
	return func(m *Modem) { m.fileOffsets = false }
}

// AnsweredAtRingback makes the modem report a call as answered as soon as it rings, as an
// A7672SA does that falls back to a network of the second or third generation for it
// (traces in public notes on Claro Argentina: VOICE CALL: BEGIN, state 0 in +CLCC and +COLP
// with the ringback tone). What is said before the far end answers is heard by nobody.
func AnsweredAtRingback() ModemOption {
	return func(m *Modem) { m.early = true }
}

// PlaysRAM makes +QPSND play files from the RAM only, with six values, as programs for the
// M26 have them.
func PlaysRAM() ModemOption {
	return func(m *Modem) { m.playsRAM = true }
}

// Refusing sets the final result of unknown commands, as "ERROR: UNSUPPORTED".
func Refusing(text string) ModemOption {
	return func(m *Modem) { m.refusal = resultText(text) }
}

// Shy makes the modem refuse everything but +CPIN, and the commands given, until its SIM
// is unlocked.
func Shy(but ...string) ModemOption {
	return func(m *Modem) { m.shy = append([]string{"+CPIN"}, but...) }
}

// KeepsIndications makes the modem accept every mode of +CNMI that it announces, and
// answer +CNMI? with this one whatever was set.
func KeepsIndications(mode string) ModemOption {
	return func(m *Modem) { m.keeps = mode }
}

// StorageNames sets how many names +CPMS= takes, from 1 to 3.
func StorageNames(n int) ModemOption {
	return func(m *Modem) { m.names = n }
}

// ReplyWithoutOK makes a line the whole answer to a command: no final result follows.
func ReplyWithoutOK(command, line string) ModemOption {
	return func(m *Modem) {
		if m.raw == nil {
			m.raw = make(map[string]string)
		}
		m.raw[strings.ToUpper(command)] = line
	}
}

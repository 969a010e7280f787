package simulator

import (
	"slices"
	"time"
)

// Fault is something that goes wrong with one command. Faults that are given
// together strike the same command.
type Fault func(*plan)

// plan is how a modem goes about one command line.
type plan struct {
	stall      bool
	refusal    error // the final result, whatever the command would have said
	early      bool  // refuse +CMGS instead of prompting
	late       time.Duration
	garbage    []byte
	echo       bool
	crcrlf     bool
	dribble    bool
	insertions []insertion
	between    []insertion // at counts lines
	garble     int         // octet of the answer; negative: none
	unplugAt   int         // octet of the answer; negative: never
	rebootAt   int         // likewise
	replug     time.Duration
	hang       Cure

	latePrompt   time.Duration
	noPrompt     bool
	splitPrompt  bool
	unplugPrompt bool
	unplugPDU    bool
	loseSubmit   bool
	cutSubmit    bool // the unplugging or the reboot comes before the network has the PDU
	loseAnswer   bool
}

// soundly is a plan without faults.
func soundly() *plan { return &plan{garble: -1, unplugAt: -1, rebootAt: -1} }

// cut is the length of the answer that goes out before the modem goes away.
func (p *plan) cut(length int) int {
	for _, at := range []int{p.unplugAt, p.rebootAt} {
		if at >= 0 {
			length = min(length, at)
		}
	}
	return length
}

type insertion struct {
	at   int
	text string
}

// Refuse makes +CMS ERROR: cms the final result; the command is not carried
// out. With +CMGS that is after Ctrl-Z, and the network takes nothing.
func Refuse(cms CMSError) Fault {
	return func(p *plan) { p.refusal = cms }
}

// RefuseCME makes +CME ERROR: cme the final result.
func RefuseCME(cme CMEError) Fault {
	return func(p *plan) { p.refusal = cme }
}

// PlainError makes ERROR the final result.
func PlainError() Fault { return Verbatim("ERROR") }

// Verbatim makes text the final result, as "COMMAND NOT SUPPORT".
func Verbatim(text string) Fault {
	return func(p *plan) { p.refusal = resultText(text) }
}

// BeforePrompt makes +CMGS refuse instead of prompting.
func BeforePrompt() Fault {
	return func(p *plan) { p.early = true }
}

// Stall swallows the command: it is not carried out and nothing answers. The
// next command is answered.
func Stall() Fault {
	return func(p *plan) { p.stall = true }
}

// Late holds the answer back for d. The modem reads no further command until
// then.
func Late(d time.Duration) Fault {
	return func(p *plan) { p.late = d }
}

// Garbage sends octets in front of the answer.
func Garbage(octets []byte) Fault {
	return func(p *plan) { p.garbage = slices.Clone(octets) }
}

// Echo repeats the command, and the PDU, though echo is off.
func Echo() Fault {
	return func(p *plan) { p.echo = true }
}

// CRCRLF ends the lines of the answer with CR CR LF.
func CRCRLF() Fault {
	return func(p *plan) { p.crcrlf = true }
}

// Dribble sends the answer so that each read returns one octet of it.
func Dribble() Fault {
	return func(p *plan) { p.dribble = true }
}

// URCAt puts an unsolicited result code into the answer, in front of the octet
// at offset. Every line of an answer has CR LF on both sides; an offset that is
// not between two lines tears one.
func URCAt(offset int, urc string) Fault {
	return func(p *plan) {
		p.insertions = append(p.insertions, insertion{offset, "\r\n" + urc + "\r\n"})
	}
}

// UnplugAt unplugs the modem when so many octets of the answer went out.
func UnplugAt(offset int) Fault {
	return func(p *plan) { p.unplugAt = offset }
}

// URCAfterLine puts an unsolicited result code behind the nth line of the
// answer, or the last if there are fewer: with 1 between the header of +CMGR
// and its PDU. 0 is in front.
func URCAfterLine(n int, urc string) Fault {
	return func(p *plan) {
		p.between = append(p.between, insertion{n, "\r\n" + urc + "\r\n"})
	}
}

// Garble turns an octet of the answer into 0xFF, which belongs in none: the one
// at offset, or the last if there are fewer.
func Garble(offset int) Fault {
	return func(p *plan) { p.garble = offset }
}

// Reboot restarts the modem when so many octets of the answer went out.
func Reboot(offset int) Fault {
	return func(p *plan) { p.rebootAt = offset }
}

// HangUntil lets the modem carry the command out, and hang in place of its
// final result.
func HangUntil(cure Cure) Fault {
	return func(p *plan) { p.hang = cure }
}

// LatePrompt holds the prompt of +CMGS back for d.
func LatePrompt(d time.Duration) Fault {
	return func(p *plan) { p.latePrompt = d }
}

// NoPrompt loses the prompt of +CMGS on the way: the modem waits for the PDU.
func NoPrompt() Fault {
	return func(p *plan) { p.noPrompt = true }
}

// SplitPrompt sends the blank of the prompt in a second write.
func SplitPrompt() Fault {
	return func(p *plan) { p.splitPrompt = true }
}

// UnplugAfterPrompt unplugs the modem as soon as the prompt went out.
func UnplugAfterPrompt() Fault {
	return func(p *plan) { p.unplugPrompt = true }
}

// UnplugAfterPDU unplugs the modem at Ctrl-Z. The network takes the message,
// unless LoseSubmit strikes too.
func UnplugAfterPDU() Fault {
	return func(p *plan) { p.unplugPDU = true }
}

// LoseSubmit lets the modem forget the PDU after Ctrl-Z: the network never
// sees it and nothing answers.
func LoseSubmit() Fault {
	return func(p *plan) { p.loseSubmit = true }
}

// LoseAnswer lets the network take the PDU, or any other command be carried
// out, and nothing answers.
func LoseAnswer() Fault {
	return func(p *plan) { p.loseAnswer = true }
}

// rule says which commands faults strike.
type rule struct {
	name   string
	faults []Fault
	skip   int // matching commands still to be spared
	period int // strike again after as many; 0: once
}

func (r rule) matches(commands []command) bool {
	return slices.ContainsFunc(commands, func(c command) bool {
		return r.name == "*" || r.name == c.name || r.name == c.text
	})
}

// On lets faults strike the next command that name matches: its name, as
// "+CMGS", its whole text without AT, as "+COPS?", or "*" for any. Of several
// such orders each takes a command of its own, in the order they were given.
func (m *Modem) On(name string, faults ...Fault) {
	m.OnNth(name, 1, faults...)
}

// OnNth lets faults strike the nth command from now that name matches; the
// next one is the first.
func (m *Modem) OnNth(name string, nth int, faults ...Fault) {
	m.addRule(rule{name: name, faults: faults, skip: nth - 1})
}

// OnEvery lets faults strike every command that name matches.
func (m *Modem) OnEvery(name string, faults ...Fault) {
	m.OnEveryNth(name, 1, faults...)
}

// OnEveryNth lets faults strike the nth command from now that name matches, and
// every nth after it.
func (m *Modem) OnEveryNth(name string, nth int, faults ...Fault) {
	m.addRule(rule{name: name, faults: faults, skip: nth - 1, period: nth})
}

func (m *Modem) addRule(r rule) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.rules = append(m.rules, r)
}

// Say sends an unsolicited result code, of one line or of several that are
// parted by CR LF: low voltage, a call, or what nobody ever heard of.
func (m *Modem) Say(urc string) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.urc(urc)
}

// DieAfter unplugs the modem when so many more octets came from the host.
func (m *Modem) DieAfter(octets int) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.deadline = octets
}

// Heal takes back every order for faults that has not struck yet, and Chaos.
func (m *Modem) Heal() {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.rules, m.chaos, m.deadline = nil, nil, -1
}

// plan draws up how a command line will go.
func (m *Modem) plan(commands []command) *plan {
	p := soundly()
	struck := -1
	for i := range m.rules {
		r := &m.rules[i]
		switch {
		case !r.matches(commands):
		case r.skip > 0:
			r.skip--
		case struck < 0:
			struck = i
		}
	}
	if struck >= 0 {
		for _, fault := range m.rules[struck].faults {
			fault(p)
		}
		if r := &m.rules[struck]; r.period > 0 {
			r.skip = r.period - 1
		} else {
			m.rules = slices.Delete(m.rules, struck, struck+1)
		}
		return p
	}
	if m.chaos != nil {
		m.chaos.strike(p)
	}
	return p
}

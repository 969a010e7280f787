package simulator

import (
	"slices"
	"time"
)

// Fault is something that goes wrong with a command line. Faults that are given together
// happen to the same one.
type Fault func(*plan)

// plan is what goes wrong with a command line.
type plan struct {
	stall      bool
	refusal    error // the final result; the command does not run
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
	rebootAt   int         // octet of the answer; negative: never
	replug     time.Duration
	hang       Cure

	latePrompt   time.Duration
	noPrompt     bool
	splitPrompt  bool
	unplugPrompt bool
	unplugPDU    bool
	loseSubmit   bool
	cutSubmit    bool // the modem is unplugged or restarts before the network has the PDU
	loseAnswer   bool
}

// noFaults returns a plan without faults.
func noFaults() *plan { return &plan{garble: -1, unplugAt: -1, rebootAt: -1} }

// cut returns how much of an answer is sent before the modem is unplugged or restarts.
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

// Refuse makes +CMS ERROR: cms the final result. The command does not run. +CMGS is refused
// after Ctrl-Z, and the network gets nothing.
func Refuse(cms CMSError) Fault {
	return func(p *plan) { p.refusal = cms }
}

// RefuseCME makes +CME ERROR: cme the final result, as [Refuse] does.
func RefuseCME(cme CMEError) Fault {
	return func(p *plan) { p.refusal = cme }
}

// PlainError makes ERROR the final result, as [Refuse] does.
func PlainError() Fault { return Verbatim("ERROR") }

// Verbatim makes text the final result, as "COMMAND NOT SUPPORT". See [Refuse].
func Verbatim(text string) Fault {
	return func(p *plan) { p.refusal = resultText(text) }
}

// BeforePrompt makes a refused +CMGS refuse before the prompt.
func BeforePrompt() Fault {
	return func(p *plan) { p.early = true }
}

// Stall makes the modem ignore the command: it does not run and is not answered. The next
// one is.
func Stall() Fault {
	return func(p *plan) { p.stall = true }
}

// Late delays the answer by d. Until then the modem is busy.
func Late(d time.Duration) Fault {
	return func(p *plan) { p.late = d }
}

// Garbage sends octets before the answer.
func Garbage(octets []byte) Fault {
	return func(p *plan) { p.garbage = slices.Clone(octets) }
}

// Echo echoes the command, and the PDU, though echo is off.
func Echo() Fault {
	return func(p *plan) { p.echo = true }
}

// CRCRLF ends the lines of the answer with CR CR LF.
func CRCRLF() Fault {
	return func(p *plan) { p.crcrlf = true }
}

// Dribble sends the answer in single octets, one for each read.
func Dribble() Fault {
	return func(p *plan) { p.dribble = true }
}

// URCAt inserts an unsolicited result into the answer, before the octet at offset. Every
// line of an answer has CR LF on both sides; an offset that is not between two lines
// splits one.
func URCAt(offset int, urc string) Fault {
	return func(p *plan) {
		p.insertions = append(p.insertions, insertion{offset, "\r\n" + urc + "\r\n"})
	}
}

// UnplugAt unplugs the modem when so many octets of the answer were sent.
func UnplugAt(offset int) Fault {
	return func(p *plan) { p.unplugAt = offset }
}

// URCAfterLine inserts an unsolicited result after the nth line of the answer, or the last
// if there are fewer: with 1 between the header of +CMGR and its PDU. 0 is before the
// first.
func URCAfterLine(n int, urc string) Fault {
	return func(p *plan) {
		p.between = append(p.between, insertion{n, "\r\n" + urc + "\r\n"})
	}
}

// Garble replaces the octet of the answer at offset, or the last if there are fewer, by
// 0xFF.
func Garble(offset int) Fault {
	return func(p *plan) { p.garble = offset }
}

// Reboot restarts the modem when so many octets of the answer were sent.
func Reboot(offset int) Fault {
	return func(p *plan) { p.rebootAt = offset }
}

// HangUntil makes the modem run the command, and hang ([Modem.Hang]) instead of answering.
func HangUntil(cure Cure) Fault {
	return func(p *plan) { p.hang = cure }
}

// LatePrompt delays the prompt of +CMGS by d.
func LatePrompt(d time.Duration) Fault {
	return func(p *plan) { p.latePrompt = d }
}

// NoPrompt makes the modem wait for the PDU of +CMGS without a prompt.
func NoPrompt() Fault {
	return func(p *plan) { p.noPrompt = true }
}

// SplitPrompt sends the space of the prompt in a second write.
func SplitPrompt() Fault {
	return func(p *plan) { p.splitPrompt = true }
}

// UnplugAfterPrompt unplugs the modem after the prompt.
func UnplugAfterPrompt() Fault {
	return func(p *plan) { p.unplugPrompt = true }
}

// UnplugAfterPDU unplugs the modem at Ctrl-Z. The network gets the message, unless
// [LoseSubmit] is given too.
func UnplugAfterPDU() Fault {
	return func(p *plan) { p.unplugPDU = true }
}

// LoseSubmit makes the modem drop the PDU after Ctrl-Z, and not answer.
func LoseSubmit() Fault {
	return func(p *plan) { p.loseSubmit = true }
}

// LoseAnswer makes the modem run the command, as sending the PDU, and not answer.
func LoseAnswer() Fault {
	return func(p *plan) { p.loseAnswer = true }
}

// rule says to which commands faults happen.
type rule struct {
	name   string
	faults []Fault
	skip   int // matching commands before the next fault
	period int // matching commands from one fault to the next; 0: once
}

func (r rule) matches(commands []command) bool {
	return slices.ContainsFunc(commands, func(c command) bool {
		return r.name == "*" || r.name == c.name || r.name == c.text
	})
}

// On makes faults happen to the next command that matches name: its name, as "+CMGS", its
// text without AT, as "+COPS?", or "*" for any. Of several calls each applies to a command
// of its own, in order.
func (m *Modem) On(name string, faults ...Fault) {
	m.OnNth(name, 1, faults...)
}

// OnNth makes faults happen to the nth command from now that matches name; the next is the
// first.
func (m *Modem) OnNth(name string, nth int, faults ...Fault) {
	m.addRule(rule{name: name, faults: faults, skip: nth - 1})
}

// OnEvery makes faults happen to every command that matches name.
func (m *Modem) OnEvery(name string, faults ...Fault) {
	m.OnEveryNth(name, 1, faults...)
}

// OnEveryNth makes faults happen to the nth command from now that matches name, and to
// every nth after it.
func (m *Modem) OnEveryNth(name string, nth int, faults ...Fault) {
	m.addRule(rule{name: name, faults: faults, skip: nth - 1, period: nth})
}

func (m *Modem) addRule(r rule) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.rules = append(m.rules, r)
}

// Say makes the modem send an unsolicited result of one line, or of several that are
// separated by CR LF.
func (m *Modem) Say(urc string) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.urc(urc)
}

// DieAfter unplugs the modem when the host has written so many octets more.
func (m *Modem) DieAfter(octets int) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.deadline = octets
}

// Heal cancels all faults that were set, and Chaos.
func (m *Modem) Heal() {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.rules, m.chaos, m.deadline = nil, nil, -1
}

// plan returns what goes wrong with a command line.
func (m *Modem) plan(commands []command) *plan {
	p := noFaults()
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

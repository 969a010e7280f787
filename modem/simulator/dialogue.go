package simulator

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"
)

// typedAhead is how many octets from the host a busy modem buffers. More are lost.
const typedAhead = 8 << 10

const (
	cr    = '\r'
	lf    = '\n'
	bs    = '\b'
	esc   = 0x1b
	ctrlZ = 0x1a
)

// answer is the answer to a command, and what happens after it.
type answer struct {
	lines []string
	err   error  // of the final result; nil is OK
	then  func() // runs after the final result
	entry *entry // asks for a payload instead of a final result
	call  *call  // of ATD, whose final result may wait for the call
}

// receive processes octets from the host and returns how many, which are fewer than given
// if the modem is unplugged after one of them (DieAfter).
func (m *Modem) receive(p []byte) int {
	taken := len(p)
	if m.deadline >= 0 {
		taken = min(taken, m.deadline)
		m.deadline -= taken
	}
	switch {
	case !m.booted:
	case m.hung != 0:
		m.receiveHung(p[:taken])
	default:
		m.listen(p[:taken])
	}
	if m.deadline == 0 {
		m.deadline = -1
		m.unplug()
	}
	return taken
}

// listen buffers and processes octets from the host. A file that was asked for may be
// larger than the buffer.
func (m *Modem) listen(p []byte) {
	if len(p) > 0 && m.abort() {
		p = p[1:]
	}
	for {
		n := min(len(p), typedAhead-len(m.typed))
		m.typed = append(m.typed, p[:n]...)
		p = p[n:]
		m.work()
		if n == 0 || m.entry == nil || m.entry.taken == nil {
			return
		}
	}
}

// work processes what is buffered, until the rest has to wait.
func (m *Modem) work() {
	if m.working {
		return
	}
	m.working = true
	defer func() { m.working = false }()
	for !m.busy && len(m.typed) > 0 {
		var complete bool
		switch {
		case m.entry == nil:
			complete = m.readCommand()
		case m.entry.taken != nil:
			complete = m.readFile()
		default:
			complete = m.readPDU()
		}
		if !complete {
			if len(m.typed) == typedAhead {
				m.typed = nil // too long for a command or a PDU
			}
			return
		}
	}
}

// readCommand processes a command line. It reports false if its CR has not come yet.
func (m *Modem) readCommand() bool {
	text, rest, ok := bytes.Cut(m.typed, []byte{cr})
	if !ok {
		return false
	}
	m.typed = rest
	body, ok := cutAT(commandLine(text))
	if !ok {
		return true
	}
	line := "AT" + body
	m.commands = remember(m.commands, line, m.n.history)
	commands, err := parseCommands(body)
	p := m.plan(commands)
	if p.stall {
		return true
	}
	if p.echo || m.numbers["E"] == 1 {
		m.write([]byte(line + "\r"))
	}
	m.conclude(p, m.misbehave(p, commands, m.execute(p, commands, err)))
	return true
}

// execute runs the commands of a line in turn, up to the first that fails (V.250 5.2.1).
func (m *Modem) execute(p *plan, commands []command, err error) answer {
	var all answer
	prompts := slices.ContainsFunc(commands, func(c command) bool { return c.name == "+CMGS" })
	if p.refusal != nil && (p.early || !prompts) {
		return answer{err: p.refusal}
	}
	for _, c := range commands {
		one := m.run(c)
		all.lines = append(all.lines, one.lines...)
		all.err, all.entry, all.call = one.err, one.entry, one.call
		if one.then != nil {
			before := all.then
			all.then = func() {
				if before != nil {
					before()
				}
				one.then()
			}
		}
		if all.err != nil || all.entry != nil {
			return all
		}
	}
	all.err = err
	return all
}

// conclude sends an answer, or the prompt for a payload.
func (m *Modem) conclude(p *plan, a answer) {
	if a.entry != nil && a.err == nil {
		a.entry.plan = p
		m.prompt(a.entry)
		return
	}
	if a.call != nil && a.err == nil && m.dialWaits {
		m.busy = true
		a.call.settle = func(err error) {
			a.call.settle = nil
			m.conclude(p, answer{err: err})
		}
		a.then()
		return
	}
	m.wait(p.late, func() {
		life := m.life
		if !p.loseAnswer {
			m.send(p, a)
		}
		if a.then != nil && m.life == life {
			a.then()
		}
	})
}

// send writes an answer, with the faults of the plan.
func (m *Modem) send(p *plan, a answer) {
	if p.hang != 0 {
		m.hang(p.hang)
		return
	}
	out := m.lay(p, append(a.lines, m.final(a.err)))
	if p.crcrlf {
		out = bytes.ReplaceAll(out, []byte("\r\n"), []byte("\r\r\n"))
	}
	out = slices.Concat(p.garbage, insert(out, p.insertions))
	if p.garble >= 0 {
		out[min(p.garble, len(out)-1)] = 0xff
	}
	out = out[:p.cut(len(out))]
	if p.dribble {
		for i := range out {
			m.write(out[i : i+1])
		}
	} else {
		m.write(out)
	}
	m.vanish(p)
}

// lay returns the octets of lines, with what the plan inserts between them.
func (m *Modem) lay(p *plan, lines []string) []byte {
	var out []byte
	for i := range len(lines) + 1 {
		if i > 0 {
			out = append(out, "\r\n"+lines[i-1]+"\r\n"...)
		}
		for _, in := range p.between {
			if i == min(in.at, len(lines)) {
				out = append(out, in.text...)
			}
		}
	}
	return out
}

// vanish unplugs or restarts the modem if the plan demands it.
func (m *Modem) vanish(p *plan) {
	switch {
	case p.unplugAt >= 0:
		m.unplug()
		if p.replug > 0 {
			m.after(p.replug, m.plug)
		}
	case p.rebootAt >= 0:
		m.restart()
	}
}

// insert inserts each text before the octet at its offset.
func insert(out []byte, insertions []insertion) []byte {
	slices.SortStableFunc(insertions, func(a, b insertion) int { return a.at - b.at })
	var torn []byte
	done := 0
	for _, in := range insertions {
		at := min(max(in.at, done), len(out))
		torn = append(append(torn, out[done:at]...), in.text...)
		done = at
	}
	return append(torn, out[done:]...)
}

// wait runs f after d. Meanwhile the modem is busy.
func (m *Modem) wait(d time.Duration, f func()) {
	m.busy = true
	m.after(d, func() {
		m.busy = false
		f()
		m.work()
	})
}

// write sends octets to the host, if the port is open.
func (m *Modem) write(b []byte) {
	if m.line == nil || !m.booted || m.hung != 0 {
		return
	}
	if b = m.foreign.leaves(b); len(b) > 0 {
		m.line.push(b)
	}
}

// urc sends an unsolicited result. It waits while a payload is expected (27.005 3.4.1,
// mode 2).
func (m *Modem) urc(text string) {
	if !m.urcsHere() || m.hung != 0 {
		return
	}
	if m.entry != nil {
		m.held = append(m.held, text)
		return
	}
	m.write([]byte("\r\n" + text + "\r\n"))
}

// final returns the text of a final result.
func (m *Modem) final(err error) string {
	if err == nil {
		return "OK"
	}
	_, cme := errors.AsType[CMEError](err)
	verbose := m.numbers["+CMEE"]
	if cme && verbose == 0 {
		return "ERROR"
	}
	if text, ok := words[err]; ok && verbose == 2 {
		prefix, _, _ := strings.Cut(err.Error(), ": ")
		return prefix + ": " + text
	}
	return err.Error()
}

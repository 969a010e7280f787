package simulator

import (
	"cmp"
	"slices"
)

// need is what a command needs of the SIM.
type need int

const (
	nothing  need = iota
	simReady      // else it answers +CME ERROR
	smsReady      // else it answers +CMS ERROR
)

// handler runs a command.
type handler struct {
	need need
	do   func(*Modem, command) answer
}

// handlers are the commands that every modem knows, besides numbers.
var handlers = map[string]handler{
	// V.250
	"I": {nothing, (*Modem).information},
	"Z": {nothing, (*Modem).restore}, "&F": {nothing, (*Modem).restore},
	"V": {nothing, only("1")}, "Q": {nothing, only("0")},
	"&W": {nothing, silent}, "S": {nothing, silent}, "X": {nothing, silent},
	"D": {simReady, (*Modem).dial}, "A": {nothing, noCarrier}, "H": {nothing, (*Modem).hangUp},

	// 27.007: identity, SIM, radio
	"+CGMI":  {nothing, func(m *Modem, c command) answer { return identity(c, m.manufacturer) }},
	"+CGMM":  {nothing, func(m *Modem, c command) answer { return identity(c, m.model) }},
	"+CGMR":  {nothing, func(m *Modem, c command) answer { return identity(c, m.revision) }},
	"+CGSN":  {nothing, func(m *Modem, c command) answer { return identity(c, m.imei) }},
	"+CIMI":  {simReady, func(m *Modem, c command) answer { return identity(c, m.card.IMSI) }},
	"+CNUM":  {simReady, (*Modem).ownNumber},
	"+CPIN":  {nothing, (*Modem).pin},
	"+CFUN":  {nothing, (*Modem).function},
	"+CSCS":  {nothing, (*Modem).characterSet},
	"+COPS":  {simReady, (*Modem).operator},
	"+CSQ":   {nothing, (*Modem).signalQuality},
	"+CIREG": {nothing, (*Modem).ims},
	"+CLCC":  {nothing, (*Modem).currentCalls},
	"+CHUP":  {nothing, (*Modem).hangUp},
	"+CEER":  {nothing, (*Modem).extendedError},
	"+CUSD":  {simReady, (*Modem).unstructured},
	"+CREG":  {nothing, (*Modem).registration},
	"+CGREG": {nothing, (*Modem).registration},
	"+CEREG": {nothing, (*Modem).registration},

	// 27.005
	"+CSMS": {nothing, (*Modem).service},
	"+CPMS": {smsReady, (*Modem).preferredStorage},
	"+CSCA": {smsReady, (*Modem).smsc},
	"+CNMI": {nothing, (*Modem).indications},
	"+CNMA": {nothing, (*Modem).acknowledge},
	"+CMGS": {smsReady, (*Modem).submit},
	"+CMGL": {smsReady, (*Modem).list},
	"+CMGR": {smsReady, (*Modem).read},
	"+CMGD": {smsReady, (*Modem).delete},
	"+CSMP": {nothing, (*Modem).textParameters},
}

// number is a command that is a setting from 0 to max.
type number struct{ initial, max int }

var numbers = map[string]number{
	"E": {1, 1}, "&D": {1, 2}, "&C": {1, 1},
	"+CMEE": {0, 2},
	"+CMGF": {0, 1}, "+CMMS": {0, 2}, "+CGSMS": {3, 3},
	"+CCWA": {0, 1}, "+CLIP": {0, 1}, "+COLP": {0, 1}, "+CRC": {0, 1},
}

// reset sets the settings to their values after power-up.
func (m *Modem) reset() {
	m.numbers = map[string]int{"+CFUN": 1, "+CSMS": m.freshCSMS}
	for _, settings := range []map[string]number{numbers, vendorNumbers} {
		for name, n := range settings {
			m.numbers[name] = n.initial
		}
	}
	m.settings = make(map[string]string)
	m.charset = m.announcedCharsets()[0]
	m.text = freshText
	if m.textOnly {
		m.numbers["+CMGF"] = 1
	}
	m.cnmi = cnmi{}
	m.told = make(map[string]Registration)
}

// run runs a command.
func (m *Modem) run(c command) answer {
	if m.shy != nil && !m.unlocked && !c.basic() && !slices.Contains(m.shy, c.name) {
		return fail(cmp.Or[error](m.refusal, cmePIN))
	}
	if lines, ok := m.replies[c.text]; ok {
		return answer{lines: lines}
	}
	if text, ok := m.raw[c.text]; ok {
		return fail(resultText(text))
	}
	a, ok := m.replay(c)
	if !ok {
		a = m.carryOut(c)
	}
	if c.form == set && a.err == nil && c.name != "+CPIN" {
		m.settings[c.name] = c.text
	}
	return a
}

// carryOut runs a command as the family does.
func (m *Modem) carryOut(c command) answer {
	if step, ok := m.resetOf(c); ok {
		return answer{then: func() {
			m.cure(step)
			m.restart()
		}}
	}
	if m.deaf && slices.Contains([]string{"+CMGL", "+CMGR", "+CMGD", "+CNMI"}, c.name) || m.deaf && c.name == "+CPMS" && c.form != test {
		return fail(m.unknown(c))
	}
	h, ok := m.lookUp(c.name)
	if !ok {
		return fail(m.unknown(c))
	}
	if err := m.lacks(h.need); err != nil {
		return fail(err)
	}
	a := h.do(m, c)
	if a.err == nil && slices.Contains(m.noOK, c.text) && len(a.lines) > 0 {
		a.err = resultText(a.lines[len(a.lines)-1])
		a.lines = a.lines[:len(a.lines)-1]
	}
	return a
}

// unknown returns the error of an unknown command, which vendors put differently. Basic
// commands have no +CME ERROR.
func (m *Modem) unknown(c command) error {
	switch {
	case c.basic():
		return errPlain
	case m.recorded != nil && m.recorded.refusal != nil:
		return m.recorded.refusal
	case m.refusal != nil:
		return m.refusal
	}
	return cmeNotSupported
}

// lacks returns the error of a command whose need is not met, nil if it is.
func (m *Modem) lacks(n need) error {
	cme, cms := error(nil), error(nil)
	switch {
	case m.card == nil:
		cme, cms = cmeNoSIM, cmsNoSIM
	case !m.unlocked && m.card.pinTries == 0:
		cme, cms = cmePUK, cmsPUK
	case !m.unlocked:
		cme, cms = cmePIN, cmsPIN
	case !m.smsReady:
		cms = cmsBusy
	}
	switch n {
	case simReady:
		return cme
	case smsReady:
		return cms
	}
	return nil
}

func (n number) handler() handler {
	return handler{nothing, func(m *Modem, c command) answer { return m.number(c, n) }}
}

// number runs a command that is a setting.
func (m *Modem) number(c command, n number) answer {
	switch c.form {
	case test:
		if c.name == "+CMGF" && m.textOnly {
			return reply("+CMGF: (1)")
		}
		return reply("%s: (0-%d)", c.name, n.max)
	case read:
		return reply("%s: %d", c.name, m.numbers[c.name])
	}
	v, ok := c.number(0, 0)
	if c.name == "+CMGF" && m.textOnly && v != 1 {
		return fail(cmsNotSupported)
	}
	if !ok || v > n.max || !c.basic() && c.form == run {
		return fail(badParameter(c))
	}
	m.numbers[c.name] = v
	return answer{}
}

// badParameter returns the error of an invalid parameter.
func badParameter(c command) error {
	if c.basic() {
		return errPlain
	}
	return cmeBadParameter
}

func silent(*Modem, command) answer { return answer{} }

// noCarrier is ATA: incoming calls cannot be answered.
func noCarrier(*Modem, command) answer { return fail(resultText("NO CARRIER")) }

// only accepts one value of a basic command: results cannot be numeric (V) or off (Q).
func only(value string) func(*Modem, command) answer {
	return func(_ *Modem, c command) answer {
		if c.args != value {
			return fail(errPlain)
		}
		return answer{}
	}
}

// identity answers a query by a line without a prefix.
func identity(c command, value string) answer {
	switch c.form {
	case run:
		return answer{lines: []string{value}}
	case test:
		return answer{}
	}
	return fail(cmeNotSupported)
}

func (m *Modem) information(command) answer {
	return answer{lines: []string{m.manufacturer, m.model, m.revision}}
}

// restore is ATZ and AT&F, which reset the settings and not the PIN.
func (m *Modem) restore(command) answer {
	function := m.numbers["+CFUN"]
	told := m.told
	m.reset()
	m.numbers["+CFUN"], m.told = function, told
	return answer{}
}

// function is +CFUN (27.007 8.2): 0 minimum, 1 full, 4 radio off. The command that
// restarts the modem is handled in run.
func (m *Modem) function(c command) answer {
	switch c.form {
	case read:
		return reply("+CFUN: %d", m.numbers["+CFUN"])
	case test:
		return reply("+CFUN: (0,1,4),(0,1)")
	}
	fun, ok := c.number(0, 1)
	restart, okRestart := c.number(1, 0)
	if !ok || !okRestart || restart != 0 || !slices.Contains([]int{0, 1, 4}, fun) {
		return fail(cmeBadParameter)
	}
	m.numbers["+CFUN"] = fun
	return answer{then: func() {
		m.announce()
		m.collect()
	}}
}

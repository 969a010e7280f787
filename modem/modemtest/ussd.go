package modemtest

import (
	"fmt"
	"slices"
	"strings"
)

// characterSet is +CSCS (27.007 5.5). It changes how strings look.
func (m *Modem) characterSet(c command) answer {
	sets := []string{"GSM", "IRA", "UCS2"}
	switch c.form {
	case read:
		return reply("+CSCS: %q", m.charset)
	case test:
		return reply(`+CSCS: ("%s")`, strings.Join(sets, `","`))
	}
	set := c.fields()[0]
	if !slices.Contains(sets, set) {
		return fail(cmeBadParameter)
	}
	m.charset = set
	return answer{}
}

// quote writes a string in the chosen character set.
func (m *Modem) quote(s string) string {
	if m.charset == "UCS2" {
		s = fmt.Sprintf("%X", encodeUCS2(s))
	}
	return `"` + s + `"`
}

// unstructured is +CUSD (27.007 7.15). The network's answer comes as a URC.
func (m *Modem) unstructured(c command) answer {
	switch c.form {
	case read:
		return reply("+CUSD: 1")
	case test:
		return reply("+CUSD: (0-2)")
	}
	fields := c.fields()
	if len(fields) < 2 {
		return answer{}
	}
	code := fields[1]
	if m.charset == "UCS2" {
		code = decodeUCS2Hex(code)
	}
	text, ok := m.ussd[code]
	return answer{then: func() {
		if !ok {
			m.urc("+CUSD: 4")
			return
		}
		m.urc("+CUSD: 0," + m.quote(text) + ",15")
	}}
}

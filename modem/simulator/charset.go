package simulator

import (
	"fmt"
	"slices"
	"strings"
)

// CharacterSets sets the character sets that the modem announces and accepts, of "GSM",
// "IRA", "ASCII", "8859-1", "PCCP437", "UTF-8", "UCS2" and "HEX". The first is set after
// power-up.
func CharacterSets(names ...string) ModemOption {
	return func(m *Modem) { m.charsets = names }
}

// usualCharsets are those of families that announce no others.
var usualCharsets = []string{"GSM", "IRA", "UCS2"}

// characterSet is +CSCS (27.007 5.5).
func (m *Modem) characterSet(c command) answer {
	switch c.form {
	case read:
		return reply("+CSCS: %q", m.charset)
	case test:
		return reply(`+CSCS: ("%s")`, strings.Join(m.announcedCharsets(), `","`))
	}
	set := c.fields()[0]
	if !slices.Contains(m.announcedCharsets(), set) {
		return fail(cmeBadParameter)
	}
	m.charset = set
	return answer{}
}

func (m *Modem) announcedCharsets() []string {
	if len(m.charsets) == 0 {
		return usualCharsets
	}
	return m.charsets
}

// quote returns a string in the character set of +CSCS, in quotes.
func (m *Modem) quote(s string) string { return `"` + m.inCharset(s) + `"` }

// inCharset returns a string in the character set of +CSCS. What the set lacks becomes a
// question mark.
func (m *Modem) inCharset(s string) string {
	switch m.charset {
	case "UCS2":
		return fmt.Sprintf("%X", encodeUCS2(s))
	case "UTF-8":
		return s
	case "GSM", "HEX":
		septets, ok := encodeSeptets(s)
		if !ok {
			return strings.Repeat("?", len([]rune(s)))
		}
		if m.charset == "HEX" {
			return fmt.Sprintf("%X", septets)
		}
		return string(septets)
	}
	// IRA has seven bits. A SIM800L shows what it lacks in Latin-1 (TinyGSM's issue 192).
	var b []byte
	for _, r := range s {
		if r > 0xff {
			r = '?'
		}
		b = append(b, byte(r))
	}
	return string(b)
}

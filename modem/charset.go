package modem

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"

	"simgate/modem/at"
	"simgate/modem/pdu"
)

// charset is a character set of +CSCS (TS 27.007 5.5): how strings such as numbers, names
// of operators and USSD texts are written.
type charset struct {
	name string
	ussd pdu.USSDCoding
}

// charsets are those that are understood here, best first. What a modem is sent is in all
// but UCS2 the same: digits, plus, star and number sign.
var charsets = []charset{
	{"GSM", pdu.USSDPlain}, {"IRA", pdu.USSDPlain}, {"8859-1", pdu.USSDPlain}, {"UTF-8", pdu.USSDPlain},
	{"UTF8", pdu.USSDPlain}, {"ASCII", pdu.USSDPlain}, {"UCS2", pdu.USSDUCS2},
}

// chooseCharset sets the best character set of those that the modem announces. If it does
// not tell them, or takes none, the set stays that it says is set.
func (s *session) chooseCharset(ctx context.Context) error {
	info, _, err := s.try(ctx, "+CSCS=?", command)
	if err != nil {
		return err
	}
	announced := at.ParseParameters(at.Behind(info, "+CSCS:")).Words()
	for _, set := range charsets {
		if !slices.Contains(announced, set.name) && (set != charsets[0] || len(announced) > 0) {
			continue
		}
		_, ok, err := s.try(ctx, setCharset(set), command)
		if err != nil {
			return err
		}
		if ok {
			s.charset = set
			return nil
		}
	}
	if info, _, err = s.try(ctx, "+CSCS?", command); err != nil {
		return err
	}
	s.charset = charsets[0]
	set := at.Field(info, "+CSCS:", 0)
	if i := slices.IndexFunc(charsets, func(c charset) bool { return c.name == set }); i >= 0 {
		s.charset = charsets[i]
	}
	return nil
}

// keepCharset sets the character set again, which a modem may have lost.
func (s *session) keepCharset(ctx context.Context) error {
	_, _, err := s.try(ctx, setCharset(s.charset), command)
	return err
}

func setCharset(c charset) string { return `+CSCS="` + c.name + `"` }

// encode returns a number as the modem is sent it.
func (c charset) encode(number string) string {
	if c.ussd != pdu.USSDUCS2 {
		return number
	}
	return strings.ToUpper(hex.EncodeToString(pdu.EncodeUCS2(number)))
}

// decode returns a name that the modem has sent. What is not in the character set stays as
// it is: some modems do not keep to it.
func (c charset) decode(name string) string {
	raw, err := hex.DecodeString(name)
	if c.ussd != pdu.USSDUCS2 || err != nil || len(raw)%2 != 0 {
		return name
	}
	return pdu.DecodeUCS2(raw)
}

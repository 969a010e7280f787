package modem

import (
	"context"
	"encoding/hex"
	"fmt"
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

// Some phones that speak AT over USB or Bluetooth have no PDU mode. They are used in text
// mode (TS 27.005 3), in UCS-2 where they have it: then every text can be written, as long as
// it fits into one message, for text mode has no way to join several.

// setFormat sets PDU mode, or text mode on a device that announces no other.
func (s *session) setFormat(ctx context.Context) error {
	_, refusal, err := s.query(ctx, "+CMGF=0", command)
	if refusal == nil || err != nil {
		return err
	}
	info, _, err := s.try(ctx, "+CMGF=?", command)
	if err != nil {
		return err
	}
	if modes := at.Announced(info, "+CMGF").At(0).Numbers(); len(modes) != 1 || modes[0] != 1 {
		return refusal
	}
	if _, err := s.ask(ctx, "+CMGF=1", command); err != nil {
		return err
	}
	if !s.text.Swap(true) {
		s.m.log.Info("the device has no PDU mode: it is used in text mode, for texts of one part")
		if err := s.chooseWidest(ctx); err != nil {
			return err
		}
	}
	_, _, err = s.try(ctx, "+CSDH=0", command) // headers are short
	return err
}

// chooseWidest sets the character set in which every text can be written, if there is one.
func (s *session) chooseWidest(ctx context.Context) error {
	widest := charsets[len(charsets)-1]
	if s.charset == widest {
		return nil
	}
	_, ok, err := s.try(ctx, setCharset(widest), command)
	if ok {
		s.charset = widest
	}
	return err
}

// ensureTextMode makes sure, after an exchange went wrong, that the device is in text mode
// and in the character set that was chosen. It returns the step of the connection in which
// that holds.
func (s *session) ensureTextMode(ctx context.Context) (step int64, err error) {
	for range surely {
		if step = s.conn.Resyncs(); s.sure.Load() == step {
			return step, nil
		}
		for _, cmd := range []string{"+CMGF=1", setCharset(s.charset)} {
			if _, err := s.ask(ctx, cmd, command); err != nil {
				return 0, notTaken(err)
			}
		}
		if s.conn.Resyncs() == step {
			s.sure.Store(step)
		}
	}
	return step, nil
}

// submission returns the command and the payload that send a part, and the step of the
// connection in which they do.
func (s *session) submission(ctx context.Context, p pdu.Part) (cmd, payload string, step int64, err error) {
	if !s.text.Load() {
		step, err = s.ensurePDUMode(ctx)
		return fmt.Sprintf("+CMGS=%d", p.Length()), p.Hex(), step, err
	}
	t, err := p.TextMode()
	if err != nil {
		return "", "", 0, cannotWrite("it takes texts of one part only: " + err.Error())
	}
	wide := s.charset.ussd == pdu.USSDUCS2
	if !wide && (t.DCS != 0 || !samePlainly(p.Text)) {
		return "", "", 0, cannotWrite("it writes plain letters and digits only")
	}
	if step, err = s.ensureTextMode(ctx); err != nil {
		return "", "", 0, err
	}
	_, refusal, err := s.queryIn(ctx, step, fmt.Sprintf("+CSMP=%d,%d,0,%d", t.First, t.Validity, t.DCS), command)
	switch {
	case err != nil:
		return "", "", 0, notTaken(err)
	case refusal != nil && t.DCS != 0:
		return "", "", 0, cannotWrite("it cannot be told the alphabet of a text")
	}
	return `+CMGS="` + s.charset.encode(t.To) + `"`, s.charset.encode(p.Text), step, nil
}

// cannotWrite is the error of a part that a device without PDU mode cannot send.
func cannotWrite(why string) error {
	return textMode.fails(sending, OtherSIM, nil, why)
}

// notTaken is the error of a part that was not handed over.
func notTaken(err error) error {
	return notTook.fails(sending, Device, err)
}

// sending is what the errors of Send are about.
const sending = "sending a part"

// samePlainly reports whether a text is the same in ASCII and in the default alphabet of GSM
// (TS 23.038 6.2.1), and has nothing that ends the entry of a text.
func samePlainly(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune("@$_[]{}\\^~|`", r) })
}

// told is what a device in text mode says of a message: its header, without the name and the
// index, and the lines behind it.
type told struct {
	fields at.Parameters
	body   []string
}

// toldIn returns what is stored at an index, as it would be in PDU mode. It reports false for
// what the owner has written, and for what cannot be read.
func (s *session) toldIn(index int, t told) (m stored, ok bool) {
	m = stored{index: index, whole: true}
	if strings.HasPrefix(t.fields.At(0).Text, "STO") {
		return m, false
	}
	t.fields = t.fields[1:]
	if len(t.body) == 0 && len(t.fields) > 5 {
		m.report, ok = s.reportIn(t.fields)
		return m, ok
	}
	return s.deliverIn(m, t)
}

// deliverIn completes a message: <oa>,[<alpha>],[<scts>] and its text.
func (s *session) deliverIn(m stored, t told) (stored, bool) {
	lines := make([]string, len(t.body))
	for i, line := range t.body {
		lines[i] = s.charset.decode(line)
	}
	raw, err := pdu.EncodeDeliver(s.charset.decode(t.fields.At(0).Text), textTime(t.fields.At(2).Text), strings.Join(lines, "\n"))
	if err != nil {
		s.m.log.Error("a message in text mode cannot be kept", "err", err)
		return m, false
	}
	m.pdu = raw
	return m, true
}

// reportIn returns a status report: <fo>,<mr>,[<ra>],[<tora>],<scts>,<dt>,<st>.
func (s *session) reportIn(fields at.Parameters) (*pdu.StatusReport, bool) {
	mr, okMR := fields.At(1).Number()
	st, okST := fields.At(len(fields) - 1).Number()
	kind, _ := fields.At(3).Number()
	if !okMR || !okST {
		return nil, false // there is nothing to learn from it
	}
	return &pdu.StatusReport{MR: byte(mr), Recipient: pdu.Address{Number: address(s.charset.decode(fields.At(2).Text), kind)}, Status: pdu.Status(st)}, true
}

// parseTextList returns the messages in a reply to +CMGL, or to +CMGR of an index, in text
// mode.
func (s *session) parseTextList(info []string, index int) (list []stored) {
	var open *told
	place := index
	end := func() {
		if open == nil {
			return
		}
		if m, ok := s.toldIn(place, *open); ok {
			list = append(list, m)
		}
		open = nil
	}
	for _, line := range info {
		if !at.InTextMode(line) {
			if open != nil {
				open.body = append(open.body, line)
			}
			continue
		}
		end()
		name, rest, _ := strings.Cut(line, ":")
		open = &told{fields: at.ParseParameters(rest)}
		if name == "+CMGL" {
			place, _ = open.fields.At(0).Number()
			open.fields = open.fields[1:]
		}
	}
	end()
	return list
}

package at

import (
	"slices"
	"strconv"
	"strings"
)

// URC is an unsolicited result code: a line that belongs to no reply.
type URC struct {
	Line string
	Body []string // the PDU of +CMT, +CDS and +CBM; the further lines of a +CUSD
}

// Name returns the name at the beginning of the line: "+CMTI", "^RSSI", "RING".
func (u URC) Name() string { return name(u.Line) }

// name returns the name at the beginning of a line or a command.
func name(line string) string {
	if i := strings.IndexAny(line, ":=?"); i >= 0 {
		return line[:i]
	}
	return line
}

// named reports whether a line begins with a name of the extended syntax (V.250 5.4.1) or
// of a vendor. A telephone number in international form does not.
func named(line string) bool {
	return len(line) >= 2 && strings.IndexByte("+^#*%$&", line[0]) >= 0 && line[1]|0x20 >= 'a' && line[1]|0x20 <= 'z'
}

// isBareURC reports whether a line without a name is a known unsolicited result.
func isBareURC(line string) bool {
	switch line {
	case "RING", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE", "MO RING", "MO CONNECTED",
		"RDY", "SMS DONE", "PB DONE", "SMS Ready", "Call Ready",
		"NORMAL POWER DOWN", "NORMAL POWER OFF", "POWERED DOWN":
		return true
	}
	return slices.ContainsFunc([]string{"VOICE CALL:", "MISSED_CALL:", "UNDER-VOLTAGE", "OVER-VOLTAGE",
		"DST:", "EONS:", "MODEM:", "HANGUP:"},
		func(begin string) bool { return strings.HasPrefix(line, begin) })
}

// hasPDU reports whether an unsolicited result is followed by a PDU, or in text mode by a
// text. A status report in text mode is one line.
func hasPDU(line string) bool {
	return slices.ContainsFunc([]string{"+CMT:", "+CDS:", "+CBM:"},
		func(begin string) bool { return strings.HasPrefix(line, begin) }) && (!InTextMode(line) || line[:4] == "+CMT")
}

// InTextMode reports whether the header of a message is one of text mode (TS 27.005 3.1)
// although PDU mode was set: +CMT, +CMGR and +CMGL have a quoted address or status where
// PDU mode has a length or a number, and reports have more than two fields.
func InTextMode(header string) bool {
	name, fields, _ := strings.Cut(header, ":")
	commas, quoted := 0, false
	for _, c := range fields {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			commas++
		}
	}
	switch name {
	case "+CMT", "+CDS": // in PDU mode [<alpha>,]<length>, where <alpha> may be quoted
		return commas > 1
	case "+CMGR":
		return strings.HasPrefix(strings.TrimSpace(fields), `"`)
	case "+CMGL":
		_, status, _ := strings.Cut(fields, ",")
		return strings.HasPrefix(strings.TrimSpace(status), `"`)
	}
	return false
}

// isPDU reports whether a line can be a PDU: hexadecimal octets.
func isPDU(line string) bool {
	return len(line) >= 2 && len(line)%2 == 0 && strings.Trim(line, "0123456789ABCDEFabcdef") == ""
}

// fits reports whether a PDU has the length in its header: the last field is the length
// of the TPDU, which does not count the address of the SMSC in front of it. Cell
// broadcasts have no such address (TS 27.005 3.1).
func fits(header, pdu string) bool {
	field := header[strings.LastIndexAny(header, ":,")+1:]
	want, err := strconv.Atoi(strings.Trim(field, ` "`))
	if err != nil {
		return false
	}
	if !strings.HasPrefix(header, "+CBM:") {
		smsc, err := strconv.ParseUint(pdu[:2], 16, 8)
		if err != nil {
			return false
		}
		want += 1 + int(smsc)
	}
	return len(pdu)/2 == want
}

// opensUSSD reports whether a line begins a USSD text that goes on in the next line. The
// text is in quotes, and only <dcs> follows them (TS 27.007 7.15).
func opensUSSD(line string) bool {
	_, text, quoted := strings.Cut(line, `"`)
	return strings.HasPrefix(line, "+CUSD:") && quoted && !endsUSSD(text)
}

// endsUSSD reports whether a line ends a USSD text.
func endsUSSD(line string) bool {
	i := strings.LastIndexByte(line, '"')
	return i >= 0 && strings.Trim(line[i+1:], ", 0123456789") == ""
}

// closesUSSD reports whether a further line ends a USSD text. A quote and a comma alone
// are text.
func closesUSSD(line string) bool { return endsUSSD(line) && !strings.HasSuffix(line, `",`) }

// interruptsUSSD reports whether a line between those of a USSD text is an unsolicited
// result. Menus have lines that begin with * or # and a letter too.
func interruptsUSSD(line string) bool {
	if !named(line) {
		return false
	}
	n := name(line)
	return strings.ContainsRune("+^$%&", rune(line[0])) || len(n) < len(line) && strings.ToUpper(n) == n && !strings.Contains(n, " ")
}

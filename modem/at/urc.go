package at

import "strings"

// URC is an unsolicited result code: a line that answers no command.
type URC struct {
	Line string
	Body []string // the PDU of +CMT and +CDS; the further lines of a +CUSD
}

// Name returns what the line begins with: "+CMTI", "^RSSI", "RING".
func (u URC) Name() string { return name(u.Line) }

// name returns the part of a line, or of a command, that names it.
func name(line string) string {
	if i := strings.IndexAny(line, ":=?"); i >= 0 {
		return line[:i]
	}
	return line
}

// prefixed reports whether a line has the form of an information response:
// a name of the extended syntax (V.250 5.4.1) and a colon.
func prefixed(line string) bool {
	return line != "" && strings.ContainsRune("+^#*%$&", rune(line[0])) && strings.Contains(line, ":")
}

// bareURCs are the unsolicited lines without a name that modems are known for.
// Those of a prefix end in one.
var bareURCs = []string{
	"RING", "RDY", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE",
	"SMS DONE", "PB DONE", "SMS Ready", "Call Ready", "MO RING", "MO CONNECTED",
	"NORMAL POWER DOWN", "NORMAL POWER OFF", "VOICE CALL:", "MISSED_CALL:",
	"UNDER-VOLTAGE", "OVER-VOLTAGE", "UNDER-VOLTAGE WARNNING",
}

func bareURC(line string) bool {
	for _, u := range bareURCs {
		if line == u || strings.HasPrefix(line, u) && (strings.HasSuffix(u, ":") || strings.HasSuffix(u, "VOLTAGE")) {
			return true
		}
	}
	return false
}

// hasBody lists the unsolicited results that are followed by a PDU.
func hasBody(line string) bool {
	switch name(line) {
	case "+CMT", "+CDS", "+CBM":
		return prefixed(line)
	}
	return false
}

// isPDU reports whether a line can be a PDU: hexadecimal octets.
func isPDU(line string) bool {
	return len(line) >= 2 && len(line)%2 == 0 && strings.Trim(line, "0123456789ABCDEFabcdef") == ""
}

package at

import (
	"slices"
	"strconv"
	"strings"
)

// isFinal reports whether a line ends the exchange.
func (e *exchange) isFinal(line string) bool {
	switch line {
	case "OK", "ERROR", "ABORTED", "COMMAND NOT SUPPORT", "COMMAND NOT SUPPORTED", "NOT SUPPORT", "TOO MANY PARAMETERS":
		return true
	case "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE":
		return e.dials()
	}
	return slices.ContainsFunc([]string{"+CMS ERROR:", "+CME ERROR:", "MODEM ERROR:", "ERROR:"},
		func(begin string) bool { return strings.HasPrefix(line, begin) })
}

// dials reports whether the results of calls are final results of the command
// (V.250 6.3).
func (e *exchange) dials() bool {
	return e.cmd != "" && strings.ContainsRune("DAH", rune(e.cmd[0]))
}

// isEcho reports whether a line is the echo of the command or its payload.
func (e *exchange) isEcho(line string) bool {
	return line == "AT"+e.cmd || e.payload != "" && line == e.payload
}

// owns reports whether a line belongs to the reply. A line without a name does, unless it
// is a known unsolicited result: too many commands have such replies to list them.
func (e *exchange) owns(line string) bool {
	if !named(line) {
		return !e.probe && !isBareURC(line)
	}
	n := name(line)
	for _, own := range e.names {
		switch {
		case n == own:
			return e.expects(n, line)
		case strings.HasSuffix(own, "CCID") && strings.HasSuffix(n, "CCID"):
			return true // some modems answer +CCID with +ICCID and the like
		}
	}
	return false
}

// expects reports whether a line is part of the reply and not an unsolicited result of
// the same name, which only queries have to distinguish.
func (e *exchange) expects(n, line string) bool {
	switch n {
	case "+CUSD", "+CPIN", "+CFUN":
		return strings.Contains(e.cmd, n+"?")
	case "+CREG", "+CGREG", "+CEREG", "+C5GREG":
		return strings.Contains(e.cmd, n+"=?") || strings.Contains(e.cmd, n+"?") && isReply(line)
	}
	return true
}

// isReply reports whether a line on registration has not the form of an unsolicited result.
func isReply(line string) bool {
	stat, reply := RegistrationState(line)
	return reply || stat < 0
}

// RegistrationState returns <stat> in a line on registration, as +CREG: 1,"00C3","1A2B",
// -1 if there is none, and whether it has the form of a reply, <n>,<stat>, and not
// <stat> or <stat>,<lac> (TS 27.007 7.2, 10.1.20, 10.1.22, 10.1.47). Some modems use the
// form of replies for unsolicited results too, write numbers with zeros in front, or
// leave <stat> empty. <lac> has four digits, on some modems without quotes.
func RegistrationState(line string) (stat int, reply bool) {
	_, fields, _ := strings.Cut(line, ":")
	first, rest, more := strings.Cut(fields, ",")
	second, _, _ := strings.Cut(rest, ",")
	switch n := state(second); {
	case more && n >= 0:
		return n, true
	case more && strings.TrimSpace(second) == "":
		return -1, true
	}
	return state(first), false
}

// state returns the number that a field is, -1 if it is none or no <stat>.
func state(field string) int {
	const longest, highest = 3, 15
	field = strings.TrimSpace(field)
	n, err := strconv.Atoi(field)
	if err != nil || len(field) > longest || n < 0 || n > highest {
		return -1
	}
	return n
}

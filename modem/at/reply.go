package at

import "strings"

// isFinal reports whether a line ends the exchange.
func (e *exchange) isFinal(line string) bool {
	switch line {
	case "OK", "ERROR", "ABORTED", "COMMAND NOT SUPPORT", "TOO MANY PARAMETERS":
		return true
	case "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE":
		return e.dials()
	}
	return strings.HasPrefix(line, "+CMS ERROR:") || strings.HasPrefix(line, "+CME ERROR:") ||
		strings.HasPrefix(line, "MODEM ERROR:")
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
		return strings.Contains(e.cmd, n+"=?") || strings.Contains(e.cmd, n+"?") && hasTwoNumbers(line)
	}
	return true
}

// hasTwoNumbers reports whether a line on registration begins with <n>,<stat>, as replies
// do, and not with <stat> or <stat>,<lac>, as unsolicited results do (TS 27.007 7.2,
// 10.1.20, 10.1.22). <lac> has four digits, on some modems without quotes; <stat> has one
// or two.
func hasTwoNumbers(line string) bool {
	_, fields, _ := strings.Cut(line, ":")
	_, rest, _ := strings.Cut(fields, ",")
	second, _, _ := strings.Cut(rest, ",")
	second = strings.TrimSpace(second)
	return len(second) >= 1 && len(second) <= 2 && strings.Trim(second, "0123456789") == ""
}

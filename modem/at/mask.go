package at

import (
	"regexp"
	"strconv"
)

var (
	pin    = regexp.MustCompile(`([+^*#](?:CPIN2?|CLCK|CPWD|EPIN)=).*`)
	hexRun = regexp.MustCompile(`[0-9A-Fa-f]{16,}`)
	digits = regexp.MustCompile(`\+?[0-9]{4,}`)
)

// tellable is the length from which a number may show its end: what is shorter
// could be a code.
const tellable = 9

// masked makes a line fit for a log: PINs go, PDUs become their length, and of
// long numbers the last two digits stay.
func masked(line string) string {
	line = pin.ReplaceAllString(line, "$1…")
	line = hexRun.ReplaceAllStringFunc(line, func(s string) string { return "<" + strconv.Itoa(len(s)) + " hex digits>" })
	line = digits.ReplaceAllStringFunc(line, func(s string) string {
		if len(s) < tellable {
			return "…"
		}
		return "…" + s[len(s)-2:]
	})
	return strconv.QuoteToGraphic(line)
}

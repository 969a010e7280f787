package at

import (
	"regexp"
	"strconv"
)

var (
	secret = regexp.MustCompile(`([+^*#](?:CPIN2?|CLCK|CPWD|EPIN|CTTS|QWTTS)=).*`) // PINs, and texts that are read out in calls
	hexRun = regexp.MustCompile(`[0-9A-Fa-f]{16,}`)
	digits = regexp.MustCompile(`\+?[0-9]{4,}`)
)

// tellable is the length from which a number may show its end: what is shorter
// could be a code.
const tellable = 9

// masked makes a line fit for a log: PINs and spoken texts go, PDUs become their length, and of
// long numbers the last two digits stay.
func masked(line string) string {
	line = secret.ReplaceAllString(line, "$1…")
	line = hexRun.ReplaceAllStringFunc(line, func(s string) string { return "<" + strconv.Itoa(len(s)) + " hex digits>" })
	line = digits.ReplaceAllStringFunc(line, func(s string) string {
		if len(s) < tellable {
			return "…"
		}
		return "…" + s[len(s)-2:]
	})
	return strconv.QuoteToGraphic(line)
}

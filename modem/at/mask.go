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

// showEnd is the length from which the last digits of a number are shown: a shorter
// number could be a code.
const showEnd = 9

// masked returns a line for the log: without PINs and spoken texts, with PDUs replaced by
// their length, and with only the last two digits of long numbers.
func masked(line string) string {
	line = secret.ReplaceAllString(line, "$1…")
	line = hexRun.ReplaceAllStringFunc(line, func(s string) string { return "<" + strconv.Itoa(len(s)) + " hex digits>" })
	line = digits.ReplaceAllStringFunc(line, func(s string) string {
		if len(s) < showEnd {
			return "…"
		}
		return "…" + s[len(s)-2:]
	})
	return strconv.QuoteToGraphic(line)
}

package text

import (
	"fmt"
	"strings"

	"simgate/gateway/fault"
	"simgate/modem/pdu"
)

// Size is the room that a text takes in short messages.
type Size struct {
	Parts   int
	Length  int  // in septets, or with Unicode in UTF-16 units
	Unicode bool // it has characters that are not in the default alphabet of GSM
}

// Measure returns the room that a text takes in short messages, as [Check] would have it
// sent.
func Measure(text string) (Size, error) {
	if clean, err := pdu.Clean(text); err == nil {
		text = clean
	}
	size, err := pdu.Measure(text)
	return Size(size), err
}

// Wide returns the characters of a text for which it needs Unicode, each once.
func Wide(text string) string { return pdu.Wide(text) }

// Clean returns a text with LF as line ends and blanks for other separators. One that has
// other control characters is an invalid error about the field text.
func Clean(text string) (string, error) {
	clean, err := pdu.Clean(text)
	if err != nil {
		return "", fault.NewInvalid("text", err.Error())
	}
	return clean, nil
}

// Check returns a text as it will be sent, and the number of its parts, of which it may
// have at most maxParts. Its errors are invalid errors about the field text.
func Check(text string, maxParts int) (clean string, parts int, err error) {
	if strings.TrimSpace(text) == "" {
		return "", 0, fault.NewInvalid("text", "the text is empty: write what is to be sent")
	}
	if clean, err = Clean(text); err != nil {
		return "", 0, err
	}
	if parts, err = pdu.Count(clean); err != nil || parts > maxParts {
		return "", 0, fault.NewInvalid("text", fmt.Sprintf(
			"the text needs more than the %d parts that one message may have: shorten it, or send it as several", maxParts))
	}
	return clean, parts, nil
}

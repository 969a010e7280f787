package pdu

import (
	"slices"
	"strings"
)

// Join puts the texts of parts together, in their order; nil is a part that is
// missing, in whose place gap stands. Senders cut texts anywhere, in the middle
// of a character too: halves that lie side by side become whole again.
func Join(parts []*Deliver, gap string) string {
	var text strings.Builder
	var wide []byte
	flush := func() {
		text.WriteString(decodeUCS2(wide))
		wide = nil
	}
	for _, p := range parts {
		switch {
		case p == nil:
			flush()
			text.WriteString(gap)
		case p.wide != nil:
			wide = slices.Concat(wide, p.wide)
		default:
			flush()
			text.WriteString(p.Text)
		}
	}
	flush()
	return text.String()
}

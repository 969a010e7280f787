package pdu

import (
	"slices"
	"strings"
)

// Join returns the text of a message from its parts, in their order. A missing part is
// nil, and gap stands in its place. Senders split texts anywhere; a surrogate pair that
// is split between two adjacent parts is joined.
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

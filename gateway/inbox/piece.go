package inbox

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"

	"simgate/gateway/store"
)

// piece is what a part adds to its message: one of its fields is set.
type piece struct {
	text  string
	utf16 []byte
	data  []byte
}

// piece returns what a part adds to its message.
func (p Part) piece() piece {
	switch {
	case p.Data != nil:
		return piece{data: p.Data}
	case p.UTF16 != nil:
		return piece{utf16: p.UTF16}
	}
	return piece{text: p.Text}
}

// octets returns what a piece adds to a message that is data.
func (p piece) octets() []byte {
	switch {
	case p.data != nil:
		return p.data
	case p.utf16 != nil:
		return []byte(decodeUTF16(p.utf16))
	}
	return []byte(p.text)
}

// join returns the text of pieces in their order; nil is one that is missing, in whose
// place gap stands. Senders cut texts anywhere, in the middle of a character too:
// halves that lie side by side become whole again.
func join(pieces []*piece, gap string) string {
	var text strings.Builder
	var wide []byte
	flush := func() {
		text.WriteString(decodeUTF16(wide))
		wide = nil
	}
	for _, p := range pieces {
		switch {
		case p == nil:
			flush()
			text.WriteString(gap)
		case p.utf16 != nil:
			wide = slices.Concat(wide, p.utf16)
		default:
			flush()
			text.WriteString(p.text)
		}
	}
	flush()
	return text.String()
}

// decodeUTF16 decodes UTF-16 in big-endian order. Half a surrogate pair becomes U+FFFD;
// an odd octet at the end is dropped.
func decodeUTF16(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for unit := range slices.Chunk(b[:len(b)&^1], 2) {
		units = append(units, binary.BigEndian.Uint16(unit))
	}
	return string(utf16.Decode(units))
}

// pieces returns the pieces of a message that have come, nil for those that have not.
func (b *Inbox) pieces(tx *store.Tx, m row) ([]*piece, error) {
	stored, err := selectPieces(tx, m.ID)
	pieces := make([]*piece, m.Total)
	for _, s := range stored {
		if s.raw != "" { // of an earlier release
			p := b.world.Decode(s.raw)
			if p.Invalid != nil {
				b.log.Error("a stored part cannot be decoded", "message", m.ID, "part", s.seq, "err", p.Invalid)
				continue
			}
			s.piece = p.piece()
		}
		pieces[s.seq-1] = &s.piece
	}
	return pieces, err
}

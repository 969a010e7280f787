package pdu

import (
	"errors"
	"regexp"
	"strings"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/tpdu"
)

// Address is TP-DA, TP-OA or TP-RA (TS 23.040 9.1.2.5).
type Address struct {
	Number       string // "+491511234567" when international, else the digits, or the name of an alphanumeric sender
	Alphanumeric bool   // nobody can answer to it
}

var dialable = regexp.MustCompile(`^\+?[0-9*#]{1,20}$`)

// ParseAddress reads an address to send to: a number with + is international,
// one without is as the network understands it, such as a short code.
func ParseAddress(s string) (Address, error) {
	if !dialable.MatchString(s) {
		return Address{}, errors.New("not a number to send to: use at most 20 digits, with + before a country code")
	}
	return Address{Number: s}, nil
}

// The types of number (TS 23.040 9.1.2.5).
const (
	toaInternational = 0x91
	toaUnknown       = 0x81
	tonAlphanumeric  = 0x50
	tonMask          = 0x70
)

func (a Address) library() tpdu.Address {
	if digits, ok := strings.CutPrefix(a.Number, "+"); ok {
		return tpdu.Address{TOA: toaInternational, Addr: digits}
	}
	return tpdu.Address{TOA: toaUnknown, Addr: a.Number}
}

// semiOctets are the digits of an address, in the order of their codes; the
// last is the filler, which ends a number wherever it stands.
const semiOctets = "0123456789*#abc"

// readAddress reads an address and returns the octets that it takes. It takes a
// number of any parity, with or without its filler.
func readAddress(b []byte) (Address, int, error) {
	if len(b) < 2 {
		return Address{}, 0, errShort
	}
	length := int(b[0]) // in semi-octets
	size := 2 + (length+1)/2
	if len(b) < size {
		return Address{}, 0, errShort
	}
	toa, body := b[1], b[2:size]
	if toa&tonMask == tonAlphanumeric {
		return Address{Number: readName(body, length), Alphanumeric: true}, size, nil
	}
	var digits strings.Builder
	if toa&tonMask == toaInternational&tonMask {
		digits.WriteByte('+')
	}
	for i := range length {
		nibble := body[i/2] >> (4 * (i % 2)) & 0xf
		if int(nibble) >= len(semiOctets) {
			break
		}
		digits.WriteByte(semiOctets[nibble])
	}
	return Address{Number: digits.String()}, size, nil
}

// readName reads an alphanumeric address: septets, whose number is told only to
// the next semi-octet. Some centres round up, which makes an "@" of the padding.
func readName(body []byte, length int) string {
	septets := gsm7.Unpack7Bit(body, 0)
	if n := length * 4 / 7; n < len(septets) {
		septets = septets[:n]
	}
	name := decodeGSM7(septets, 0, 0)
	if len(septets) == 8 {
		name = strings.TrimSuffix(name, "@")
	}
	return name
}

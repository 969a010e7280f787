package pdu

import (
	"errors"
	"regexp"
	"strings"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/tpdu"
)

// Address is TP-DA, TP-OA, TP-RA, or the address of an SMSC (TS 23.040 9.1.2.5).
type Address struct {
	Number       string // as "+491511234567" if international, else the digits; the name of an alphanumeric sender
	Alphanumeric bool   // Number is a name, to which no answer can be sent
}

var dialable = regexp.MustCompile(`^\+?[0-9*#]{1,20}$`)

// ParseAddress returns the address to send a message to, from 1 to 20 digits, * or #. A
// number with "+" is international; without, as a short code, it is what the network
// takes it for. The error is for the sender.
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

// readAddress decodes an address and returns its length in octets. A number may have an
// odd or even number of digits, with or without the filler.
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
	return Address{Number: readNumber(toa, body, length)}, size, nil
}

// readSMSC decodes the address of the SMSC, which stands before a TPDU (TS 27.005 3.1),
// and returns it and the TPDU. The address is empty if the modem does not tell it.
func readSMSC(b []byte) (Address, []byte, error) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return Address{}, nil, errShort
	}
	smsc, rest := b[1:1+int(b[0])], b[1+int(b[0]):]
	if len(smsc) < 2 {
		return Address{}, rest, nil
	}
	return Address{Number: readNumber(smsc[0], smsc[1:], 2*(len(smsc)-1))}, rest, nil
}

// semiOctets are the digits of an address, in the order of their codes. The code behind
// the last is the filler, which ends a number wherever it stands.
const semiOctets = "0123456789*#abc"

func readNumber(toa byte, body []byte, length int) string {
	var number strings.Builder
	if toa&tonMask == toaInternational&tonMask {
		number.WriteByte('+')
	}
	for i := range length {
		nibble := body[i/2] >> (4 * (i % 2)) & 0xf
		if int(nibble) >= len(semiOctets) {
			break
		}
		number.WriteByte(semiOctets[nibble])
	}
	return number.String()
}

// readName decodes an alphanumeric address. Its length is given in semi-octets, not in
// septets; some SMSCs round it up, so that the padding looks like an "@".
func readName(body []byte, length int) string {
	septets := gsm7.Unpack7Bit(body, 0)
	septets = septets[:min(length*4/7, len(septets))]
	name := decodeGSM7(septets, 0, 0)
	if len(septets) == 8 {
		name = strings.TrimSuffix(name, "@")
	}
	return name
}

// encodeOriginator encodes TP-OA: a number, or a name of at most eleven characters.
func encodeOriginator(sender string) []byte {
	const longestName, alphanumeric = 11, 0x80 | tonAlphanumeric
	if dialable.MatchString(sender) {
		a := Address{Number: sender}.library()
		if b, err := a.MarshalBinary(); err == nil {
			return b
		}
	}
	septets := encodeGSM7(sender)
	septets = septets[:min(len(septets), longestName)]
	return append([]byte{byte((len(septets)*7 + 3) / 4), alphanumeric}, gsm7.Pack7Bit(septets, 0)...)
}

package pdu

// coding is TP-DCS (TS 23.038 4).
type coding byte

// The codings of what is sent. A class is or-ed to the first two.
const (
	codingGSM7   coding = 0x00
	codingUCS2   coding = 0x08
	codingClass0 coding = 0x10
)

// alphabet returns the alphabet of the user data. Reserved codings mean the default
// alphabet, as the standard says. Compressed text counts as data, since it cannot be
// expanded here.
func (c coding) alphabet() alphabet {
	switch {
	case c&0xa0 == 0x20: // compressed
		return octets
	case c < 0x80: // general, or marked for deletion
		return [...]alphabet{gsm7Bit, octets, ucs2, gsm7Bit}[c>>2&3]
	case c&0xf0 == 0xe0: // message waiting indication
		return ucs2
	case c&0xf4 == 0xf4: // data with a class
		return octets
	}
	return gsm7Bit
}

// class returns the class of the message, nil if it has none.
func (c coding) class() *uint8 {
	if c&0x90 == 0x10 || c >= 0xf0 {
		return new(uint8(c & 3))
	}
	return nil
}

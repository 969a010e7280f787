package pdu

import (
	"encoding/binary"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/tpdu"
)

// readUserData decodes TP-UDL and TP-UD (TS 23.040 9.2.3.16 and 9.2.3.24).
func (d *Deliver) readUserData(b []byte, hasHeader bool) {
	if len(b) == 0 {
		d.repaired("the length of its text is missing")
		return
	}
	length, b := int(b[0]), b[1:]
	written := coding(d.DCS).alphabet()
	size := length
	if written == gsm7Bit { // the length is in septets
		size = (length*7 + 7) / 8
	}
	switch {
	case len(b) < size:
		d.repaired("its text is cut short")
	case len(b) > size:
		d.repaired("there are octets behind its text")
		b = b[:size]
	}
	header := 0
	var in languages
	if hasHeader && len(b) > 0 {
		header = 1 + int(b[0])
		if header > len(b) {
			d.repaired("its header is longer than what is there")
			d.Data = b
			return
		}
		in = d.readHeader(b[:header])
		b = b[header:]
	}
	switch written {
	case gsm7Bit:
		// The text begins at a septet boundary. Spare bits at its end are ignored.
		septets := gsm7.Unpack7Bit(b, (7-header%7)%7)
		length = max(length-(header*8+6)/7, 0)
		d.Text = decodeGSM7(septets[:min(length, len(septets))], in.locking, in.shift)
	case ucs2:
		if len(b)%2 != 0 {
			d.repaired("it ends in half a character")
		}
		d.Text, d.UTF16 = DecodeUCS2(b), b
	case octets:
		d.Data = b
	}
}

// Information elements of the user data header (TS 23.040 9.2.3.24).
const (
	ieConcat8Bit  = 0x00
	iePorts8Bit   = 0x04
	iePorts16Bit  = 0x05
	ieConcat16Bit = 0x08
	ieShift       = 0x24
	ieLocking     = 0x25
)

// languages are the identifiers of the national languages of a text; 0 is none
// (TS 23.038 6.2.1.2.4).
type languages struct{ locking, shift int }

// readHeader decodes a user data header, with its length first. Of several elements of a
// kind the last counts; elements of a wrong length are ignored.
func (d *Deliver) readHeader(b []byte) (in languages) {
	var elements tpdu.UserDataHeader
	if _, err := elements.UnmarshalBinary(b); err != nil {
		d.repaired("its header is malformed")
	}
	for _, e := range elements {
		v := e.Data
		switch {
		case e.ID == ieConcat8Bit && len(v) == 3:
			d.place(Concat{Ref: uint16(v[0]), Total: int(v[1]), Seq: int(v[2])})
		case e.ID == ieConcat16Bit && len(v) == 4:
			d.place(Concat{Ref: binary.BigEndian.Uint16(v), Wide: true, Total: int(v[2]), Seq: int(v[3])})
		case e.ID == iePorts8Bit && len(v) == 2:
			d.Ports = &Ports{Destination: uint16(v[0]), Source: uint16(v[1])}
		case e.ID == iePorts16Bit && len(v) == 4:
			d.Ports = &Ports{Destination: binary.BigEndian.Uint16(v), Source: binary.BigEndian.Uint16(v[2:])}
		case e.ID == ieShift && len(v) == 1:
			in.shift = int(v[0])
		case e.ID == ieLocking && len(v) == 1:
			in.locking = int(v[0])
		}
	}
	return in
}

// place sets the place of a part. An invalid place is ignored (9.2.3.24.1): the part is
// then a message of its own.
func (d *Deliver) place(c Concat) {
	switch {
	case c.Seq == 0 || c.Seq > c.Total:
		d.repaired("its place among the parts is invalid")
	case c.Total > 1:
		d.Concat = &c
	}
}

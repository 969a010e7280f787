package pdu_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/tpdu"

	"simgate/modem/pdu"
)

// The fields of a delivery between the address of the SMSC and the time.
const (
	plain      = "04" // first octet
	withHeader = "44"
	fromAnna   = "0D91945111325476F8"
)

// message returns a delivery from Anna.
func message(first, dcs, userData string) string {
	return smsc + first + fromAnna + "00" + dcs + submitted + userData
}

// packed returns septets as user data behind a header.
func packed(header string, septets ...byte) string {
	octets := len(header) / 2
	before := (octets*8 + 6) / 7
	return fmt.Sprintf("%02X%s%X", before+len(septets), header, gsm7.Pack7Bit(septets, before*7-octets*8))
}

// delivery returns a part as the recipient's modem gets it.
func delivery(t reporter, p pdu.Part) string {
	t.Helper()
	s, _ := read(t, p)
	d := tpdu.TPDU{Direction: tpdu.MT, FirstOctet: tpdu.FoMMS, DCS: s.DCS, UD: s.UD,
		OA: tpdu.Address{TOA: 0x91, Addr: "4915112345678"}, SCTS: tpdu.Timestamp{Time: time.Unix(1.8e9, 0).UTC()}}
	if s.UDHI() {
		d.SetUDH(s.UDH)
	}
	b, err := d.MarshalBinary()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return fmt.Sprintf("%s%X", smsc, b)
}

func parse(t testing.TB, raw string) pdu.Deliver {
	t.Helper()
	d, err := pdu.ParseDeliver(raw)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return d
}

// Published examples.
func TestParseDeliverGolden(t *testing.T) {
	for _, tc := range []struct {
		name, raw string
		want      pdu.Deliver
	}{
		{"a number", "07911326040000F0 04 0B911346610089F6 00 00 20806291731408 0C C8F71D14969741F977FD07", pdu.Deliver{
			SMSC: pdu.Address{Number: "+31624000000"}, Sender: pdu.Address{Number: "+31641600986"},
			Sent: time.Date(2002, 8, 26, 19, 37, 41, 0, time.UTC), Text: "How are you?"}},
		{"a name", "0791448720003023 24 0DD0E474D81C0EBB01 00 00 11101131521400 0B E474D81C0EBB5DE3771B", pdu.Deliver{
			SMSC: pdu.Address{Number: "+447802000332"}, Sender: pdu.Address{Number: "diafaan", Alphanumeric: true},
			Sent: time.Date(2011, 1, 11, 13, 25, 41, 0, time.UTC), Text: "diafaan.com"}},
		{"a time of the last century", "07917283010010F5 04 0BC87238880900F1 00 00 99309251619580 0A E8329BFD4697D9EC37", pdu.Deliver{
			SMSC: pdu.Address{Number: "+27381000015"}, Sender: pdu.Address{Number: "27838890001"},
			Text: "hellohello", Repair: "its time is invalid"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := parse(t, strings.ReplaceAll(tc.raw, " ", ""))
			if diff := cmp.Diff(tc.want, got, cmpopts.IgnoreUnexported(pdu.Deliver{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// S03, S04a: every data coding has an alphabet and a class or none.
func TestS03_S04a_DataCodings(t *testing.T) {
	const septets, units, data = "èß", "я", "\x04\x4f" // what 044F is
	for _, tc := range []struct {
		dcs, want string
		class     int // -1: none
	}{
		{"00", septets, -1}, {"04", data, -1}, {"08", units, -1}, {"0C", septets, -1},
		{"03", septets, -1}, {"10", septets, 0}, {"11", septets, 1}, {"16", data, 2}, {"1B", units, 3},
		{"20", data, -1}, {"30", data, 0}, {"48", units, -1}, {"50", septets, 0}, {"60", data, -1},
		{"80", septets, -1}, {"90", septets, -1}, {"A8", septets, -1}, {"BF", septets, -1},
		{"C0", septets, -1}, {"D8", septets, -1}, {"E0", units, -1}, {"EF", units, -1},
		{"F0", septets, 0}, {"F2", septets, 2}, {"F5", data, 1}, {"FB", septets, 3},
	} {
		t.Run(tc.dcs, func(t *testing.T) {
			d := parse(t, message(plain, tc.dcs, "02044F"))
			class := -1
			if d.Class != nil {
				class = int(*d.Class)
			}
			if d.Text+string(d.Data) != tc.want || (d.Data != nil) != (tc.want == data) || class != tc.class || d.Repair != "" {
				t.Errorf("text %q, data %x, class %d, repair %q", d.Text, d.Data, class, d.Repair)
			}
		})
	}
}

func TestS04b_S04c_TimeThatIsNone(t *testing.T) {
	for name, raw := range map[string]string{
		"FF": "FFFFFFFFFFFFFF", "no digits": "6211202230A580", "zeros": "00000000000000", "month 13": "62312022304580", "30 February": "62200322304580",
	} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, smsc+plain+fromAnna+"0000"+raw+"0141")
			if !d.Sent.IsZero() || d.Text != "A" || d.Repair == "" {
				t.Errorf("the message is %+v", d)
			}
		})
	}
}

func TestTimeHasItsOffset(t *testing.T) {
	for raw, want := range map[string]string{"62112022304580": "2026-11-02T22:03:54+02:00", "6211202230450A": "2026-11-02T22:03:54-05:00", "62112022304500": "2026-11-02T22:03:54Z"} {
		if got := parse(t, smsc+plain+fromAnna+"0000"+raw+"0141").Sent.Format(time.RFC3339); got != want {
			t.Errorf("%s reads %s, want %s", raw, got, want)
		}
	}
}

// S04d to S04i: what is broken in one place is read in the others.
func TestS04_Repairs(t *testing.T) {
	for _, tc := range []struct {
		name, raw, text string
		repaired        bool
	}{
		{"S04d octet behind the text", message(plain, "00", "014100"), "A", true},
		{"S04e carriage return in the spare bits", message(plain, "00", fmt.Sprintf("07%X", gsm7.Pack7BitUSSD([]byte("1234567"), 0))), "1234567", false},
		{"S04f odd UCS-2", message(plain, "08", "03044F04"), "я", true},
		{"S04g half a surrogate pair at the end", message(plain, "08", "04044FD83D"), "я\ufffd", false},
		{"S04h high surrogate before a letter", message(plain, "08", "04D83D0041"), "\ufffdA", false},
		{"S04h low surrogate before a letter", message(plain, "08", "04DE000041"), "\ufffdA", false},
		{"S04i odd number without filler", smsc + plain + "0D919451113254769800" + "00" + submitted + "0141", "A", false},
		{"S04i even number with filler", smsc + plain + "0E91945111325476F800" + "00" + submitted + "0141", "A", false},
		{"S04i no length of the text", message(plain, "00", ""), "", true},
		{"S04i header longer than the text", message(withHeader, "00", "050A41414141"), "", true},
		{"element longer than the header", message(withHeader, "08", "06030005010041"), "A", true},
		{"text cut short", message(plain, "00", "0AC834"), "Hi", true},
		{"UCS-2 cut short", message(plain, "08", "08044F"), "я", true},
		{"header longer than the septets", message(withHeader, "00", "0102AAAA"), "", true},
		{"header without its length", message(withHeader, "00", "00"), "", false},
		{"reserved type", message("07", "00", "0141"), "A", true},
		{"no SMSC", "00" + message(plain, "00", "0141")[len(smsc):], "A", false},
		{"lower case and blanks", strings.ToLower(message(plain, "00", "0141")) + " \r\n", "A", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := parse(t, tc.raw)
			if d.Text != tc.text || (d.Repair != "") != tc.repaired || d.Sender.Number != anna || d.Sent.IsZero() {
				t.Errorf("the message is %+v", d)
			}
		})
	}
}

// What has no place for a text, or is no delivery, is refused.
func TestParseDeliverRefuses(t *testing.T) {
	whole := message(plain, "00", "")
	for i := range len(whole) {
		if d, err := pdu.ParseDeliver(whole[:i]); err == nil {
			t.Errorf("the first %d digits read %+v", i, d)
		}
	}
	for name, raw := range map[string]string{"status report": smsc + beginning + submitted + done + "00", "draft": "0001000B916407281553F800000141"} {
		if _, err := pdu.ParseDeliver(raw); !errors.Is(err, pdu.ErrOtherType) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, raw := range []string{"+CMT: 24", "zz", strings.Repeat("FF", 40)} {
		if _, err := pdu.ParseDeliver(raw); err == nil || errors.Is(err, pdu.ErrOtherType) {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestS05_NamesOfSenders(t *testing.T) {
	for _, tc := range []struct {
		name    string
		septets []byte
		length  int // in semi-octets
		want    string
	}{
		{"brackets", []byte("My\x1b\x3cX\x1b\x3e"), 13, "My[X]"},
		{"euro sign", []byte("EUR\x1b\x65"), 9, "EUR€"},
		{"eleven", []byte("Hello World"), 20, "Hello World"},
		{"S05b seven, rounded up", []byte("ABCDEFG"), 14, "ABCDEFG"},
		{"seven", []byte("ABCDEFG"), 13, "ABCDEFG"},
		{"eight", []byte("ABCDEFGH"), 14, "ABCDEFGH"},
		{"nothing", nil, 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			address := fmt.Sprintf("%02XD0%X", tc.length, gsm7.Pack7Bit(tc.septets, 0))
			d := parse(t, smsc+plain+address+"0000"+submitted+"0141")
			if d.Sender != (pdu.Address{Number: tc.want, Alphanumeric: true}) || d.Text != "A" {
				t.Errorf("the message is %+v", d)
			}
		})
	}
}

func TestConcat(t *testing.T) {
	for _, tc := range []struct {
		name, header string
		want         *pdu.Concat
	}{
		{"8 bits", "0500034D0301", &pdu.Concat{Ref: 0x4d, Seq: 1, Total: 3}},
		{"16 bits", "060804ABCD0202", &pdu.Concat{Ref: 0xabcd, Wide: true, Seq: 2, Total: 2}},
		{"behind another element", "08240101" + "00034D0202", &pdu.Concat{Ref: 0x4d, Seq: 2, Total: 2}},
		{"said twice", "0A00034D0201" + "00034D0202", &pdu.Concat{Ref: 0x4d, Seq: 2, Total: 2}},
		{"one of one", "0500034D0101", nil},
		{"of a wrong length", "0400024D02", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := parse(t, message(withHeader, "00", packed(tc.header, 'H', 'i')))
			if diff := cmp.Diff(tc.want, d.Concat); diff != "" || d.Text != "Hi" || d.Repair != "" {
				t.Errorf("text %q, repair %q, %s", d.Text, d.Repair, diff)
			}
		})
	}
}

// S06c: a place that no message has makes a message of the part.
func TestS06c_ConcatWithoutPlace(t *testing.T) {
	for name, place := range map[string]string{"sequence 0": "0200", "beyond the total": "0203", "total 0": "0000", "total 0, sequence 1": "0001"} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, message(withHeader, "00", packed("0500034D"+place, 'H', 'i')))
			if d.Concat != nil || d.Text != "Hi" || d.Repair == "" {
				t.Errorf("the message is %+v", d)
			}
		})
	}
}

func TestPorts(t *testing.T) {
	for header, want := range map[string]pdu.Ports{"0605040B8423F0": {Destination: 2948, Source: 9200}, "040402FAF0": {Destination: 250, Source: 240}} {
		d := parse(t, message(withHeader, "04", fmt.Sprintf("%02X%s%s", len(header)/2+2, header, "CAFE")))
		if d.Ports == nil || *d.Ports != want || string(d.Data) != "\xca\xfe" || d.Text != "" {
			t.Errorf("%s: %+v", header, d)
		}
	}
}

// The elements are 24 and 25 hexadecimal.
func TestNationalLanguages(t *testing.T) {
	for _, tc := range []struct {
		name, header string
		septets      []byte
		want         string
	}{
		{"none", "03700101", []byte{0x07, 0x1b, 0x69}, "ìi"},
		{"Turkish, locking", "03250101", []byte{0x07}, "ı"},
		{"Turkish, single shift", "03240101", []byte{0x07, 0x1b, 0x69}, "ìı"},
		{"Turkish, both", "06240101250101", []byte{0x07, 0x1b, 0x67}, "ığ"},
		{"Spanish, single shift", "03240102", []byte{0x1b, 0x41}, "Á"},
		{"Portuguese, single shift, 1F", "03240103", []byte{0x1b, 0x1f}, "Ê"},
		{"Hindi, locking", "03250106", []byte{0x03}, "अ"},
		{"unknown, locking", "032501FF", []byte{0x07}, "ì"},
		{"unknown, single shift", "0324010E", []byte{0x1b, 0x65}, "€"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if d := parse(t, message(withHeader, "00", packed(tc.header, tc.septets...))); d.Text != tc.want || d.Repair != "" {
				t.Errorf("%q, repair %q, want %q", d.Text, d.Repair, tc.want)
			}
		})
	}
}

// Escapes that lead to nothing are blanks or the letter of the basic table
// (TS 23.038 6.2.1).
func TestEscapes(t *testing.T) {
	for septets, want := range map[string]string{"\x1be": "€", "\x1bA": "A", "\x1b\x1bA": " A", "A\x1b": "A ", "\x1b\x0a": "\f"} {
		if d := parse(t, message(plain, "00", packed("", []byte(septets)...))); d.Text != want {
			t.Errorf("%q reads %q, want %q", septets, d.Text, want)
		}
	}
}

func FuzzParseDeliver(f *testing.F) {
	for _, raw := range []string{
		message(plain, "00", "0141"), message(plain, "08", "04D83DDE00"), message(plain, "80", "014100"),
		message(withHeader, "00", packed("0500034D0301", 'H', 'i')), message(withHeader, "04", "090605040B8423F0CAFE"),
		message(withHeader, "00", packed("06240101250101", 7, 0x1b, 0x67)), message(withHeader, "00", "050A41414141"),
		"00240DD0E474D81C0EBB010000111011315214000BE474D81C0EBB5DE3771B", "00",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		d, err := pdu.ParseDeliver(raw)
		if err != nil {
			if strict, ok := strictly(raw, tpdu.MtDeliver); ok {
				t.Errorf("%v; the library reads %+v", err, strict)
			}
			return
		}
		if !utf8.ValidString(d.Text) || d.Text != "" && d.Data != nil {
			t.Errorf("text %q, data %x", d.Text, d.Data)
		}
		if c := d.Concat; c != nil && (c.Seq < 1 || c.Seq > c.Total || c.Total < 2) {
			t.Errorf("part %d of %d", c.Seq, c.Total)
		}
		if strict, ok := strictly(raw, tpdu.MtDeliver); ok {
			agree(t, strict, d)
		}
	})
}

// strictly reads a PDU from an SMSC with the library alone, where that can.
func strictly(raw string, mti tpdu.MessageType) (*tpdu.TPDU, bool) {
	b, ok := behindCentre(raw)
	d := &tpdu.TPDU{Direction: tpdu.MT}
	return d, ok && d.UnmarshalBinary(b) == nil && d.MTI() == mti
}

// agree compares what the library reads of a delivery that it accepts, where it
// reads as the standard says.
func agree(t *testing.T, strict *tpdu.TPDU, d pdu.Deliver) {
	if d.PID != strict.PID || d.DCS != byte(strict.DCS) || !d.Sent.IsZero() && !d.Sent.Equal(strict.SCTS.Time) {
		t.Errorf("the library reads %+v, we %+v", strict, d)
	}
	_, shift := strict.UDH.IE(0x24)
	_, locking := strict.UDH.IE(0x25)
	compressed := d.DCS < 0x80 && d.DCS&0x20 != 0
	if shift || locking || compressed || strings.Contains(d.Repair, "header") || strings.Contains(d.Text, "\ufffd") {
		return
	}
	alphabet, _ := strict.Alphabet()
	text, err := tpdu.DecodeUserData(strict.UD, strict.UDH, alphabet)
	if err != nil || string(text) != d.Text+string(d.Data) {
		t.Errorf("the library reads %q, %v, we %q and %x", text, err, d.Text, d.Data)
	}
}

func BenchmarkParseDeliver(b *testing.B) {
	raw := delivery(b, encode(b, pdu.Submit{Text: "Your verification code for Shop is: 123456"})[0])
	for b.Loop() {
		if _, err := pdu.ParseDeliver(raw); err != nil {
			b.Fatal(err)
		}
	}
}

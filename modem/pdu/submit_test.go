package pdu_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warthog618/sms/encoding/tpdu"
	"pgregory.net/rapid"

	"simgate/modem/pdu"
)

const anna = "+4915112345678"

func encode(t testing.TB, s pdu.Submit) []pdu.Part {
	t.Helper()
	if s.To == "" {
		s.To = anna
	}
	parts, err := pdu.Encode(s)
	if err != nil {
		t.Fatalf("encoding %q: %v", s.Text, err)
	}
	return parts
}

// reporter is what a test and a property have in common.
type reporter interface {
	Helper()
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// read decodes a part with the library alone, which is another eye than ours.
func read(t reporter, p pdu.Part) (*tpdu.TPDU, string) {
	t.Helper()
	submit := &tpdu.TPDU{Direction: tpdu.MO}
	if err := submit.UnmarshalBinary(p.TPDU); err != nil {
		t.Fatalf("%x: %v", p.TPDU, err)
	}
	alphabet, err := submit.Alphabet()
	if err != nil {
		t.Fatalf("%x: %v", p.TPDU, err)
	}
	text, err := tpdu.DecodeUserData(submit.UD, submit.UDH, alphabet)
	if err != nil {
		t.Fatalf("%x: %v", p.TPDU, err)
	}
	return submit, string(text)
}

// Published examples, and what follows from the standard by hand.
func TestEncodeGolden(t *testing.T) {
	for _, tc := range []struct {
		name string
		s    pdu.Submit
		want string
	}{
		{"seven bits, four days", pdu.Submit{To: "+46708251358", Text: "hellohello", Validity: 4 * 24 * time.Hour},
			"00 11 00 0B916407281553F8 00 00 AA 0A E8329BFD4697D9EC37"},
		{"short code", pdu.Submit{To: "22000", Text: "A"},
			"00 01 00 05812200F0 00 00 01 41"},
		{"UCS-2 with a report", pdu.Submit{To: anna, Text: "я", Report: true},
			"00 21 00 0D91945111325476F8 00 08 02 044F"},
		{"class 0", pdu.Submit{To: "22000", Text: "A", Flash: true},
			"00 01 00 05812200F0 00 10 01 41"},
		{"class 0 in UCS-2", pdu.Submit{To: anna, Text: "я", Report: true, Flash: true},
			"00 21 00 0D91945111325476F8 00 18 02 044F"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := strings.ReplaceAll(tc.want, " ", "")
			parts := encode(t, tc.s)
			if len(parts) != 1 || parts[0].Hex() != want || parts[0].Length() != len(want)/2-1 {
				t.Errorf("the PDU is %s, length %d; want %s", parts[0].Hex(), parts[0].Length(), want)
			}
		})
	}
}

// S01: the reference is the caller's, and the same in all parts.
func TestS01_ReferenceIsTheCallers(t *testing.T) {
	for _, ref := range []uint8{0, 1, 77, 255} {
		for i, p := range encode(t, pdu.Submit{Text: strings.Repeat("x", 500), Ref: ref}) {
			s, _ := read(t, p)
			total, seq, got, ok := s.ConcatInfo()
			if !ok || total != 4 || seq != i+1 || got != int(ref) {
				t.Errorf("reference %d, part %d: %d of %d, reference %d", ref, i+1, seq, total, got)
			}
		}
	}
}

func TestS02_Addresses(t *testing.T) {
	for number, want := range map[string]struct {
		toa  byte
		addr string
	}{"+4915112345678": {0x91, "4915112345678"}, "22000": {0x81, "22000"}, "015112345678": {0x81, "015112345678"}, "*100#": {0x81, "*100#"}} {
		s, _ := read(t, encode(t, pdu.Submit{To: number, Text: "x"})[0])
		if s.DA.TOA != want.toa || s.DA.Addr != want.addr {
			t.Errorf("%s became %02X %s", number, s.DA.TOA, s.DA.Addr)
		}
	}
	for _, bad := range []string{"", "+", "abc", "+49151x", strings.Repeat("1", 21), strings.Repeat("1", 300), "12 34", "1\r2", "22000\n", "٤٩"} {
		if _, err := pdu.Encode(pdu.Submit{To: bad, Text: "x"}); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// E15: an empty text is a message without text, no panic.
func TestE15_EmptyText(t *testing.T) {
	if parts := encode(t, pdu.Submit{}); len(parts) != 1 {
		t.Errorf("%d parts", len(parts))
	}
}

// E18, E18b: eight goroutines, and no message goes to another's number.
func TestE18_Concurrency(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			to := fmt.Sprintf("+49%d000000", i+1)
			for range 200 {
				parts, err := pdu.Encode(pdu.Submit{To: to, Text: "msg-for-" + to})
				if err != nil {
					t.Error(err)
					return
				}
				d, err := pdu.ParseDeliver(delivery(t, parts[0]))
				if err != nil || d.Text != "msg-for-"+to {
					t.Errorf("%s got %q, %v", to, d.Text, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestS07_Validity(t *testing.T) {
	const day = 24 * time.Hour
	for _, tc := range []struct {
		d    time.Duration
		want byte
	}{
		{1, 0}, {5 * time.Minute, 0}, {5*time.Minute + 1, 1}, {10 * time.Minute, 1}, {time.Hour, 11},
		{12 * time.Hour, 143}, {12*time.Hour + time.Minute, 144}, {day, 167}, {25 * time.Hour, 168},
		{3 * day, 169}, {30 * day, 196}, {31 * day, 197}, {63 * 7 * day, 255}, {1<<63 - 1, 255},
	} {
		for _, to := range []string{anna, "22000", "+4915112345"} { // addresses of several lengths
			p := encode(t, pdu.Submit{To: to, Text: "x", Validity: tc.d})[0]
			digits := len(strings.TrimPrefix(to, "+"))
			if got := p.TPDU[2+2+(digits+1)/2+2]; got != tc.want || p.TPDU[0]&0x18 != 0x10 {
				t.Errorf("%v to %s became %d with the first octet %02X, want %d", tc.d, to, got, p.TPDU[0], tc.want)
			}
		}
	}
	if p := encode(t, pdu.Submit{Text: "x"})[0]; p.TPDU[0]&0x18 != 0 {
		t.Errorf("no validity became the first octet %02X", p.TPDU[0])
	}
	if _, err := pdu.Encode(pdu.Submit{To: anna, Text: "x", Validity: -1}); err == nil {
		t.Error("a message that is not valid any more was encoded")
	}
}

func TestS08_HexIsUpperCase(t *testing.T) {
	h := encode(t, pdu.Submit{Text: "äöü zzz"})[0].Hex()
	if h != strings.ToUpper(h) || !strings.HasPrefix(h, "00") {
		t.Errorf("the PDU is %s", h)
	}
}

// S08c, S08d: the first octet says submit, validity and report, in every part.
func TestS08d_ReportIsRequestedInEveryPart(t *testing.T) {
	for _, p := range encode(t, pdu.Submit{Text: strings.Repeat("x", 400), Report: true, Validity: time.Hour}) {
		if p.TPDU[0] != 0x71 { // SUBMIT, relative VP, SRR, UDHI
			t.Errorf("the first octet of part %d is %02X", p.Seq, p.TPDU[0])
		}
	}
}

// S09c, S09d: what is in the alphabet or its extension goes with seven bits, all
// else, Turkish with it, as UCS-2.
func TestS09c_Alphabets(t *testing.T) {
	for text, wide := range map[string]bool{"Grüße @£$¥": false, "[{€}]~|\\^": false, "“quotes”": true, "ç": true, "Ç": false, "`": true, "Işığı": true} {
		s, back := read(t, encode(t, pdu.Submit{Text: text})[0])
		if alphabet, _ := s.Alphabet(); (alphabet == tpdu.AlphaUCS2) != wide || s.UDHI() || back != text {
			t.Errorf("%q went as %v and reads %q", text, alphabet, back)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alphabet := rapid.SampledFrom([]string{"abc xyz€[]{}äöüñ\n", "abc €\nяж漢字😀👍🏽\u200d\u0301🇩🇪"}).Draw(t, "alphabet")
		checkRoundTrip(t, rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 0, 700, -1).Draw(t, "text"))
	})
}

// checkRoundTrip reads the parts of a clean text back, with the library's eye
// and with ours, and joins them.
func checkRoundTrip(t reporter, text string) {
	t.Helper()
	parts, err := pdu.Encode(pdu.Submit{To: anna, Text: text, Ref: 9})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if n, err := pdu.Count(text); err != nil || n != len(parts) {
		t.Errorf("%q has %d parts and counts %d, %v", text, len(parts), n, err)
	}
	var joined strings.Builder
	for i, p := range parts {
		s, back := read(t, p)
		if back != p.Text || s.DA.Number() != anna || len(p.TPDU) > 164 {
			t.Errorf("part %d of %q reads %q, %d octets", i+1, text, back, len(p.TPDU))
		}
		d, err := pdu.ParseDeliver(delivery(t, p))
		if err != nil || d.Text != p.Text || d.Repair != "" {
			t.Errorf("part %d of %q arrives as %q, %q, %v", i+1, text, d.Text, d.Repair, err)
		}
		if whole := len(parts) == 1; whole != (d.Concat == nil) || !whole && *d.Concat != (pdu.Concat{Ref: 9, Seq: i + 1, Total: len(parts)}) {
			t.Errorf("part %d of %q arrives as %+v", i+1, text, d.Concat)
		}
		joined.WriteString(d.Text)
	}
	if joined.String() != text {
		t.Errorf("%q reads %q", text, joined.String())
	}
}

func FuzzEncode(f *testing.F) {
	for _, s := range []string{"hello", "€", "я", "😀", strings.Repeat("x", 161), "a\nb", "a\r\nb", "\x1b", "\xff", "👨‍👩‍👧‍👦"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := pdu.Count(text); err != nil || n > 20 {
			return
		}
		if clean, err := pdu.Clean(text); err == nil {
			checkRoundTrip(t, clean)
		} else if _, err := pdu.Encode(pdu.Submit{To: anna, Text: text}); err == nil {
			t.Errorf("%q was encoded, and Clean refuses it", text)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	for b.Loop() {
		if _, err := pdu.Encode(pdu.Submit{To: anna, Text: "Your verification code for Shop is: 123456", Report: true, Validity: 5 * time.Minute}); err != nil {
			b.Fatal(err)
		}
	}
}

package pdu_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

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

// read decodes a part with the library alone, which is another eye than ours.
func read(t testing.TB, p pdu.Part) (*tpdu.TPDU, string) {
	t.Helper()
	submit := &tpdu.TPDU{Direction: tpdu.MO}
	if err := submit.UnmarshalBinary(p.TPDU); err != nil {
		t.Fatalf("%x: %v", p.TPDU, err)
	}
	alphabet, err := submit.Alphabet()
	if err != nil {
		t.Fatal(err)
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
		{"seven bits", pdu.Submit{To: "+46708251358", Text: "hellohello", Validity: 4 * 24 * time.Hour}, "0011000B916407281553F80000AA0AE8329BFD4697D9EC37"},
		{"short code", pdu.Submit{To: "22000", Text: "A"}, "0001000581220 0F0000001" + "41"},
		{"UCS-2 with a report", pdu.Submit{To: anna, Text: "я", Report: true}, "0021000D91945111325476F80008" + "02044F"},
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
	for _, bad := range []string{"", "+", "abc", "+49151x", strings.Repeat("1", 21), strings.Repeat("1", 300), "12 34", "1\r2", "٤٩"} {
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
				if s, text := read(t, parts[0]); s.DA.Number() != to || text != "msg-for-"+to {
					t.Errorf("%s got %q", s.DA.Number(), text)
				}
			}
		})
	}
	wg.Wait()
}

func TestS07_Validity(t *testing.T) {
	for _, tc := range []struct {
		d    time.Duration
		want byte
	}{
		{time.Second, 0}, {5 * time.Minute, 0}, {5*time.Minute + 1, 1}, {10 * time.Minute, 1}, {time.Hour, 11},
		{12 * time.Hour, 143}, {12*time.Hour + time.Minute, 144}, {24 * time.Hour, 167}, {25 * time.Hour, 168},
		{72 * time.Hour, 169}, {30 * 24 * time.Hour, 196}, {31 * 24 * time.Hour, 197}, {63 * 7 * 24 * time.Hour, 255}, {1 << 62, 255},
	} {
		for _, to := range []string{anna, "22000"} { // addresses of both parities
			p := encode(t, pdu.Submit{To: to, Text: "x", Validity: tc.d})[0]
			digits := len(strings.TrimPrefix(to, "+"))
			if got := p.TPDU[2+2+(digits+1)/2+2]; got != tc.want || p.TPDU[0]&0x18 != 0x10 {
				t.Errorf("%v to %s became %d with the first octet %02X, want %d", tc.d, to, got, p.TPDU[0], tc.want)
			}
		}
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

func TestS09_NumberOfParts(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       int
	}{
		{"nothing", "", 1},
		{"160 septets", strings.Repeat("x", 160), 1},
		{"161 septets", strings.Repeat("x", 161), 2},
		{"306 septets", strings.Repeat("x", 306), 2},
		{"307 septets", strings.Repeat("x", 307), 3},
		{"80 euro signs", strings.Repeat("€", 80), 1},
		{"81 euro signs", strings.Repeat("€", 81), 2},
		{"an escape is not cut", strings.Repeat("x", 152) + "€" + strings.Repeat("x", 152), 3},
		{"70 units", strings.Repeat("я", 70), 1},
		{"71 units", strings.Repeat("я", 71), 2},
		{"35 emoji", strings.Repeat("😀", 35), 1},
		{"36 emoji", strings.Repeat("😀", 36), 2},
		{"255 parts", strings.Repeat("x", 255*153), 255},
	} {
		t.Run(tc.name, func(t *testing.T) {
			parts := encode(t, pdu.Submit{Text: tc.text})
			if n, err := pdu.Count(tc.text); len(parts) != tc.want || n != tc.want || err != nil {
				t.Errorf("%d parts, counted %d, %v; want %d", len(parts), n, err, tc.want)
			}
		})
	}
	if _, err := pdu.Encode(pdu.Submit{To: anna, Text: strings.Repeat("x", 40_000)}); err == nil {
		t.Error("40,000 letters were accepted")
	}
}

// What people see as one character is not cut in two.
func TestCharactersStayWhole(t *testing.T) {
	for name, character := range map[string]string{
		"emoji": "😀", "family": "👨‍👩‍👧‍👦", "flag": "🇩🇪", "skin tone": "👍🏽", "combining": "e\u0301", "keycap": "1\ufe0f\u20e3",
	} {
		t.Run(name, func(t *testing.T) {
			for lead := range 6 {
				text := strings.Repeat("я", 60+lead) + strings.Repeat(character, 12)
				for _, p := range encode(t, pdu.Submit{Text: text}) {
					rest := strings.ReplaceAll(strings.ReplaceAll(p.Text, character, ""), "я", "")
					if rest != "" || !utf8.ValidString(p.Text) {
						t.Errorf("part %d ends in half a character: %q", p.Seq, rest)
					}
				}
			}
		})
	}
}

func TestS09b_Clean(t *testing.T) {
	for text, want := range map[string]string{"a\r\nb": "a\nb", "a\rb": "a\nb", "a\nb": "a\nb", "plain": "plain", "": ""} {
		if got, err := pdu.Clean(text); err != nil || got != want {
			t.Errorf("%q became %q, %v", text, got, err)
		}
	}
	for _, bad := range []string{"a\x1bb", "a\x1ab", "a\x00b", "a\tb", "a\u0085b", "a\xffb", "\x7f"} {
		if _, err := pdu.Clean(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
		if _, err := pdu.Encode(pdu.Submit{To: anna, Text: bad}); err == nil {
			t.Errorf("%q was encoded", bad)
		}
	}
}

// S09c: what is in the alphabet or its extension goes with seven bits, all else
// as UCS-2.
func TestS09c_Alphabets(t *testing.T) {
	for text, wide := range map[string]bool{"Grüße @£$¥": false, "[{€}]~|\\^": false, "“quotes”": true, "ç": true, "Ç": false, "`": true, "Ğ": true} {
		s, back := read(t, encode(t, pdu.Submit{Text: text})[0])
		if alphabet, _ := s.Alphabet(); (alphabet == tpdu.AlphaUCS2) != wide || back != text {
			t.Errorf("%q went as %v and reads %q", text, alphabet, back)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, err := pdu.Clean(rapid.StringOfN(rapid.RuneFrom([]rune("abc xyz€[]{}äöüñ\nяж漢字😀👍🏽\u200d\u0301🇩🇪")), 0, 700, -1).Draw(t, "text"))
		if err != nil {
			t.Skip()
		}
		checkRoundTrip(t, text)
	})
}

// checkRoundTrip reads the parts of a text back and joins them.
func checkRoundTrip(t interface {
	Fatalf(string, ...any)
	Errorf(string, ...any)
}, text string) {
	parts, err := pdu.Encode(pdu.Submit{To: anna, Text: text, Ref: 9})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	var joined strings.Builder
	for i, p := range parts {
		s := &tpdu.TPDU{Direction: tpdu.MO}
		if err := s.UnmarshalBinary(p.TPDU); err != nil {
			t.Fatalf("part %d of %q: %v", i+1, text, err)
		}
		alphabet, _ := s.Alphabet()
		back, err := tpdu.DecodeUserData(s.UD, s.UDH, alphabet)
		if err != nil || string(back) != p.Text || len(p.TPDU) > 164 {
			t.Errorf("part %d of %q reads %q, %v, %d octets", i+1, text, back, err, len(p.TPDU))
		}
		joined.Write(back)
	}
	if joined.String() != text {
		t.Errorf("%q reads %q", text, joined.String())
	}
}

func FuzzEncode(f *testing.F) {
	for _, s := range []string{"hello", "€", "я", "😀", strings.Repeat("x", 161), "a\nb", "\x1b", "\xff", "👨‍👩‍👧‍👦"} {
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

// tshark reads our PDUs: a decoder that none of us wrote.
func TestTsharkReadsOurPDUs(t *testing.T) {
	for _, program := range []string{"tshark", "text2pcap"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: apt-get install tshark", program)
		}
	}
	var in bytes.Buffer
	texts := []string{"hello from simgate", "Grüße [€]", "привет", strings.Repeat("long ", 40)}
	for _, text := range texts {
		for _, p := range encode(t, pdu.Submit{Text: text, Report: true, Validity: time.Hour}) {
			fmt.Fprintf(&in, "I\n000000 % x\n", p.TPDU)
		}
	}
	folder := t.TempDir()
	capture := filepath.Join(folder, "out.pcapng")
	pack := exec.Command("text2pcap", "-q", "-D", "-l", "147", "-", capture)
	pack.Stdin = &in
	if out, err := pack.CombinedOutput(); err != nil {
		t.Fatalf("text2pcap: %v: %s", err, out)
	}
	out, err := exec.Command("tshark", "-r", capture, "-o", `uat:user_dlts:"User 0 (DLT=147)","gsm_sms","0","","0",""`,
		"-o", "gsm_sms.reassemble:FALSE", "-O", "gsm_sms").Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	for _, want := range []string{texts[0], texts[1], texts[2], "SMS text: long long", "4915112345678", "TP-SRR: A status report is requested", "1 hours 0 minutes"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("tshark does not say %q:\n%s", want, out)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for b.Loop() {
		if _, err := pdu.Encode(pdu.Submit{To: anna, Text: "Your verification code for Shop is: 123456", Report: true, Validity: 5 * time.Minute}); err != nil {
			b.Fatal(err)
		}
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

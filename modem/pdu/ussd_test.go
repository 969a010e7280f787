package pdu_test

import (
	"strings"
	"testing"

	"simgate/modem/pdu"
)

func TestEncodeUSSD(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		as         pdu.USSDCoding
		want       string
	}{
		{"plain", "*100#", pdu.USSDPlain, "*100#"},
		{"packed septets", "*100#", pdu.USSDPacked, "AA180C3602"},
		{"UTF-16", "*1#", pdu.USSDUCS2, "002A00310023"},
		{"an answer to a menu", "1", pdu.USSDPlain, "1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, dcs, err := pdu.EncodeUSSD(tc.text, tc.as)
			if err != nil || got != tc.want || dcs != 15 {
				t.Errorf("%q, %d, %v, want %q", got, dcs, err, tc.want)
			}
		})
	}
	for name, text := range map[string]string{
		"empty": "", "a quote": `*1"#`, "a line end": "*1#\r", "Cyrillic": "да", "too long": strings.Repeat("1", 183), "an escape": "\x1b",
	} {
		t.Run(name, func(t *testing.T) {
			if got, _, err := pdu.EncodeUSSD(text, pdu.USSDPlain); err == nil {
				t.Errorf("%q was taken as %q", text, got)
			}
		})
	}
}

func TestDecodeUSSD(t *testing.T) {
	for _, tc := range []struct {
		name, s string
		dcs     int
		want    string
	}{
		{"plain text", "Your balance is 12.34 EUR", 15, "Your balance is 12.34 EUR"},
		{"plain text without a scheme", "Balance: 5", -1, "Balance: 5"},
		{"a menu of several lines", "1 Balance\r\n2 Data\r\n", 15, "1 Balance\n2 Data"},
		{"packed septets", "AA180C3602", 15, "*100#"},
		{"UTF-16 that ends in half a character", "0053006F006C0064006F002000350020AC", 72, "Soldo 5"},
		{"UTF-16 that ends in half an octet", "0053006F006C0064006F0020003500204AC", 15, "Soldo 5"},
		{"UTF-16", "0053006F006C0064006F", 72, "Soldo"},
		{"UTF-16 and said to be septets", "0053006F006C0064006F", 15, "Soldo"},
		{"Cyrillic said to be septets", "04110430043B0430043D0441", 15, "Баланс"},
		{"UTF-16 behind a language in septets", "E4320053006F006C0064006F", 0x11, "Soldo"},
		{"UTF-16 behind a language in ASCII", "64650053006F006C0064006F", 0x11, "Soldo"},
		{"a number that could be octets", "1250", 15, "1250"},
		{"Chinese", "4F59989D", 72, "余额"},
		{"the character set GSM", "3,50 \x1be, f}r 5 Jahre\x11", 15, "3,50 €, fñr 5 Jahre_"},
		{"a menu with brackets", "[1] Balance", 15, "[1] Balance"},
		{"nothing", "", 15, ""},
		{"UTF-16, U+0000 and what the buffer held before", "0053006F006C0064006F0000A5F391C2", 72, "Soldo"},
		{"the same, said to be septets", "0053006F006C0064006F0000A5F391C2", 15, "Soldo"},
		{"Latin-1", "Cr\xe9dito: 5 EUR", 15, "Crédito: 5 EUR"},
		{"UTF-16 but for what is in quotes", `004700750064006F006B0020"Shape of you"002000450064`, -1, `Gudok "Shape of you" Ed`},
		{"UTF-16 behind what is in quotes", `"Shape of you"00200045006400200053`, -1, `"Shape of you" Ed S`},
		{"Chinese but for what is in quotes", `4F59989D"1.5"`, 72, `余额"1.5"`},
		{"a text with quotes", `Say "hello" to 1234`, 15, `Say "hello" to 1234`},
		{"a number and a word in quotes", `12345678"net"`, 15, `12345678"net"`},
		{"octets of ASCII", "536973612070756C73612052702E333030302E0A312E59410A", 0, "Sisa pulsa Rp.3000.\n1.YA"},
		{"UTF-16 and said to be of class 3", "002000440075002000680061007200200030002C003300300020006B0072", 7, " Du har 0,30 kr"},
		{"packed septets of class 0", "CE325C1EB6A7D9EE7C1AE47EB7CB72507DCEAE9FD3", 240, "Nepravilnyi nomer uslugi"},
		{"a voucher", "7243556677283344", 15, "7243556677283344"},
		{"UTF-16 behind a language that the modem has removed", "0053006F006C0064006F", 0x11, "Soldo"},
		{"septets behind a language", "en\rBalance 5", 0x10, "Balance 5"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := pdu.DecodeUSSD(tc.s, tc.dcs, pdu.USSDPlain); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// In the character set UCS2 all strings are hexadecimal, whatever the scheme says; some
// modems write plain text all the same.
func TestDecodeUSSDInUCS2(t *testing.T) {
	for s, want := range map[string]string{
		"0053006F006C0064006F": "Soldo", "0031": "1", "4F59989D": "余额", "0E220E2D0E14": "ยอด", "Pozostalo Ci 50,04zl": "Pozostalo Ci 50,04zl", "": "",
	} {
		if got := pdu.DecodeUSSD(s, 15, pdu.USSDUCS2); got != want {
			t.Errorf("%q was read as %q, want %q", s, got, want)
		}
	}
}

// FuzzUSSD: what is encoded is read again, and nothing panics.
func FuzzUSSD(f *testing.F) {
	f.Add("*100#", 15)
	f.Add("0053006F006C0064006F", 72)
	f.Fuzz(func(t *testing.T, s string, dcs int) {
		for _, as := range []pdu.USSDCoding{pdu.USSDPlain, pdu.USSDPacked, pdu.USSDUCS2} {
			_ = pdu.DecodeUSSD(s, dcs, as)
		}
		packed, dcs, err := pdu.EncodeUSSD(s, pdu.USSDPacked)
		if err != nil || strings.Trim(s, "*#0123456789") != "" || len(s) < 5 {
			return
		}
		if got := pdu.DecodeUSSD(packed, dcs, pdu.USSDPacked); got != s {
			t.Errorf("%q became %s and was read as %q", s, packed, got)
		}
	})
}

func TestKindOf(t *testing.T) {
	for _, tc := range []struct {
		name, s string
		want    pdu.Kind
	}{
		{"a delivery", "07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37", pdu.KindDeliver},
		{"a status report", "0006230B914607121553F899309251619580993092516195800000", pdu.KindReport},
		{"a draft", "0011000B916407281553F80000AA0AE8329BFD4697D9EC37", pdu.KindSubmit},
		{"no hexadecimal", "hello", pdu.KindDeliver},
		{"nothing", "", pdu.KindDeliver},
		{"an address that ends too early", "0791", pdu.KindDeliver},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := pdu.KindOf(tc.s); got != tc.want {
				t.Errorf("%d, want %d", got, tc.want)
			}
		})
	}
}

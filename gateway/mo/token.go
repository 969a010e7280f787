package mo

import (
	"crypto/rand"
	"encoding/base32"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"simgate/gateway/digit"
	"simgate/gateway/msisdn"
)

// coding is the base 32 of Crockford, which lacks the letters I, L, O and U.
var coding = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// alike are the letters that no token has, and what they are taken for when one is typed.
var alike = strings.NewReplacer("I", "1", "L", "1", "O", "0", "U", "V")

const (
	bits = 40
	mark = "SG" // stands before a token
)

// NewToken returns a random token: 8 characters.
func NewToken() string {
	random := make([]byte, bits/8)
	_, _ = rand.Read(random) // never fails: it ends the program first
	return coding.EncodeToString(random)
}

// Show returns a token as people see and send it.
func Show(token string) string { return mark + " " + token[:len(token)/2] + "-" + token[len(token)/2:] }

// Asked is what a person is asked to send.
type Asked struct {
	Number msisdn.Number // to which
	Text   string
	Link   string // see [Link]
}

// Link returns the link by which a phone opens a text to a number, ready to be sent. iOS
// wants & before the body and Android ?, and both take this.
func Link(number msisdn.Number, text string) string {
	return "sms:" + string(number) + "?&body=" + strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// Found is a token in a text, or what looks like one.
type Found struct {
	Token  string
	Marked bool // it stands behind the mark: it is one, if perhaps with a typing error

	from, to int // octets of the text
}

// maxFound bounds how many tokens are looked for in one text.
const maxFound = 8

// The forms of a token in a text: behind the mark, alone, and with a dash or nothing in its
// middle. Between may stand what keyboards, quoting and people add.
var form = regexp.MustCompile(`\bSG[^0-9A-Z]{0,5}([0-9A-Z]{4})[^0-9A-Z]{0,5}([0-9A-Z]{4})\b` +
	`|^[^0-9A-Z]*([0-9A-Z]{4})[^0-9A-Z]{0,5}([0-9A-Z]{4})[^0-9A-Z]*$` +
	`|\b([0-9A-Z]{4})-?([0-9A-Z]{4})\b`)

// Find returns the tokens of a text, whatever their case, quotes, dashes and blanks, and
// with the letters that look like others taken for these.
func Find(text string) (all []Found) {
	plain, places := simplify(text)
	for _, at := range form.FindAllStringSubmatchIndex(plain, maxFound) {
		for group := 1; group < len(at)/2; group += 2 {
			if at[2*group] < 0 {
				continue
			}
			all = append(all, Found{
				Token:  alike.Replace(plain[at[2*group]:at[2*group+1]] + plain[at[2*group+2]:at[2*group+3]]),
				Marked: group == 1,
				from:   places[at[2*group]], to: places[at[2*group+3]],
			})
		}
	}
	return all
}

// simplify returns a text in capital letters and digits of ASCII, with a blank, a dash or
// a point in the place of all else, and where in the text each octet and the end stand.
func simplify(text string) (plain string, places []int) {
	var b strings.Builder
	for i, r := range text {
		c := byte('.')
		switch v, isDigit := digit.Value(r); {
		case digit.Invisible(r):
			continue
		case isDigit:
			c = byte('0' + v)
		case r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ': // full-width letters
			c = byte(unicode.ToUpper(r) - 'Ａ' + 'A')
		case r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z':
			c = byte(unicode.ToUpper(r))
		case digit.Dash(r):
			c = '-'
		case digit.Blank(r):
			c = ' '
		}
		b.WriteByte(c)
		places = append(places, i)
	}
	return b.String(), append(places, len(text))
}

// Mask returns a text without the tokens that were found in it.
func Mask(text string, found []Found) string {
	var b strings.Builder
	rest := 0
	for _, f := range found {
		b.WriteString(text[rest:f.from])
		b.WriteString(strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return '•'
			}
			return r
		}, text[f.from:f.to]))
		rest = f.to
	}
	return b.String() + text[rest:]
}

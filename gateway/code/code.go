package code

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"

	"simgate/gateway/digit"
	"simgate/gateway/fault"
)

// Alphabet is what codes are made of.
type Alphabet string

// The alphabets. Characters that are easily taken for others are left out, and
// so are vowels: codes spell no words.
const (
	Digits       Alphabet = "digits"
	Numbers      Alphabet = "numbers" // digits, the first of them not 0: for clients that read codes as numbers
	Letters      Alphabet = "letters"
	Alphanumeric Alphabet = "alphanumeric"
)

const (
	digits     = "0123456789"
	plain      = "CDFGHJKMNPQRTVWXY" // no B, I, L, O, S, Z, which look like 8, 1, 0, 5, 2
	plainMixed = plain + "3479"
)

// MinLength and MaxLength bound the length of codes, ours and those of callers, in
// characters.
const (
	MinLength = 4
	MaxLength = 10
)

// New returns a random code of n characters, each equally likely, leading
// zeros kept.
func New(a Alphabet, n int) string {
	switch a {
	case Numbers:
		return Random(digits[1:], 1) + Random(digits, n-1)
	case Letters:
		return Random(plain, n)
	case Alphanumeric:
		return Random(plainMixed, n)
	}
	return Random(digits, n)
}

// Has reports whether a can make a code.
func (a Alphabet) Has(code string) bool {
	of := digits
	switch a {
	case Letters:
		of = plain
	case Alphanumeric:
		of = plainMixed
	}
	return strings.Trim(code, of) == "" && (a != Numbers || !strings.HasPrefix(code, "0"))
}

// Check returns an invalid error unless a is one of the alphabets or "".
func (a Alphabet) Check() error {
	switch a {
	case "", Digits, Numbers, Letters, Alphanumeric:
		return nil
	}
	return fault.NewInvalid("alphabet", "there is no alphabet "+fault.Quote(string(a))+": use digits, letters or alphanumeric")
}

// CheckCustom returns an invalid error for a code of the caller's own that people
// could not type: it has [MinLength] to [MaxLength] digits and letters A to Z.
func CheckCustom(code string) error {
	if len(code) < MinLength || len(code) > MaxLength {
		return fault.NewInvalid("code", fmt.Sprintf("a code of your own has %d to %d characters", MinLength, MaxLength))
	}
	if strings.ContainsFunc(code, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return fault.NewInvalid("code", "a code of your own consists of digits and the letters A to Z")
	}
	return nil
}

// Normalize returns a code as it is compared: in capital letters, with the digits of
// every script as 0 to 9, without the blanks, dashes and invisible characters that
// people and clipboards put between them.
func Normalize(code string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if v, ok := digit.Value(r); ok {
			return rune('0' + v)
		}
		if digit.Blank(r) || digit.Dash(r) || digit.Invisible(r) {
			return -1
		}
		if r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ' { // full-width letters
			return r - 'Ａ' + 'A'
		}
		return r
	}, code))
}

// Random returns n characters of alphabet, each equally likely, from crypto/rand.
func Random(alphabet string, n int) string {
	size := big.NewInt(int64(len(alphabet)))
	out := make([]byte, n)
	for i := range out {
		c, err := rand.Int(rand.Reader, size)
		if err != nil {
			panic(err) // crypto/rand ends the program itself before it returns one
		}
		out[i] = alphabet[c.Int64()]
	}
	return string(out)
}

package speech

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"simgate/gateway/locale"
)

const (
	// MaxText is the longest text that is spoken, in characters: about half a
	// minute, which is as long as anybody listens.
	MaxText = 500
	// MaxBrand is the longest name of a sender, in characters.
	MaxBrand = 64
	// MaxCode is the longest code, in characters.
	MaxCode = 16
)

// spelledFrom is the number of digits in a row from which they are a code or a
// telephone number and are spoken one by one; with fewer they are a year or a
// price.
const spelledFrom = 5

// run is a stretch of text that is spoken in one go.
type run struct {
	text  string
	voice string // of espeak-ng
	code  bool   // text is characters that are spoken one by one
}

// clean makes text safe for espeak-ng, to which control characters and double
// brackets are commands, and returns it with single blanks.
func clean(text string) string {
	text = strings.ToValidUTF8(text, " ")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r), unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp):
			return ' '
		case r == '[' || r == ']':
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// checkText returns the text as it will be spoken, or what is wrong with it.
func checkText(field, text string, most int) (string, error) {
	// Counted before anything is done to it: megabytes are refused, not copied.
	if n := utf8.RuneCountInString(text); n > most {
		return "", &InvalidError{field, fmt.Sprintf("the text to be spoken has %d characters and may have %d: shorten it", n, most)}
	}
	return clean(text), nil
}

// checkCode returns the code in capitals, or what is wrong with it, which never
// includes the code.
func checkCode(code string) (string, error) {
	if code == "" || len(code) > MaxCode {
		return "", &InvalidError{"code", fmt.Sprintf("a code that is spoken has 1 to %d characters", MaxCode)}
	}
	code = strings.ToUpper(code)
	for _, r := range code {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return "", &InvalidError{"code", "a code that is spoken has digits and the letters A to Z only"}
		}
	}
	return code, nil
}

// runs divides a text by who speaks it: many digits in a row one by one, Latin
// letters among others by the voice that knows them, all else by the locale's.
func (l language) runs(text string) []run {
	var out []run
	add := func(text, voice string) {
		if strings.ContainsFunc(text, spoken) {
			out = append(out, run{text: strings.TrimSpace(text), voice: voice})
		}
	}
	start, voice := 0, l.Voice
	for i := 0; i < len(text); {
		if n := digits(text[i:]); n > 0 {
			if n >= spelledFrom {
				add(text[start:i], voice)
				out = append(out, run{text: text[i : i+n], code: true})
				start = i + n
			}
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if reader := l.reader(r, voice); reader != voice {
			add(text[start:i], voice)
			start, voice = i, reader
		}
		i += size
	}
	add(text[start:], voice)
	return out
}

// reader returns the voice for r, which for all but letters is that of before.
func (l language) reader(r rune, before string) string {
	switch {
	case !unicode.IsLetter(r):
		return before
	case l.Script != locale.Latin && unicode.Is(unicode.Latin, r):
		return latinVoice
	}
	return l.Voice
}

// spoken reports whether r makes a sound: of punctuation alone, espeak-ng makes
// silence, or none at all.
func spoken(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsSymbol(r) }

// digits returns how many digits text begins with.
func digits(text string) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

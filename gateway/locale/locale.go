package locale

import (
	"slices"
	"strings"
)

// Default is the locale of countries that no other locale names.
const Default = "en-us"

// Locale is a language as it is written and spoken in some countries.
type Locale struct {
	Name      string // language and country, such as de-de
	Countries string // ISO 3166-1 alpha-2, separated by blanks: whose numbers get this locale
	Register  Register
	Written   Written
	Spoken    Spoken
}

// Register is how a language addresses the reader, in what is written and spoken alike.
type Register int

// The registers. Each language has that which its banks and large services use in texts
// with codes.
const (
	Neutral  Register = iota // the language does not tell them apart, or nobody is addressed
	Formal                   // Sie, usted, vous, Lei, u, вы
	Informal                 // du, tú, je, ty
)

// Written holds the sentences of short messages, with the placeholders {code} and
// {brand}.
type Written struct {
	Branded string
	Plain   string // without a brand
	PIN     string // in the words of services that call a code a PIN
	Asked   string // of a text that the person sends: only who has asked for it is to send it
}

// Spoken is what is said in calls. The zero value is a language that is not spoken.
type Spoken struct {
	Voice  string // language of the espeak-ng voice, "" for none
	Script Script

	Branded string // before the code; {brand} is who sends it
	Plain   string // without a brand
	Again   string // before the code is repeated
	Press   string // asks for the key that starts the code
	Replay  string // after the code: the key that has it said again

	Digits  [10]string      // 0 to 9, each "" where the voice reads the figure right
	Letters map[rune]string // A to Z, where the voice does not know their names; without any,
	// the voice of another script leaves them to that of en-us
}

// Symbol returns what the voice is given to speak one character of a code.
func (s Spoken) Symbol(c rune) string {
	if c >= '0' && c <= '9' && s.Digits[c-'0'] != "" {
		return s.Digits[c-'0']
	}
	if name := s.Letters[c]; name != "" {
		return name
	}
	return string(c)
}

// All returns the table. The first row of a language is the one that the language alone
// stands for. Callers must not change it.
func All() []Locale { return table }

var table = slices.Concat(germanic, romance, slavic, european, middleEastern, african, indian, eastern)

// Find returns the locale of a name, written as de-de, de_DE or de.
func Find(name string) (Locale, bool) {
	name = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(name), "_", "-"))
	i := slices.IndexFunc(table, func(l Locale) bool { return l.Name == name || l.language() == name })
	if i < 0 {
		return Locale{}, false
	}
	return table[i], true
}

func (l Locale) language() string {
	language, _, _ := strings.Cut(l.Name, "-")
	return language
}

// Of returns the name of the locale of a country (ISO 3166-1 alpha-2), or [Default].
func Of(country string) string {
	if l, ok := countries[country]; ok {
		return l
	}
	return Default
}

var countries = func() map[string]string {
	m := map[string]string{}
	for _, l := range table {
		for _, country := range strings.Fields(l.Countries) {
			m[country] = l.Name
		}
	}
	return m
}()

// letters reads the names of A to Z.
func letters(names string) map[rune]string {
	m := map[rune]string{}
	for i, name := range strings.Fields(names) {
		m['A'+rune(i)] = name
	}
	return m
}

// digits reads the words for 0 to 9.
func digits(words string) (d [10]string) {
	copy(d[:], strings.Fields(words))
	return d
}

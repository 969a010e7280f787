package speech

import (
	"slices"
	"strings"
	"unicode"

	"simgate/gateway/locale"
)

// language is a locale that is spoken.
type language struct {
	name string
	locale.Spoken
}

// latinVoice reads Latin letters in a text of another script. espeak-ng would
// change the voice by itself, but for Japanese it then spells every word.
const latinVoice = "en-us"

var languages = func() (all []language) {
	for _, l := range locale.All() {
		if l.Spoken.Voice != "" {
			all = append(all, language{l.Name, l.Spoken})
		}
	}
	return all
}()

// Locales returns the languages that codes can be spoken in, such as "de-de", sorted.
func Locales() []string {
	var names []string
	for _, l := range languages {
		names = append(names, l.name)
	}
	slices.Sort(names)
	return names
}

// Speakable returns the name of the locale as [Locales] has it, or
// [locale.Default] for one that cannot be spoken.
func Speakable(name string) string {
	l, err := find(name)
	if err != nil {
		return locale.Default
	}
	return l.name
}

// find returns the language of a name, as [locale.Find] reads it.
func find(name string) (language, error) {
	l, ok := locale.Find(name)
	if !ok || l.Spoken.Voice == "" {
		return language{}, &InvalidError{"language", "this language is not one that can be spoken: use one of " + strings.Join(Locales(), ", ")}
	}
	return language{l.Name, l.Spoken}, nil
}

// announcement returns the sentence before a code. A brand in a script that
// the voice cannot read is left out: spelled in foreign letter names it would
// only hide the code.
func (l language) announcement(brand string) string {
	if brand == "" || l.unreadable(brand) != 0 {
		return l.Plain
	}
	return strings.ReplaceAll(l.Branded, "{brand}", brand)
}

// unreadable returns the first letter that the voice cannot read, 0 for none.
// Latin letters are read in every language, if need be by another voice.
func (l language) unreadable(text string) rune {
	for _, r := range text {
		if unicode.IsLetter(r) && !unicode.In(r, unicode.Latin, unicode.Common) && !l.Script.Has(r) {
			return r
		}
	}
	return 0
}

// voiceOf returns the voice for one character of a code.
func (l language) voiceOf(c rune) string {
	if unicode.IsLetter(c) && l.Script != locale.Latin && l.Letters == nil {
		return latinVoice
	}
	return l.Voice
}

package optout

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"simgate/gateway/fault"
	"simgate/gateway/locale"
)

// wish is what a message asks for.
type wish int

// What messages ask for.
const (
	nothing  wish = iota
	out           // no more messages of who wrote last
	outOfAll      // no more messages of anybody
	in            // messages again
)

// word is something to write, with what it asks for.
type word struct {
	wish   wish
	locale string // of the language whose word it is, "" where English or several have it
}

// words are all words, folded.
var words = func() map[string]word {
	all := map[string]word{}
	add := func(list string, w word) {
		for s := range strings.SplitSeq(list, ",") {
			s, of := fold(s), w
			if known, twice := all[s]; twice && known.locale != w.locale {
				of.locale = ""
			}
			all[s] = of
		}
	}
	add("stopall, stop all", word{outOfAll, ""})
	for name, l := range locale.OptOuts() {
		if name == "en" {
			name = ""
		}
		add(l.Out, word{out, name})
		add(l.In, word{in, name})
	}
	return all
}()

// read returns what a text asks for that is nothing but a word.
func read(text string) word {
	const longest = 100 // octets of a word, with what stands around it
	if len(text) > longest {
		return word{}
	}
	return words[fold(text)]
}

// fold returns a text as words are compared: in small letters, without accents and without
// what stands around the word.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r) && unicode.Is(unicode.Inherited, r), unicode.Is(unicode.Cf, r):
			return -1
		case r == 'ς':
			return 'σ'
		case r == 'ı':
			return 'i'
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
	s = strings.TrimFunc(s, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N) })
	return strings.Join(strings.Fields(s), " ")
}

// Config is what the owner says of words. The zero value heeds them all, and answers.
type Config struct {
	Deaf   bool     // words have no effect: the list is kept by the owner and the apps alone
	Silent bool     // nobody is told that he has opted out
	Except []string // words that have no effect, for apps that have a use of their own for them
}

// Check returns an invalid error about an exception that is no word anyway.
func (c Config) Check() error {
	for _, s := range c.Except {
		if words[fold(s)].wish == nothing {
			return fault.NewInvalid("opt_out.except", fault.Quote(s)+" opts nobody out: omit it")
		}
	}
	return nil
}

// read is [read] but for the exceptions.
func (c Config) read(text string) word {
	w := read(text)
	if w.wish != nothing && (c.Deaf || slices.ContainsFunc(c.Except, func(s string) bool { return fold(s) == fold(text) })) {
		return word{}
	}
	return w
}

package translation

import (
	_ "embed" // the sentences
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// The sentences as they are in the program: they take no memory of their own before somebody
// reads that language.
var (
	//go:embed de.po
	german string
	//go:embed fr.po
	french string
	//go:embed es.po
	spanish string
	//go:embed it.po
	italian string
	//go:embed pl.po
	polish string
	//go:embed tr.po
	turkish string
	//go:embed en.po
	english string
	//go:embed he.po
	hebrew string
)

// translated is a language of the pages.
type translated struct {
	tag       language.Tag
	name      string // as the language calls itself
	sentences string // a file in the form of gettext
	counts    counts

	once      sync.Once
	catalogue catalog.Catalog // made when somebody reads the language first
	spoken    *spoken         // made with it
}

// counts is how a language counts: the forms of its sentences in the order of msgstr[0],
// msgstr[1] and so on, and what tells the tools of translators the same.
type counts struct {
	forms  []plural.Form
	header string
}

// oneOrMore is how most languages count.
var oneOrMore = counts{[]plural.Form{plural.One, plural.Other}, "nplurals=2; plural=(n != 1);"}

// all are the languages. The first is for who reads no other.
var all = []*translated{
	{tag: language.English, name: "English", sentences: english, counts: oneOrMore},
	{tag: language.German, name: "Deutsch", sentences: german, counts: oneOrMore},
	{tag: language.French, name: "Français", sentences: french, counts: counts{[]plural.Form{plural.One, plural.Other}, "nplurals=2; plural=(n > 1);"}},
	{tag: language.Spanish, name: "Español", sentences: spanish, counts: oneOrMore},
	{tag: language.Italian, name: "Italiano", sentences: italian, counts: oneOrMore},
	{tag: language.Polish, name: "Polski", sentences: polish, counts: counts{[]plural.Form{plural.One, plural.Few, plural.Many}, "nplurals=3; plural=(n == 1 ? 0 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2);"}},
	{tag: language.Turkish, name: "Türkçe", sentences: turkish, counts: oneOrMore},
	{tag: language.Hebrew, name: "עברית", sentences: hebrew, counts: counts{[]plural.Form{plural.One, plural.Two, plural.Other}, "nplurals=3; plural=(n == 1 ? 0 : n == 2 ? 1 : 2);"}},
}

// Languages returns those that pages are shown in. The first is for who reads no other.
func Languages() []language.Tag {
	tags := make([]language.Tag, len(all))
	for i, one := range all {
		tags[i] = one.tag
	}
	return tags
}

// find returns a language, and for one that is not there the first.
func find(tag language.Tag) *translated {
	for _, one := range all {
		if one.tag == tag {
			return one
		}
	}
	return all[0]
}

// read reads the sentences of a language, once.
func (one *translated) read() *translated {
	one.once.Do(func() {
		c := catalog.NewBuilder(catalog.Fallback(all[0].tag))
		add(c, all[0])
		if one != all[0] {
			one.spoken = index(add(c, one))
		}
		one.catalogue = c
	})
	return one
}

// Printer returns what puts sentences into a language.
func Printer(tag language.Tag) *message.Printer {
	return message.NewPrinter(tag, message.Catalog(find(tag).read().catalogue))
}

// add adds the sentences of the pages in a language to a catalogue, and returns all that the
// language has.
func add(c *catalog.Builder, one *translated) []entry {
	entries, err := parse(one.sentences)
	for _, e := range entries {
		if err == nil && e.id != "" && e.context == "" && e.said() {
			err = e.set(c, one)
		}
	}
	if err != nil {
		panic("the sentences in " + one.tag.String() + ": " + err.Error()) // they are of the program, and tests read them
	}
	return entries
}

// Direction returns the direction in which a language is written.
func Direction(tag language.Tag) string {
	if script, _ := tag.Script(); script.String() == "Hebr" || script.String() == "Arab" {
		return "rtl"
	}
	return "ltr"
}

// Name returns how a language calls itself.
func Name(tag language.Tag) string { return find(tag).name }

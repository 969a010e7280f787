// Package translation puts the sentences of the pages into the languages of their readers.
package translation

import (
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// Languages are those that pages are shown in. The first is for who reads no other.
//
// A language is added here and in the catalogue, with every sentence of the templates and
// of package web; an English sentence stands for itself, unless it counts something.
var Languages = []language.Tag{language.English, language.Hebrew}

// sentences are made when the first page is shown.
var sentences = sync.OnceValue(func() *catalog.Builder {
	c := catalog.NewBuilder(catalog.Fallback(Languages[0]))
	for key, forms := range map[string][2]string{
		"%d parts today":               {"one part today", "%[1]d parts today"},
		"%d codes were compared":       {"one code was compared", "%[1]d codes were compared"},
		"%d parts in all":              {"one part", "%[1]d parts in all"},
		"%d new":                       {"one new", "%[1]d new"},
		"%d tries of the PIN are left": {"one try of the PIN is left", "%[1]d tries of the PIN are left"},
		"Send it to %d numbers":        {"Send it to one number", "Send it to %[1]d numbers"},
		"%d unread":                    {"one unread", "%[1]d unread"},
		"%d keys work":                 {"one key works", "%[1]d keys work"},
		"%d tries":                     {"one try", "%[1]d tries"},
		"It did not leave %d times, and is tried again.": {"It did not leave, and is tried again.", "It did not leave %[1]d times, and is tried again."},
		"%d seconds": {"one second", "%[1]d seconds"},
	} {
		_ = c.Set(language.English, key, plural.Selectf(1, "%d", plural.One, forms[0], plural.Other, forms[1])) // it fails for no constant
	}
	setHebrew(c)
	return c
})

// Printer returns what puts sentences into a language.
func Printer(tag language.Tag) *message.Printer {
	return message.NewPrinter(tag, message.Catalog(sentences()))
}

// Direction returns the direction in which a language is written.
func Direction(tag language.Tag) string {
	if script, _ := tag.Script(); script.String() == "Hebr" || script.String() == "Arab" {
		return "rtl"
	}
	return "ltr"
}

// names are how the languages call themselves.
var names = map[language.Tag]string{language.English: "English", language.Hebrew: "עברית"}

// Name returns how a language calls itself.
func Name(tag language.Tag) string { return names[tag] }

package web

import (
	"html/template"
	"net/http"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// languages are those that pages are shown in. The first is for who reads no other.
//
// A language is added here and in the catalogue, with every sentence of the templates and
// of this package; an English sentence stands for itself, unless it counts something.
var (
	languages = []language.Tag{language.English}
	matcher   = language.NewMatcher(languages)
	sentences = newCatalog()
)

func newCatalog() *catalog.Builder {
	c := catalog.NewBuilder(catalog.Fallback(languages[0]))
	for key, forms := range map[string][2]string{
		"%d parts today":               {"one part today", "%[1]d parts today"},
		"%d codes were compared":       {"one code was compared", "%[1]d codes were compared"},
		"%d parts in all":              {"one part", "%[1]d parts in all"},
		"%d new":                       {"one new", "%[1]d new"},
		"%d tries of the PIN are left": {"one try of the PIN is left", "%[1]d tries of the PIN are left"},
		"Send it to %d numbers":        {"Send it to one number", "Send it to %[1]d numbers"},
		"%d keys work":                 {"one key works", "%[1]d keys work"},
		"%d tries":                     {"one try", "%[1]d tries"},
		"It did not leave %d times, and is tried again.": {"It did not leave, and is tried again.", "It did not leave %[1]d times, and is tried again."},
		"%d seconds": {"one second", "%[1]d seconds"},
	} {
		_ = c.Set(language.English, key, plural.Selectf(1, "%d", plural.One, forms[0], plural.Other, forms[1])) // it fails for no constant
	}
	return c
}

// languageOf returns the language of a page for the reader.
func languageOf(r *http.Request) language.Tag {
	wanted, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language")) // a bad one asks for nothing
	_, i, _ := matcher.Match(wanted...)
	return languages[i]
}

// Printer returns what puts sentences into the language of the reader.
func Printer(r *http.Request) *message.Printer {
	return message.NewPrinter(languageOf(r), message.Catalog(sentences))
}

// reading is for whom templates are: their language, and what they see of people.
type reading struct {
	lang  string
	level level
}

// set returns the templates for the reader.
func (p *Pages) set(r *http.Request) *template.Template {
	p.once.Do(func() {
		p.sets = map[reading]*template.Template{}
		for _, tag := range languages {
			for _, l := range []level{outline, masked, full} {
				var set *template.Template
				set = template.New("").Funcs(functions(message.NewPrinter(tag, message.Catalog(sentences)), l, func() *template.Template { return set }))
				for _, files := range p.files {
					set = template.Must(set.ParseFS(files, "*.html"))
				}
				p.sets[reading{tag.String(), l}] = set
			}
		}
	})
	return p.sets[reading{languageOf(r).String(), Who(r).level()}]
}

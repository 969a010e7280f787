package web

import (
	"html/template"
	"net/http"
	"slices"

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
	languages = []language.Tag{language.English, language.Hebrew}
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
}

// languageOf returns the language of a page for the reader: the one that was chosen, or else
// that which the browser asks for.
func languageOf(r *http.Request) language.Tag {
	if c, err := r.Cookie("language"); err == nil {
		for _, tag := range languages {
			if tag.String() == c.Value {
				return tag
			}
		}
	}
	wanted, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language")) // a bad one asks for nothing
	_, i, _ := matcher.Match(wanted...)
	return languages[i]
}

// directionOf returns the direction in which a language is written.
func directionOf(tag language.Tag) string {
	if script, _ := tag.Script(); script.String() == "Hebr" || script.String() == "Arab" {
		return "rtl"
	}
	return "ltr"
}

// ownNames are how the languages call themselves.
var ownNames = map[language.Tag]string{language.English: "English", language.Hebrew: "עברית"}

// choice is a language that a reader may choose.
type choice struct{ Code, Name, Dir string }

// others returns the languages but that of the page.
func others(now language.Tag) (all []choice) {
	for _, tag := range languages {
		if tag != now {
			all = append(all, choice{tag.String(), ownNames[tag], directionOf(tag)})
		}
	}
	return all
}

// setLanguage keeps the language of the reader for a year.
func setLanguage(w http.ResponseWriter, r *http.Request) {
	if chosen := r.FormValue("language"); slices.ContainsFunc(languages, func(tag language.Tag) bool { return tag.String() == chosen }) {
		http.SetCookie(w, &http.Cookie{Name: "language", Value: chosen, Path: Root, MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteStrictMode}) //nolint:gosec // it is no secret, and http has no Secure
	}
	http.Redirect(w, r, backTo(r), http.StatusSeeOther) //nolint:gosec // it is a path here
}

// Printer returns what puts sentences into the language of the reader.
func Printer(r *http.Request) *message.Printer {
	return message.NewPrinter(languageOf(r), message.Catalog(sentences))
}

// reading is for whom templates are: their language, and what they see of people.
type reading struct {
	lang  language.Tag
	level level
}

// set returns the templates for the reader. They are made when somebody reads so for the
// first time: a gateway has few readers, and little memory.
func (p *Pages) set(r *http.Request) *template.Template {
	of := reading{languageOf(r), Who(r).level()}
	p.making.Lock()
	defer p.making.Unlock()
	set := p.sets[of]
	if set == nil {
		set = template.New("").Funcs(functions(message.NewPrinter(of.lang, message.Catalog(sentences)), of.level, func() *template.Template { return set }))
		for _, files := range p.files {
			set = template.Must(set.ParseFS(files, "*.html"))
		}
		p.sets[of] = set
	}
	return set
}

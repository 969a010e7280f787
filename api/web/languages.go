package web

import (
	"html/template"
	"net/http"

	"simgate/api/web/translation"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// languages are those that pages are shown in.
var languages = translation.Languages()

var matcher = language.NewMatcher(languages)

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

// choice is a language that a reader may choose.
type choice struct{ Code, Name, Dir string }

// others returns the languages but that of the page.
func others(now language.Tag) (all []choice) {
	for _, tag := range languages {
		if tag != now {
			all = append(all, choice{tag.String(), translation.Name(tag), translation.Direction(tag)})
		}
	}
	return all
}

// setLanguage keeps the language of the reader for a year.
func (p *Pages) setLanguage(w http.ResponseWriter, r *http.Request) {
	var all []string
	for _, tag := range languages {
		all = append(all, tag.String())
	}
	p.keep(w, r, "language", r.FormValue("language"), all)
}

// Printer returns what puts sentences into the language of the reader.
func Printer(r *http.Request) *message.Printer {
	return translation.Printer(languageOf(r))
}

// Say says a text of the gateway, which is in English, in the language of the reader.
func Say(r *http.Request, text string) string { return translation.Say(languageOf(r), text) }

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
		set = template.New("").Funcs(functions(of.lang, of.level, func() *template.Template { return set }))
		for _, files := range p.files {
			set = template.Must(set.ParseFS(files, "*.html"))
		}
		p.sets[of] = set
	}
	return set
}

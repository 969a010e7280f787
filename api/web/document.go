package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the style
	"encoding/base64"
	"fmt"
	"html"
	"html/template"
	"io"
	"net/http"

	"golang.org/x/text/language"

	"simgate/api/causes"
	"simgate/api/web/prefix"
	"simgate/api/web/translation"
)

//go:embed document.css
var documentStyle string

// documentPolicy allows a document its style, by its hash, and nothing else.
var documentPolicy = func() string {
	sum := sha256.Sum256([]byte(documentStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors "
}()

// Headers sets what keeps other sites from a page, which has its policy: from showing it in a
// frame, reaching its window, and learning its address. All that people look at has them.
func Headers(h http.Header, policy string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), serial=(), usb=()")
	h.Set("Cache-Control", "no-store")
}

// documentPath is below which documents are: a reader has chosen a language for them, too.
const documentPath = "/docs"

// Document is a page beside the others: it needs no login, loads nothing, and has a link to
// the pages. Ancestors are who may show it in a frame.
type Document struct {
	Ancestors string
	Title     string
	Body      template.HTML // in English
}

// ServeHTTP answers with the document.
func (d Document) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.write(w, r, language.English)
}

// ServeCauses answers with what all causes mean, in the language of the reader. What is not
// said in that is in English, and marked so.
func ServeCauses(w http.ResponseWriter, r *http.Request, ancestors string) {
	lang := languageOf(r)
	var b bytes.Buffer
	if err := documents(lang).ExecuteTemplate(&b, "causes", causes.Groups()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	d := Document{ancestors, Printer(r).Sprintf("Causes"), template.HTML(b.String())} //nolint:gosec // a template has made it
	d.write(w, r, lang)
}

func (d Document) write(w http.ResponseWriter, r *http.Request, lang language.Tag) {
	theme, _ := themeOf(r)
	if theme != "" {
		theme = ` data-theme="` + html.EscapeString(theme) + `"`
	}
	title := "simgate"
	if d.Title != "" {
		title = d.Title + " · " + title
	}
	h := w.Header()
	Headers(h, documentPolicy+d.Ancestors)
	h.Set("Content-Type", "text/html; charset=utf-8")
	// The body is long: no copy is made of it where there is no prefix.
	for _, part := range []string{
		fmt.Sprintf(documentBegin, lang, translation.Direction(lang), theme, html.EscapeString(title), documentStyle), string(d.Body), documentEnd} {
		if below := prefix.Of(r); below != "" {
			part = string(prefix.Links([]byte(part), below))
		}
		_, _ = io.WriteString(w, part) //nolint:gosec // what is not of the program is escaped
	}
}

// What is around a document: its language, direction, theme, title and style.
const (
	documentBegin = `<!doctype html>
<html lang="%s" dir="%s"%s>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<style>%s</style>
</head>
<body>
<header><a class="home" href="/">simgate</a></header>
<main>
`
	documentEnd = `
</main>
</body>
</html>
`
)

// documents returns the templates of the page of causes. They are seldom read, and so not kept.
func documents(lang language.Tag) *template.Template {
	return template.Must(template.New("").Funcs(functions(lang, full, nil)).ParseFS(templates, "document.html"))
}

package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the style
	"encoding/base64"
	"html/template"
	"net/http"

	"simgate/api/causes"
	"simgate/api/web/prefix"
	"simgate/api/web/translation"

	"golang.org/x/text/language"
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
	var b bytes.Buffer
	err := documents(lang).ExecuteTemplate(&b, "document", struct {
		Document
		Lang, Dir, Theme string
		Style            template.CSS
	}{d, lang.String(), translation.Direction(lang), theme, template.CSS(documentStyle)}) //nolint:gosec // it is of the program
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	Headers(h, documentPolicy+d.Ancestors)
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(prefix.Links(b.Bytes(), prefix.Of(r))) //nolint:gosec // the templates escape what is in it
}

// documents returns the templates of documents. They are seldom read, and so not kept.
func documents(lang language.Tag) *template.Template {
	return template.Must(template.New("").Funcs(functions(lang, full, nil)).ParseFS(templates, "document.html"))
}

package web

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/message"
)

// functions returns what templates may call. set is the set that they are in.
func functions(p *message.Printer, set func() *template.Template) template.FuncMap {
	return template.FuncMap{
		// t says an English sentence in the reader's language.
		"t":       func(sentence string, of ...any) string { return p.Sprintf(sentence, of...) },
		"state":   func(s any) string { return p.Sprintf(word(fmt.Sprint(s))) },
		"ago":     func(t time.Time) template.HTML { return timeTag(t, ago(p, time.Since(t)), "ago") },
		"clock":   func(t time.Time) template.HTML { return timeTag(t, t.Local().Format("15:04:05"), "clock") },
		"tone":    tone,
		"quote":   quote,
		"static":  staticPath,
		"stack":   stack,
		"share":   share,
		"most":    most,
		"seconds": seconds,
		"root":    func() string { return Root },
		// show shows the template of a name that is not known before.
		"show": func(name string, data any) (template.HTML, error) {
			var b bytes.Buffer
			err := set().ExecuteTemplate(&b, name, data)
			return template.HTML(b.String()), err //nolint:gosec // a template has made it
		},
	}
}

// word returns the English words for a state.
func word(state string) string {
	if state == "incall" {
		return "in a call"
	}
	return strings.ReplaceAll(state, "_", " ")
}

// timeTag returns a time in words, with what the script makes that of the reader's own
// zone of.
func timeTag(t time.Time, words, kind string) template.HTML {
	if t.IsZero() {
		return ""
	}
	return template.HTML(fmt.Sprintf(`<time class="%s" datetime="%s" title="%s">%s</time>`, //nolint:gosec // nothing in it is foreign
		kind, t.UTC().Format(time.RFC3339), t.UTC().Format("2 Jan 2006 15:04:05 UTC"), template.HTMLEscapeString(words)))
}

// ago says how long ago something was.
func ago(p *message.Printer, d time.Duration) string {
	switch {
	case d < 5*time.Second:
		return p.Sprintf("just now")
	case d < 100*time.Second:
		return p.Sprintf("%d s ago", int(d.Seconds()))
	case d < 100*time.Minute:
		return p.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return p.Sprintf("%d h ago", int(d.Hours()))
	}
	return p.Sprintf("%d days ago", int(d.Hours()/24))
}

// tone returns how a state is marked, beside its word: good, bad, or under way.
func tone(state any) string {
	switch fmt.Sprint(state) {
	case "delivered", "verified", "completed", "ready":
		return "good"
	case "failed", "undelivered", "expired", "exhausted", "busy", "refused", "no_answer", "no_key", "faulted", "absent", "locked":
		return "bad"
	case "unknown", "cancelled", "hung_up", "held":
		return "odd"
	}
	return "busy"
}

// quote shows a text of strangers as it is: what would turn the text around or hide in it
// is shown by its number.
func quote(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || unicode.IsPrint(r):
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || r == '\u200d' || r == '\ufe0f': // parts of letters and of emoji
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "[U+%04X]", r)
		}
	}
	return b.String()
}

package web

import (
	"bytes"
	"fmt"
	"html/template"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"

	"simgate/api/causes"
	"simgate/api/web/chart"
	"simgate/api/web/press"
	"simgate/api/web/static"
	"simgate/api/web/translation"
	"simgate/gateway/cause"
	wall "simgate/gateway/clock"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// level is what a reader sees of people.
type level int

const (
	outline level = iota // neither numbers nor texts
	masked               // numbers without their middle
	full
)

// functions returns what templates for readers of a language and a level may call. set is the set that
// they are in.
func functions(lang language.Tag, l level, set func() *template.Template) template.FuncMap {
	p := translation.Printer(lang)
	shown := func(s string) string {
		if l < full {
			s = maskLine(s)
		}
		return quote(s)
	}
	return template.FuncMap{
		// t says an English sentence in the reader's language.
		"t":     func(sentence string, of ...any) string { return p.Sprintf(sentence, of...) },
		"state": func(s any) string { return p.Sprintf(word(fmt.Sprint(s))) },
		"ago":   func(t time.Time) template.HTML { return timeTag(t, ago(p, time.Since(t)), "ago") },
		"clock": func(t time.Time) template.HTML { return timeTag(t, clock(p, t, time.Now()), "clock") },
		"tone":  tone,
		"act":   act,
		// count, percent, amount and size write numbers as the reader does.
		"count":   func(n any) string { return p.Sprintf("%d", n) },
		"percent": func(n, of int) string { return p.Sprint(number.Percent(float64(n) / float64(max(1, of)))) },
		"amount":  func(x float64) string { return p.Sprintf("%.2f", x) },
		"size":    func(n int64) string { return octets(p, n) },
		// press is the token of a form that makes something: a second press makes nothing more.
		"press": press.Input,
		// number shows the number of somebody, text what somebody has written, say what the
		// gateway says, and quote what others do; in both numbers may stand.
		"number": func(number any) template.HTML { return numberTag(l, fmt.Sprint(number)) },
		"text":   func(s string) string { return textFor(p, l, s) },
		"say":    func(s string) template.HTML { return timed(p, lang, shown(translation.Say(lang, s))) },
		"quote":  shown,
		// explain says what the program says of itself: numbers in it are examples.
		"explain": func(s string) template.HTML { return directed(lang, quote(translation.Say(lang, s))) },
		"means":   means,
		// sentence is that of a cause, and foreign marks what the page's language does not say.
		"sentence": causes.Sentence,
		"foreign": func(s string) template.HTMLAttr {
			if lang == language.English || translation.Say(lang, s) != s {
				return ""
			}
			return ` lang="en" dir="ltr"`
		},
		"cut":     cut,
		"hide":    hidden,
		"use":     func(title string, n, most any) chart.Used { return chart.Use(p, title, n, most) },
		"static":  func(file string) string { return Root + "static/" + static.Name(file) },
		"stack":   chart.Stack,
		"share":   chart.Share,
		"most":    most,
		"seconds": func(d time.Duration) string { return seconds(p, d) },
		"root":    func() string { return Root },
		// show shows the template of a name that is not known before.
		"show": func(name string, data any) (template.HTML, error) {
			var b bytes.Buffer
			err := set().ExecuteTemplate(&b, name, data)
			return template.HTML(b.String()), err //nolint:gosec // a template has made it
		},
	}
}

// leftToRight matches what is written from the left within a text from the right, without the
// signs around it that belong to that.
var leftToRight = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[^\p{Hebrew}\s.,;:!?"'()\[\]…·–][^\p{Hebrew}\n]*[^\p{Hebrew}\s.,;:!?"'()\[\]…·–]|[\p{Latin}\d]`)
})

// directed returns a text as a page shows it: in one that is written from the right, what is
// not has a direction of its own, as its signs would stand on the wrong side else.
func directed(lang language.Tag, s string) template.HTML {
	var b strings.Builder
	if translation.Direction(lang) == "rtl" {
		for at := leftToRight().FindStringIndex(s); at != nil; at = leftToRight().FindStringIndex(s) {
			b.WriteString(template.HTMLEscapeString(s[:at[0]]) + `<bdi dir="ltr">` + template.HTMLEscapeString(s[at[0]:at[1]]) + `</bdi>`)
			s = s[at[1]:]
		}
	}
	return template.HTML(b.String() + template.HTMLEscapeString(s)) //nolint:gosec // it is escaped
}

// moment matches a time as texts say it: see [clock.ToTheMinute], and ToTheSecond.
var moment = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? [+-]\d\d:\d\d`)

// place stands for a time while its text is made; quote leaves none.
const place = "\ue000"

// timed returns a text, which quote has made, as a page shows it, with each time in it in the
// reader's zone.
func timed(p *message.Printer, lang language.Tag, s string) template.HTML {
	var times []time.Time
	s = moment.ReplaceAllStringFunc(s, func(said string) string {
		t, err := time.Parse(wall.ToTheSecond, said)
		if err != nil {
			t, err = time.Parse(wall.ToTheMinute, said)
		}
		if err != nil { // no month has so many days
			return said
		}
		times = append(times, t)
		return place
	})
	shown := string(directed(lang, s))
	for _, t := range times {
		shown = strings.Replace(shown, place, string(timeTag(t, clock(p, t, time.Now()), "clock")), 1)
	}
	return template.HTML(shown) //nolint:gosec // directed has escaped it
}

// numberTag returns a number in the direction that it is written in.
func numberTag(l level, number string) template.HTML {
	if l < full {
		number = maskLine(number)
	}
	return template.HTML(`<bdi class="number" dir="ltr">` + template.HTMLEscapeString(quote(number)) + `</bdi>`) //nolint:gosec // it is escaped
}

// textFor returns the text of somebody for readers of a level.
func textFor(p *message.Printer, l level, text string) string {
	switch l {
	case outline:
		return p.Sprintf("(a text that your role does not show)")
	case masked:
		text = maskLine(text)
	}
	return quote(text)
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
		kind, t.UTC().Format(time.RFC3339), t.UTC().Format("2006-01-02 15:04:05 UTC"), template.HTMLEscapeString(words)))
}

// clock says when something was, with the date where it was on another day.
func clock(p *message.Printer, t, now time.Time) string {
	t, now = t.Local(), now.Local()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04:05")
	}
	return dated(p, t)
}

// dated says on which day something was, and when.
func dated(p *message.Printer, t time.Time) string {
	return t.Local().Format(p.Sprintf("2 Jan 2006 15:04"))
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

// cut returns the begin of a text, for a list.
func cut(s string) string {
	const most = 140
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most]) + "…"
}

// quote shows a text of strangers as it is: what would turn the text around or hide in it
// is shown by its number.
func quote(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r == '\u00a0' || r == '\u202f': // of numbers, and of French
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || r == '\u200d' || r == '\ufe0f': // parts of letters and of emoji
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "[U+%04X]", r)
		}
	}
	return b.String()
}

// octets says how many octets something has.
func octets(p *message.Printer, n int64) string {
	switch {
	case n < 10<<10:
		return p.Sprintf("%d B", n)
	case n < 10<<20:
		return p.Sprintf("%d KB", n>>10)
	}
	return p.Sprintf("%d MB", n>>20)
}

// most returns how many the largest bucket has.
func most(all []bucket) (n int) {
	for _, b := range all {
		n = max(n, b.N)
	}
	return n
}

// seconds says how long something took, as people say it.
func seconds(p *message.Printer, d time.Duration) string {
	switch {
	case d < 10*time.Second && d%time.Second != 0:
		return p.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return p.Sprintf("%.0f s", d.Seconds())
	}
	return p.Sprintf("%.0f min", d.Minutes())
}

// kinds are what causes can be.
var kinds = sync.OnceValue(causes.All)

// means returns the path of what a code of a cause means, "" for none.
func means(c cause.Code) string { return causes.Link(kinds(), c) }

package translation

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/message/catalog"
)

// entry is a sentence in English with what it is in a language.
type entry struct {
	context string // [ofGateway], or "" for a sentence of the pages
	id      string
	counts  bool     // it says how many of something there are
	forms   []string // one, or those of the language that count
	fuzzy   bool     // a tool has guessed it, and nobody has looked
}

// key returns what an entry is known by in its file.
func (e entry) key() string {
	if e.context == "" {
		return e.id
	}
	return e.context + "\x04" + e.id // as in compiled files of gettext
}

// said reports whether somebody has translated the sentence.
func (e entry) said() bool { return !e.fuzzy && e.forms[0] != "" }

// set adds the sentence to a catalogue.
func (e entry) set(c *catalog.Builder, in *translated) error {
	if !e.counts {
		return c.SetString(in.tag, e.id, e.forms[0])
	}
	if len(e.forms) != len(in.counts.forms) {
		return fmt.Errorf("%q has %d forms", e.id, len(e.forms))
	}
	var cases []any
	for i, form := range in.counts.forms {
		cases = append(cases, form, e.forms[i])
	}
	return c.Set(in.tag, e.id, plural.Selectf(1, "%d", append(cases, plural.Other, e.forms[len(e.forms)-1])...)) // for numbers that have no form here
}

// parse reads a file in the form of gettext (PO). The first entry has no id: it is the header. Texts without an escape are parts of the file, and
// take no memory of their own.
func parse(file string) (entries []entry, err error) {
	var e entry
	var into *string // what the next text belongs to
	n := 0
	for line := range strings.Lines(file) {
		n++
		line = strings.TrimSpace(line)
		if len(e.forms) > 0 && !strings.HasPrefix(line, "msgstr") && !strings.HasPrefix(line, `"`) {
			entries = append(entries, e)
			e, into = entry{}, nil
		}
		word, text, _ := strings.Cut(line, " ")
		switch {
		case line == "":
			continue
		case line[0] == '#':
			e.fuzzy = e.fuzzy || strings.HasPrefix(line, "#,") && strings.Contains(line, "fuzzy")
			continue
		case line[0] == '"' && into != nil:
			text = line
		case word == "msgctxt" && into == nil:
			into = &e.context
		case word == "msgid" && (into == nil || into == &e.context):
			into = &e.id
		case word == "msgid_plural" && into == &e.id:
			e.counts, into = true, new(string) // the id says as much
		case into != nil && into != &e.context && (word == "msgstr" && !e.counts && len(e.forms) == 0 || word == "msgstr["+strconv.Itoa(len(e.forms))+"]" && e.counts):
			e.forms = append(e.forms, "")
			into = &e.forms[len(e.forms)-1]
		default:
			return nil, fmt.Errorf("line %d is not understood: %s", n, line)
		}
		if text, err = strconv.Unquote(text); err != nil {
			return nil, fmt.Errorf("line %d is no text in quotation marks: %s", n, line)
		}
		if *into != "" {
			text = *into + text
		}
		*into = text
	}
	if len(e.forms) > 0 {
		entries = append(entries, e)
	} else if into != nil {
		return nil, fmt.Errorf("%q has no msgstr", e.id)
	}
	return entries, nil
}

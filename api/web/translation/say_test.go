package translation

import (
	"testing"

	"golang.org/x/text/language"
)

// A text is said by the sentences that it is made of.
func TestSay(t *testing.T) {
	const file = `
msgid "ready"
msgstr "bereit"
msgctxt "gateway"
msgid "it is tried again"
msgstr "es wird erneut versucht"
msgctxt "gateway"
msgid "%s is blocked: %s"
msgstr "%s ist gesperrt: %s"
msgctxt "gateway"
msgid "the last said %s"
msgstr "zuletzt: %s"
msgctxt "gateway"
msgid "number %s"
msgstr "Nummer %s"
msgctxt "gateway"
msgid "the modem %s is %s"
msgstr "%[2]s ist das Modem %[1]s"
msgctxt "gateway"
msgid "the modem %s is too hot"
msgstr "Modem %s ist zu heiß"
msgctxt "gateway"
msgid "%s: try again in %s"
msgstr "%s; erneut in %s"
msgctxt "gateway"
msgid "%s seconds"
msgstr "%s s"
msgctxt "gateway"
msgid "100 %% of it"
msgstr "davon 100 %%"
msgctxt "gateway"
msgid "%s %% of it"
msgstr "davon %s %%"
msgctxt "gateway"
msgid "not done"
msgstr ""
msgid "page %s"
msgstr "Seite %s"
`
	entries, err := parse(file)
	if err != nil {
		t.Fatal(err)
	}
	s := index(entries)
	for name, tc := range map[string]struct{ text, want string }{
		"a sentence":               {"it is tried again", "es wird erneut versucht"},
		"a sentence of a page":     {"ready", "bereit"},
		"one of a page with value": {"page 1", "page 1"},
		"phrases":                  {"ready; it is tried again; unknown", "bereit; es wird erneut versucht; unknown"},
		"a value":                  {"number +49", "Nummer +49"},
		"values that are said":     {"number +49 is blocked: it is tried again", "Nummer +49 ist gesperrt: es wird erneut versucht"},
		"a value in quotes":        {`the last said "it is tried again"`, `zuletzt: "es wird erneut versucht"`},
		"behind a name":            {"stick: line 1 is blocked: it is tried again", "stick: line 1 ist gesperrt: es wird erneut versucht"},
		"lines":                    {"it is tried again\n\nready", "es wird erneut versucht\n\nbereit"},
		"a name that is a word":    {"the modem ready is too hot", "Modem ready ist zu heiß"},
		"another order":            {"the modem stick is ready", "bereit ist das Modem stick"},
		"the most words":           {"the modem stick is too hot", "Modem stick ist zu heiß"},
		"one in front of another":  {"it is tried again: try again in 5 seconds", "es wird erneut versucht; erneut in 5 s"},
		"a number before":          {"CMS 38: it is tried again", "CMS 38: es wird erneut versucht"},
		"a sentence before":        {"ready: nobody: it is tried again", "bereit: nobody: es wird erneut versucht"},
		"percent":                  {"100 % of it", "davon 100 %"},
		"percent and a value":      {"7 % of it", "davon 7 %"},
		"verbs in a value":         {"number %s%d", "Nummer %s%d"},
		"nobody has translated it": {"not done", "not done"},
		"unknown":                  {"the moon: is; full", "the moon: is; full"},
		"nothing":                  {"", ""},
	} {
		if got := s.say(tc.text); got != tc.want {
			t.Errorf("%s: %q is %q, not %q", name, tc.text, got, tc.want)
		}
	}
	for tag, want := range map[language.Tag]string{language.English: "ready", language.German: "bereit", language.Japanese: "ready"} {
		if got := Say(tag, "ready"); got != want {
			t.Errorf("%v: %q", tag, got)
		}
	}
}

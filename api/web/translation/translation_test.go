package translation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// verbs returns the values that a sentence has, in their order.
func verbs(sentence string) (all []string) {
	order := map[int]string{}
	n := 0
	for _, m := range regexp.MustCompile(`%(?:\[(\d)\])?([.\d]*[a-z%])`).FindAllStringSubmatch(sentence, -1) {
		switch {
		case m[2] == "%":
			all = append(all, "%")
			continue
		case m[1] != "":
			n = int(m[1][0] - '0')
		default:
			n++
		}
		order[n] = m[2]
	}
	for i := range len(order) {
		all = append(all, order[i+1])
	}
	return all
}

// The file of each language is one that the tools of translators read, and each sentence has
// the values of the English one.
func TestFiles(t *testing.T) {
	for _, one := range all {
		t.Run(one.tag.String(), func(t *testing.T) {
			entries, err := parse(one.sentences)
			if err != nil {
				t.Fatal(err)
			}
			header := entries[0]
			for _, line := range []string{"Language: " + one.tag.String() + "\n", "Content-Type: text/plain; charset=UTF-8\n", "Plural-Forms: " + one.counts.header + "\n"} {
				if header.id != "" || !strings.Contains(header.forms[0], line) {
					t.Errorf("the header has no line %q", line)
				}
			}
			seen := map[string]bool{}
			for _, e := range entries[1:] {
				if seen[e.key()] || e.id == "" || e.fuzzy {
					t.Errorf("%q is there twice, or nobody has looked at it", e.id)
				}
				seen[e.key()] = true
				if e.counts && len(e.forms) != len(one.counts.forms) {
					t.Errorf("%q has %d forms, and not %d", e.id, len(e.forms), len(one.counts.forms))
				}
				for _, form := range e.forms {
					if strings.TrimSpace(form) != form || regexp.MustCompile(`\s\s`).MatchString(form) {
						t.Errorf("%q has spaces too many: %q", e.id, form)
					}
					if i := strings.IndexFunc(form, func(r rune) bool {
						return r >= 0x200e && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
					}); i >= 0 {
						t.Errorf("%q has signs that change the direction, which pages show by their numbers: %q", e.id, form)
					}
					if want, got := verbs(e.id), verbs(form); !slices.Equal(want, got) && (!e.counts || len(got) > 0) {
						t.Errorf("%q has the values %q, and %q has %q", e.id, want, form, got)
					}
				}
			}
		})
	}
}

// Whatever is counted is said with its number, unless a form is for one number alone.
func TestCounts(t *testing.T) {
	for _, one := range all {
		entries, err := parse(one.sentences)
		if err != nil {
			t.Fatal(err)
		}
		p := Printer(one.tag)
		for _, e := range entries {
			if !e.counts {
				continue
			}
			for _, n := range []int{0, 1, 2, 3, 5, 11, 21, 22, 25, 100, 101, 102} {
				got := p.Sprintf(e.id, n)
				if strings.Contains(got, "%!") || !strings.Contains(got, fmt.Sprint(n)) && n != 1 && (n != 2 || one.tag.String() != "he") {
					t.Errorf("%s: %d of %q is %q", one.tag, n, e.id, got)
				}
			}
		}
	}
	for language, want := range map[string][]string{
		"en": {"0 new", "one new", "2 new", "5 new", "11 new", "21 new"},
		"de": {"0 neue", "eine neue", "2 neue", "5 neue", "11 neue", "21 neue"},
		"fr": {"0 nouveau", "1 nouveau", "2 nouveaux", "5 nouveaux", "11 nouveaux", "21 nouveaux"},
		"es": {"0 nuevos", "uno nuevo", "2 nuevos", "5 nuevos", "11 nuevos", "21 nuevos"},
		"it": {"0 nuovi", "uno nuovo", "2 nuovi", "5 nuovi", "11 nuovi", "21 nuovi"},
		"pl": {"0 nowych", "jeden nowy", "2 nowe", "5 nowych", "11 nowych", "21 nowych"}, //nolint:misspell // it is Polish
		"tr": {"0 yeni", "1 yeni", "2 yeni", "5 yeni", "11 yeni", "21 yeni"},
		"he": {"0 חדשות", "אחת חדשה", "שתיים חדשות", "5 חדשות", "11 חדשות", "21 חדשות"},
	} {
		i := slices.IndexFunc(all, func(one *translated) bool { return one.tag.String() == language })
		for j, n := range []int{0, 1, 2, 5, 11, 21} {
			if got := Printer(all[i].tag).Sprintf("%d new", n); got != want[j] {
				t.Errorf("%s: %d is %q, not %q", language, n, got, want[j])
			}
		}
	}
}

// A time on another day has its day, month, year, hour and minute in every language.
func TestDates(t *testing.T) {
	at := time.Date(2027, time.November, 29, 16, 38, 0, 0, time.UTC)
	for _, one := range all {
		got := at.Format(Printer(one.tag).Sprintf("2 Jan 2006 15:04"))
		for _, part := range []string{"29", "11", "2027", "16:38"} {
			if one.tag.String() == "en" {
				part = strings.ReplaceAll(part, "11", "Nov")
			}
			if !strings.Contains(got, part) {
				t.Errorf("%s: %s", one.tag, got)
			}
		}
	}
}

// What is no file of sentences is told by its line.
func TestParse(t *testing.T) {
	for name, tc := range map[string]struct{ file, want string }{
		"no text":           {"msgid \"a\"\nmsgstr b\n", "line 2"},
		"no msgstr":         {"msgid \"a\"\n", "no msgstr"},
		"no msgid":          {"\nmsgstr \"a\"\n", "line 2"},
		"a context alone":   {"msgctxt \"menu\"\nmsgstr \"b\"\n", "line 2"},
		"two msgid":         {"msgid \"a\"\nmsgid \"b\"\nmsgstr \"c\"\n", "line 2"},
		"a form left out":   {"msgid \"a\"\nmsgid_plural \"b\"\nmsgstr[1] \"c\"\n", "line 3"},
		"a text of nothing": {"\"a\"\n", "line 1"},
	} {
		if _, err := parse(tc.file); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	entries, err := parse("# by hand\nmsgid \"\"\nmsgstr \"Language: de\\n\"\n#: a.html\n#, fuzzy, c-format\nmsgid \"a\"\n  \"b\"\nmsgstr \"\"\n\"c\\\"\"\n\"d\"\n#~ msgid \"old\"\n#~ msgstr \"alt\"\nmsgctxt \"menu\"\nmsgid \"a\"\nmsgstr \"e\"\nmsgid \"%d\"\nmsgid_plural \"%d\"\nmsgstr[0] \"x\"\nmsgstr[1] \"y\"")
	if got, want := fmt.Sprint(entries, err), fmt.Sprint([]entry{{forms: []string{"Language: de\n"}}, {id: "ab", forms: []string{`c"d`}, fuzzy: true}, {context: "menu", id: "a", forms: []string{"e"}}, {id: "%d", counts: true, forms: []string{"x", "y"}}}, nil); got != want {
		t.Errorf("%s, and not %s", got, want)
	}
}

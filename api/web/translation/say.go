package translation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// ofGateway is the context (msgctxt) of the sentences of the gateway: its errors, what is
// wrong with it, its events and its causes. It says and stores them in English.
const ofGateway = "gateway"

// spoken are sentences in a language, to be found by a text that is made of them.
type spoken struct {
	whole map[string]string // those without values
	made  map[string][]made // those of the gateway with values, by their first word; "": they begin with a value
}

// made is a sentence with values.
type made struct {
	pieces []string // of the English one, around its values
	form   string
}

// index returns the sentences of entries.
func index(entries []entry) *spoken {
	s := &spoken{map[string]string{}, map[string][]made{}}
	for _, e := range entries {
		switch {
		case e.id == "" || e.counts || !e.said():
		case !strings.Contains(strings.ReplaceAll(e.id, "%%", ""), "%"):
			s.whole[strings.ReplaceAll(e.id, "%%", "%")] = strings.ReplaceAll(e.forms[0], "%%", "%")
		case e.context == ofGateway:
			m := made{strings.Split(e.id, "%s"), e.forms[0]}
			for i, piece := range m.pieces {
				m.pieces[i] = strings.ReplaceAll(piece, "%%", "%")
			}
			first, _, whole := strings.Cut(m.pieces[0], " ")
			if !whole { // a value may follow without a blank
				first = ""
			}
			s.made[first] = append(s.made[first], m)
		}
	}
	for _, all := range s.made {
		slices.SortStableFunc(all, func(a, b made) int { return cmp.Compare(b.fixed(), a.fixed()) })
	}
	return s
}

// fixed returns how many octets of a sentence are in each text that is made of it.
func (m made) fixed() (n int) {
	for _, piece := range m.pieces {
		n += len(piece)
	}
	return n
}

// match reports whether a text is made of the sentence, and returns its values. Of several
// ways the first values are as short as can be. What a sentence begins with is no sentence.
func (m made) match(text string) (values []string, ok bool) {
	text, ok = strings.CutPrefix(text, m.pieces[0])
	if !ok {
		return nil, false
	}
	last := len(m.pieces) - 1
	for _, piece := range m.pieces[1:last] {
		value, rest, ok := strings.Cut(text, piece)
		if !ok {
			return nil, false
		}
		values, text = append(values, value), rest
	}
	value, ok := strings.CutSuffix(text, m.pieces[last])
	values = append(values, value)
	return values, ok && (m.pieces[0] != "" || !strings.Contains(values[0], ": "))
}

// Say says a text of the gateway, which is in English, in a language. Each of its phrases,
// which end with a semicolon, is looked for among the sentences of the gateway, and so are the
// values in them; where several match, the one with the most words of its own is taken. Before
// and after a colon may stand different sentences. What is not found stays as it is.
func Say(tag language.Tag, text string) string {
	one := find(tag)
	if one == all[0] || text == "" {
		return text
	}
	return one.read().spoken.say(text)
}

func (s *spoken) say(text string) string {
	if said, ok := s.whole[text]; ok {
		return said
	}
	if first, rest, more := strings.Cut(text, "\n"); more {
		return s.say(first) + "\n" + s.say(rest)
	}
	phrases := strings.Split(text, "; ")
	for i, phrase := range phrases {
		phrases[i] = s.phrase(phrase)
	}
	return strings.Join(phrases, "; ")
}

func (s *spoken) phrase(text string) string {
	if said, ok := s.sentence(text); ok {
		return said
	}
	for at := strings.LastIndex(text, ": "); at >= 0; at = strings.LastIndex(text[:at], ": ") {
		if said, ok := s.sentence(text[:at]); ok {
			return said + ": " + s.phrase(text[at+2:])
		}
	}
	if before, after, ok := strings.Cut(text, ": "); ok {
		return before + ": " + s.phrase(after)
	}
	return text
}

// isNamed reports whether what follows is a name: that of a modem may be a word of ours.
func isNamed(before string) bool {
	return slices.ContainsFunc([]string{"modem ", "phone ", "app ", "rule ", "SIM ", "line "}, func(s string) bool { return strings.HasSuffix(before, s) })
}

// sentence says a text that is one sentence.
func (s *spoken) sentence(text string) (said string, ok bool) {
	if said, ok = s.whole[text]; ok {
		return said, true
	}
	first, _, _ := strings.Cut(text, " ")
	for _, all := range [][]made{s.made[first], s.made[""]} {
		for _, m := range all {
			if values, ok := m.match(text); ok {
				of := make([]any, len(values))
				for i, value := range values {
					if of[i] = value; isNamed(m.pieces[i]) && !strings.Contains(value, " ") {
						continue
					}
					word := strings.Trim(value, ` "`) // what is quoted is one, too
					before, after, _ := strings.Cut(value, word)
					of[i] = before + s.phrase(word) + after
				}
				return fmt.Sprintf(m.form, of...), true
			}
		}
	}
	return "", false
}

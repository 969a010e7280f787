package locale

import "unicode"

// Script is the writing that a voice reads.
type Script int

// The scripts. Kana is without kanji, each of which espeak-ng reads as "Chinese letter".
const (
	Latin Script = iota
	Cyrillic
	Kana
	Hangul
	Han
)

var scripts = [...]struct {
	name   string
	ranges []*unicode.RangeTable
}{
	Latin:    {"Latin", []*unicode.RangeTable{unicode.Latin}},
	Cyrillic: {"Cyrillic", []*unicode.RangeTable{unicode.Cyrillic}},
	Kana:     {"kana", []*unicode.RangeTable{unicode.Hiragana, unicode.Katakana}},
	Hangul:   {"Hangul", []*unicode.RangeTable{unicode.Hangul}},
	Han:      {"Chinese", []*unicode.RangeTable{unicode.Han}},
}

// Has reports whether the letter r belongs to the script.
func (s Script) Has(r rune) bool { return unicode.In(r, scripts[s].ranges...) }

// String returns the name of the script in English.
func (s Script) String() string { return scripts[s].name }

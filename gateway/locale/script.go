package locale

import "unicode"

// Script is the writing that a voice reads.
type Script int

// The scripts. Kana is without kanji, each of which espeak-ng reads as "Chinese letter".
const (
	Latin Script = iota
	Cyrillic
	Greek
	Arabic
	Devanagari
	Bengali
	Tamil
	Telugu
	Thai
	Kana
	Hangul
	Han
)

var scripts = [...]struct {
	name   string
	ranges []*unicode.RangeTable
}{
	Latin:      {"Latin", []*unicode.RangeTable{unicode.Latin}},
	Cyrillic:   {"Cyrillic", []*unicode.RangeTable{unicode.Cyrillic}},
	Greek:      {"Greek", []*unicode.RangeTable{unicode.Greek}},
	Arabic:     {"Arabic", []*unicode.RangeTable{unicode.Arabic}},
	Devanagari: {"Devanagari", []*unicode.RangeTable{unicode.Devanagari}},
	Bengali:    {"Bengali", []*unicode.RangeTable{unicode.Bengali}},
	Tamil:      {"Tamil", []*unicode.RangeTable{unicode.Tamil}},
	Telugu:     {"Telugu", []*unicode.RangeTable{unicode.Telugu}},
	Thai:       {"Thai", []*unicode.RangeTable{unicode.Thai}},
	Kana:       {"kana", []*unicode.RangeTable{unicode.Hiragana, unicode.Katakana}},
	Hangul:     {"Hangul", []*unicode.RangeTable{unicode.Hangul}},
	Han:        {"Chinese", []*unicode.RangeTable{unicode.Han}},
}

// Has reports whether the letter r belongs to the script.
func (s Script) Has(r rune) bool { return unicode.In(r, scripts[s].ranges...) }

// String returns the name of the script in English.
func (s Script) String() string { return scripts[s].name }

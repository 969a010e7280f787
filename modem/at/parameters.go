package at

import (
	"slices"
	"strconv"
	"strings"
)

// Parameters are the parameters of a result: what follows its name. One reader reads
// those of all commands, since vendors write them in many ways: with and without
// quotes, brackets and blanks, with empty fields, ranges, and zeros in front.
type Parameters []Parameter

// Parameter is one of several that commas separate.
type Parameter struct {
	Text   string     // without the blanks and quotes around it
	Quoted bool       // it was in quotes
	List   Parameters // what is in its brackets; nil: it has none
}

// ParseParameters returns the parameters in a text. Commas in quotes and in brackets
// separate nothing. If brackets are not closed, they mean nothing.
func ParseParameters(text string) Parameters {
	list, ok := split(text, true)
	if !ok {
		list, _ = split(text, false)
	}
	return list
}

// split splits a text at its commas. It reports false if its brackets are not paired.
func split(text string, nested bool) (list Parameters, ok bool) {
	begin, depth, quoted := 0, 0, false
	for i := range len(text) + 1 {
		switch {
		case i == len(text), text[i] == ',' && !quoted && depth == 0:
			list = append(list, newParameter(text[begin:i], nested))
			begin = i + 1
		case text[i] == '"':
			quoted = !quoted
		case quoted || !nested:
		case text[i] == '(':
			depth++
		case text[i] == ')':
			depth--
		}
		if depth < 0 {
			return nil, false
		}
	}
	return list, depth == 0
}

func newParameter(text string, nested bool) Parameter {
	text = strings.TrimSpace(text)
	p := Parameter{Text: strings.Trim(text, `"`), Quoted: strings.HasPrefix(text, `"`)}
	if nested && len(text) >= 2 && text[0] == '(' && text[len(text)-1] == ')' {
		p.List = ParseParameters(text[1 : len(text)-1])
	}
	return p
}

// At returns the parameter at an index, an empty one if there is none.
func (ps Parameters) At(n int) Parameter {
	if n < 0 || n >= len(ps) {
		return Parameter{}
	}
	return ps[n]
}

// Words returns the texts that are not empty, also those in brackets, in order and
// without repetitions.
func (ps Parameters) Words() []string {
	var all []string
	for _, p := range ps {
		words := []string{p.Text}
		if p.List != nil {
			words = p.List.Words()
		}
		for _, w := range words {
			if w != "" && !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
	}
	return all
}

// Texts returns the parameters as they are sent, with commas between them.
func (ps Parameters) Texts() string {
	var all []string
	for _, p := range ps {
		all = append(all, p.Text)
	}
	return strings.Join(all, ",")
}

// Number returns the number that a parameter is.
func (p Parameter) Number() (int, bool) {
	n, err := strconv.Atoi(p.Text)
	return n, err == nil
}

// longestRange bounds the ranges that are expanded: an announced range of a storage
// may have thousands of places.
const longestRange = 1000

// Numbers returns the numbers of an announced set, such as "(0-3)", "(0,2)" or "1".
func (p Parameter) Numbers() []int {
	if p.List != nil {
		var all []int
		for _, item := range p.List {
			all = append(all, item.Numbers()...)
		}
		return all
	}
	from, to, isRange := strings.Cut(p.Text, "-")
	first, err := strconv.Atoi(strings.TrimSpace(from))
	if err != nil {
		return nil
	}
	last := first
	if isRange {
		if last, err = strconv.Atoi(strings.TrimSpace(to)); err != nil || last-first > longestRange {
			return nil
		}
	}
	var all []int
	for n := first; n <= last; n++ {
		all = append(all, n)
	}
	return all
}

// Behind returns what follows the prefix in the first line that has it, "" if none has.
func Behind(info []string, prefix string) string {
	for _, line := range info {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// Announced returns the parameters of the reply to a test command, as +CNMI=?. Some
// modems leave out the name in front.
func Announced(info []string, name string) Parameters {
	text := Behind(info, name+":")
	if text == "" {
		if text = Bare(info); !strings.HasPrefix(text, "(") {
			return nil
		}
	}
	return ParseParameters(text)
}

// Field returns the nth field, from 0, of the first line with the given prefix,
// without the quotes around it; "" if there is none.
func Field(info []string, prefix string, n int) string {
	return ParseParameters(Behind(info, prefix)).At(n).Text
}

// Bare returns the first line of a reply that is not empty, without quotes around it.
func Bare(info []string) string {
	for _, line := range info {
		if line = strings.Trim(strings.TrimSpace(line), `"`); line != "" {
			return line
		}
	}
	return ""
}

// Value returns the first value of a reply that has the wanted form, "" if none has.
// Other things may stand between the lines. A name in front and quotes are removed.
func Value(info []string, fits func(string) bool) string {
	for _, line := range info {
		if _, rest, named := strings.Cut(line, ":"); named {
			line = rest
		}
		for _, p := range ParseParameters(line) {
			if fits(p.Text) {
				return p.Text
			}
		}
	}
	return ""
}

// Title returns the first line of a reply that is a name: of a vendor, a model, or a
// version. It removes the prefix of some vendors, as in "+CGMM: EC25", and skips lines
// that are unsolicited results, as "DST: 1".
func Title(info []string, prefix string) string {
	for _, line := range info {
		line = strings.Trim(strings.TrimSpace(strings.TrimPrefix(line, prefix+":")), `"`)
		name, rest, named := strings.Cut(line, ":")
		if line == "" || named && strings.ToUpper(name) == name && len(strings.TrimSpace(rest)) <= 2 {
			continue
		}
		return strings.TrimSpace(line)
	}
	return ""
}

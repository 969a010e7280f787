package modem

import (
	"slices"
	"strconv"
	"strings"
)

// parameters are the parameters of a result: what follows its name. One reader reads
// those of all commands, since vendors write them in many ways: with and without
// quotes, brackets and blanks, with empty fields, ranges, and zeros in front.
type parameters []parameter

// parameter is one of several that commas separate.
type parameter struct {
	text   string     // without the blanks and quotes around it
	quoted bool       // it was in quotes
	list   parameters // what is in its brackets; nil: it has none
}

// parseParameters returns the parameters in a text. Commas in quotes and in brackets
// separate nothing. If brackets are not closed, they mean nothing.
func parseParameters(text string) parameters {
	list, ok := split(text, true)
	if !ok {
		list, _ = split(text, false)
	}
	return list
}

// split splits a text at its commas. It reports false if its brackets are not paired.
func split(text string, nested bool) (list parameters, ok bool) {
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

func newParameter(text string, nested bool) parameter {
	text = strings.TrimSpace(text)
	p := parameter{text: strings.Trim(text, `"`), quoted: strings.HasPrefix(text, `"`)}
	if nested && len(text) >= 2 && text[0] == '(' && text[len(text)-1] == ')' {
		p.list = parseParameters(text[1 : len(text)-1])
	}
	return p
}

// at returns the parameter at an index, an empty one if there is none.
func (ps parameters) at(n int) parameter {
	if n < 0 || n >= len(ps) {
		return parameter{}
	}
	return ps[n]
}

// words returns the texts that are not empty, also those in brackets, in order and
// without repetitions.
func (ps parameters) words() []string {
	var all []string
	for _, p := range ps {
		words := []string{p.text}
		if p.list != nil {
			words = p.list.words()
		}
		for _, w := range words {
			if w != "" && !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
	}
	return all
}

// texts returns the parameters as they are sent, with commas between them.
func (ps parameters) texts() string {
	var all []string
	for _, p := range ps {
		all = append(all, p.text)
	}
	return strings.Join(all, ",")
}

// number returns the number that a parameter is.
func (p parameter) number() (int, bool) {
	n, err := strconv.Atoi(p.text)
	return n, err == nil
}

// longestRange bounds the ranges that are expanded: an announced range of a storage
// may have thousands of places.
const longestRange = 1000

// numbers returns the numbers of an announced set, such as "(0-3)", "(0,2)" or "1".
func (p parameter) numbers() []int {
	if p.list != nil {
		var all []int
		for _, item := range p.list {
			all = append(all, item.numbers()...)
		}
		return all
	}
	from, to, isRange := strings.Cut(p.text, "-")
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

// behind returns what follows the prefix in the first line that has it, "" if none has.
func behind(info []string, prefix string) string {
	for _, line := range info {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// announced returns the parameters of the reply to a test command, as +CNMI=?. Some
// modems leave out the name in front.
func announced(info []string, name string) parameters {
	text := behind(info, name+":")
	if text == "" {
		if text = bare(info); !strings.HasPrefix(text, "(") {
			return nil
		}
	}
	return parseParameters(text)
}

// field returns the nth field, from 0, of the first line with the given prefix,
// without the quotes around it; "" if there is none.
func field(info []string, prefix string, n int) string {
	return parseParameters(behind(info, prefix)).at(n).text
}

// bare returns the first line of a reply that is not empty, without quotes around it.
func bare(info []string) string {
	for _, line := range info {
		if line = strings.Trim(strings.TrimSpace(line), `"`); line != "" {
			return line
		}
	}
	return ""
}

// value returns the first value of a reply that has the wanted form, "" if none has.
// Other things may stand between the lines. A name in front and quotes are removed.
func value(info []string, fits func(string) bool) string {
	for _, line := range info {
		if _, rest, named := strings.Cut(line, ":"); named {
			line = rest
		}
		for _, p := range parseParameters(line) {
			if fits(p.text) {
				return p.text
			}
		}
	}
	return ""
}

// title returns the first line of a reply that is a name: of a vendor, a model, or a
// version. It removes the prefix of some vendors, as in "+CGMM: EC25", and skips lines
// that are unsolicited results, as "DST: 1".
func title(info []string, prefix string) string {
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

// isDigits reports whether a text consists of so many digits.
func isDigits(text string, least, most int) bool {
	return len(text) >= least && len(text) <= most && strings.Trim(text, "0123456789") == ""
}

// atoi returns the number that s is, 0 if it is none.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

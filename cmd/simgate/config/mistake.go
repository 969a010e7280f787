package config

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Invalid is a configuration with mistakes.
type Invalid struct {
	Path     string
	Mistakes []Mistake // by line
}

// Error returns a line for each mistake in the form FILE:LINE, which editors
// understand, and the line of the file below it.
func (e *Invalid) Error() string {
	var b strings.Builder
	for _, m := range e.Mistakes {
		fmt.Fprintf(&b, "%s:%d: %s\n", e.Path, m.Line, m)
		if m.Excerpt != "" {
			fmt.Fprintf(&b, "    %s\n", m.Excerpt)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Mistake is one thing that is wrong with a configuration.
type Mistake struct {
	Line    int
	Key     string // such as limits.parts or modems[0].port; "" for the file as a whole
	Message string // what is wrong, and what would be right
	Excerpt string // the line of the file, without its secrets
}

func (m Mistake) String() string {
	if m.Key == "" {
		return m.Message
	}
	return m.Key + ": " + m.Message
}

// excerpts returns the lines of a file in a form that can be shown. Only the
// values of public keys are in it, because another key may be a mistyped pin; so
// are no comments, which may hold an old PIN.
func excerpts(raw []byte, public map[string]bool) map[int]string {
	lines := map[int]string{}
	show := false // the next token is the value of a public key
	for _, t := range lexer.Tokenize(string(raw)) {
		written := strings.Trim(t.Origin, "\r\n")
		bare := strings.TrimSpace(written)
		scalar := t.CharacterType == token.CharacterTypeMiscellaneous || t.Indicator == token.QuotedScalarIndicator
		switch {
		case t.Type == token.CommentType || t.Type == token.InvalidType:
			show = false
			continue
		case scalar && t.Next != nil && t.Next.Type == token.MappingValueType:
			show = public[t.Value]
			written = strings.Replace(written, bare, asKey(t.Value), 1)
		case scalar:
			if !show || strings.Contains(bare, "\n") {
				written = strings.Replace(written, bare, "…", 1)
			}
			show = false
		case t.Type != token.MappingValueType:
			show = false
		}
		lines[t.Position.Line] += written
	}
	for n, line := range lines {
		lines[n] = strings.TrimSpace(line)
	}
	return lines
}

// asKey returns the part of a key that can be shown: in pin=1234, with the wrong
// separator, YAML takes the value for a part of the key.
func asKey(name string) string {
	if i := strings.IndexFunc(name, notInKey); i >= 0 {
		return name[:i] + "…"
	}
	return name
}

func notInKey(r rune) bool {
	return r != '_' && r != '-' && !unicode.IsLetter(r)
}

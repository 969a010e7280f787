package main

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// mistake is one thing that is wrong with a configuration.
type mistake struct {
	line    int
	key     string // as limits.parts or modems[0].port; "" for the file as a whole
	message string
	excerpt string // the line, without its secrets
}

func (m mistake) String() string {
	if m.key == "" {
		return m.message
	}
	return m.key + ": " + m.message
}

// describe is a list for people, in the form that editors know: FILE:LINE.
func describe(path string, mistakes []mistake) string {
	var b strings.Builder
	for _, m := range mistakes {
		fmt.Fprintf(&b, "%s:%d: %s\n", path, m.line, m)
		if m.excerpt != "" {
			fmt.Fprintf(&b, "    %s\n", m.excerpt)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// excerpts returns each line of a file as it can be shown. Only values of
// public keys are: another key may be a mistyped pin. Nor are comments, where
// an old PIN may stand.
func excerpts(raw []byte, public map[string]bool) map[int]string {
	lines := map[int]string{}
	show := false // what comes now is the value of a public key
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

// asKey returns what of a key can be shown: with a wrong sign between them, as
// in pin=1234, YAML takes the value for a part of the key.
func asKey(name string) string {
	if i := strings.IndexFunc(name, notInKey); i >= 0 {
		return name[:i] + "…"
	}
	return name
}

func notInKey(r rune) bool {
	return r != '_' && r != '-' && !unicode.IsLetter(r)
}

package smscx

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"simgate/api/body"
	"simgate/gateway/code"
	"simgate/gateway/text"
)

var placeholder = regexp.MustCompile(`\{\{(today|numbers|letters|alphanumeric)(?::([^{}]*))?\}\}`)

// fill fills the places that every text of the service can have.
func fill(text string) (string, error) {
	const usual, longest = 4, 20
	var wrong error
	text = placeholder.ReplaceAllStringFunc(text, func(p string) string {
		m := placeholder.FindStringSubmatch(p)
		if m[1] == "today" {
			return time.Now().UTC().Format("2 Jan 2006")
		}
		size := usual
		if m[2] != "" {
			var err error
			if size, err = strconv.Atoi(m[2]); err != nil {
				wrong = invalid(1136, p+" must have a number of characters")
				return p
			}
		}
		if size < 1 || size > longest {
			wrong = invalid(1137, fmt.Sprintf("%s must have 1 to %d characters", p, longest))
			return p
		}
		return code.New(alphabets[m[1]], size)
	})
	return text, wrong
}

const maxText = 1530 // characters of a text, ten parts

// servedElsewhere are places of a text that only the service itself can fill.
var servedElsewhere = regexp.MustCompile(`\{\{(optoutLink|shortlink:[^{}]*|attachement:[^{}]*)\}\}`)

// readContent returns the text that is sent.
func readContent(o *body.Object, content string) (string, error) {
	if p := servedElsewhere.FindString(content); p != "" {
		return "", invalid(1112, p+" is not supported: remove it")
	}
	content, err := fill(content)
	if err != nil {
		return "", err
	}
	inner, err := o.Object("transliteration")
	if err != nil {
		return "", invalid(1135, err.Error())
	}
	if inner == nil {
		return content, nil
	}
	alphabet, err := inner.String("alphabet")
	if err != nil || alphabet != "NONE" && alphabet != "NON_GSM" {
		return "", invalid(1110, "the alphabet must be NONE or NON_GSM")
	}
	withoutEmojis, err := inner.Bool("removeEmojis")
	if err != nil {
		return "", invalid(1503, err.Error())
	}
	if withoutEmojis {
		content = text.WithoutEmoji(content)
	}
	if alphabet == "NON_GSM" {
		content = plainGSM(content)
	}
	return content, nil
}

// plainGSM replaces characters outside the GSM 7-bit default alphabet: by the letter
// without its accent, or else by a question mark.
func plainGSM(text string) string {
	var b strings.Builder
	for _, r := range text {
		if inGSM(string(r)) {
			b.WriteRune(r)
			continue
		}
		if bare := []rune(norm.NFKD.String(string(r))); inGSM(string(bare[0])) {
			b.WriteRune(bare[0])
		} else if !unicode.Is(unicode.Mn, r) {
			b.WriteByte('?')
		}
	}
	return b.String()
}

func inGSM(s string) bool {
	size, err := text.Measure(s)
	return err == nil && !size.Unicode
}

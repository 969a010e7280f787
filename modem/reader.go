package modem

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"
)

// readingSpeed is slower than any module speaks, for one that does not say when
// it has come to the end.
const readingSpeed = 200 * time.Millisecond // a character

// reader speaks by having the module read a text.
type reader struct {
	s   *session
	way way
}

func newReader(s *session, w way, _ func(string)) speaker { return &reader{s: s, way: w} }

func (r *reader) prepare(ctx context.Context, _ []utterance) error {
	return r.s.steps(ctx, r.way.before)
}

func (r *reader) begin(context.Context) error { return nil }

func (r *reader) say(ctx context.Context, u utterance) error {
	text := legible(u.text)
	within := time.Duration(len(text))*readingSpeed + playSlack
	cmd := strings.ReplaceAll(r.way.play, "{text}", text)
	if strings.ContainsFunc(text, func(c rune) bool { return c > '~' }) {
		cmd = strings.ReplaceAll(r.way.wide, "{text}", ucs2(text))
	}
	return r.s.perform(ctx, r.way, cmd, within)
}

func (r *reader) end(context.Context) bool { return false }

// legible leaves out of a text what would end the command that it stands in.
func legible(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '"', c < ' ', c == 0x7f:
			return ' '
		}
		return c
	}, text)
}

// ucs2 returns a text in hexadecimal, four digits a character.
func ucs2(text string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	return b.String()
}

package modem

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"
)

// readingSpeed is the time a module needs for a character at the most. It matters for
// modules that do not report the end.
const readingSpeed = 200 * time.Millisecond

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

// legible replaces the characters of a text that would end the command around it.
func legible(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '"', c < ' ', c == 0x7f:
			return ' '
		}
		return c
	}, text)
}

// ucs2 returns a text as UTF-16 in hexadecimal.
func ucs2(text string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	return b.String()
}

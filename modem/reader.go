package modem

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
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

// readLead is how long after the answer a module begins to read: the phone is still on its
// way to the ear. Sound that is played has that time in itself.
const readLead = time.Second

func (r *reader) begin(ctx context.Context) error { return sleep(ctx, readLead) }

// longestText is how many octets of a text are read by one command: Quectel's modules take
// 543 (EC2x&EG9x&EG2x-G AT commands, +QWTTS).
const longestText = 480

func (r *reader) say(ctx context.Context, u utterance) error {
	text, cmd, width := legible(u.text), r.way.play, 1
	wide := strings.ContainsFunc(text, func(c rune) bool { return c > '~' })
	if wide {
		cmd, width = r.way.wide, 4
	}
	for _, piece := range pieces([]rune(text), longestText/width) {
		within := time.Duration(len(piece))*readingSpeed + playSlack
		if wide {
			piece = ucs2(piece)
		}
		if err := r.s.perform(ctx, r.way, strings.ReplaceAll(cmd, "{text}", piece), within); err != nil {
			return err
		}
	}
	return nil
}

// pieces cuts a text into pieces of at most limit characters: behind a sentence, or else at
// a blank, if there is one in the second half of the piece.
func pieces(text []rune, limit int) (all []string) {
	for len(text) > limit {
		end := limit
		for _, marks := range []string{".!?。！？", " ,，"} {
			if i := strings.LastIndexAny(string(text[limit/2:limit]), marks); i >= 0 {
				end = limit/2 + utf8.RuneCountInString(string(text[limit/2 : limit])[:i]) + 1
				break
			}
		}
		all, text = append(all, string(text[:end])), text[end:]
	}
	return append(all, string(text))
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

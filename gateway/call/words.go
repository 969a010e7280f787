package call

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"simgate/gateway/fault"
	"simgate/gateway/speech"
	"simgate/gateway/text"
)

// Words are what a call says: a text, or a file, or a code with its brand. Code must
// never be logged.
type Words struct {
	Text, File  string
	Brand, Code string
}

// LocaleFor returns the language in which codes are spoken to a number: the given one,
// or that of its country, region, for "" and [text.Auto]; English where that cannot be spoken.
func LocaleFor(locale, region string) string {
	if locale == "" || locale == text.Auto {
		locale = text.LocaleOf(region)
	}
	return speech.Speakable(locale)
}

// WhyNotSpoken returns why no line can speak a code in a language, "" if one can, now
// or later.
func (c *Calls) WhyNotSpoken(locale string) string {
	return c.whyNotSpoken(content{locale: locale, code: true})
}

func (c *Calls) whyNotSpoken(what content) string {
	why := "no modem here can speak"
	if c.cfg.Engine == nil {
		return why
	}
	for _, s := range c.cfg.Speakers {
		ways := s.Ways()
		if not := c.cannotSay(what, ways); not == "" {
			return ""
		} else if len(ways) > 0 {
			why = not
		}
	}
	return why
}

// content is what a call is to say, as far as it matters who can say it.
type content struct {
	locale   string
	recorded bool // a file
	code     bool
}

// cannotSay says why a line that speaks in these ways cannot say something, "" if it
// can.
func (c *Calls) cannotSay(what content, ways []Way) string {
	first := "cannot speak"
	for i, w := range ways {
		why := ""
		switch {
		case w == Plays && c.cannotSpeak(what):
			why = c.silent
		case w == Plays:
		case what.recorded:
			why = "plays no files"
		case what.code && c.cfg.RequireKey:
			why = "cannot ask for a key"
		case !readable(what.locale):
			why = "speaks English and Chinese only"
		}
		if why == "" {
			return ""
		}
		if i == 0 {
			first = why
		}
	}
	return first
}

// cannotSpeak reports whether this machine lacks the means to make the sound.
func (c *Calls) cannotSpeak(what content) bool {
	switch {
	case c.silent == "", what.recorded:
		return false
	case what.code && c.cfg.Engine.Recorded(what.locale):
		return false
	}
	return c.lacking == nil || slices.Contains(c.lacking, speech.Speakable(what.locale))
}

// readable reports whether modules with speech of their own have a language.
func readable(locale string) bool {
	return strings.HasPrefix(locale, "en-") || strings.HasPrefix(locale, "zh-")
}

// sound makes the sound of words, or says what is wrong with them.
func (c *Calls) sound(ctx context.Context, w Words, locale string) (s Spoken, err error) {
	s = Spoken{Locale: locale, Ring: c.cfg.Ring, Limit: c.cfg.Limit}
	switch {
	case w.Code != "":
		s.Sound, err = c.cfg.Engine.Render(ctx, speech.Request{Locale: locale, Brand: w.Brand, Code: w.Code})
		s.Text, _ = speech.Words(speech.Request{Locale: locale, Brand: w.Brand, Code: w.Code}) // its error is that of Render
		if err == nil && c.cfg.RequireKey {
			s.Prompt, err = c.cfg.Engine.Prompt(ctx, locale, w.Brand)
		}
	case w.File != "" && w.Text != "":
		return s, fault.NewInvalid("file", "a call says a text or plays a file: leave one out")
	case w.File != "":
		s.Sound, err = c.cfg.Engine.Play(w.File)
	case strings.TrimSpace(w.Text) == "":
		return s, fault.NewInvalid("text", "the text is empty: write what is to be said")
	default:
		s.Sound, err = c.cfg.Engine.Say(ctx, w.Text, locale)
		s.Text = w.Text
	}
	switch e, invalid := errors.AsType[*speech.InvalidError](err); {
	case err == nil:
		return s, nil
	case invalid:
		return s, fault.NewInvalid(e.Field, e.Message)
	case readable(locale) && w.File == "": // a module may read it
		s.Sound, s.Prompt = nil, nil
		return s, nil
	}
	return s, &fault.Error{Code: fault.Unavailable, Message: fmt.Sprintf("this cannot be spoken now: %v", err), Err: err}
}

package speech

import (
	"context"
	"errors"
	"math"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// engine is one for most tests: it keeps the digits of all languages, each of which takes a
// run of espeak-ng.
var engine = New(Config{})

// espeak returns engine, or skips a test where espeak-ng is not installed.
func espeak(t *testing.T) *Engine {
	t.Helper()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("espeak-ng is not installed")
	}
	return engine
}

// stretch is a part of a sound that is not quiet.
type stretch struct{ from, to int }

// stretches finds what is louder than the noise floor, with pauses of at least
// the given length between.
func stretches(pcm []int16, pause time.Duration) []stretch {
	const loud = 328 // -40 dBFS
	var out []stretch
	for i, v := range pcm {
		if v < -loud || v > loud {
			if n := len(out); n > 0 && i-out[n-1].to < samples(pause) {
				out[n-1].to = i + 1
			} else {
				out = append(out, stretch{i, i + 1})
			}
		}
	}
	return out
}

// dBFS returns the level of the loudest sample.
func dBFS(pcm []int16) float64 {
	most := 0
	for _, v := range pcm {
		most = max(most, int(v), -int(v))
	}
	return 20 * math.Log10(float64(most)/fullScale)
}

// deadAir returns the longest stretch of samples that do not change.
func deadAir(pcm []int16) int {
	most, same := 0, 0
	for i := 1; i < len(pcm); i++ {
		if same++; pcm[i] != pcm[i-1] {
			same = 0
		}
		most = max(most, same)
	}
	return most
}

func TestEveryLocaleSpeaksACode(t *testing.T) {
	e := espeak(t)
	for _, name := range Locales() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const code = "4719026835"
			pcm, err := e.Render(t.Context(), Request{Locale: name, Brand: "Acme", Code: code})
			if err != nil {
				t.Fatal(err)
			}
			if d := duration(pcm); d < 5*time.Second || d > MaxLength {
				t.Errorf("it takes %s", d)
			}
			if db := dBFS(pcm); db < -6 || db > -2 {
				t.Errorf("the peak is at %.1f dBFS, want -6 to -2", db)
			}
			if n := deadAir(pcm); n > 8 {
				t.Errorf("the line is dead for %d samples", n)
			}
			// What is heard of each digit, and what is quiet between them.
			l, _ := find(name)
			const gap = 250 * time.Millisecond
			at := 0
			for range 2 {
				end := 0
				for _, c := range code {
					p, err := e.kept(t.Context(), phrase{l.Voice, l.Symbol(c), codeSpeed})
					if err != nil {
						t.Fatal(err)
					}
					i := find16(pcm[at:], p)
					if i < 0 {
						t.Fatalf("%c is not where it belongs", c)
					}
					if end > 0 && at+i-end < samples(gap) {
						t.Errorf("before %c it is quiet for %d ms", c, (at+i-end)/8)
					}
					if end > 0 && dBFS(pcm[end:at+i]) > -50 {
						t.Errorf("before %c it is not quiet", c)
					}
					at += i + len(p)
					end = at
				}
			}
			// Who listens does not know the pieces, and tells digits by the quiet
			// between them.
			digits, err := e.code(t.Context(), l, code)
			if err != nil {
				t.Fatal(err)
			}
			if got := stretches(spell(digits, digitGap), gap); len(got) != len(code) {
				t.Errorf("%d stretches of sound, want one for each of %d digits", len(got), len(code))
			}
		})
	}
}

// find16 returns where p is in pcm, sample for sample, -1 for nowhere.
func find16(pcm, p []int16) int {
	for i := 0; i+len(p) <= len(pcm); i++ {
		if slices.Equal(pcm[i:i+len(p)], p) {
			return i
		}
	}
	return -1
}

func TestTheSameCodeMakesTheSameSound(t *testing.T) {
	a, b := espeak(t), New(Config{})
	r := Request{Locale: "en-us", Brand: "Acme", Code: "471902"}
	first, err := a.Render(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if again, err := b.Render(t.Context(), r); err != nil || !slices.Equal(first, again) {
				t.Errorf("the second time it is different (%v)", err)
			}
		})
	}
	group.Wait()
}

func TestRepeat(t *testing.T) {
	e := espeak(t)
	length := func(r Request) time.Duration {
		t.Helper()
		pcm, err := e.Render(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return duration(pcm)
	}
	six := Request{Locale: "de-de", Code: "471902"}
	once, twice, thrice := six, six, six
	once.Repeat, twice.Repeat, thrice.Repeat = 1, 2, 3
	if a, b, c := length(once), length(twice), length(thrice); a >= b || b >= c || c > MaxLength {
		t.Errorf("once takes %s, twice %s, three times %s", a, b, c)
	}
	if length(six) != length(twice) {
		t.Error("a code is not said twice by default")
	}
	// The longest that is allowed is said once, for lack of time; that somebody
	// asks for more is told.
	long := Request{Locale: "en-us", Brand: strings.Repeat("very long ", 6), Code: "WWWWWWWWWWWWWWWW"}
	if d := length(long); d > MaxLength {
		t.Errorf("the longest code takes %s", d)
	}
	long.Repeat = 5
	if _, err := e.Render(t.Context(), long); !isInvalid(err, "repeat") {
		t.Errorf("too often is answered with %v", err)
	}
}

func TestPromptNamesTheSenderAndTheKey(t *testing.T) {
	e := espeak(t)
	for _, name := range Locales() {
		plain, err := e.Prompt(t.Context(), name, "")
		if err != nil {
			t.Fatal(err)
		}
		branded, err := e.Prompt(t.Context(), name, "Acme")
		if err != nil {
			t.Fatal(err)
		}
		if d := duration(branded); duration(plain) >= d || d > 10*time.Second {
			t.Errorf("%s: %s without a brand, %s with one", name, duration(plain), d)
		}
	}
}

func isInvalid(err error, field string) bool {
	e, ok := errors.AsType[*InvalidError](err)
	return ok && e.Field == field
}

func TestWhatCannotBeSpokenIsRefused(t *testing.T) {
	missing := New(Config{Espeak: "/nonexistent/espeak-ng"}) // nothing may get as far as that
	ctx := context.Background()
	for name, c := range map[string]struct {
		do    func() error
		field string
	}{
		"an unknown language": {func() error {
			_, err := missing.Render(ctx, Request{Locale: "xx-yy", Code: "1234"})
			return err
		}, "language"},
		"no language":                  {func() error { _, err := missing.Say(ctx, "hello", ""); return err }, "language"},
		"an option for a language":     {func() error { _, err := missing.Say(ctx, "hello", "-w/tmp/x"); return err }, "language"},
		"a folder for a language":      {func() error { _, err := missing.Prompt(ctx, "../de-de", ""); return err }, "language"},
		"a text of 10,000 characters":  {func() error { _, err := missing.Say(ctx, strings.Repeat("x", 10000), "en-us"); return err }, "text"},
		"a text of blanks":             {func() error { _, err := missing.Say(ctx, " \t\n", "en-us"); return err }, "text"},
		"a text of control characters": {func() error { _, err := missing.Say(ctx, "\x00\x01\x1b\u0085\u200b", "en-us"); return err }, "text"},
		"a text of punctuation":        {func() error { _, err := missing.Say(ctx, "... -- [[ ]]", "en-us"); return err }, "text"},
		"kanji, which it cannot read":  {func() error { _, err := missing.Say(ctx, "認証コード", "ja-jp"); return err }, "text"},
		"Cyrillic for a German":        {func() error { _, err := missing.Say(ctx, "Привет", "de-de"); return err }, "text"},
		"a brand that is a story":      {func() error { _, err := missing.Prompt(ctx, "de-de", strings.Repeat("x", 65)); return err }, "brand"},
		"no code":                      {func() error { _, err := missing.Render(ctx, Request{Locale: "de-de"}); return err }, "code"},
		"a code with a line break":     {func() error { _, err := missing.Render(ctx, Request{Locale: "de-de", Code: "12\n4"}); return err }, "code"},
		"a code in other digits":       {func() error { _, err := missing.Render(ctx, Request{Locale: "de-de", Code: "١٢٣٤"}); return err }, "code"},
		"a code that is an option":     {func() error { _, err := missing.Render(ctx, Request{Locale: "de-de", Code: "-w"}); return err }, "code"},
		"a code of 17 characters": {func() error {
			_, err := missing.Render(ctx, Request{Locale: "de-de", Code: strings.Repeat("1", 17)})
			return err
		}, "code"},
		"said minus one times": {func() error {
			_, err := missing.Render(ctx, Request{Locale: "de-de", Code: "1234", Repeat: -1})
			return err
		}, "repeat"},
		"said more often than anybody listens": {func() error {
			_, err := missing.Render(ctx, Request{Locale: "de-de", Code: "1234", Repeat: 6})
			return err
		}, "repeat"},
	} {
		if err := c.do(); !isInvalid(err, c.field) {
			t.Errorf("%s: %v, want a mistake in %s", name, err, c.field)
		}
	}
}

func TestHostileTextIsOnlyText(t *testing.T) {
	e := espeak(t)
	for name, text := range map[string]string{
		"an option":             "-w /tmp/simgate-speech-test.wav",
		"markup":                "<ssml><break time='60s'/>hello</ssml>",
		"phonemes in brackets":  "[[h@l'oU]] and more",
		"a command to change":   "\x01+200S\x0150A hello",
		"what is not UTF-8":     "hello \xff\xfe there",
		"the longest":           strings.Repeat("word ", 100),
		"directions of writing": "one \u202e two \u2066 three",
		"an emoji":              "hello 😀",
	} {
		t.Run(name, func(t *testing.T) {
			pcm, err := e.Say(t.Context(), text, "en-us")
			if err != nil {
				t.Fatal(err)
			}
			if db := dBFS(pcm); db < -6 || db > -2 {
				t.Errorf("the peak is at %.1f dBFS", db)
			}
		})
	}
	// A command that had been obeyed would change what is heard after it.
	plain, _ := e.Say(t.Context(), "hello", "en-us")
	fast, _ := e.Say(t.Context(), "\x01 hello", "en-us")
	if plain == nil || !slices.Equal(plain, fast) {
		t.Error("a control character changes what is heard")
	}
}

func TestManyDigitsInATextAreSpokenOneByOne(t *testing.T) {
	e := espeak(t)
	l, _ := find("en-gb")
	pcm, err := e.Say(t.Context(), "Order 471902 of 2026 is ready.", "en-gb")
	if err != nil {
		t.Fatal(err)
	}
	code, err := e.code(t.Context(), l, "471902")
	if err != nil {
		t.Fatal(err)
	}
	if find16(pcm, spell(code, digitGap)) < 0 {
		t.Error("471902 is not spoken digit by digit")
	}
}

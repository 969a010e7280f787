package speech

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestCleanLeavesNoCommands(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"blanks":             {"  a \t\n b\u00a0c ", "a b c"},
		"control characters": {"a\x00b\x01+50Sc\x1b[31m", "a b +50Sc 31m"},
		"phonemes":           {"[[h@l'oU]]", "h@l'oU"},
		"what is not UTF-8":  {"a\xffb", "a b"},
		"hidden characters":  {"a\u200b\u202e\u2066b\ue000", "a b"},
		"other letters":      {"Grüße, 北京 ЯЙ 한국", "Grüße, 北京 ЯЙ 한국"},
	} {
		if got := clean(c.text); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Whatever is written, espeak-ng is given no command, and nothing is left out
// that can be heard.
func FuzzRuns(f *testing.F) {
	in := func(name string) uint8 {
		return uint8(slices.IndexFunc(languages, func(l language) bool { return l.name == name }))
	}
	f.Add("Order 471902 of 2026 is ready.", in("en-us"))
	f.Add("您的 Acme 验证码是 12345", in("zh-cn"))
	f.Add("[[\x01]] コード", in("ja-jp"))
	f.Add("आपका Acme कोड 12345 है।", in("hi-in"))
	f.Add("کُدِ Acme شما", in("fa-ir"))
	f.Fuzz(func(t *testing.T, text string, n uint8) {
		l := languages[int(n)%len(languages)]
		text = clean(text)
		if again := clean(text); again != text {
			t.Fatalf("%q cleaned again is %q", text, again)
		}
		var all strings.Builder
		for _, r := range l.runs(text) {
			if r.code == (r.voice != "") || strings.TrimSpace(r.text) == "" {
				t.Errorf("a run is %+v", r)
			}
			if r.code && digits(r.text) != len(r.text) {
				t.Errorf("%q are no digits", r.text)
			}
			if strings.ContainsFunc(r.text, unicode.IsControl) || strings.Contains(r.text, "[[") {
				t.Errorf("%q is a command", r.text)
			}
			all.WriteString(r.text)
		}
		audible := func(s string) string {
			return strings.Map(func(r rune) rune {
				if spoken(r) {
					return r
				}
				return -1
			}, s)
		}
		if got, want := audible(all.String()), audible(text); got != want {
			t.Errorf("%q becomes %q", want, got)
		}
	})
}

package speech

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const symbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

func TestNoTwoSymbolsSoundAlike(t *testing.T) {
	espeak(t)
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			texts := map[string][]string{}
			names := map[string][]rune{}
			for _, c := range symbols {
				voice := l.voiceOf(c)
				texts[voice], names[voice] = append(texts[voice], l.Symbol(c)), append(names[voice], c)
			}
			heard := map[string]rune{}
			for voice := range texts {
				for i, sounds := range phonemes(t, "-x", voice, texts[voice]) {
					c := names[voice][i]
					if other, taken := heard[sounds]; taken || sounds == "" {
						t.Errorf("%c and %c both sound %q", c, other, sounds)
					}
					heard[sounds] = c
				}
			}
		})
	}
}

// A change of the voice in the phonemes, as in "(en)", means that espeak-ng
// takes what it is given for another language, and spells it.
func TestNothingIsReadInAForeignLanguage(t *testing.T) {
	espeak(t)
	oneClause := strings.NewReplacer(",", "", "、", "", "，", "", "。", "", ".", "", "،", "", "।", "", "۔", "")
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			texts := map[string][]string{}
			brand := "Acme"
			if l.Voice == "vi" { // which reads in English what is no syllable of Vietnamese
				brand = "Lan"
			}
			for _, text := range []string{l.Plain, l.Again, l.Press, l.Replay, l.announcement(brand)} {
				for _, r := range l.runs(text) {
					texts[r.voice] = append(texts[r.voice], oneClause.Replace(r.text))
				}
			}
			for _, c := range symbols {
				texts[l.voiceOf(c)] = append(texts[l.voiceOf(c)], l.Symbol(c))
			}
			for voice := range texts {
				for i, sounds := range phonemes(t, "-x", voice, texts[voice]) {
					if strings.Contains(sounds, "(") {
						t.Errorf("%q sounds %q", texts[voice][i], sounds)
					}
				}
			}
		})
	}
}

// Each digit sounds as people who speak the language say it: the table was compared,
// digit by digit, with the pronunciation of the language. It holds for the version of
// espeak-ng that it names, since others write some sounds otherwise; a line that fails
// with a new version is to be compared again before it is changed.
func TestDigitsArePronounced(t *testing.T) {
	espeak(t)
	table, err := os.ReadFile("testdata/digits.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for line := range strings.Lines(string(table)) {
		if name, sounds, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			want[name] = strings.Split(sounds, " ")
		}
	}
	if version, err := exec.CommandContext(t.Context(), "espeak-ng", "--version").Output(); err != nil || !strings.Contains(string(version), ": "+want["espeak-ng"][0]+" ") {
		t.Skipf("the table is for espeak-ng %s, and this is %s", want["espeak-ng"][0], version)
	}
	for _, l := range languages {
		var texts, got []string
		for _, c := range "0123456789" {
			texts = append(texts, l.Symbol(c))
		}
		for _, sounds := range phonemes(t, "--ipa", l.Voice, texts) {
			got = append(got, strings.ReplaceAll(sounds, " ", ""))
		}
		if !slices.Equal(got, want[l.name]) {
			t.Errorf("%s: %s, want %s", l.name, strings.Join(got, " "), want[l.name])
		}
	}
}

// phonemes asks espeak-ng how it pronounces each text, none of which may have
// more than one clause, in its own notation (-x) or that of phonetics (--ipa).
func phonemes(t *testing.T, notation, voice string, texts []string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "espeak-ng", "-q", notation, "-b", "1", "-v", voice, "--stdin")
	cmd.Stdin = strings.NewReader(strings.Join(texts, "\n\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	if len(lines) != len(texts) {
		t.Fatalf("%d texts sound as %d: %q", len(texts), len(lines), lines)
	}
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return lines
}

func TestRunsGoToTheVoiceThatReadsThem(t *testing.T) {
	for name, c := range map[string]struct {
		locale, text string
		want         []run
	}{
		"one language":            {"de-de", "Hallo, Welt 24!", []run{{text: "Hallo, Welt 24!", voice: "de"}}},
		"a code in the middle":    {"de-de", "Code 12345 gilt", []run{{text: "Code", voice: "de"}, {text: "12345", code: true}, {text: "gilt", voice: "de"}}},
		"a year is a number":      {"de-de", "im Jahr 2026", []run{{text: "im Jahr 2026", voice: "de"}}},
		"a Latin name in Chinese": {"zh-cn", "您的 Acme 码", []run{{text: "您的", voice: "cmn-latn-pinyin"}, {text: "Acme", voice: "en-us"}, {text: "码", voice: "cmn-latn-pinyin"}}},
		"a Latin name in kana":    {"ja-jp", "Acme の", []run{{text: "Acme", voice: "en-us"}, {text: "の", voice: "ja"}}},
		"a long vowel is kana":    {"ja-jp", "コード", []run{{text: "コード", voice: "ja"}}},
		"punctuation alone":       {"de-de", "...", nil},
	} {
		l, err := find(c.locale)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.runs(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestABrandThatNobodyCanReadIsLeftOut(t *testing.T) {
	for name, c := range map[string]struct{ locale, brand, want string }{
		"none":                {"de-de", "", "Ihr Code lautet"},
		"Latin":               {"de-de", "Acme", "Ihr Code von Acme lautet"},
		"Cyrillic in German":  {"de-de", "Яндекс", "Ihr Code lautet"},
		"Cyrillic in Russian": {"ru-ru", "Яндекс", "Ваш код Яндекс"},
		"kanji in Japanese":   {"ja-jp", "東京", "にんしょう コード わ"},
		"Chinese in Chinese":  {"zh-tw", "台北", "您的 台北 驗證碼是"},
	} {
		l, _ := find(c.locale)
		if got := l.announcement(c.brand); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

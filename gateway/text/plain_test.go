package text_test

import (
	"testing"

	"simgate/gateway/text"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"código, señor":               "codigo, señor", // ñ is in the alphabet
		"„Grüße“ – und so weiter…":    `"Grüße" - und so weiter...`,
		"Łódź czeka ‘jutro’":          "Lodz czeka 'jutro'",
		"½ price™\u00a0now":           "1/2 priceTM now",
		"zażółć gęślą jaźń":           "zazolc gesla jazn",
		"Привет, мир":                 "Привет, мир",
		"x\u0301 and Привет\u0301":    "x\u0301 and Привет\u0301",
		"€ [x] @ Ω":                   "€ [x] @ Ω",
		"co\u00adoperation œuvre №17": "cooperation oeuvre No17",
	} {
		if got := text.Plain(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestWithoutEmoji(t *testing.T) {
	for in, want := range map[string]string{
		"hi 🎉👍🏽":           "hi ",
		"x👨‍👩‍👧y":          "xy",
		"press 1️⃣ now":    "press 1 now",
		"🇩🇪 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿":   " and ",
		"می\u200cخواهم ☎️": "می\u200cخواهم ",
		"क\u200dष $5 + ©":  "क\u200dष $5 + ©",
		"1 < 2 ^ 3":        "1 < 2 ^ 3",
	} {
		if got := text.WithoutEmoji(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

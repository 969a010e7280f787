package cli

import "testing"

func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"code 123456\nYours":      "code 123456\nYours",
		"a\tb\r\n":                "a b \n",
		"\x1b[2J\u009b2J\a\x00":   "\ufffd[2J\ufffd2J\ufffd\ufffd",
		"\u202e654321\u202c":      "\ufffd654321\ufffd",
		"\u202a\u202b\u202d":      "\ufffd\ufffd\ufffd",
		"\u2066a\u2067b\u2068c":   "\ufffda\ufffdb\ufffdc",
		"\u2069\u200e\u200f":      "\ufffd\ufffd\ufffd",
		"שלום, 👩\u200d🚒 é \u00a0": "שלום, 👩\u200d🚒 é \u00a0",
	} {
		if got := Harmless(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

package text_test

import (
	"strings"
	"testing"

	"simgate/gateway/text"
)

// A text is measured and stored as it is sent.
func TestSeparatorsBecomeBlanks(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"a tab", "Item\t12 €", "Item 12 €"},
		{"a next line of EBCDIC", "one\u0085two", "one two"},
		{"a line separator", "one\u2028two", "one two"},
		{"line ends of Windows", "one\r\ntwo", "one\ntwo"},
		{"160 characters with tabs", strings.Repeat("x\t", 80), strings.Repeat("x ", 80)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clean, parts, err := text.Check(tc.text, 1)
			if err != nil || clean != tc.want || parts != 1 {
				t.Errorf("%q in %d parts, %v; want %q", clean, parts, err, tc.want)
			}
			raw, _ := text.Measure(tc.text)
			sent, _ := text.Measure(tc.want)
			if raw != sent || raw.Unicode {
				t.Errorf("it is measured as %+v, and sent as %+v", raw, sent)
			}
		})
	}
	if _, _, err := text.Check("\t\u0085\u2028", 1); err == nil {
		t.Error("a text of separators alone was accepted")
	}
}

package remote

import (
	"testing"

	v1 "simgate/api/v1"
)

// A name is what its owner likes, and may not make up lines of a list.
func TestSenderOfOneLine(t *testing.T) {
	for name, want := range map[string]string{"": "-", "Bank": "Bank", "A\nB\x1b[2J": "A B\ufffd[2J", "x\ty\r": "x y ", "\u202eknaB": "\ufffdknaB"} {
		if got := sender(v1.Incoming{Sender: name}); got != want {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
	}
}

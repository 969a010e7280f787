package modem

import (
	"fmt"
	"strings"
	"testing"

	"simgate/modem/at"
)

// Every number has a meaning, a class and something that follows from it, in
// words that stand beside the number.
func TestEveryCauseIsInWords(t *testing.T) {
	for code := range 1000 {
		for _, err := range []error{at.CMSError(code), at.CMEError(code)} {
			e, ok := submitError(&at.SubmitError{HandedOver: true, Err: err}).(*Error) //nolint:errorlint // it is one
			if !ok {
				t.Fatalf("%v is no error", err)
			}
			meaning, action, found := strings.Cut(e.Cause, "; ")
			if !found || len(action) < 10 || !strings.Contains(meaning, fmt.Sprint(code, ": ")) {
				t.Errorf("%v: %q", err, e.Cause)
			}
			if e.Class == None && code != cmsDuplicate {
				t.Errorf("%v has no class", err)
			}
		}
	}
}

// What the numbers mean for the message, by what was seen on networks.
func TestClasses(t *testing.T) {
	for class, codes := range map[Class][]int{
		GiveUp:   {1, 95, 96, 97, 98, 99, 128, 144, 175, 195, 196, 257, 304, 305, 515, 517, 519, 520, 538, 549, 554},
		OtherSIM: {8, 10, 28, 29, 30, 50, 69, 193, 303, 330},
		Retry:    {17, 22, 27, 38, 41, 42, 47, 81, 111, 127, 192, 194, 208, 211, 212, 300, 302, 314, 320, 321, 322, 331, 500, 512, 521, 532, 535, 615, 616},
		Device:   {310, 311, 312, 313, 315, 316, 317, 318},
		Unknown:  {332, 350},
	} {
		for _, code := range codes {
			if got := cmsCause(code).class; got != class {
				t.Errorf("CMS %d is %s, want %s", code, got, class)
			}
		}
	}
}

package modem

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"simgate/modem/at"
	"simgate/modem/pdu"
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

// Each cause has one code, by which it is found in the list of all: its sentence, or that of
// its family where it is a number that has none.
func TestEveryCauseIsListed(t *testing.T) {
	listed := map[string]Cause{}
	for _, c := range Causes() {
		if _, twice := listed[c.Code]; twice {
			t.Errorf("%s is listed twice", c.Code)
		}
		listed[c.Code] = c
	}
	for code := range 1000 {
		for family, err := range map[string]error{"cms": at.CMSError(code), "cme": at.CMEError(code)} {
			e, _ := submitError(&at.SubmitError{HandedOver: true, Err: err}).(*Error) //nolint:errorlint // it is one
			if want := fmt.Sprintf("%s_%d", family, code); e.CauseCode != want {
				t.Fatalf("%v has the code %q, want %q", err, e.CauseCode, want)
			}
			if c, known := listed[e.CauseCode]; known && c.Text != e.Cause || !known && !listed[family].Numbered {
				t.Errorf("%v is %q, and listed as %q", err, e.Cause, c.Text)
			}
		}
	}
	for status := range 256 {
		s := pdu.Status(status)
		if c, known := listed[s.Code()]; known && (c.Text != s.String() || !s.Failed()) || !known && !listed["report"].Numbered {
			t.Errorf("status %02x is %q, and listed as %q", status, s, c.Text)
		}
	}
	for _, code := range []string{"report_46", "report_60", "call_17", "modem_no_answer"} {
		if listed[code].Code == "" {
			t.Errorf("%s is not listed", code)
		}
	}
}

// The reasons are listed, all that there are in the source.
func TestEveryReasonIsListed(t *testing.T) {
	raw, err := os.ReadFile("causes.go")
	if err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`(?m)^\s+(\w+)\s+= reason\{`).FindAllSubmatch(raw, -1)
	if len(made) != len(reasons) || len(made) < 20 {
		t.Errorf("%d reasons are made, and %d listed", len(made), len(reasons))
	}
	for _, r := range reasons {
		if r.means == "" || r.do == "" {
			t.Errorf("%s lacks what it means, or what to do", r.code)
		}
	}
}

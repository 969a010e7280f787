package cause_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"simgate/gateway/cause"
	"simgate/gateway/fault"
)

// codesOf returns the values of the constants of a type in a file.
func codesOf(t *testing.T, path, typ string) (codes []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.ValueSpec); ok && s.Type != nil && fmt.Sprint(s.Type) == typ && len(s.Values) == 1 {
			if lit, ok := s.Values[0].(*ast.BasicLit); ok {
				code, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				codes = append(codes, code)
			}
		}
		return true
	})
	return codes
}

func TestEveryCodeHasAKind(t *testing.T) {
	kinds := cause.Kinds()
	codes := codesOf(t, "kinds.go", "Code")
	if len(codes) < 50 {
		t.Fatalf("only %d codes are found", len(codes))
	}
	for _, code := range codes {
		if k, ok := cause.Find(kinds, cause.Code(code)); !ok || k.Code != cause.Code(code) {
			t.Errorf("%s is not described", code)
		}
	}
	// What refuses a request may refuse what a workflow asks for.
	inRequests := []string{"too_soon", "too_many_sends", "already_pending", "not_pending", "unauthenticated"}
	for _, code := range append(codesOf(t, "../fault/reason.go", "Reason"), codesOf(t, "../fault/fault.go", "Code")...) {
		if _, ok := cause.Find(kinds, cause.Code(code)); !ok && !slices.Contains(inRequests, code) {
			t.Errorf("%s of package fault is not described", code)
		}
	}
}

func TestKindsAreWellFormed(t *testing.T) {
	seen := map[cause.Code]bool{}
	for _, k := range cause.Kinds() {
		if seen[k.Code] {
			t.Errorf("%s is there twice", k.Code)
		}
		seen[k.Code] = true
		if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(string(k.Code)) {
			t.Errorf("%q is no name for programs", k.Code)
		}
		if k.Text == "" || k.Means == "" || k.Do == "" {
			t.Errorf("%s lacks its sentence, what it means, or what to do", k.Code)
		}
		if strings.Contains(strings.ReplaceAll(k.Text, "%s", ""), "%") {
			t.Errorf("%s has a place for a value that is not %%s: %q", k.Code, k.Text)
		}
	}
}

func TestOf(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		want cause.Cause
	}{
		{"a reason", &fault.Error{Code: fault.Forbidden, Reason: fault.CountryClosed, Message: "closed"}, cause.Cause{Code: "country", Text: "closed"}},
		{"no reason", fault.NewNotFound("gone"), cause.Cause{Code: "not_found", Text: "gone"}},
		{"a fault of the program", errors.New("secret"), cause.Cause{Code: "internal", Text: fault.MessageOf(errors.New("x"))}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := cause.Of(tc.err); got != tc.want {
				t.Errorf("it is %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestAnswered(t *testing.T) {
	for status, want := range map[int]cause.Cause{503: {Code: "http_503", Text: "the receiver answered 503"}, 410: cause.HTTPGone.With()} {
		if got := cause.Answered(status); got != want {
			t.Errorf("%d is %+v, want %+v", status, got, want)
		}
	}
}

// A sentence in another language is made of the format and its values: together they say
// what the text says.
func TestFormat(t *testing.T) {
	kinds := cause.Kinds()
	for _, tc := range []struct {
		name   string
		c      cause.Cause
		format string
		values []any
	}{
		{"nothing differs", cause.Expired.With(), "its time ran out before it could be sent", nil},
		{"a value at the end", cause.ExpiredRefused.With("CMS 38: x; y"), "its time ran out before it could be sent; the last try: %s", []any{"CMS 38: x; y"}},
		{"a value at the begin", cause.NotPublic.With("10.0.0.1"), "%s is not an address in the public internet: allow its network with webhooks.allow, if the receiver is meant to be there", []any{"10.0.0.1"}},
		{"several values", cause.Unanswered.With("stick", 3, "12:00:00"), "%s left %s messages in a row without an answer and pauses until %s", []any{"stick", "3", "12:00:00"}},
		{"a number of a family", cause.Answered(404), "the receiver answered %s", []any{"404"}},
		{"the text of an earlier release", cause.Cause{Code: cause.Expired, Text: "too late"}, "%s", []any{"too late"}},
		{"a text that only begins so", cause.Cause{Code: cause.Cancelled, Text: "it was cancelled by me"}, "%s", []any{"it was cancelled by me"}},
		{"an unknown code", cause.Cause{Code: "of_tomorrow", Text: "odd"}, "%s", []any{"odd"}},
		{"no code", cause.Cause{Text: "100 % sure"}, "%s", []any{"100 % sure"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			format, values := cause.Format(kinds, tc.c)
			if format != tc.format || !slices.Equal(values, tc.values) {
				t.Errorf("it is %q of %q, want %q of %q", format, values, tc.format, tc.values)
			}
			if got := fmt.Sprintf(format, values...); got != tc.c.Text {
				t.Errorf("together they say %q", got)
			}
		})
	}
}

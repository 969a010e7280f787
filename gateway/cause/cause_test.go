package cause_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

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
		{"an error with a cause", fmt.Errorf("posting: %w", &cause.Error{Cause: cause.WayGone.With()}), cause.WayGone.With()},
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

// Why there was no answer does not name the URL, which may hold secrets.
func TestNoAnswer(t *testing.T) {
	failed := func(err error) error {
		return &url.Error{Op: "Post", URL: "http://secret.example/", Err: &net.OpError{Op: "dial", Net: "tcp", Err: err}}
	}
	for _, tc := range []struct {
		name string
		err  error
		want cause.Cause
	}{
		{"too late", failed(os.ErrDeadlineExceeded), cause.Cause{Code: "receiver_timeout", Text: "the receiver did not answer within 30s"}},
		{"refused", failed(syscall.ECONNREFUSED), cause.Cause{Code: "receiver_unreachable", Text: "the receiver could not be reached: connection refused"}},
		{"no such name", failed(&net.DNSError{Err: "no such host", Name: "secret.example", IsNotFound: true}), cause.Cause{Code: "receiver_unknown", Text: "the name of the receiver could not be looked up: no such host"}},
		{"not allowed", failed(&cause.Error{Cause: cause.Local.With("127.0.0.1")}), cause.Local.With("127.0.0.1")},
		{"no HTTP", &url.Error{Op: "Post", URL: "http://secret.example/", Err: io.ErrUnexpectedEOF}, cause.NoHTTP.With()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := cause.NoAnswer(tc.err, 30*time.Second); got != tc.want {
				t.Errorf("it is %+v, want %+v", got, tc.want)
			}
		})
	}
}

package snippet_test

import (
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"simgate/api/web/snippet"
)

// Each request in each language that there is here asks the gateway for the same.
func TestSnippetsAskForTheSame(t *testing.T) {
	type seen struct{ method, path, kind, key, body string }
	var got seen
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got = seen{r.Method, r.URL.EscapedPath(), r.Header.Get("Content-Type"), r.Header.Get("Authorization"), normal(string(raw))}
	}))
	defer s.Close()
	run := map[string][]string{"curl": {"sh"}, "node": {"node", "--input-type=module"}, "python": {"python3"}, "php": {"php"}}
	const key, to = `k'"\$(x)` + "`", `+49151 <"'\$>`
	for _, language := range snippet.Languages {
		command := run[language.Name]
		if command == nil {
			continue
		}
		if _, err := exec.LookPath(command[0]); err != nil {
			t.Logf("there is no %s here", language.Title)
			continue
		}
		for i, d := range snippet.Dialects {
			for j, r := range []snippet.Request{d.Ask(to), d.Check(to, "a/b", "123'4")} {
				if language.Name != "curl" && (i+j)%7 != 0 { // they take long to start
					continue
				}
				made, err := http.NewRequest(r.Method, s.URL+r.Path, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Authorize(made, key)
				body, kind := r.Body(key)
				want := seen{r.Method, made.URL.EscapedPath(), kind, made.Header.Get("Authorization"), normal(body)}
				text := snippet.Write(language.Name, s.URL, key, r)
				got = seen{}
				cmd := exec.Command(command[0], command[1:]...)
				cmd.Stdin = strings.NewReader(text)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%s, %s: %v\n%s\n%s", d.Name, language.Name, err, text, out)
				}
				if got != want {
					t.Errorf("%s in %s:\n%s\nasks %+v, not %+v", d.Name, language.Name, text, got, want)
				}
			}
		}
	}
}

// Requests in Go are Go, as gofmt writes it, and their strings are what is to be sent.
func TestSnippetsInGo(t *testing.T) {
	const key = `k'"\$(x)` + "`"
	for _, d := range snippet.Dialects {
		r := d.Ask("+4915112345678")
		text := snippet.Write("go", "http://gateway.example", key, r)
		if formatted, err := format.Source([]byte(text)); err != nil || strings.TrimSpace(string(formatted)) != text {
			t.Fatalf("%v\n%s", err, text)
		}
		file, err := parser.ParseFile(token.NewFileSet(), "main.go", text, 0)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok {
				s, err := strconv.Unquote(lit.Value)
				if all = append(all, s); err != nil {
					t.Error(err)
				}
			}
			return true
		})
		body, kind := r.Body(key)
		for _, want := range []string{"http://gateway.example" + r.Path, body, kind} {
			if !slices.Contains(all, want) {
				t.Errorf("%s has no %q: %s", d.Name, want, text)
			}
		}
	}
}

// normal leaves out where bodies may differ: blanks in JSON, and how a blank is written in
// a form.
func normal(body string) string {
	if strings.HasPrefix(body, "{") {
		return strings.NewReplacer(": ", ":", ", ", ",", `\u003c`, "<", `\u003e`, ">", `\/`, "/").Replace(body)
	}
	return strings.NewReplacer("%20", "+").Replace(body)
}

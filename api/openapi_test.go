package api_test

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"simgate/api"
	"simgate/api/dialect"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/inbox"
)

// parameter is one in the path of a route.
var parameter = regexp.MustCompile(`:([a-z]+)`)

// document returns the OpenAPI document.
func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// described is the OpenAPI document as a router.
var described = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	for _, kind := range []string{"image/svg+xml", "text/html"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
	return gorillamux.NewRouter(doc)
})

// conform compares an exchange with the document: always the answer, and the request of
// the native API where it succeeded.
func conform(t *testing.T, r *http.Request, asked string, status int, h http.Header, answer string) {
	t.Helper()
	router, err := described()
	if err != nil {
		t.Error(err)
		return
	}
	route, params, err := router.FindRoute(r)
	if err != nil {
		return // there is no such path or method, which is what the test is about
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
	if status < http.StatusBadRequest && strings.HasPrefix(r.URL.Path, "/v1/") {
		r.Body = io.NopCloser(strings.NewReader(asked))
		if asked != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			t.Errorf("the request does not conform to openapi.yaml: %v", err)
		}
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: status, Header: h,
		Body: io.NopCloser(bytes.NewReader([]byte(answer))), Options: in.Options}
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		t.Errorf("the answer does not conform to openapi.yaml: %v", err)
	}
}

// The document names every call of the native API, with its scope, and of every dialect,
// and no other.
func TestDocumentNamesEveryRoute(t *testing.T) {
	w := start(t)
	described := map[string]*openapi3.Operation{}
	ids := map[string]bool{}
	for path, item := range document(t).Paths.Map() {
		for method, op := range item.Operations() {
			described[method+" "+path] = op
			if op.OperationID == "" || ids[op.OperationID] || len(op.Tags) != 1 {
				t.Errorf("%s %s has the operationId %q and the tags %q", method, path, op.OperationID, op.Tags)
			}
			ids[op.OperationID] = true
		}
	}
	need := func(method, path, scope string) {
		op := described[method+" "+path]
		delete(described, method+" "+path)
		if op == nil {
			t.Errorf("openapi.yaml does not know %s %s", method, path)
		} else if !strings.HasSuffix(op.Description, scope) {
			t.Errorf("%s %s ends with %q instead of %q", method, path, op.Description, scope)
		}
	}
	for _, r := range api.New(api.Config{}, w.Gateway, discard()).RouteTable() {
		need(r.Method, parameter.ReplaceAllString(r.Path, "{$1}"), "Scope "+string(r.Scope)+".")
	}
	for _, r := range api.New(api.Config{}, w.Gateway, discard()).SocketTable() {
		need(r.Method, r.Path, "On the Unix socket alone.")
	}
	for path, scope := range map[string]string{"/healthz": "Needs no key.", "/readyz": "Needs no key.", "/ca": "Needs no key.", "/metrics": "Scope read."} {
		need(http.MethodGet, path, scope)
	}
	need(http.MethodPost, "/v1/phones/{name}", "Needs no key.")
	for _, d := range api.NewDialects(dialect.Env{}) {
		base := "/" + d.Name + d.Bases[len(d.Bases)-1]
		if len(d.Root) > 0 {
			base = d.Root[0]
		}
		for _, r := range d.Routes {
			need(r.Method, base+strings.Replace(r.Path, ":id", "{id}", 1), ".")
		}
	}
	for route := range described {
		t.Errorf("openapi.yaml knows %s, which is not served", route)
	}
	for path, kind := range map[string]string{"/openapi.yaml": "application/yaml", "/docs": "text/html", "/docs/causes": "text/html", "/": "text/html"} {
		own := w
		own.key = ""
		status, h, raw := own.call(t, http.MethodGet, path, "")
		if status != http.StatusOK || !strings.HasPrefix(h.Get("Content-Type"), kind) || raw == "" {
			t.Errorf("%s: status %d, %s", path, status, h.Get("Content-Type"))
		}
		if kind == "text/html" && (strings.Contains(raw, "https://") || strings.Contains(raw, "src=")) {
			t.Errorf("%s loads something from elsewhere", path)
		}
		if kind == "text/html" && !strings.Contains(raw, `<a class="home" href="/"`) {
			t.Errorf("%s does not lead home", path)
		}
	}
}

// Whatever a browser shows of this server has a strict policy, and is kept from other sites.
func TestPagesOfTheAPIHaveTheHeaders(t *testing.T) {
	w := start(t)
	server := api.New(api.Config{Ancestors: func() string { return "'self'" }}, w.Gateway, discard())
	paths := []string{"/", "/docs", "/docs/causes", "/docs/none", "/healthz", "/readyz", "/openapi.yaml", "/ca", "/metrics"}
	for _, r := range server.RouteTable() {
		if r.Method == http.MethodGet {
			paths = append(paths, r.Path)
		}
	}
	found := 0
	for _, path := range paths {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		answer := httptest.NewRecorder()
		server.LocalHandler().ServeHTTP(answer, r)
		h := answer.Header()
		if !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
			continue
		}
		found++
		policy := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") || !strings.HasSuffix(policy, "; frame-ancestors 'self'") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" ||
			h.Get("Cross-Origin-Opener-Policy") != "same-origin" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s: %v", path, h)
		}
	}
	if found != 3 {
		t.Errorf("%d of %d paths lead to pages", found, len(paths))
	}
}

// sorted returns words in their order.
func sorted[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	slices.Sort(out)
	return out
}

// The document lists what programs compare with, as the program has it: codes and reasons of
// errors, each with its status, kinds of news and formats of webhooks.
func TestDocumentListsEveryWord(t *testing.T) {
	schemas := document(t).Components.Schemas
	words := func(s *openapi3.Schema) []string {
		var list []string
		for _, v := range s.Enum {
			list = append(list, fmt.Sprint(v))
		}
		slices.Sort(list)
		return list
	}
	consts := constants(t, "../gateway/fault")
	for name, want := range map[string][]string{
		"Code": consts["Code"], "Reason": consts["Reason"], "NewsKind": gateway.NewsKinds, "ChangeKind": gateway.ChangeKinds,
		"IncomingKind": sorted(inbox.Kinds),
	} {
		if got := words(schemas[name].Value); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	formats := slices.Sorted(maps.Keys(api.Formats("DE", nil)))
	if got := words(schemas["NewWebhook"].Value.Properties["format"].Value); !slices.Equal(got, formats) {
		t.Errorf("the formats of webhooks are %q, want %q", got, formats)
	}
	guide, err := os.ReadFile("../docs/developer/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Code", "Reason"} {
		about, _ := schemas[name].Value.Extensions["x-enumDescriptions"].(map[string]any)
		for _, word := range consts[name] {
			text := fmt.Sprint(about[word])
			if status, known := api.Statuses[fault.Code(word)]; name == "Code" && (!known || !strings.HasPrefix(text, strconv.Itoa(status)+". ")) {
				t.Errorf("the code %s is described as %q, want the status %d", word, text, status)
			}
			if len(about) != len(consts[name]) || about[word] == nil {
				t.Errorf("the %s %s is not described", name, word)
			}
			if row := "| `" + word + "` | " + text + " |"; !bytes.Contains(guide, []byte(row)) {
				t.Errorf("docs/developer/errors.md lacks the line %s", row)
			}
			if !bytes.Contains(api.Docs, []byte(` id="`+word+`"`)) {
				t.Errorf("the page has no anchor %s", word)
			}
		}
	}
}

// constants returns the values of the string constants of a package by their type, sorted.
func constants(t *testing.T, folder string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	found := map[string][]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			kind, ok := spec.Type.(*ast.Ident)
			for _, v := range spec.Values {
				if lit, isLit := v.(*ast.BasicLit); ok && isLit && lit.Kind == token.STRING {
					value, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					found[kind.Name] = append(found[kind.Name], value)
				}
			}
			return true
		})
	}
	for _, list := range found {
		slices.Sort(list)
	}
	return found
}

package api_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"simgate/api"
)

// described is the OpenAPI document as a router.
var described = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// conform compares an exchange with the document: always the answer, and the request
// where it succeeded.
func conform(t *testing.T, r *http.Request, asked string, status int, h http.Header, answer string) {
	t.Helper()
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
		return
	}
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
	if status < http.StatusBadRequest {
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

// Both documents name every route, and openapi.yaml names no other.
func TestDocumentsNameEveryRoute(t *testing.T) {
	w := start(t)
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	open := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			open[method+" "+path] = true
		}
	}
	for _, r := range api.New(api.Config{}, w.Gateway, discard()).RouteTable() {
		path := strings.Replace(r.Path, ":id", "{id}", 1)
		if !open[r.Method+" "+path] {
			t.Errorf("openapi.yaml does not know %s %s", r.Method, path)
		}
		delete(open, r.Method+" "+path)
		if !bytes.Contains(api.Docs, []byte("<td>"+r.Method+"</td><td><code>"+path+"</code></td><td>"+string(r.Scope)+"</td>")) {
			t.Errorf("the page does not know %s %s with the scope %s", r.Method, path, r.Scope)
		}
	}
	for route := range open {
		t.Errorf("openapi.yaml knows %s, which is not served", route)
	}
	for path, kind := range map[string]string{"/openapi.yaml": "application/yaml", "/docs": "text/html", "/": "text/html"} {
		own := w
		own.key = ""
		status, h, raw := own.call(t, http.MethodGet, path, "")
		if status != http.StatusOK || !strings.HasPrefix(h.Get("Content-Type"), kind) || raw == "" {
			t.Errorf("%s: status %d, %s", path, status, h.Get("Content-Type"))
		}
		if strings.Contains(raw, "https://") || strings.Contains(raw, "src=") {
			t.Errorf("%s loads something from elsewhere", path)
		}
	}
}

package api_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"html/template"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"simgate/api"
)

var update = flag.Bool("update", false, "write docs/index.html anew from openapi.yaml")

// The page is made of openapi.yaml, so that it has every call with every field.
type (
	page struct {
		Tags            []tag
		Errors, Objects []object
	}
	tag struct {
		Name, Text string
		Operations []operation
	}
	operation struct {
		ID, Method, Path, Summary, Text string
		Params, Fields                  []shownField
		Answers                         []answer
	}
	answer struct {
		Status, Text string
		Kind         template.HTML
	}
	object struct {
		Name, Text string
		Kind       template.HTML
		Fields     []shownField
	}
	shownField struct {
		ID, Name, Text string
		Kind           template.HTML
		Required       bool
	}
)

// TestPage compares the page with openapi.yaml. After a change of the document write it
// anew: go test ./api -run TestPage -update.
func TestPage(t *testing.T) {
	doc := document(t)
	var p page
	inline := map[string]bool{} // the objects that are shown where they are sent
	for _, tg := range doc.Tags {
		shown := tag{Name: tg.Name, Text: tg.Description}
		for _, path := range doc.Paths.InMatchingOrder() {
			item := doc.Paths.Value(path)
			for method, op := range item.Operations() {
				if slices.Contains(op.Tags, tg.Name) {
					shown.Operations = append(shown.Operations, describe(path, method, item, op, inline))
				}
			}
		}
		slices.SortFunc(shown.Operations, func(a, b operation) int {
			return cmp.Or(strings.Compare(a.Path, b.Path), slices.Index(methodOrder, a.Method)-slices.Index(methodOrder, b.Method))
		})
		p.Tags = append(p.Tags, shown)
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas)) {
		s := doc.Components.Schemas[name].Value
		o := object{Name: name, Text: capital(s.Description), Fields: propertiesOf(s, name+".")}
		if len(o.Fields) == 0 {
			o.Kind = kindOf(&openapi3.SchemaRef{Value: s})
		}
		if about, ok := s.Extensions["x-enumDescriptions"].(map[string]any); ok {
			o.Kind = ""
			for _, value := range s.Enum {
				v := fmt.Sprint(value)
				o.Fields = append(o.Fields, shownField{ID: v, Name: v, Text: fmt.Sprint(about[v])})
			}
			p.Errors = append(p.Errors, o)
			continue
		}
		if !inline[name] {
			p.Objects = append(p.Objects, o)
		}
	}
	raw, err := os.ReadFile("docs/page.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := template.Must(template.New("page").Parse(string(raw))).Execute(&out, p); err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`\n{2,}`).ReplaceAll(bytes.TrimRight(out.Bytes(), "\n"), []byte("\n"))
	made = append(made, '\n')
	if *update {
		if err := os.WriteFile("docs/index.html", made, 0o644); err != nil { //nolint:gosec // a file of the repository
			t.Fatal(err)
		}
	} else if !bytes.Equal(made, api.Docs) {
		t.Error("docs/index.html is not that of openapi.yaml: go test ./api -run TestPage -update")
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllSubmatch(made, -1) {
		if id := string(m[1]); ids[id] {
			t.Errorf("the page has two anchors %q", id)
		} else {
			ids[id] = true
		}
	}
	for _, m := range regexp.MustCompile(` href="#([^"]*)"`).FindAllSubmatch(made, -1) {
		if !ids[string(m[1])] {
			t.Errorf("the page has no anchor %q", m[1])
		}
	}
}

var methodOrder = []string{"POST", "GET", "PUT", "PATCH", "DELETE"}

func describe(path, method string, item *openapi3.PathItem, op *openapi3.Operation, inline map[string]bool) operation {
	o := operation{ID: op.OperationID, Method: method, Path: path, Summary: capital(op.Summary), Text: op.Description}
	for _, ref := range slices.Concat(item.Parameters, op.Parameters) {
		p := ref.Value
		text := cmp.Or(p.Description, p.Schema.Value.Description)
		if p.In == "header" {
			text = strings.TrimSpace("A header. " + text)
		}
		o.Params = append(o.Params, shownField{ID: op.OperationID + "." + p.Name, Name: p.Name, Text: text, Kind: kindOf(p.Schema), Required: p.Required})
	}
	if op.RequestBody != nil {
		content := op.RequestBody.Value.Content
		media := cmp.Or(content.Get("application/json"), content.Get("application/x-www-form-urlencoded"))
		o.Fields = propertiesOf(media.Schema.Value, op.OperationID+".")
		inline[nameOf(media.Schema)] = true
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses.Map())) {
		r := op.Responses.Value(status).Value
		a := answer{Status: status, Text: *r.Description}
		kinds := []string{}
		for _, kind := range slices.Sorted(maps.Keys(r.Content)) {
			kinds = append(kinds, string(kindOf(r.Content[kind].Schema)))
		}
		a.Kind = template.HTML(strings.Join(kinds, " or ")) //nolint:gosec // of kindOf
		o.Answers = append(o.Answers, a)
	}
	return o
}

// propertiesOf returns the fields of an object, the required ones first.
func propertiesOf(s *openapi3.Schema, prefix string) []shownField {
	var list []shownField
	for name, ref := range s.Properties {
		f := shownField{ID: prefix + name, Name: name, Text: ref.Value.Description, Kind: kindOf(ref), Required: slices.Contains(s.Required, name)}
		if ref.Ref != "" {
			f.Text = "" // it is with the object
		}
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b shownField) int {
		if a.Required != b.Required {
			return map[bool]int{true: -1, false: 1}[a.Required]
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func nameOf(ref *openapi3.SchemaRef) string {
	return strings.TrimPrefix(ref.Ref, "#/components/schemas/")
}

// kindOf returns what a value is, with a link to the object.
func kindOf(ref *openapi3.SchemaRef) template.HTML {
	s := ref.Value
	var words []string
	either := func(refs openapi3.SchemaRefs) {
		var kinds []string
		for _, r := range refs {
			kinds = append(kinds, string(kindOf(r)))
		}
		words = append(words, strings.Join(kinds, " or "))
	}
	switch {
	case ref.Ref != "":
		name := template.HTMLEscapeString(nameOf(ref))
		return template.HTML(`<a href="#` + name + `">` + name + `</a>`) //nolint:gosec // escaped
	case len(s.OneOf) > 0:
		either(s.OneOf)
	case len(s.AnyOf) > 0:
		either(s.AnyOf)
	case s.Type.Is("array"):
		words = append(words, "list of "+string(kindOf(s.Items)))
	case len(s.Enum) > 0:
		var values []string
		for _, v := range s.Enum {
			values = append(values, template.HTMLEscapeString(cmp.Or(fmt.Sprint(v), `""`)))
		}
		words = append(words, strings.Join(values, ", "))
	case s.Format == "date-time":
		words = append(words, "time (RFC 3339)")
	case s.Format == "uuid":
		words = append(words, "UUID")
	case s.Type != nil:
		words = append(words, strings.Join(s.Type.Slice(), " or "))
	}
	switch {
	case s.Min != nil && s.Max != nil:
		words = append(words, fmt.Sprintf("%.0f to %.0f", *s.Min, *s.Max))
	case s.Min != nil:
		words = append(words, fmt.Sprintf("at least %.0f", *s.Min))
	case s.MaxLength != nil:
		words = append(words, fmt.Sprintf("at most %d characters", *s.MaxLength))
	case s.MaxItems != nil:
		words = append(words, fmt.Sprintf("at most %d", *s.MaxItems))
	}
	if s.Default != nil {
		words = append(words, "default "+template.HTMLEscapeString(fmt.Sprint(s.Default)))
	}
	return template.HTML(strings.Join(words, ", ")) //nolint:gosec // escaped
}

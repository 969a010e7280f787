package config

import (
	"encoding"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"simgate/gateway/setting"
)

// parse reads a configuration over the defaults and returns its mistakes by line.
func parse(raw []byte) (Config, []Mistake) {
	cfg, _, mistakes := parseLines(raw)
	return cfg, mistakes
}

// parseLines is parse with the line of each key, such as modems[0].port.
func parseLines(raw []byte) (Config, map[string]int, []Mistake) {
	return parseOver(Default(), raw, nil)
}

// parseOver is parseLines over other defaults, with settings over the file.
func parseOver(base Config, raw []byte, kept []setting.Setting) (Config, map[string]int, []Mistake) {
	r := reading{cfg: base, kept: kept, lines: map[string]int{}}
	file, err := parser.ParseBytes(raw, 0, parser.AllowDuplicateMapKey()) // mapping reports them
	if err != nil {
		r.syntax(err)
	} else {
		r.read(file)
	}
	shown := excerpts(raw, publicKeys())
	for i, m := range r.mistakes {
		r.mistakes[i].Excerpt = shown[m.Line]
	}
	slices.SortStableFunc(r.mistakes, func(a, b Mistake) int { return a.Line - b.Line })
	return r.cfg, r.lines, r.mistakes
}

// reading is the state of parse.
//
// It walks the syntax tree instead of using the library's decoder, which stops at the
// first mistake and reads a PIN without quotes that begins with 0 as an octal number:
// the SIM would be given another PIN.
type reading struct {
	cfg      Config
	kept     []setting.Setting // over the file
	lines    map[string]int    // of each key in the file
	mistakes []Mistake
}

func (r *reading) wrong(node ast.Node, key, format string, args ...any) {
	r.mistakes = append(r.mistakes, Mistake{Line: node.GetToken().Position.Line, Key: key, Message: fmt.Sprintf(format, args...)})
}

// syntax adds an error of the library with its line, but without its excerpt, which
// may show a PIN.
func (r *reading) syntax(err error) {
	m := Mistake{Line: 1, Message: "invalid YAML"}
	if e, ok := errors.AsType[yaml.Error](err); ok {
		m.Message = e.GetMessage()
		if t := e.GetToken(); t != nil && t.Position != nil {
			m.Line = t.Position.Line
		}
	}
	r.mistakes = append(r.mistakes, m)
}

func (r *reading) read(file *ast.File) {
	for i, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case i > 0:
			r.wrong(doc.Body, "", "the file holds more than one document")
		default:
			r.value(doc.Body, reflect.ValueOf(&r.cfg).Elem(), "")
		}
	}
	for _, one := range r.kept {
		r.keep(one)
	}
	r.inherit()
	r.decide()
	unread := slices.Clone(r.mistakes) // a value that cannot be read is reported once
	for _, m := range r.cfg.validate() {
		if !slices.ContainsFunc(unread, func(u Mistake) bool { return m.Key == u.Key || strings.HasPrefix(m.Key, u.Key+".") }) {
			m.Line = r.line(m.Key)
			r.mistakes = append(r.mistakes, m)
		}
	}
}

// inherit gives each SIM the common pace, except for the keys in its own entry.
func (r *reading) inherit() {
	common := reflect.ValueOf(r.cfg.Pace)
	for i := range r.cfg.SIMs {
		pace := reflect.ValueOf(&r.cfg.SIMs[i].Pace).Elem()
		for name, field := range keysOf(common.Type()) {
			if _, own := r.lines[fmt.Sprintf("sims[%d].pace.%s", i, name)]; !own {
				pace.FieldByIndex(field.Index).Set(common.FieldByIndex(field.Index))
			}
		}
	}
}

// line returns the line of a key, or of the nearest key that contains it.
func (r *reading) line(key string) int {
	for key != "" {
		if line, ok := r.lines[key]; ok {
			return line
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return 1
}

// value reads a node into the field of a key. A key without a value keeps its default.
func (r *reading) value(node ast.Node, into reflect.Value, key string) {
	switch node.(type) {
	case *ast.NullNode:
		return
	case *ast.TagNode, *ast.AnchorNode, *ast.AliasNode:
		r.wrong(node, key, "must be a plain value: tags, anchors and aliases are not supported")
		return
	}
	text, scalar := textOf(node)
	reader, reads := into.Addr().Interface().(encoding.TextUnmarshaler)
	switch {
	case reads && scalar:
		err := reader.UnmarshalText([]byte(text))
		if _, level := reader.(*slog.Level); level && err != nil {
			err = errors.New("must be debug, info, warn or error")
		}
		if err != nil {
			r.wrong(node, key, "%v", err)
		}
	case into.Kind() == reflect.String && scalar:
		into.SetString(text)
	case into.Kind() == reflect.Int && scalar:
		n, err := strconv.Atoi(text)
		if err != nil {
			r.wrong(node, key, "must be a whole number")
			return
		}
		into.SetInt(int64(n))
	case into.Kind() == reflect.Bool && scalar:
		if text != "true" && text != "false" {
			r.wrong(node, key, "must be true or false")
			return
		}
		into.SetBool(text == "true")
	case into.Kind() == reflect.Struct:
		r.mapping(node, into, key)
	case into.Kind() == reflect.Slice:
		r.sequence(node, into, key)
	default:
		r.wrong(node, key, "must be a single value")
	}
}

// textOf returns a scalar as written, whatever its type in YAML.
func textOf(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func (r *reading) mapping(node ast.Node, into reflect.Value, key string) {
	mapping, ok := node.(ast.MapNode)
	if !ok {
		r.wrong(node, key, "must hold keys: %s", list(keysOf(into.Type())))
		return
	}
	fields := keysOf(into.Type())
	for pairs := mapping.MapRange(); pairs.Next(); {
		name := pairs.Key().GetToken().Value
		at := strings.TrimPrefix(key+"."+asKey(name), ".")
		field, known := fields[name]
		if !known {
			r.wrong(pairs.Key(), at, "there is no such key; %s", instead(name, fields))
			continue
		}
		if first, twice := r.lines[at]; twice {
			r.wrong(pairs.Key(), at, "appears twice, first on line %d", first)
			continue
		}
		r.lines[at] = pairs.Key().GetToken().Position.Line
		r.value(pairs.Value(), into.FieldByIndex(field.Index), at)
	}
}

func (r *reading) sequence(node ast.Node, into reflect.Value, key string) {
	sequence, ok := node.(ast.ArrayNode)
	if !ok {
		r.wrong(node, key, "must be a list, each entry with a dash")
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), 0, 0)) // a list replaces that of the defaults
	for items := sequence.ArrayRange(); items.Next(); {
		at := fmt.Sprintf("%s[%d]", key, into.Len())
		r.lines[at] = items.Value().GetToken().Position.Line
		into.Set(reflect.Append(into, reflect.Zero(into.Type().Elem())))
		r.value(items.Value(), into.Index(into.Len()-1), at)
	}
}

// keysOf returns the fields of a struct by their keys.
func keysOf(t reflect.Type) map[string]reflect.StructField {
	fields := make(map[string]reflect.StructField, t.NumField())
	for i := range t.NumField() {
		fields[t.Field(i).Tag.Get("yaml")] = t.Field(i)
	}
	return fields
}

// publicKeys returns the names of the keys, at any depth, whose values can be shown: all
// except PINs, passwords, numbers, addresses of the owner and identities of SIMs and
// devices.
var publicKeys = sync.OnceValue(func() map[string]bool {
	public := map[string]bool{}
	var add func(t reflect.Type)
	add = func(t reflect.Type) {
		for name, field := range keysOf(t) {
			switch public[name] = true; {
			case field.Type.Kind() == reflect.Struct:
				add(field.Type)
			case field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.Struct:
				add(field.Type.Elem())
			}
		}
	}
	add(reflect.TypeFor[Config]())
	for _, private := range []string{"pin", "number", "imei", "iccid", "imsi", "msisdn", "sms", "webhook", "url", "token", "to", "from", "email", "user", "password", "signing_key", "test_numbers"} {
		delete(public, private)
	}
	return public
})

// instead returns the key that was probably meant, or the list of keys.
func instead(name string, fields map[string]reflect.StructField) string {
	plain := strings.NewReplacer("_", "", "-", "")
	for known := range fields {
		if strings.EqualFold(plain.Replace(known), plain.Replace(name)) {
			return "did you mean " + known + "?"
		}
	}
	return "there are " + list(fields)
}

func list(fields map[string]reflect.StructField) string {
	return strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
}

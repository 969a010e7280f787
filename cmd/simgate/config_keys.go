package main

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// keys are the keys of a mapping, with those below each.
type keys map[string]keys

// keysOf returns the keys that a struct has in YAML.
func keysOf[T any]() keys { return typeKeys(reflect.TypeFor[T]()) }

func typeKeys(t reflect.Type) keys {
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	k := keys{}
	for i := range t.NumField() {
		f := t.Field(i)
		k[f.Tag.Get("yaml")] = typeKeys(f.Type)
	}
	return k
}

// unknownKeys returns a mistake for every key that means nothing, wherever it
// stands: the decoder would stop at the first.
func unknownKeys(node ast.Node, known keys, prefix string) []mistake {
	var found []mistake
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, pair := range n.Values {
			found = append(found, unknownKeys(pair, known, prefix)...)
		}
	case *ast.MappingValueNode:
		name := n.Key.String()
		below, ok := known[name]
		if !ok {
			return []mistake{{line: n.Key.GetToken().Position.Line, key: prefix + name,
				message: fmt.Sprintf("there is no such key; %s", instead(name, known))}}
		}
		found = append(found, unknownKeys(n.Value, below, prefix+name+".")...)
	case *ast.SequenceNode:
		for i, item := range n.Values {
			at := strings.TrimSuffix(prefix, ".") + "[" + strconv.Itoa(i) + "]."
			found = append(found, unknownKeys(item, known, at)...)
		}
	}
	return found
}

// instead names the keys that there are.
func instead(name string, known keys) string {
	names := make([]string, 0, len(known))
	for k := range known {
		if strings.EqualFold(strings.ReplaceAll(k, "_", ""), strings.NewReplacer("_", "", "-", "").Replace(name)) {
			return "did you mean " + k + "?"
		}
		names = append(names, k)
	}
	if len(names) == 0 {
		return "a single value belongs here"
	}
	slices.Sort(names)
	return "there are " + strings.Join(names, ", ")
}

package config

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Setting is a key with its value.
type Setting struct {
	Key, Value string // values that may be secret are dots, unless they are the default
	Restart    bool   // a change takes effect with a restart
	Default    bool   // it is the default
	Line       int    // of the file; 0: it is not there
	Differs    bool   // the file has another value by now
}

// Settings returns all settings in force, and where each stands in the file at path: as it is
// now, which may be another than when it was read. An error is of the file; the settings are
// returned nevertheless.
func (c Config) Settings(path string) (all []Setting, err error) {
	file, lines, err := openLines(path)
	public, usual := publicKeys(), reflect.ValueOf(Default())
	each("", reflect.ValueOf(c), func(key string, index []int, v reflect.Value) {
		s := Setting{Key: key, Value: "•••••", Restart: isFixed(key), Default: reflect.DeepEqual(usual.FieldByIndex(index).Interface(), v.Interface()), Line: lines[key]}
		if s.Default || public[key[strings.LastIndex(key, ".")+1:]] {
			s.Value = shown(v)
		}
		if err == nil {
			s.Differs = !reflect.DeepEqual(reflect.ValueOf(file).FieldByIndex(index).Interface(), v.Interface())
		}
		all = append(all, s)
	})
	return all, err
}

// openLines reads a file, with the lines of its keys.
func openLines(path string) (Config, map[string]int, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Config{}, nil, err
	}
	cfg, lines, mistakes := parseLines(raw)
	if len(mistakes) > 0 {
		return Config{}, lines, &Invalid{Path: path, Mistakes: mistakes}
	}
	return cfg, lines, nil
}

// each calls fn for each key of a section; a list is one value.
func each(prefix string, section reflect.Value, fn func(key string, index []int, v reflect.Value)) {
	for i := range section.NumField() {
		key := prefix + section.Type().Field(i).Tag.Get("yaml")
		v := section.Field(i)
		if v.Kind() != reflect.Struct {
			fn(key, []int{i}, v)
			continue
		}
		each(key+".", v, func(key string, index []int, v reflect.Value) { fn(key, append([]int{i}, index...), v) })
	}
}

// shown returns a value for people. Of entries with keys of their own, in which secrets may
// be, it tells what they are called, or how many there are.
func shown(v reflect.Value) string {
	if v.Kind() != reflect.Slice {
		return fmt.Sprint(v.Interface())
	}
	var words []string
	for i := range v.Len() {
		one := v.Index(i)
		if one.Kind() == reflect.Struct {
			name := one.FieldByName("Name")
			if address := one.FieldByName("Address"); !name.IsValid() && address.IsValid() {
				name = address
			}
			if !name.IsValid() {
				return strconv.Itoa(v.Len())
			}
			one = name
		}
		words = append(words, fmt.Sprint(one.Interface()))
	}
	return strings.Join(words, ", ")
}

// isFixed reports whether a daemon takes up a key when it starts.
func isFixed(key string) bool {
	return slices.ContainsFunc(fixed, func(f string) bool { return key == f || strings.HasPrefix(key, f+".") })
}

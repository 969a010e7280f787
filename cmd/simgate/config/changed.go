package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Setting is a key whose value is not the default.
type Setting struct {
	Key, Value string // values that may be secret are dots
	Restart    bool   // a change takes effect with a restart
}

// Changed returns the settings that are not the default.
func (c Config) Changed() (all []Setting) {
	public := publicKeys()
	running := c
	compare("", reflect.ValueOf(Default()), reflect.ValueOf(&running).Elem(), func(key string, _, v reflect.Value) {
		s := Setting{Key: key, Value: "•••••", Restart: isFixed(key)}
		if public[key[strings.LastIndex(key, ".")+1:]] {
			s.Value = shown(v)
		}
		all = append(all, s)
	})
	return all
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

package config

import (
	"encoding"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"

	v1 "simgate/api/v1"
	"simgate/configs"
	"simgate/gateway/text"
)

// hidden stands for a value that may be secret.
const hidden = "•••••"

// Settings returns all settings in force, and where each is from: the file of a source as it is
// now, which may be another than when it was read, or what is kept over it. An error is of the
// file; the settings are returned nevertheless.
func (c Config) Settings(s Source) (all []v1.ConfigSetting, err error) {
	now, err := s.Settle()
	defaults := Default()
	if s.Base != nil {
		defaults = *s.Base
	}
	about := configs.Descriptions()
	each("", reflect.ValueOf(c), func(key string, index []int, v reflect.Value) {
		usual := reflect.ValueOf(defaults).FieldByIndex(index)
		one := v1.ConfigSetting{Key: key, Source: v1.SettingDefault, Line: now.lines[key], Restart: isFixed(key), Changeable: Changeable(key),
			Hidden: !isPublic(key), Description: about[key], Place: now.place(s.Path, key, usual)}
		show := func(v reflect.Value) string {
			if one.Hidden && !reflect.DeepEqual(v.Interface(), usual.Interface()) {
				return hidden
			}
			return written(v)
		}
		one.Type, one.Choices = typeOf(key, v)
		one.Value, one.Default = show(v), written(usual)
		if one.Line > 0 {
			one.Source = v1.SettingFile
		}
		kept := false
		for _, k := range s.Kept {
			if k.Key == key {
				kept, one.Source, one.SetBy, one.SetAt = true, v1.SettingPage, k.By, k.At
			}
		}
		for _, u := range now.Unfit {
			if u.Key == key {
				one.Problem = u.Why
				if one.Source = v1.SettingDefault; one.Line > 0 {
					one.Source = v1.SettingFile
				}
			}
		}
		if err == nil {
			file, settled := reflect.ValueOf(now.File).FieldByIndex(index), reflect.ValueOf(now.Config).FieldByIndex(index)
			if kept && !reflect.DeepEqual(file.Interface(), settled.Interface()) {
				f := show(file)
				one.Under = &f
			}
			one.Waiting = !reflect.DeepEqual(settled.Interface(), v.Interface())
		}
		all = append(all, one)
	})
	return all, err
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

// isPublic reports whether the value of a key can be shown.
func isPublic(key string) bool { return publicKeys()[key[strings.LastIndex(key, ".")+1:]] }

// choices are the keys that have one of a few values.
var choices = map[string][]string{
	"code.locale":         append([]string{text.Auto}, text.Locales()...),
	"code.voice_fallback": {"sms", "reject"},
	"guard.conversion":    {"throttle", "off", "shadow", "block"},
	"log.format":          {"text", "json"},
	"log.level":           {"debug", "info", "warn", "error"},
	"notify.language":     languages(),
	"notify.email.tls":    {"starttls", "tls", "none"},
	"web.status_page":     {Off, StatusLAN},
}

// typeOf returns what a value of a key is, for who writes one, and what it may be if that is one
// of a few.
func typeOf(key string, v reflect.Value) (kind string, of []string) {
	switch {
	case choices[key] != nil:
		return v1.SettingChoice, choices[key]
	case v.Kind() == reflect.Bool:
		return v1.SettingChoice, []string{"true", "false"}
	case v.Kind() == reflect.Int:
		return v1.SettingNumber, nil
	case v.Kind() != reflect.Slice:
		return v1.SettingText, nil
	case v.Type().Elem().Kind() == reflect.Struct:
		return v1.SettingEntries, nil
	}
	return v1.SettingList, nil
}

// written returns a value as people write it: each entry of a list on a line of its own, and
// entries with keys of their own in YAML if they can be changed. Of others, in which secrets may
// be, it tells what they are called, or how many there are.
func written(v reflect.Value) string {
	if v.Kind() != reflect.Slice {
		return word(v)
	}
	var lines []string
	for i := range v.Len() {
		one := v.Index(i)
		switch {
		case one.Type() == reflect.TypeFor[App]():
			lines = append(lines, entry(one))
			continue
		case one.Kind() == reflect.Struct:
			name := one.FieldByName("Name")
			if address := one.FieldByName("Address"); !name.IsValid() && address.IsValid() {
				name = address
			}
			if !name.IsValid() {
				return strconv.Itoa(v.Len())
			}
			one = name
		}
		lines = append(lines, word(one))
	}
	return strings.Join(lines, "\n")
}

// word returns a value that is no list.
func word(v reflect.Value) string {
	if level, ok := v.Interface().(slog.Level); ok {
		return strings.ToLower(level.String())
	}
	return fmt.Sprint(v.Interface())
}

// entry returns an entry in YAML, without what is empty in it.
func entry(v reflect.Value) string {
	out, dash := "", "- "
	for i := range v.NumField() {
		if v.Field(i).IsZero() && i > 0 {
			continue
		}
		out, dash = out+dash+v.Type().Field(i).Tag.Get("yaml")+": "+plain(word(v.Field(i)))+"\n", "  "
	}
	return strings.TrimSuffix(out, "\n")
}

// shown is written on one line.
func shown(v reflect.Value) string {
	s := written(v)
	if v.Kind() == reflect.Slice {
		s = strings.ReplaceAll(s, "\n", ", ")
	}
	return s
}

// written returns a value that somebody has written for a key, in YAML. A list has its entries
// on lines of their own, or is in YAML, as entries with keys of their own are; everything else is
// taken as it is written, with neither quotes nor comments. Keys that are for the file alone are
// refused with what is to be written there.
func (s Settled) written(path, key, value string) (string, error) {
	field, ok := fieldOf(reflect.ValueOf(&s.Config).Elem(), key)
	if !ok {
		return "", errors.New("there is no such key")
	}
	if !Changeable(key) {
		after := ": it can then be read again"
		if isFixed(key) {
			after = ", which takes effect with a restart"
		}
		return "", fmt.Errorf("is changed in the configuration file alone: %s%s", s.place(path, key, field), after)
	}
	value = strings.ReplaceAll(value, "\r\n", "\n")
	if _, reads := field.Addr().Interface().(encoding.TextUnmarshaler); reads || field.Kind() != reflect.Slice {
		return strconv.Quote(strings.TrimSpace(value)), nil
	}
	if value = strings.TrimSpace(value); strings.HasPrefix(value, "[") || field.Type().Elem().Kind() == reflect.Struct {
		if value == "" {
			value = "[]"
		}
		return value, nil
	}
	var entries []string
	for line := range strings.SplitSeq(value, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			entries = append(entries, strconv.Quote(line))
		}
	}
	return "[" + strings.Join(entries, ", ") + "]", nil
}

// place says where a key is in the file, or what is to be written where.
func (s Settled) place(path, key string, v reflect.Value) string {
	if path == "" {
		path = "the file"
	}
	if line := s.lines[key]; line > 0 {
		return fmt.Sprintf("%s:%d", path, line)
	}
	value := "…"
	if entries := v.Kind() == reflect.Slice && v.Len() > 0 && v.Index(0).Kind() == reflect.Struct; isPublic(key) && !entries {
		value = inYAML(v)
	}
	names := strings.Split(key, ".")
	for n := len(names) - 1; n > 0; n-- {
		if section := strings.Join(names[:n], "."); s.lines[section] > 0 {
			return fmt.Sprintf("%s:%d (%s), below it: %s", path, s.lines[section], section, nested(names[n:], value))
		}
	}
	return path + ": " + nested(names, value)
}

// nested returns a value below keys.
func nested(names []string, value string) string {
	if len(names) == 1 {
		return names[0] + ": " + value
	}
	return names[0] + ": {" + nested(names[1:], value) + "}"
}

// inYAML returns a value as it is written in the file.
func inYAML(v reflect.Value) string {
	if v.Kind() != reflect.Slice {
		if v.Kind() == reflect.String {
			return plain(word(v))
		}
		return word(v)
	}
	var all []string
	for i := range v.Len() {
		all = append(all, plain(word(v.Index(i))))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// isFixed reports whether a daemon takes up a key when it starts.
func isFixed(key string) bool { return isOf(fixed, key) }

// isOf reports whether a key is one of a list, or in a section of it.
func isOf(list []string, key string) bool {
	return slices.ContainsFunc(list, func(f string) bool { return key == f || strings.HasPrefix(key, f+".") })
}

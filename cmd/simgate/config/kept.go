package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/parser"

	"simgate/gateway/setting"
)

// Source is what a configuration is made of: a file, and over it what was set while the daemon
// ran, which the database keeps.
type Source struct {
	Path string
	Base *Config // what the file is over; nil: the defaults
	Raw  []byte  // the file
	Kept []setting.Setting
}

// ReadSource reads the file at path, whatever is in it. Its errors are [Missing], or what the
// system says of a file that cannot be read.
func ReadSource(path string) (Source, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = Missing(path)
	}
	return Source{Path: path, Raw: raw}, err
}

// Settled is a configuration with what is kept over its file.
type Settled struct {
	Config
	File  Config         // without what is kept
	Unfit []Unfit        // what is kept, and not in force
	lines map[string]int // of the file
}

// Over returns the keys whose value is kept and is another than that of the file.
func (s Settled) Over() []string {
	over := []string{}
	compare("", reflect.ValueOf(s.File), reflect.ValueOf(s.Config), func(key string, _, _ reflect.Value) {
		if Changeable(key) { // a SIM has the pace that all have
			over = append(over, key)
		}
	})
	return over
}

// Unfit is a setting that is kept and not in force, as the configuration would have a mistake.
type Unfit struct {
	setting.Setting
	Why string
}

// Settle puts what is kept over the file. Its error is an *[Invalid] with the mistakes of the
// file alone: what is kept and would be one is left out, and nothing else.
func (s Source) Settle() (Settled, error) {
	file, lines, mistakes := s.over(nil)
	out := Settled{Config: file, File: file, lines: lines}
	if len(mistakes) > 0 {
		return out, &Invalid{Path: s.Path, Mistakes: mistakes}
	}
	kept := slices.Clone(s.Kept)
	for len(kept) > 0 {
		cfg, _, mistakes := s.over(kept)
		if len(mistakes) == 0 {
			out.Config = cfg
			break
		}
		worst, rest := s.worst(kept, len(mistakes))
		out.Unfit = append(out.Unfit, Unfit{kept[worst], why(kept[worst].Key, mistakes, rest)})
		kept = slices.Delete(kept, worst, worst+1)
	}
	return out, nil
}

// worst returns which of what is kept leaves the fewest mistakes if it is left out, of several
// the one that was set last, and those mistakes.
func (s Source) worst(kept []setting.Setting, most int) (worst int, rest []Mistake) {
	worst = len(kept) - 1
	fewest := most + 1
	for i := len(kept) - 1; i >= 0; i-- {
		if _, _, left := s.over(slices.Delete(slices.Clone(kept), i, i+1)); len(left) < fewest {
			worst, rest, fewest = i, left, len(left)
		}
	}
	return worst, rest
}

// why returns what mistakes a key makes: those that are not among the rest, which there are
// without it.
func why(key string, all, rest []Mistake) string {
	var said []string
	for _, m := range all {
		if !slices.ContainsFunc(rest, func(r Mistake) bool { return r.Key == m.Key && r.Message == m.Message }) {
			said = append(said, m.within(key))
		}
	}
	return strings.Join(said, "; ")
}

// over reads the file, with settings over it.
func (s Source) over(kept []setting.Setting) (Config, map[string]int, []Mistake) {
	base := Default()
	if s.Base != nil {
		base = *s.Base
	}
	return parseOver(base, s.Raw, kept)
}

// keep reads a setting over what the file says.
func (r *reading) keep(s setting.Setting) {
	wrong := func(message string) { r.mistakes = append(r.mistakes, Mistake{Key: s.Key, Message: message}) }
	field, ok := fieldOf(reflect.ValueOf(&r.cfg).Elem(), s.Key)
	switch {
	case !ok:
		wrong("there is no such key")
		return
	case !Changeable(s.Key):
		wrong("is for the configuration file alone")
		return
	}
	file, err := parser.ParseBytes([]byte(s.Value), 0)
	if err != nil || len(file.Docs) != 1 || file.Docs[0].Body == nil {
		wrong("must be a value in YAML")
		return
	}
	for at := range r.lines { // of entries that the file has
		if strings.HasPrefix(at, s.Key+"[") {
			delete(r.lines, at)
		}
	}
	r.value(file.Docs[0].Body, field, s.Key)
}

// fieldOf returns the field of a key.
func fieldOf(section reflect.Value, key string) (reflect.Value, bool) {
	for name := range strings.SplitSeq(key, ".") {
		if section.Kind() != reflect.Struct {
			return reflect.Value{}, false
		}
		field, ok := keysOf(section.Type())[name]
		if !ok {
			return reflect.Value{}, false
		}
		section = section.FieldByIndex(field.Index)
	}
	return section, section.Kind() != reflect.Struct
}

// Wrong are the mistakes of a change, by their keys, or by "" where they are of no key of it.
type Wrong map[string]string

func (w Wrong) add(key, message string) {
	if w[key] != "" {
		message = w[key] + "; " + message
	}
	w[key] = message
}

// Change is a source after some keys were set, and others are again as the file has them.
type Change struct {
	Settled
	Set   []setting.Setting // without who and when
	Unset []string
	Said  map[string]string // of each of these keys, for people: before → after, where values may be shown
}

// Change sets keys to values as people write them, see [Settled.written], and has others as the
// file has them. A change that would make a mistake is not made, not in part either.
func (s Source) Change(set map[string]string, unset []string) (Change, Wrong) {
	wrong := Wrong{}
	before, err := s.Settle()
	if err != nil {
		wrong.add("", err.Error())
		return Change{}, wrong
	}
	next, done := s, Change{Said: map[string]string{}}
	next.Kept = slices.Clone(s.Kept)
	leave := func(key string) (was bool) {
		n := len(next.Kept)
		next.Kept = slices.DeleteFunc(next.Kept, func(k setting.Setting) bool { return k.Key == key })
		return len(next.Kept) < n
	}
	for _, key := range unset {
		if _, set := set[key]; !set && leave(key) {
			done.Unset = append(done.Unset, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(set)) {
		value, err := before.written(s.Path, key, set[key])
		if err != nil {
			wrong.add(key, err.Error())
			continue
		}
		leave(key)
		done.Set = append(done.Set, setting.Setting{Key: key, Value: value})
	}
	next.Kept = append(next.Kept, done.Set...)
	fit := slices.DeleteFunc(slices.Clone(next.Kept), func(k setting.Setting) bool {
		_, set := set[k.Key]
		return !set && slices.ContainsFunc(before.Unfit, func(u Unfit) bool { return u.Key == k.Key })
	})
	_, _, mistakes := s.over(fit)
	for _, m := range mistakes {
		key, message := m.of(done.Set)
		wrong.add(key, message)
	}
	if len(wrong) > 0 {
		return Change{}, wrong
	}
	done.Settled, _ = next.Settle() // the file has no mistake
	for _, u := range done.Unfit {
		if _, set := set[u.Key]; set {
			wrong.add(u.Key, u.Why)
		}
	}
	for _, one := range done.Set {
		done.Said[one.Key] = said(one.Key, before.Config, done.Config)
	}
	for _, key := range done.Unset {
		done.Said[key] = said(key, before.Config, done.Config) + ", as without this change"
	}
	return done, wrong
}

// of returns to which of the keys that were set a mistake belongs, "" for none, and what is to
// be said there.
func (m Mistake) of(set []setting.Setting) (key, message string) {
	for _, one := range set {
		switch inside, within := strings.CutPrefix(m.Key, one.Key); {
		case within && (inside == "" || inside[0] == '['):
			return one.Key, m.within(one.Key)
		case strings.HasPrefix(one.Key, m.Key+"."):
			return one.Key, m.String()
		}
	}
	return "", m.String()
}

// within returns what a mistake says where its key, or the list that it is in, is known.
func (m Mistake) within(key string) string {
	inside, within := strings.CutPrefix(m.Key, key)
	at := entryForm.FindStringSubmatch(inside)
	switch {
	case within && inside == "":
		return m.Message
	case within && at != nil:
		n, _ := strconv.Atoi(at[1])
		return strings.TrimSuffix(fmt.Sprintf("entry %d, %s", n+1, at[2]), ", ") + ": " + m.Message
	}
	return m.String()
}

var entryForm = regexp.MustCompile(`^\[([0-9]+)\]\.?(.*)$`)

// said says how a key has changed.
func said(key string, before, after Config) string {
	old, _ := fieldOf(reflect.ValueOf(before), key)
	now, ok := fieldOf(reflect.ValueOf(after), key)
	if !ok || !isPublic(key) {
		return key + ": …"
	}
	return fmt.Sprintf("%s: %s → %s", key, orDash(shown(old)), orDash(shown(now)))
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

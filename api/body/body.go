// Package body reads the JSON objects and the forms that callers send. It refuses
// what two readers could understand differently, such as a field that appears twice
// or text after the object. Its errors name the field and say what to do.
package body

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error says what is wrong with a request, to the person who wrote it.
type Error struct {
	Field   string // "" for the body as a whole
	Message string
}

func (e *Error) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + " " + e.Message
}

// ErrTooLarge means that the body is longer than the server allows.
var ErrTooLarge = errors.New("the request body is too large")

// Object is a JSON object. Its methods return the zero value for a field that
// is absent or null.
type Object struct {
	fields map[string]json.RawMessage
	asked  []string
	digest [sha256.Size]byte
}

// Read reads one object, and nothing else, from r.
func Read(r io.Reader) (*Object, error) {
	raw, err := io.ReadAll(r)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, ErrTooLarge
	}
	if err != nil {
		return nil, &Error{Message: "the request body is incomplete: send it again"}
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff")) // a byte order mark, which some clients write
	switch {
	case len(bytes.TrimSpace(raw)) == 0:
		return nil, &Error{Message: "the request body is empty: send a JSON object"}
	case !utf8.Valid(raw):
		return nil, &Error{Message: "the request body is not valid UTF-8"}
	}
	o, err := decode(raw)
	if err == nil {
		o.digest = sha256.Sum256(raw)
	}
	return o, err
}

// Digest returns the SHA-256 of the body as it was sent.
func (o *Object) Digest() []byte { return o.digest[:] }

func decode(raw []byte) (*Object, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, &Error{Message: "the request body is not a JSON object: it begins with { and ends with }"}
	}
	o := &Object{fields: map[string]json.RawMessage{}}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, malformed(err)
		}
		name := key.(string) // the decoder accepts nothing else here
		if _, twice := o.fields[name]; twice {
			return nil, &Error{Field: short(name), Message: "appears twice in the request body: send it once"}
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, malformed(err)
		}
		o.fields[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, malformed(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, &Error{Message: "the request body continues after the JSON object: send one object"}
	}
	return o, nil
}

func malformed(err error) error {
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return &Error{Message: fmt.Sprintf("the request body is not valid JSON, at byte %d: %v", s.Offset, s)}
	}
	return &Error{Message: "the request body is not valid JSON: it ends too early"}
}

func (o *Object) value(name string) (json.RawMessage, bool) {
	o.asked = append(o.asked, name)
	v, ok := o.fields[name]
	return v, ok && string(v) != "null"
}

// Names returns the names of all fields, sorted.
func (o *Object) Names() []string { return slices.Sorted(maps.Keys(o.fields)) }

// Raw returns the JSON of a field, nil where there is none.
func (o *Object) Raw(name string) json.RawMessage {
	v, _ := o.value(name)
	return v
}

// Has reports whether there is a field, which may be empty. null counts as absent.
func (o *Object) Has(name string) bool {
	_, ok := o.value(name)
	return ok
}

// Bool returns a field that is true or false.
func (o *Object) Bool(name string) (bool, error) {
	v, ok := o.value(name)
	if !ok {
		return false, nil
	}
	var b bool
	if json.Unmarshal(v, &b) != nil {
		return false, &Error{Field: name, Message: "must be true or false, not " + kind(v)}
	}
	return b, nil
}

// Object returns a field that is an object, nil where there is none.
func (o *Object) Object(name string) (*Object, error) {
	v, ok := o.value(name)
	if !ok {
		return nil, nil
	}
	if v[0] != '{' {
		return nil, &Error{Field: name, Message: "must be an object, not " + kind(v)}
	}
	return decode(v)
}

// String returns a field that is a string.
func (o *Object) String(name string) (string, error) {
	v, ok := o.value(name)
	if !ok {
		return "", nil
	}
	var s string
	if json.Unmarshal(v, &s) != nil {
		return "", &Error{Field: name, Message: "must be a string in double quotes, not " + kind(v)}
	}
	return s, nil
}

// Text returns a field that is a string, or a whole number, as which it is returned in
// digits: names and ids that apps keep as numbers.
func (o *Object) Text(name string) (string, error) {
	v, ok := o.value(name)
	if !ok || strings.Trim(string(v), "0123456789") != "" {
		return o.String(name)
	}
	return string(v), nil
}

// Digits returns a field of digits, such as a code, that is a string or a number. A
// number is padded with leading zeros to width.
func (o *Object) Digits(name string, width int) (string, error) {
	v, ok := o.value(name)
	if !ok || v[0] == '"' {
		return o.String(name)
	}
	if strings.Trim(string(v), "0123456789") != "" || len(v) > 20 {
		return "", &Error{Field: name, Message: "must be digits, preferably in double quotes, not " + kind(v)}
	}
	return strings.Repeat("0", max(0, width-len(v))) + string(v), nil
}

// Int returns a whole number, which may be written as 600.0 or 6e2, and whether there is
// one. For clients that send only strings, an empty string counts as absent and a string
// of digits as a number.
func (o *Object) Int(name string) (int64, bool, error) {
	v, ok := o.value(name)
	if !ok || string(v) == `""` {
		return 0, false, nil
	}
	n, err := strconv.ParseInt(strings.Trim(string(v), `"`), 10, 64)
	if f, whole := wholeFloat(v); err != nil && whole {
		return f, true, nil
	}
	if err != nil {
		return 0, false, &Error{Field: name, Message: "must be a whole number, not " + kind(v)}
	}
	return n, true, nil
}

// wholeFloat returns the whole number that is written as a fraction or with an exponent.
func wholeFloat(v json.RawMessage) (int64, bool) {
	const exact = 1 << 53 // the largest that every JSON reader takes as the same number
	f, err := strconv.ParseFloat(string(v), 64)
	return int64(f), err == nil && f == math.Trunc(f) && math.Abs(f) <= exact
}

// Strings returns a field that is a list of strings.
func (o *Object) Strings(name string) ([]string, error) {
	v, ok := o.value(name)
	if !ok {
		return nil, nil
	}
	var list []string
	if json.Unmarshal(v, &list) != nil {
		return nil, &Error{Field: name, Message: "must be a list of strings, not " + kind(v)}
	}
	return list, nil
}

// Unknown returns an error if there is a field that no method has been asked for.
func (o *Object) Unknown() error {
	var unknown []string
	for name := range o.fields {
		if !slices.Contains(o.asked, name) {
			unknown = append(unknown, short(name))
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	slices.Sort(o.asked)
	return &Error{Field: unknown[0], Message: "is not a field of this request, which has " + strings.Join(slices.Compact(o.asked), ", ")}
}

func kind(v json.RawMessage) string {
	switch v[0] {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 't', 'f':
		return "true or false"
	}
	return "the number " + short(string(v))
}

// short returns the beginning of what a caller sent, for an error message.
func short(s string) string {
	const limit = 40
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit]) + "…"
	}
	return strings.Trim(strconv.Quote(s), `"`)
}

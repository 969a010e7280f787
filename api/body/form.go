package body

import (
	"encoding/json"
	"errors"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxForm is how many octets of a multipart form are held in memory. The server
// limits the body as a whole.
const maxForm = 64 << 10

// errForm means that the body is not a form.
var errForm = &Error{Message: "send the fields as a form, multipart/form-data or application/x-www-form-urlencoded"}

// ReadForm reads the fields of a form, urlencoded or multipart. It refuses a field
// that appears twice, since either could be meant, and ignores files. A field of lists
// may appear several times, also as name[] or name[0]; its values are joined with commas.
func ReadForm(r *http.Request, lists ...string) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, errForm
	}
	var fields url.Values
	switch kind {
	case "application/x-www-form-urlencoded":
		err = r.ParseForm()
		fields = r.PostForm
	case "multipart/form-data":
		if err = r.ParseMultipartForm(maxForm); err == nil { //nolint:gosec // every body is bounded before it is read
			defer r.MultipartForm.RemoveAll() //nolint:errcheck // temporary files, which cannot be left here
			fields = r.MultipartForm.Value
		}
	default:
		return nil, errForm
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, ErrTooLarge
	}
	if err != nil {
		return nil, &Error{Message: "the form is malformed"}
	}
	joinLists(fields, lists)
	for name, values := range fields {
		if len(values) > 1 {
			return nil, &Error{Field: name, Message: "appears more than once: send it once"}
		}
		if !utf8.ValidString(name) || len(values) == 1 && !utf8.ValidString(values[0]) {
			return nil, &Error{Field: name, Message: "is not valid UTF-8"}
		}
	}
	return fields, nil
}

// joinLists gives each of lists one value, of all that stand under its name.
func joinLists(fields url.Values, lists []string) {
	if fields == nil {
		return
	}
	for _, list := range lists {
		var all []string
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if base, _, _ := strings.Cut(name, "["); base == list {
				all = append(all, fields[name]...)
				delete(fields, name)
			}
		}
		if len(all) > 0 {
			fields.Set(list, strings.Join(all, ","))
		}
	}
}

// ReadFields reads the fields of a request, JSON or form, as strings. A whole number
// is returned as its digits and true as "true"; false and null count as absent. A
// field that lists names may be a list of strings and numbers, which is returned with
// commas between them.
func ReadFields(r *http.Request, lists ...string) (map[string]string, error) {
	fields := map[string]string{}
	if !IsJSON(r.Header.Get("Content-Type")) {
		form, err := ReadForm(r, lists...)
		for name, values := range form {
			fields[name] = values[0]
		}
		return fields, err
	}
	o, err := Read(r.Body)
	if err != nil {
		return nil, err
	}
	for _, name := range o.Names() {
		raw := o.Raw(name)
		var text string
		var list []any
		switch {
		case json.Unmarshal(raw, &text) == nil: // null too
			fields[name] = text
		case strings.Trim(string(raw), "0123456789") == "", string(raw) == "true":
			fields[name] = string(raw)
		case string(raw) == "false":
		case slices.Contains(lists, name) && json.Unmarshal(raw, &list) == nil:
			if fields[name], err = joined(raw); err != nil {
				return nil, &Error{Field: name, Message: "must be a list of strings or whole numbers"}
			}
		default:
			return nil, &Error{Field: name, Message: "must be a string or a whole number"}
		}
	}
	return fields, nil
}

// joined returns the elements of a JSON list, strings or whole numbers, with commas
// between them.
func joined(raw json.RawMessage) (string, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return "", err
	}
	list := make([]string, len(elements))
	for i, e := range elements {
		if strings.Trim(string(e), "0123456789") == "" {
			list[i] = string(e)
		} else if err := json.Unmarshal(e, &list[i]); err != nil {
			return "", err
		}
	}
	return strings.Join(list, ","), nil
}

// IsJSON reports whether a content type is JSON. A missing one counts as JSON, since
// the body can be nothing else.
func IsJSON(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return kind == "" || kind == "application/json" || strings.HasSuffix(kind, "+json")
}

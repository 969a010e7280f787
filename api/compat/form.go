package compat

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"unicode/utf8"

	"simgate/api/body"
)

// maxForm is how much of a multipart form is held in memory; the server bounds
// the whole body.
const maxForm = 64 << 10

// errForm is for a body that is no form.
var errForm = &body.Error{Message: "send the fields as a form, multipart/form-data or application/x-www-form-urlencoded"}

// readForm reads the fields of a form, urlencoded or multipart. A field that is
// there twice is refused: which of the two counts, nobody could say. Files are
// none of our business.
func readForm(r *http.Request) (url.Values, error) {
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
		if err = r.ParseMultipartForm(maxForm); err == nil {
			defer r.MultipartForm.RemoveAll() //nolint:errcheck // temporary files, of which there should be none
			fields = r.MultipartForm.Value
		}
	default:
		return nil, errForm
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, body.ErrTooLarge
	}
	if err != nil {
		return nil, &body.Error{Message: "the form is malformed"}
	}
	for name, values := range fields {
		if len(values) > 1 {
			return nil, &body.Error{Field: name, Message: "is there more than once"}
		}
		if !utf8.ValidString(name) || len(values) == 1 && !utf8.ValidString(values[0]) {
			return nil, &body.Error{Field: name, Message: "is not valid UTF-8"}
		}
	}
	return fields, nil
}

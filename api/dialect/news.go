package dialect

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"

	"simgate/gateway/webhook"
)

// PostForm returns a POST request with an urlencoded form.
func PostForm(fields map[string]string) (*webhook.Request, error) {
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	return post("application/x-www-form-urlencoded", []byte(form.Encode())), nil
}

// PostMultipart returns a POST request with a multipart form.
func PostMultipart(fields map[string]string) (*webhook.Request, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return post(w.FormDataContentType(), b.Bytes()), err
}

// PostJSON returns a POST request with a JSON document.
func PostJSON[T any](v T) (*webhook.Request, error) {
	raw, err := json.Marshal(v)
	return post("application/json", raw), err
}

func post(kind string, content []byte) *webhook.Request {
	return &webhook.Request{Header: http.Header{"Content-Type": {kind}}, Body: content}
}

package body_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"simgate/api/body"
)

func TestRead(t *testing.T) {
	o, err := body.Read(strings.NewReader(`{"text":"hi","n":7,"zero":"","nil":null,"code":42,"quoted":"8","list":["a","b"],"extra":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := o.String("text"); s != "hi" || err != nil {
		t.Errorf("text = %q, %v", s, err)
	}
	for _, absent := range []string{"none", "nil"} {
		if s, err := o.String(absent); s != "" || err != nil {
			t.Errorf("%s = %q, %v", absent, s, err)
		}
	}
	if n, ok, err := o.Int("n"); n != 7 || !ok || err != nil {
		t.Errorf("n = %d, %v, %v", n, ok, err)
	}
	if n, ok, err := o.Int("quoted"); n != 8 || !ok || err != nil {
		t.Errorf("quoted = %d, %v, %v", n, ok, err)
	}
	for _, absent := range []string{"none", "nil", "zero"} {
		if _, ok, err := o.Int(absent); ok || err != nil {
			t.Errorf("%s: %v, %v", absent, ok, err)
		}
	}
	if s, err := o.Digits("code", 6); s != "000042" || err != nil {
		t.Errorf("code = %q, %v", s, err)
	}
	if l, err := o.Strings("list"); len(l) != 2 || err != nil {
		t.Errorf("list = %q, %v", l, err)
	}
	var e *body.Error
	if err := o.Unknown(); !errors.As(err, &e) || e.Field != "extra" {
		t.Errorf("the unknown field: %v", err)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ content, says string }{
		"nothing":          {"", "empty"},
		"blanks":           {" \n", "empty"},
		"a list":           {"[]", "not a JSON object"},
		"a word":           {"hello", "not a JSON object"},
		"two objects":      {"{}{}", "continues after"},
		"a word behind":    {"{} x", "continues after"},
		"a key twice":      {`{"a":1,"a":2}`, "twice"},
		"no end":           {`{"a":1`, "ends too early"},
		"a comma too many": {`{"a":1,}`, "not valid JSON"},
		"invalid UTF-8":    {"{\"a\":\"\xff\"}", "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := body.Read(strings.NewReader(tc.content)); err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("the error is %v, want it to say %q", err, tc.says)
			}
		})
	}
	long := http.MaxBytesReader(nil, io.NopCloser(strings.NewReader(`{"a":"`+strings.Repeat("x", 100)+`"}`)), 50)
	if _, err := body.Read(long); !errors.Is(err, body.ErrTooLarge) {
		t.Errorf("too long: %v", err)
	}
}

// encoding/json accepts every object that is read here, with the same keys.
func FuzzRead(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1,"b":{"c":[null]}}`, `{"a":1,"a":2}`, `{"a":"\ud800"}`, `[`, "{\"\x00\":1}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		o, err := body.Read(strings.NewReader(content))
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		var m map[string]any
		if err := json.Unmarshal([]byte(content), &m); err != nil {
			t.Fatalf("%q was read, and is not JSON: %v", content, err)
		}
		for name := range m {
			_, _ = o.String(name)
			_, _, _ = o.Int(name)
			_, _ = o.Digits(name, 6)
			_, _ = o.Strings(name)
		}
		if err := o.Unknown(); err != nil {
			t.Errorf("%q: a field that was asked for is unknown: %v", content, err)
		}
	})
}

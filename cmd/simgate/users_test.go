package main

import (
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// The first owner comes in by the link that the program prints until there is one; others by
// links of their own.
func TestUsers(t *testing.T) {
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	d := h.serve(t)
	page := func(path string) (status int) {
		t.Helper()
		answer, err := http.Get("http://" + d.address + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	if status := page("/"); status != http.StatusServiceUnavailable {
		t.Errorf("before anybody is there: %d", status)
	}
	says := func(code int, words string, args ...string) result {
		t.Helper()
		r := h.simgate(t, args...)
		if r.code != code || !strings.Contains(r.out+r.errors, words) {
			t.Errorf("%q: %+v", args, r)
		}
		return r
	}
	says(exitOK, "/ui/welcome#")
	first := says(exitOK, "http://127.0.0.1:0/ui/welcome#", "users", "link") // of the configuration, whose port is any
	if !strings.Contains(first.errors, "ssh -L") {
		t.Errorf("%+v", first)
	}
	_, token, _ := strings.Cut(strings.TrimSpace(first.out), "#")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := http.Client{Jar: jar}
	answer, err := browser.PostForm("http://"+d.address+"/ui/welcome", url.Values{"token": {token}, "name": {"anna"}, "password": {"lamp-river-otter-nine"}})
	if err != nil || answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Request.URL.Path, "/ui/") || answer.Request.URL.Path == "/ui/welcome" {
		t.Fatalf("%+v, %v", answer, err)
	}
	_ = answer.Body.Close()
	if r := says(exitOK, ""); strings.Contains(r.out, "welcome") {
		t.Errorf("with an owner: %+v", r)
	}
	says(exitError, "set up already", "users", "link")
	if status := page("/ui/today"); status != http.StatusOK { // of the login, to which it leads
		t.Errorf("with an owner: %d", status)
	}
	var added userShown
	r := says(exitOK, "welcome#", "users", "add", "Ben", "--role", "operator", "--json")
	if err := json.Unmarshal([]byte(r.out), &added); err != nil || added.User != "ben" || added.URL == "" {
		t.Errorf("%+v, %v", r, err)
	}
	says(exitUsage, "give --role", "users", "set", "ben")
	says(exitOK, "ben is viewer", "users", "set", "ben", "--role", "viewer")
	says(exitOK, "not chosen yet", "users", "list")
	says(exitOK, "welcome#", "users", "reset", "anna")
	says(exitOK, "ben is removed", "users", "remove", "ben")
	says(exitError, "last owner", "users", "remove", "anna")
	says(exitError, "no user", "users", "reset", "ben")
}

// userShown is what is printed of a link.
type userShown struct {
	User, URL string
}

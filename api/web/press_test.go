package web_test

import (
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway/user"
)

// again are the forms that may be sent twice: they set something to what they say, take
// something away, show something, or make what nobody minds to have twice.
var again = []string{
	"/ui/demo/ask", "/ui/demo/check", "/ui/demo/phone", "/ui/demo/sim",
	`{{$f.At "log/remove"}}`, `{{.Filter.At "log.csv"}}`, `{{.Filter.At "log/save"}}`, "{{$path}}/replay", "{{.Path}}/replay", "{{.Of}}/replay",
	"{{$path}}/revoke", "{{.Of}}/revoke", "{{.Of}}/change", "{{.Path}}/remove", "{{.Path}}/release", "{{.Path}}/restart", "{{.Path}}/balance", "{{.Path}}/pin",
	"{{.Path}}/read", "{{.Path}}/test", "{{.}}", "{{.Path}}",
	"{{root}}account/end", "{{root}}account/others", "{{root}}account/password", "{{root}}login", "{{root}}logout", "{{root}}welcome",
	"{{root}}guard/release", "{{root}}guard/rule", "{{root}}guard/unlock",
	"{{root}}keys", "{{root}}language", "{{root}}numbers", "{{root}}theme",
	"{{root}}machine/download", "{{root}}machine/notify", "{{root}}settings/reload", "{{root}}settings/set", "{{root}}settings/unset",
	"{{root}}send/many", // it shows what would come of it, and has a token of its own then
	"{{root}}users/remove", "{{root}}users/role", "{{root}}webhooks/forwards/change", "{{root}}webhooks/forwards/remove",
}

// Each form of the pages is one that may be sent twice, or has a token by which a second press
// is known.
func TestFormsThatMakeSomething(t *testing.T) {
	form := regexp.MustCompile(`(?s)<form[^>]*method="post" action="((?:\{\{.*?\}\}|[^"])*)"[^>]*>(.*?)</form>`)
	used, found := map[string]bool{}, 0
	for _, pattern := range []string{"templates/*.html", "*/templates/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range form.FindAllStringSubmatch(string(content), -1) {
				found++
				used[m[1]] = true
				if known := strings.Contains(m[2], "{{press}}") || strings.Contains(m[2], `name="once"`) || strings.Contains(m[2], `{{template "letter" .}}`); !known && !slices.Contains(again, m[1]) {
					t.Errorf("%s: the form to %s makes something at each press", file, m[1])
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d forms are found", found)
	}
	for _, action := range again {
		if !used[action] {
			t.Errorf("there is no form to %s", action)
		}
	}
}

// Who presses a button twice gets the same answer, and one thing.
func TestSecondPress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		v := o.begin()
		time.Sleep(time.Minute)
		for _, tc := range []struct {
			name, path string
			form       url.Values
			status     int
			secret     string // matches what is shown once
		}{
			{"a key", "/ui/apps", url.Values{"app": {"shop"}, "scope": {"otp.send"}}, 200, `simgate_\w{8}_\w+`},
			{"a user", "/ui/users/add", url.Values{"name": {"ben"}, "role": {"viewer"}}, 200, `/ui/welcome#\w+`},
			{"a link for a user", "/ui/users/link", url.Values{"name": {"ben"}}, 200, `/ui/welcome#\w+`},
		} {
			secret := regexp.MustCompile(tc.secret)
			shown := map[string]int{}
			for _, press := range []string{"1", "1", "1", "2"} {
				form := url.Values{"press": {press}}
				for name, value := range tc.form {
					form[name] = value
				}
				status := tc.status
				if tc.name == "a user" && press == "2" {
					status = 409 // another form with the same name
				}
				page := v.sees("POST", tc.path, form, status)
				if status == tc.status {
					shown[secret.FindString(page)]++
				}
			}
			delete(shown, "")
			most := 0
			for _, n := range shown {
				most = max(most, n)
			}
			if most != 3 {
				t.Errorf("%s: three presses of one form show %v", tc.name, shown)
			}
		}
		keys, err := o.Gateway.Keys().List(t.Context())
		if err != nil || len(keys) != 2 {
			t.Errorf("two forms made %d keys, %v", len(keys), err)
		}
	})
}

// Who is asked for the password again, and presses twice, gets the same answer and stays logged
// in: the second press comes with the secret from before.
func TestSecondPressWithThePassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		v := o.begin()
		time.Sleep(user.ProofLife + time.Minute)
		form := url.Values{"press": {"1"}, "name": {"ben"}, "role": {"viewer"}, "password_again": {password}}
		link := regexp.MustCompile(`/ui/welcome#\w+`)
		before := maps.Clone(v.cookies)
		first := link.FindString(v.sees("POST", "/ui/users/add", form, 200))
		after := maps.Clone(v.cookies)
		v.cookies = before
		if again := link.FindString(v.sees("POST", "/ui/users/add", form, 200)); again != first || first == "" {
			t.Errorf("the second press shows %q, and the first %q", again, first)
		}
		form.Set("press", "2") // another form with that secret
		v.sees("POST", "/ui/users/add", form, 401)
		if len(v.cookies) == 0 {
			t.Error("an old secret takes the new one from the browser")
		}
		v.cookies = after
		form.Set("press", "1")
		if again := link.FindString(v.sees("POST", "/ui/users/add", form, 200)); again != first {
			t.Errorf("the third press shows %q, and the first %q", again, first)
		}
	})
}

package causes_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"simgate/api/causes"
	"simgate/gateway/cause"
)

var update = flag.Bool("update", false, "write docs/developer/causes.md anew")

func TestEachCodeIsThereOnce(t *testing.T) {
	seen := map[cause.Code]string{}
	for _, g := range causes.Groups() {
		for _, k := range g.Kinds {
			if in := seen[k.Code]; in != "" {
				t.Errorf("%s is of %q and of %q", k.Code, in, g.Name)
			}
			seen[k.Code] = g.Name
			if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(string(k.Code)) {
				t.Errorf("%q is no name for programs", k.Code)
			}
			if strings.Contains(strings.ReplaceAll(k.Text, "%s", ""), "%") {
				t.Errorf("%s has a place for a value that is not %%s: %q", k.Code, k.Text)
			}
			// The sentence of a number of the network says what is done, or the kind does.
			if k.Means == "" && k.Do == "" && !strings.Contains(k.Text, "; ") {
				t.Errorf("%s says neither what it means nor what to do: %q", k.Code, k.Text)
			}
		}
	}
	if len(seen) < 250 {
		t.Errorf("there are only %d codes", len(seen))
	}
}

func TestLink(t *testing.T) {
	all := causes.All()
	for code, want := range map[cause.Code]string{"expired": "/docs/causes#expired", "cms_38": "/docs/causes#cms_38", "cms_4711": "/docs/causes#cms",
		"cme_999": "/docs/causes#cme", "report_4b": "/docs/causes#report", "report_46": "/docs/causes#report_46", "call_17": "/docs/causes#call_17",
		"call_126": "/docs/causes#call", "http_503": "/docs/causes#http", "http_410": "/docs/causes#http_410", "phone_no_network": "/docs/causes#phone_no_network",
		"of_tomorrow": "", "": ""} {
		if got := causes.Link(all, code); got != want {
			t.Errorf("the link of %q is %q, want %q", code, got, want)
		}
	}
}

// TestDocument compares docs/developer/causes.md with the table. After a change write it
// anew: go test ./api/causes -run TestDocument -update.
func TestDocument(t *testing.T) {
	const path = "../../docs/developer/causes.md"
	var b strings.Builder
	b.WriteString(`# Causes

A message, a part of it, a step of its timeline, a call, an attempt of a verification and a delivery to a
webhook have ` + "`cause`" + ` and ` + "`cause_code`" + ` where there is something to say. ` + "`cause`" + ` is a sentence for people,
which may be worded better one day. ` + "`cause_code`" + ` is for programs, and never changes its meaning; codes may be
added, so let a program take one that it does not know as it takes the ` + "`state`" + ` alone.

    {"id":17,"state":"expired","cause":"its time ran out before it could be sent; the last try: CMS 38: …",
     "cause_code":"expired_refused", …}

Your gateway has this list at ` + "`/docs/causes`" + `, with an anchor for each code: ` + "`/docs/causes#cms_38`" + `. Rows
that an earlier release has written have no code where it was not certain.

<!-- The rest is made of the program: go test ./api/causes -run TestDocument -update -->
`)
	cell := func(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
	for _, g := range causes.Groups() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| `cause_code` | |\n|---|---|\n", g.Name, g.About)
		for _, k := range g.Kinds {
			name, text := string(k.Code), causes.Sentence(k)
			if k.Numbered {
				name += "_…"
			}
			if text != "" {
				text = "*" + text + "*"
			}
			if text != "" && k.Means+k.Do != "" {
				text += "<br>"
			}
			fmt.Fprintf(&b, "| <a id=\"%s\"></a>`%s` | %s |\n", k.Code, name, cell(strings.Join(strings.Fields(text+" "+k.Means+" "+k.Do), " ")))
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil { //nolint:gosec // a file of the repository
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != b.String() {
		t.Errorf("%s is not that of the program (%v): go test ./api/causes -run TestDocument -update", path, err)
	}
}

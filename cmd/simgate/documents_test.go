package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"simgate/cmd/simgate/cli"
)

var (
	// A command of a document, as far as a comment or a pipe.
	documentCommand = regexp.MustCompile(`(?m)^    (?:sudo )?simgate((?: .*?)?)(?: +[#|>&] ?.*)?$`)
	// A request, over as many lines as it has.
	documentCurl = regexp.MustCompile(`(?m)^    curl -s (?:.*\\\n)*.*$`)
	// A link to a file, without its anchor.
	documentLink = regexp.MustCompile(`\]\(([^):#]+)(?:#[^)]*)?\)`)
	word         = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)
	placeholder  = regexp.MustCompile(`^(?:[A-Z]+|FILE)$`)
)

// documents returns the texts of README.md and of docs by their paths.
func documents(t *testing.T) map[string]string {
	t.Helper()
	var paths []string
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob("../../" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	all := map[string]string{}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[path] = string(raw)
	}
	if len(all) < 20 {
		t.Fatalf("%d documents are found", len(all))
	}
	return all
}

// Every command of the documents exists with its flags. Those that end, have no placeholder
// and need no configuration are run on the demo, where they are never misused.
func TestCommandsOfDocuments(t *testing.T) {
	all := documents(t)
	demoHome(t) // another folder
	startDemo(t, anyPort)
	found := 0
	for path, text := range all {
		for _, m := range documentCommand.FindAllStringSubmatch(text, -1) {
			found++
			t.Run(filepath.Base(path)+m[1], func(t *testing.T) {
				var args []string
				for _, w := range word.FindAllString(m[1], -1) {
					args = append(args, strings.Trim(w, `'"`))
				}
				c, rest, err := newRootCommand(&cli.App{}).Find(args)
				if err == nil {
					err = c.ParseFlags(rest)
				}
				if err == nil {
					err = c.ValidateArgs(c.Flags().Args())
				}
				if err != nil {
					t.Fatal(err)
				}
				if len(args) == 0 || c.Flags().Changed("follow") || c.Flags().Changed("wait") || slices.ContainsFunc(args, placeholder.MatchString) ||
					slices.Contains([]string{"serve", "try", "simulate", "setup", "doctor", "config", "restore", "watch"}, args[0]) {
					return
				}
				if r := command(t, append([]string{"--demo"}, args...)...); r.code == exitUsage {
					t.Errorf("%+v", r)
				}
			})
		}
	}
	if found < 60 {
		t.Errorf("%d commands are found", found)
	}
}

// Every request of the documents is answered with success by a demo, as curl sends it: with $ID the
// id of the answer before, and each page with a number of its own.
func TestRequestsOfDocuments(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if _, missing := exec.LookPath("curl"); err != nil || missing != nil {
		t.Skip("bash or curl is missing")
	}
	all := documents(t)
	demoHome(t)
	d := startDemo(t, anyPort)
	for range 200 { // until a modem has read its SIM
		if status, _ := d.call(t, "GET", "/readyz", ""); status == http.StatusOK {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	found := 0
	number := 0
	for path, text := range all {
		number++
		numbers := strings.NewReplacer("127.0.0.1:8080", d.address, "+491511234567", fmt.Sprintf("+4915112345%02d", number))
		t.Run(strings.TrimPrefix(path, "../../"), func(t *testing.T) {
			id, code := "", ""
			for _, request := range documentCurl.FindAllString(text, -1) {
				found++
				request = numbers.Replace(request)
				if code != "" {
					request = strings.ReplaceAll(request, "471902", code)
				}
				c := exec.CommandContext(t.Context(), shell, "-c", strings.TrimSpace(request)+` -w '\n%{http_code}'`) //nolint:gosec // of our documents
				c.Env = append(os.Environ(), "KEY="+d.key, "ID="+id)
				out, err := c.CombinedOutput()
				if err != nil {
					t.Errorf("%s: %v: %s", request, err, out)
					continue
				}
				end := bytes.LastIndexByte(out, '\n')
				status, err := strconv.Atoi(string(out[end+1:]))
				answer := string(out[:end])
				if err != nil || status >= 300 && !strings.Contains(answer, "the code is wrong") && !strings.Contains(answer, "the PIN is wrong") ||
					strings.Contains(answer, `"ok":false`) || strings.Contains(answer, "FAIL") {
					t.Errorf("%s\n%d %s", request, status, answer)
				}
				var fields struct {
					ID     any            `json:"id"`
					OTP    string         `json:"otpId"`
					Verify string         `json:"verifyId"`
					Code   string         `json:"code"`
					Data   map[string]any `json:"data"`
				}
				if json.Unmarshal([]byte(answer), &fields) != nil {
					continue // a list, or no JSON
				}
				if n, isNumber := fields.ID.(float64); isNumber {
					id = strconv.FormatInt(int64(n), 10)
				} else if s, isText := fields.ID.(string); isText {
					id = s
				}
				if fields.OTP+fields.Verify != "" {
					id = fields.OTP + fields.Verify
				}
				if fields.Code != "" {
					code = fields.Code
				}
				if s, isText := fields.Data["verification_code"].(string); isText {
					code = s
				}
			}
		})
	}
	if found < 30 {
		t.Errorf("%d requests are found", found)
	}
}

// Links between the documents lead to files.
func TestLinksOfDocuments(t *testing.T) {
	for path, text := range documents(t) {
		for _, m := range documentLink.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

package main

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// A command of the README, as far as a comment or a pipe.
	readmeCommand = regexp.MustCompile(`(?m)^    (?:sudo )?simgate (.*?)(?: +[#|>] .*)?$`)
	readmeCurl    = regexp.MustCompile(`(?m)^    curl -s http://127\.0\.0\.1:8080(\S+) (?:.*\\\n)*.*$`)
	readmeBody    = regexp.MustCompile(`-d '([^']*)'`)
	word          = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)
	placeholder   = regexp.MustCompile(`^[A-Z]+$`)
)

func readme(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Every command of the README exists with its flags. Those that end, have no placeholder
// and need no configuration are run on the demo, where they are never misused.
func TestCommandsOfTheREADME(t *testing.T) {
	text := readme(t)
	demoHome(t) // another folder
	d := startDemo(t, anyPort)
	all := readmeCommand.FindAllStringSubmatch(text, -1)
	if len(all) < 30 {
		t.Fatalf("%d commands are found", len(all))
	}
	for _, m := range all {
		t.Run(m[1], func(t *testing.T) {
			var args []string
			for _, w := range word.FindAllString(m[1], -1) {
				args = append(args, strings.Trim(w, `'"`))
			}
			c, rest, err := newRootCommand(&app{}).Find(args)
			if err == nil {
				err = c.ParseFlags(rest)
			}
			if err == nil {
				err = c.ValidateArgs(c.Flags().Args())
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.Flags().Changed("follow") || c.Flags().Changed("wait") || slices.ContainsFunc(args, placeholder.MatchString) ||
				slices.Contains([]string{"serve", "try", "simulate", "setup", "doctor", "config"}, args[0]) {
				return
			}
			if r := command(t, append([]string{"--demo"}, args...)...); r.code == exitUsage {
				t.Errorf("%+v", r)
			}
		})
	}
	t.Run("curl", func(t *testing.T) {
		blocks := readmeCurl.FindAllStringSubmatch(text, -1)
		if len(blocks) < 3 {
			t.Fatalf("%d are found", len(blocks))
		}
		for _, m := range blocks {
			body := readmeBody.FindStringSubmatch(m[0])
			if body == nil {
				t.Fatalf("no body: %s", m[0])
			}
			if status, raw := d.call(t, http.MethodPost, m[1], body[1]); status >= 300 && status != http.StatusTooManyRequests {
				t.Errorf("%s %s: %d %s", m[1], body[1], status, raw)
			}
		}
	})
}

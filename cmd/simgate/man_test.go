package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simgate/cmd/simgate/cli"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// The man pages are made by a test, so that the daemon does not hold what makes them.
var manFolder = flag.String("man", "", "folder to write the man pages to")

func TestManPages(t *testing.T) {
	folder := *manFolder
	if folder == "" {
		folder = t.TempDir()
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	root := newRootCommand(&cli.App{})
	root.DisableAutoGenTag = true
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) // the same pages from the same source
	header := &doc.GenManHeader{Section: "1", Source: "simgate", Manual: "simgate", Date: &day}
	if err := doc.GenManTree(root, header, folder); err != nil {
		t.Fatal(err)
	}
	for page, says := range map[string]string{"simgate.1": "exit status is 0", "simgate-verify-show.1": "show ID", "simgate-messages.1": "--app"} {
		raw, err := os.ReadFile(filepath.Join(folder, page))
		if text := strings.ReplaceAll(string(raw), `\-`, "-"); err != nil || !strings.Contains(text, says) {
			t.Errorf("%s lacks %q: %v\n%s", page, says, err, text)
		}
	}
}

// Every command says in one line what it does, which is the name of its page.
func TestCommandsAreDescribed(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: %q", c.CommandPath(), c.Short)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRootCommand(&cli.App{}))
}

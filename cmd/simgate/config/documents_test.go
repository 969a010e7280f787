package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"simgate/configs"
	"simgate/gateway"
)

// paths returns every key with its place, such as guard.countries and
// modems[].port.
func paths() map[string]bool {
	all := map[string]bool{}
	var add func(prefix string, of reflect.Type)
	add = func(prefix string, of reflect.Type) {
		for name, field := range keysOf(of) {
			all[prefix+name] = true
			switch {
			case field.Type.Kind() == reflect.Struct:
				add(prefix+name+".", field.Type)
			case field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.Struct:
				add(prefix+name+"[].", field.Type.Elem())
			}
		}
	}
	add("", reflect.TypeFor[Config]())
	return all
}

// Keys that documents name exist: with their section, as `voice.require_key`, or
// with a value, as `conversion: block`.
func TestDocumentsNameKeysThatExist(t *testing.T) {
	known := paths()
	last := map[string]bool{} // the keys without their sections
	for path := range known {
		last[path[strings.LastIndex(path, ".")+1:]] = true
	}
	named := regexp.MustCompile("`([a-z_]+(?:\\.[a-z_]+)*)(:(?: [^`]*)?)?`")
	list := []string{"README.md", "ARCHITECTURE.md", "CHANGELOG.md"}
	for _, pattern := range []string{"docs/*.md", "docs/*/*.md"} {
		pages, err := filepath.Glob("../../../" + pattern)
		if err != nil || len(pages) < 3 {
			t.Fatal(pages, err)
		}
		for _, page := range pages {
			list = append(list, strings.TrimPrefix(page, "../../../"))
		}
	}
	total := 0
	for _, document := range list {
		raw, err := os.ReadFile("../../../" + document)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, m := range named.FindAllStringSubmatch(string(raw), -1) {
			path, value := m[1], m[2]
			section, rest, nested := strings.Cut(path, ".") // rest is "go" in the name of a file
			switch {
			case nested && known[section] && !strings.HasSuffix(rest, "go") && !known[path] && !slices.Contains(gateway.ChangeKinds, path):
				t.Errorf("%s names %s, which is no key", document, path)
			case value != "" && !known[path] && !last[path]:
				t.Errorf("%s names %s, which is no key", document, path+value)
			case nested && known[path], value != "":
				found++
			}
		}
		total += found
	}
	if total < 30 {
		t.Errorf("only %d keys were found: the documents are not read as they are written", total)
	}
}

// The ranges that the annotated file gives are those that are checked: "1 to 255"
// allows both ends and nothing outside.
func TestRangesOfTheDefaultFile(t *testing.T) {
	sections, ranges := regexp.MustCompile(`^(\w+):$`), regexp.MustCompile(`^  (\w+): .*[ ;]([0-9]+) to ([0-9]+)$`)
	section, found := "", 0
	for line := range strings.Lines(string(configs.Default)) {
		line = strings.TrimSuffix(line, "\n")
		if m := sections.FindStringSubmatch(line); m != nil {
			section = m[1]
		}
		m := ranges.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		found++
		low, _ := strconv.Atoi(m[2])
		high, _ := strconv.Atoi(m[3])
		for n, allowed := range map[int]bool{low - 1: false, low: true, high: true, high + 1: false} {
			_, mistakes := parse(fmt.Appendf(nil, "%s: {%s: %d}", section, m[1], n))
			if allowed != (len(mistakes) == 0) {
				t.Errorf("%s.%s: %d: %v", section, m[1], n, mistakes)
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d ranges were found", found)
	}
}

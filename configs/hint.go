package configs

import (
	"regexp"
	"strings"
	"sync"
)

var (
	prose   = regexp.MustCompile(`^( *)# ([^ ].*)$`)
	keyLine = regexp.MustCompile(`^( *)([a-z_]+):( .*)?$`)
)

// Descriptions returns what the annotated file says of each key, such as pace.day, and of each
// section: the lines above it, and what is beside it.
var Descriptions = sync.OnceValue(func() map[string]string {
	about := map[string]string{}
	say := func(key, words string) {
		if words = strings.TrimSpace(words); words != "" {
			about[key] = strings.TrimSpace(about[key] + " " + words)
		}
	}
	var above []string
	var path []string // keys that the next may be in
	beside := false   // the last line has, or goes on with, a comment beside a key
	for line := range strings.Lines(string(Default)) {
		line = strings.TrimRight(line, "\r\n")
		if m := prose.FindStringSubmatch(line); m != nil {
			if beside && len(m[1]) > 2*len(path) {
				say(strings.Join(path, "."), m[2])
			} else {
				above = append(above, m[2])
			}
			continue
		}
		beside = false
		m := keyLine.FindStringSubmatch(line)
		if m == nil { // an example, or nothing
			above = nil
			continue
		}
		path = append(path[:min(len(path), len(m[1])/2)], m[2])
		key := strings.Join(path, ".")
		say(key, strings.Join(above, " "))
		above = nil
		if value, comment, ok := strings.Cut(m[3], " # "); ok && strings.Count(value, `"`)%2 == 0 {
			say(key, comment)
			beside = true
		}
	}
	return about
})

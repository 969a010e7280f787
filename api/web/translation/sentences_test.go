//go:build web

package translation

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"simgate/api/causes"
	"simgate/configs"
)

// places are what the program says on pages by a variable: constants of these types,
// variables, and what functions return.
var places = map[string][]string{
	"../door/door.go":                   {"Why"},
	"../accounts.go":                    {"acts"},
	"../apps.go":                        {"scopes"},
	"../guard.go":                       {"lifetimes"},
	"../lines.go":                       {"voices"},
	"../log.go":                         {"logKinds", "spans"},
	"../settings/settings.go":           {"titles"},
	"../snippet/snippet.go":             {"bySMS", "byCall", "byText"},
	"../why.go":                         {"endings", "nouns"},
	"../../../gateway/attempt.go":       {"State", "reasonAsked", "reasonAgain", "reasonUnknown", "reasonTime", "reasonFailed", "reasonText"},
	"../../../gateway/message.go":       {"State"},
	"../../../gateway/verification.go":  {"VerificationState"},
	"../../../gateway/call/state.go":    {"State"},
	"../../../gateway/inbox/message.go": {"Data", "MMS", "Indication", "Undecodable"},
	"../../../gateway/guard/limit.go":   {"Scope"},
	"../../../gateway/key/limit.go":     {"period"},
	"../../../gateway/line/route.go":    {"lanes"},
	"../../../gateway/line/status.go":   {"State"},
	"../../../gateway/msisdn/kind.go":   {"Kind"},
	"../../../gateway/user/user.go":     {"Role"},
	"../../../gateway/webhook/state.go": {"State"},
	"../../../cmd/simgate/pages.go":     {"demoBand"},
}

// fields are those whose values templates translate.
var fields = []string{"Title", "Next", "Hint", "Answer"}

var (
	update = flag.Bool("update", false, "put the sentences of the pages into the files of all languages: new ones with nothing, and no dead ones")

	// worded matches what has words, and not values alone.
	worded = regexp.MustCompile(`\pL`)
	verb   = regexp.MustCompile(`%[.\d]*[a-z]`)
)

// Every sentence of the pages is there in every language, and there are no others.
func TestComplete(t *testing.T) {
	sentences := used(t)
	for _, one := range all {
		t.Run(one.tag.String(), func(t *testing.T) {
			entries, err := parse(one.sentences)
			if err != nil {
				t.Fatal(err)
			}
			known := map[string]entry{}
			for _, e := range entries {
				if known[e.key()] = e; e.id != "" && sentences[e.key()].file == "" && !*update {
					t.Errorf("no page says %q any more: remove it from %s.po, or run this test with -update", e.id, one.tag)
				}
			}
			for key, at := range sentences {
				if e, there := known[key]; !*update && one != all[0] && (!there || slices.Contains(e.forms, "")) {
					t.Errorf("%s.po has no %q, which %s says", one.tag, at.id, at.file)
				}
			}
			if *update {
				if err := os.WriteFile(one.tag.String()+".po", []byte(write(one, known, sentences)), 0o644); err != nil { //nolint:gosec // it is source
					t.Fatal(err)
				}
			}
		})
	}
}

// write returns the file of a language with the sentences of the pages, in the order of the
// files that have them. English has those alone that count something.
func write(one *translated, known map[string]entry, sentences map[string]place) string {
	comment, _, _ := strings.Cut(one.sentences, "msgid")
	var b strings.Builder
	text := func(name, s string) { fmt.Fprintf(&b, "%s %s\n", name, quoted(s)) }
	b.WriteString(comment + "msgid \"\"\nmsgstr \"\"\n")
	for line := range strings.Lines(known[""].forms[0]) {
		b.WriteString(quoted(line) + "\n")
	}
	counted := map[string]bool{}
	for _, e := range must(parse(all[0].sentences)) {
		counted[e.key()] = e.counts
	}
	var keys []string
	for key := range sentences {
		if e := known[key]; one != all[0] || e.counts {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Compare(sentences[a].n, sentences[b].n) })
	for _, key := range keys {
		id, e := sentences[key].id, known[key]
		fmt.Fprintf(&b, "\n#: %s\n", sentences[key].file)
		if of := sentences[key].context; of != "" {
			text("msgctxt", of)
		}
		text("msgid", id)
		if !counted[key] {
			e.forms = append(e.forms, "")
			text("msgstr", e.forms[0])
			continue
		}
		text("msgid_plural", id)
		for i := range one.counts.forms {
			e.forms = append(e.forms, "")
			text(fmt.Sprintf("msgstr[%d]", i), e.forms[i])
		}
	}
	return b.String()
}

func must(entries []entry, err error) []entry {
	if err != nil {
		panic(err)
	}
	return entries
}

// quoted returns a text as the files have it.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s) + `"`
}

// place is a sentence, and where it is first.
type place struct {
	entry
	file string
	n    int // in the order of all sentences
}

// used returns the English sentences that pages show, by the keys of their entries.
func used(t *testing.T) map[string]place {
	t.Helper()
	all := map[string]place{}
	put := func(e entry, file string) {
		if _, there := all[e.key()]; !there && worded.MatchString(verb.ReplaceAllString(e.id, "")) {
			all[e.key()] = place{e, strings.TrimLeft(file, "./"), len(all)}
		}
	}
	note := func(file, sentence string) { put(entry{id: sentence}, file) }
	for _, pattern := range []string{"../templates/*.html", "../*/templates/*.html"} {
		for _, file := range glob(t, pattern) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`\bt ("(?:[^"\\]|\\.)*")`).FindAllStringSubmatch(string(content), -1) {
				note(file, unquote(t, m[1]))
			}
		}
	}
	program := glob(t, "../*.go")
	for _, room := range glob(t, "../*/templates") {
		program = append(program, glob(t, filepath.Join(filepath.Dir(room), "*.go"))...)
	}
	for _, file := range program {
		for _, sentence := range sentencesOf(t, read(t, file)) {
			note(file, sentence)
		}
	}
	for _, group := range causes.Groups() {
		note("api/causes", group.Name)
		note("api/causes", group.About)
	}
	defer delete(all, "code") // a lane that no page shows
	for _, file := range slices.Sorted(maps.Keys(places)) {
		content := read(t, file)
		for _, name := range places[file] {
			found := declared(t, content, name)
			if len(found) == 0 {
				t.Errorf("%s has no %s that says something", file, name)
			}
			for _, sentence := range found {
				note(file, sentence)
			}
		}
	}
	// What the gateway says is found by what it says: where a page has the same sentence it is
	// not there twice.
	heard := func(file, text string) {
		for _, phrase := range phrases(text) {
			if _, there := all[phrase]; !there || strings.Contains(phrase, "%") {
				put(entry{context: ofGateway, id: phrase}, file)
			}
		}
	}
	for _, kind := range causes.All() {
		heard("api/causes", numbered.ReplaceAllString(strings.ReplaceAll(kind.Text, "%s", hole), ""))
		for _, text := range []string{kind.Means, kind.Do} { // of the pages of causes, as a whole
			put(entry{context: ofGateway, id: strings.ReplaceAll(text, "%", "%%")}, "api/causes")
		}
	}
	for _, fault := range []error{syscall.ENOENT, syscall.EACCES, syscall.EPERM, syscall.ENOSPC, syscall.EROFS, syscall.EIO, syscall.ENXIO, syscall.ENODEV, syscall.EBUSY, syscall.ENOTDIR,
		syscall.EISDIR, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ETIMEDOUT, os.ErrDeadlineExceeded, context.DeadlineExceeded} {
		heard("the system", fault.Error())
	}
	for _, s := range []string{"no such host", "tls: failed to verify certificate", "certificate signed by unknown authority"} { // of the standard library
		heard("the system", s)
	}
	for _, s := range []string{"registered", "searching", "unknown"} { // of a network, for the doctor
		heard("modem/diagnose.go", about+s)
	}
	for _, s := range []string{"entry %s", "entry %s, %s"} { // of a list in the configuration
		heard("cmd/simgate/config/kept.go", strings.ReplaceAll(s, "%s", hole))
	}
	heard("gateway/user/user.go", "command line")
	for _, s := range []string{"modem %s", "phone %s"} { // line.Status.Device
		heard("gateway/line/status.go", strings.ReplaceAll(s, "%s", hole))
	}
	for _, text := range aboutSettings(t) {
		put(entry{context: ofGateway, id: strings.ReplaceAll(text, "%", "%%")}, "configs/simgate.yaml")
	}
	p := readProgram(t, "gateway", "modem", "api/certificate", "api/dialect/set.go", "api/dialects.go", "api/web", "cmd/simgate")
	p.heard = heard
	for _, path := range slices.Sorted(maps.Keys(p.packages)) {
		for b := range p.packages[path].bodies() {
			p.tell(b)
		}
		for _, name := range append([]string{"Error"}, spokenBy[path]...) {
			for _, b := range p.packages[path].methods[name] {
				if name != "Error" || fails(b.file) {
					for _, text := range p.returned(b, 0) {
						heard(b.file, text)
					}
				}
			}
		}
	}
	// What stands before a colon is a sentence of its own.
	for key, at := range all {
		short := at.entry
		if id, ok := strings.CutSuffix(at.id, ": %s"); ok && at.context == ofGateway {
			short.id = id
			if _, there := all[short.key()]; there {
				delete(all, key)
			}
		}
	}
	return all
}

// aboutSettings returns what pages say of the settings that can be changed on them, and of
// their sections.
func aboutSettings(t *testing.T) (all []string) {
	var inFile []string // sections and keys that are changed in the file alone
	for _, d := range read(t, "../../../cmd/simgate/config/reload.go").Decls {
		if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.VAR {
			for _, s := range d.Specs {
				inFile = append(inFile, literals(t, s.(*ast.ValueSpec).Values[0])...)
			}
		}
	}
	texts := configs.Descriptions()
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if !slices.ContainsFunc(inFile, func(of string) bool { return key == of || strings.HasPrefix(key, of+".") }) {
			all = append(all, texts[key])
		}
	}
	return all
}

// numbered matches what stands before the words of a cause, or instead of them.
var numbered = regexp.MustCompile(`CM[SE] (?:\d+|\x00): |cause (?:\d+|\x00)(?:; |$)`)

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal(pattern, err)
	}
	return slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, "_test.go") })
}

func read(t *testing.T, file string) *ast.File {
	t.Helper()
	content, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func unquote(t *testing.T, literal string) string {
	t.Helper()
	s, err := strconv.Unquote(literal)
	if err != nil {
		t.Fatal(literal, err)
	}
	return s
}

// literals returns the texts of an expression: of a list or map its values, and of what is
// put together without names the last text.
func literals(t *testing.T, e ast.Expr) (all []string) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			all = append(all, unquote(t, e.Value))
		}
	case *ast.IndexExpr:
		return literals(t, e.X)
	case *ast.CompositeLit:
		_, list := e.Type.(*ast.ArrayType)
		_, table := e.Type.(*ast.MapType)
		for _, one := range e.Elts {
			if pair, ok := one.(*ast.KeyValueExpr); ok {
				if !table {
					continue // a field, see sentencesOf
				}
				one = pair.Value
			}
			all = append(all, literals(t, one)...)
		}
		if !list && !table && len(all) > 1 {
			all = all[len(all)-1:]
		}
	}
	return all
}

// sentencesOf returns what a file says by the printer of a reader, and the values of fields
// that templates translate.
func sentencesOf(t *testing.T, file *ast.File) (all []string) {
	for _, d := range file.Decls {
		said := map[string]bool{} // variables
		ast.Inspect(d, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if method, ok := call.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Sprintf" {
				if from, ok := method.X.(*ast.Ident); !ok || from.Name != "fmt" {
					all = append(all, literals(t, call.Args[0])...)
					if name, ok := call.Args[0].(*ast.Ident); ok {
						said[name.Name] = true
					}
				}
			}
			return true
		})
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && slices.Contains(fields, key.Name) {
					all = append(all, literals(t, n.Value)...)
				}
			case *ast.AssignStmt:
				for i, to := range n.Lhs {
					field, isField := to.(*ast.SelectorExpr)
					name, isName := to.(*ast.Ident)
					if len(n.Rhs) == len(n.Lhs) && (isField && slices.Contains(fields, field.Sel.Name) || isName && said[name.Name]) {
						all = append(all, literals(t, n.Rhs[i])...)
					}
				}
			}
			return true
		})
	}
	return all
}

// declared returns the texts of a variable, of a constant, of the constants of a type, or that
// a function returns. States are as pages show them.
func declared(t *testing.T, file *ast.File, name string) (all []string) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.Name != name {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ReturnStmt:
					for _, e := range n.Results {
						all = append(all, literals(t, e)...)
					}
				}
				return true
			})
		case *ast.GenDecl:
			for _, s := range d.Specs {
				v, ok := s.(*ast.ValueSpec)
				if !ok {
					continue
				}
				typed, _ := v.Type.(*ast.Ident)
				if v.Names[0].Name != name && (typed == nil || typed.Name != name) {
					continue
				}
				for _, e := range v.Values {
					for _, word := range literals(t, e) {
						if word == "incall" {
							word = "in a call"
						} else if !strings.Contains(word, " ") {
							word = strings.ReplaceAll(word, "_", " ")
						}
						all = append(all, word)
					}
				}
			}
		}
	}
	return all
}

package gateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// readers are the functions that look numbers up in the metadata of countries, which
// takes long.
var readers = map[string]bool{"msisdn.Read": true, "Region": true, "Unlisted": true, "CheapIn": true, "National": true, "Timezone": true,
	"guard.NewRequest": true}

// ownNumber is the function that reads the number of a SIM whose IMSI is of no country:
// what it is given is from the owner, and rare.
const ownNumber = "home"

// All writers wait for each other, so none of them reads a number: what is known of one
// is looked up before, and carried along. Calls are followed within a room.
func TestNoTransactionReadsNumbers(t *testing.T) {
	calls, transactions := map[string][]string{}, map[string][]string{} // of functions by room and name
	for where, file := range sources(t) {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil || f.Name.Name == ownNumber {
				continue
			}
			room := filepath.Dir(where) + " "
			calls[room+f.Name.Name] = append(calls[room+f.Name.Name], callsOf(file, f.Body)...)
			if hasTx(f.Type) {
				transactions[room+f.Name.Name] = callsOf(file, f.Body)
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				if lit, ok := n.(*ast.FuncLit); ok && hasTx(lit.Type) {
					transactions[room+f.Name.Name+" inside"] = callsOf(file, lit.Body)
				}
				return true
			})
		}
	}
	if len(transactions) < 300 {
		t.Fatalf("%d functions with a transaction are found", len(transactions))
	}
	reads := map[string]string{} // by name, what it reads by
	var by func(room, name string) string
	by = func(room, name string) string {
		if readers[name] {
			return name
		}
		key := room + " " + name
		known, ok := reads[key]
		if ok {
			return known
		}
		reads[key] = "" // until it is known, for what calls itself
		for _, c := range calls[key] {
			if r := by(room, c); r != "" {
				reads[key] = name + ", " + r
				break
			}
		}
		return reads[key]
	}
	for where, called := range transactions {
		room, _, _ := strings.Cut(where, " ")
		for _, c := range called {
			if r := by(room, c); r != "" {
				t.Errorf("%s reads a number in a transaction: %s", where, r)
			}
		}
	}
}

// sources returns the files of the package and its rooms.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.HasPrefix(path, "gatewaytest") || strings.HasPrefix(path, "msisdn") {
			return err
		}
		files[path], err = parser.ParseFile(token.NewFileSet(), path, nil, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// hasTx reports whether a function is given a transaction.
func hasTx(f *ast.FuncType) bool {
	for _, p := range f.Params.List {
		if star, ok := p.Type.(*ast.StarExpr); ok {
			if s, ok := star.X.(*ast.SelectorExpr); ok && s.Sel.Name == "Tx" {
				return true
			}
		}
	}
	return false
}

// callsOf returns the names of what is called: functions, methods of a variable, and what
// is called of a number in a field. Those of other packages have their names before them.
func callsOf(file *ast.File, body ast.Node) (names []string) {
	packages := map[string]bool{}
	for _, i := range file.Imports {
		packages[path.Base(strings.Trim(i.Path.Value, `"`))] = true
	}
	ast.Inspect(body, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch f := c.Fun.(type) {
		case *ast.Ident:
			names = append(names, f.Name)
		case *ast.SelectorExpr:
			name := f.Sel.Name
			p, ok := f.X.(*ast.Ident)
			switch {
			case ok && packages[p.Name]:
				names = append(names, p.Name+"."+name)
			case ok, readers[name]:
				names = append(names, name)
			}
		}
		return true
	})
	return names
}

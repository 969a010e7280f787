package api_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"simgate/api"
)

// No error that callers see and no document names a command of simgate: callers may
// have no shell on this machine.
func TestAnswersNameNoCommand(t *testing.T) {
	command := regexp.MustCompile(`simgate (call|config|doctor|events|guard|inbox|keys|lines|messages|modems|send|serve|simulate|speech|try|ussd|verify|webhooks)\b`)
	found := 0
	for _, root := range []string{".", "../gateway"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if !isError(n) {
					return true
				}
				found++
				ast.Inspect(n, func(n ast.Node) bool {
					if s, ok := n.(*ast.BasicLit); ok && s.Kind == token.STRING && command.MatchString(s.Value) {
						t.Errorf("%s: %s", set.Position(s.Pos()), s.Value)
					}
					return true
				})
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 100 {
		t.Errorf("only %d errors were found: they are not made as this test expects", found)
	}
	for name, document := range map[string][]byte{"openapi.yaml": api.OpenAPI, "docs": api.Docs} {
		if m := command.Find(document); m != nil {
			t.Errorf("%s names %s", name, m)
		}
	}
}

// isError reports whether a node makes an error that callers see: fault.NewInvalid,
// &fault.Error{…}, &body.Error{…}, or a refusal of a dialect.
func isError(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		if s, ok := n.Fun.(*ast.SelectorExpr); ok {
			x, ok := s.X.(*ast.Ident)
			return ok && x.Name == "fault"
		}
		f, ok := n.Fun.(*ast.Ident)
		return ok && (f.Name == "invalid" || f.Name == "fail" || f.Name == "refuse")
	case *ast.CompositeLit:
		switch typ := n.Type.(type) {
		case *ast.SelectorExpr:
			return typ.Sel.Name == "Error"
		case *ast.Ident:
			return typ.Name == "Error" || typ.Name == "failure"
		}
	}
	return false
}

package gateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// joins are the files that may name tables of other rooms: the attempts of a
// verification with what became of their messages and calls, in one list.
var joins = []string{"attempt_sql.go"}

var tableInSQL = regexp.MustCompile(`\b(?:FROM|INTO|UPDATE|JOIN)\s+([a-z_]+)`)

// Each table is named in the SQL of one room: another room can change its own without
// reading all others.
func TestEachTableIsNamedInOneRoom(t *testing.T) {
	rooms := map[string][]string{} // of each table
	name := func(table, path string) {
		if room := filepath.Join("gateway", filepath.Dir(path)); !slices.Contains(rooms[table], room) {
			rooms[table] = append(rooms[table], room)
		}
	}
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() && (path == "store" || path == "gatewaytest") {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || slices.Contains(joins, path) {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if n.Kind != token.STRING || n.Value[0] != '`' && !strings.Contains(n.Value, "SELECT ") {
					break
				}
				for _, m := range tableInSQL.FindAllStringSubmatch(n.Value, -1) {
					name(m[1], path)
				}
			case *ast.CallExpr:
				s, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || s.Sel.Name != "DeleteWhere" && s.Sel.Name != "NewNoun" || len(n.Args) == 0 {
					break
				}
				if table, ok := n.Args[0].(*ast.BasicLit); ok {
					name(strings.Trim(table.Value, "`\""), path)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(rooms) < 25 {
		t.Fatalf("only %d tables were found", len(rooms))
	}
	for table, list := range rooms {
		if len(list) > 1 {
			t.Errorf("the table %s is named in %s", table, strings.Join(list, " and "))
		}
	}
}

package gateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"simgate/gateway/store/schema"
)

// sharedTables are those in the SQL of more than one room: the timeline of a
// verification shows its calls.
var sharedTables = map[string][]string{"call": {".", "call"}}

// A table is named in the SQL of one room: whoever changes it finds all that reads it
// in one folder.
func TestATableBelongsToOneRoom(t *testing.T) {
	tables := tablesOfTheSchema(t)
	rooms := map[string]map[string]bool{} // by table
	for file, statements := range statementsOf(t) {
		room := filepath.ToSlash(filepath.Dir(file))
		if strings.HasPrefix(room, "store") { // which knows every table that it corrects, and no meaning
			continue
		}
		for _, s := range statements {
			for _, m := range regexp.MustCompile(`(?i)\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z_]+)|^([a-z_]+)$`).FindAllStringSubmatch(s, -1) {
				table := m[1] + m[2]
				if !tables[table] {
					continue
				}
				if rooms[table] == nil {
					rooms[table] = map[string]bool{}
				}
				rooms[table][room] = true
			}
		}
	}
	for table, in := range rooms {
		if list := slices.Sorted(maps.Keys(in)); len(list) > 1 && !slices.Equal(list, sharedTables[table]) {
			t.Errorf("the table %s is in the SQL of %s", table, strings.Join(list, " and "))
		}
	}
}

// tablesOfTheSchema returns the names of all tables that a migration makes.
func tablesOfTheSchema(t *testing.T) map[string]bool {
	t.Helper()
	tables := map[string]bool{}
	err := fs.WalkDir(schema.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(schema.FS, path)
		for _, m := range regexp.MustCompile(`CREATE TABLE ([a-z_]+)`).FindAllSubmatch(raw, -1) {
			tables[string(m[1])] = true
		}
		return err
	})
	if err != nil || len(tables) < 20 {
		t.Fatalf("%d tables are found, %v", len(tables), err)
	}
	return tables
}

// statementsOf returns the text constants of the package and its rooms that are SQL, or
// may be the name of a table, by file.
func statementsOf(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "gatewaytest") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		sql := strings.HasSuffix(path, "_sql.go") || filepath.Base(path) == "retention.go"
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, err := strconv.Unquote(lit.Value)
				statement := regexp.MustCompile(`\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\s`).MatchString(text)
				if err == nil && (sql || statement) {
					found[path] = append(found[path], text)
				}
				if statement && !sql && !strings.HasPrefix(path, "store") {
					t.Errorf("%s holds SQL, which belongs into a file *_sql.go: %.60s", path, strings.TrimSpace(text))
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

package modem_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"simgate/modem"
)

var states = []modem.State{modem.Absent, modem.Opening, modem.Starting, modem.Searching, modem.Ready, modem.InCall, modem.Locked, modem.Faulted}

// drawn returns the transitions that the comment of State lists.
func drawn(t *testing.T) map[modem.State][]modem.State {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "status.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var doc string
	names := map[string]modem.State{}
	for _, decl := range file.Decls {
		decl, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.Name == "State" {
					doc = decl.Doc.Text()
				}
			case *ast.ValueSpec:
				if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "State" {
					value := spec.Values[0].(*ast.BasicLit).Value
					names[spec.Names[0].Name] = modem.State(strings.Trim(value, `"`))
				}
			}
		}
	}
	got := map[modem.State][]modem.State{}
	for line := range strings.Lines(doc) {
		from, to, ok := strings.Cut(line, "->")
		if !ok {
			continue
		}
		for _, name := range strings.Split(to, ",") {
			got[names[strings.TrimSpace(from)]] = append(got[names[strings.TrimSpace(from)]], names[strings.TrimSpace(name)])
		}
	}
	return got
}

// What the comment of State lists is what is enforced.
func TestTransitionsAreAsDrawn(t *testing.T) {
	got := drawn(t)
	for _, from := range states {
		if !slices.Equal(got[from], modem.Transitions[from]) {
			t.Errorf("%s: the comment lists %v, the map %v", from, got[from], modem.Transitions[from])
		}
	}
}

// pathTo returns states that lead from Absent to the one wanted.
func pathTo(want modem.State) []modem.State {
	paths := [][]modem.State{{modem.Absent}}
	for i := 0; i < len(paths); i++ {
		last := paths[i][len(paths[i])-1]
		if last == want {
			return paths[i][1:]
		}
		for _, next := range modem.Transitions[last] {
			if !slices.Contains(paths[i], next) {
				paths = append(paths, append(slices.Clone(paths[i]), next))
			}
		}
	}
	return nil
}

// A transition that is not listed is refused, and the daemon goes on.
func TestUnlistedTransitionsAreRefused(t *testing.T) {
	for _, from := range states {
		for _, to := range states {
			t.Run(string(from+" to "+to), func(t *testing.T) {
				m := modem.New(modem.Config{Name: "sim1"}, slog.New(slog.NewTextHandler(t.Output(), nil)))
				m.Handle(&recorder{m: m})
				for _, s := range pathTo(from) {
					if _, err := m.Change(s, ""); err != nil {
						t.Fatal(err)
					}
				}
				changed, err := m.Change(to, "why")
				if listed := from.May(to) || from == to; listed != (err == nil) || listed != changed {
					t.Errorf("changed %t, %v", changed, err)
				}
				want := from
				if err == nil {
					want = to
				}
				if got := m.State(); got != want {
					t.Errorf("the modem is %s", got)
				}
			})
		}
	}
}

// Whatever the session finds out about the network, it does not take the state
// from a call that begins at the same time.
func TestACallKeepsItsState(t *testing.T) {
	m := modem.New(modem.Config{Name: "sim1"}, slog.New(slog.DiscardHandler))
	m.Handle(&recorder{m: m})
	for _, s := range pathTo(modem.Ready) {
		if _, err := m.Change(s, ""); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan struct{})
	var session sync.WaitGroup
	session.Go(func() {
		for canSend := false; ; canSend = !canSend {
			select {
			case <-done:
				return
			default:
			}
			if err := m.Look(t.Context(), canSend); err != nil {
				t.Error(err)
			}
		}
	})
	for calls := 0; calls < 50000; {
		if begun, _ := m.Change(modem.InCall, "", modem.Ready); !begun {
			continue
		}
		for range 10 {
			if s := m.State(); s != modem.InCall {
				t.Fatalf("during a call the modem is %s", s)
			}
		}
		calls++
		if _, err := m.Change(modem.Ready, "", modem.InCall); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	session.Wait()
}

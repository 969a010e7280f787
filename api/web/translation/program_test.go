//go:build web

package translation

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// program is the source of the program, to find the texts that it makes.
type program struct {
	packages map[string]*source // by their paths of import
	calls    map[*body][]site
	busy     map[string]*[]string // what is being looked at, with what was found so far
	from     map[string]string    // the files of texts that are passed to functions
	heard    func(file, text string)
}

// source is a package: its constants and variables, functions and methods.
type source struct {
	values  map[string]*body // whose block is a return of the value
	funcs   map[string]*body
	methods map[string][]*body
}

// body is a function, or the value of a name of a package.
type body struct {
	in       *source
	file     string
	imports  map[string]string // packages of the program, by the names that they have in the file
	outer    *body             // the function around a literal
	closures map[string]*body
	typ      *ast.FuncType
	block    *ast.BlockStmt
}

// site is where a function is called.
type site struct {
	call *ast.CallExpr
	in   *body
}

// hole stands for a value in a text.
const hole = "\x00"

// about is what a text begins with that is said though it is one word.
const about = "\x01"

// few is how many words may stand in the place of a value to make a sentence of each.
const few = 4

// readProgram reads the packages below folders of the repository.
func readProgram(t *testing.T, folders ...string) *program {
	t.Helper()
	p := &program{packages: map[string]*source{}, calls: map[*body][]site{}, busy: map[string]*[]string{}, from: map[string]string{}}
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join("../../..", folder), func(path string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() && (d.Name() == "simulator" || strings.HasSuffix(d.Name(), "test")) {
				return filepath.SkipDir // for tests alone
			}
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			p.add(path, read(t, path))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(p.packages)) {
		for b := range p.packages[path].bodies() {
			p.noteCalls(b)
		}
	}
	return p
}

// add adds a file.
func (p *program) add(path string, file *ast.File) {
	name := "simgate/" + strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../../../")
	s := p.packages[name]
	if s == nil {
		s = &source{map[string]*body{}, map[string]*body{}, map[string][]*body{}}
		p.packages[name] = s
	}
	imports := map[string]string{}
	for _, one := range file.Imports {
		of, _ := strconv.Unquote(one.Path.Value)
		as := of[strings.LastIndex(of, "/")+1:]
		if one.Name != nil {
			as = one.Name.Name
		}
		imports[as] = of
	}
	base := body{in: s, file: strings.TrimPrefix(path, "../../../"), imports: imports}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body == nil {
				continue
			}
			b := base
			b.typ, b.block = d.Type, d.Body
			b.close()
			if d.Recv == nil {
				s.funcs[d.Name.Name] = &b
			} else {
				s.methods[d.Name.Name] = append(s.methods[d.Name.Name], &b)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if !ok || len(v.Values) != len(v.Names) {
					continue
				}
				for i, name := range v.Names {
					b := base
					b.typ, b.block = &ast.FuncType{}, &ast.BlockStmt{List: []ast.Stmt{&ast.ReturnStmt{Results: v.Values[i : i+1]}}}
					b.close()
					s.values[name.Name] = &b
				}
			}
		}
	}
}

// close finds the functions within a function that have a name.
func (b *body) close() {
	b.closures = map[string]*body{}
	for n := range b.nodes() {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != 1 {
			continue
		}
		name, isName := a.Lhs[0].(*ast.Ident)
		if literal, ok := a.Rhs[0].(*ast.FuncLit); ok && isName {
			inner := &body{in: b.in, file: b.file, imports: b.imports, outer: b, typ: literal.Type, block: literal.Body}
			inner.close()
			b.closures[name.Name] = inner
		}
	}
}

// bodies yields all functions and values of a package.
func (s *source) bodies() func(func(*body) bool) {
	return func(yield func(*body) bool) {
		var each func(b *body) bool
		each = func(b *body) bool {
			for _, name := range slices.Sorted(maps.Keys(b.closures)) {
				if !each(b.closures[name]) {
					return false
				}
			}
			return yield(b)
		}
		all := slices.Concat(slices.Collect(maps.Values(s.values)), slices.Collect(maps.Values(s.funcs)), slices.Concat(slices.Collect(maps.Values(s.methods))...))
		slices.SortFunc(all, func(a, b *body) int {
			return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.block.Pos(), b.block.Pos()), cmp.Compare(a.at(), b.at()))
		})
		for _, b := range all {
			if !each(b) {
				return
			}
		}
	}
}

// at returns where the first statement is.
func (b *body) at() token.Pos {
	if len(b.block.List) == 0 {
		return 0
	}
	if r, ok := b.block.List[0].(*ast.ReturnStmt); ok && len(r.Results) > 0 {
		return r.Results[0].Pos()
	}
	return b.block.List[0].Pos()
}

// nodes yields what is in a function, but for what is in functions within it that have a name.
func (b *body) nodes() func(func(ast.Node) bool) {
	return func(yield func(ast.Node) bool) {
		more := true
		ast.Inspect(b.block, func(n ast.Node) bool {
			if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == 1 && more {
				if _, ok := a.Rhs[0].(*ast.FuncLit); ok {
					more = yield(n)
					return false
				}
			}
			if n != nil && more {
				more = yield(n)
			}
			return more
		})
	}
}

// noteCalls notes what a function calls.
func (p *program) noteCalls(b *body) {
	for n := range b.nodes() {
		if call, ok := n.(*ast.CallExpr); ok {
			for _, of := range p.callees(call, b) {
				p.calls[of] = append(p.calls[of], site{call, b})
			}
		}
	}
}

// callees returns the functions of the program that a call may mean.
func (p *program) callees(call *ast.CallExpr, b *body) []*body {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		for in := b; in != nil; in = in.outer {
			if c := in.closures[f.Name]; c != nil {
				return []*body{c}
			}
		}
		if c := b.in.funcs[f.Name]; c != nil {
			return []*body{c}
		}
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok && b.imports[x.Name] != "" {
			if s := p.packages[b.imports[x.Name]]; s != nil && s.funcs[f.Sel.Name] != nil {
				return []*body{s.funcs[f.Sel.Name]}
			}
			return nil
		}
		return slices.DeleteFunc(slices.Clone(b.in.methods[f.Sel.Name]), func(m *body) bool {
			params := names(m.typ.Params)
			if n := len(params); n > 0 {
				if _, variadic := params[n-1].Type.(*ast.Ellipsis); variadic {
					params = params[:n-1]
				}
			}
			return len(params) > len(call.Args)
		})
	}
	return nil
}

// names returns the parameters or results of a function, each with its type.
func names(l *ast.FieldList) (all []ast.Field) {
	if l == nil {
		return nil
	}
	for _, f := range l.List {
		if len(f.Names) == 0 {
			all = append(all, ast.Field{Type: f.Type})
		}
		for _, name := range f.Names {
			all = append(all, ast.Field{Names: []*ast.Ident{name}, Type: f.Type})
		}
	}
	return all
}

// isText reports whether the i-th of parameters or results is a string, or several.
func isText(fields []ast.Field, i int) bool {
	if i >= len(fields) {
		return false
	}
	typ := fields[i].Type
	if of := elements(typ); of != nil {
		typ = of
	}
	name, ok := typ.(*ast.Ident)
	return ok && name.Name == "string"
}

// texts returns the texts that an expression may be, with holes for what is not known.
func (p *program) texts(e ast.Expr, b *body) []string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, _ := strconv.Unquote(e.Value)
			return []string{s}
		}
	case *ast.ParenExpr:
		return p.texts(e.X, b)
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return join(p.part(e.X, b), p.part(e.Y, b))
		}
	case *ast.Ident:
		return p.named(e.Name, b)
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			if s := p.packages[b.imports[x.Name]]; s != nil && s.values[e.Sel.Name] != nil {
				return p.returned(s.values[e.Sel.Name], 0)
			}
		}
	case *ast.IndexExpr:
		return p.texts(e.X, b)
	case *ast.CompositeLit:
		if _, ok := e.Type.(*ast.MapType); ok || e.Type == nil { // within another
			var all []string
			for _, one := range e.Elts {
				all = union(all, p.texts(one.(*ast.KeyValueExpr).Value, b))
			}
			return all
		}
	case *ast.CallExpr:
		return p.called(e, b, 0)
	}
	return []string{hole}
}

// part returns what may stand in a longer text for an expression: words, or a hole. What
// differs otherwise is noted as sentences of their own.
func (p *program) part(e ast.Expr, b *body) []string {
	all := p.texts(e, b)
	optional := len(all) == 2 && slices.Contains(all, "") && worded.MatchString(all[0]+all[1])
	if len(all) == 1 || optional || len(all) <= few && !slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, hole) }) {
		return all
	}
	for _, one := range all {
		p.note(b.file, one)
	}
	return []string{hole}
}

// note notes a text that is said.
func (p *program) note(file, text string) { p.heard(cmp.Or(p.from[text], file), text) }

func join(a, b []string) (all []string) {
	for _, x := range a {
		for _, y := range b {
			all = append(all, x+y)
		}
	}
	return all
}

func union(a, b []string) []string {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a, x)
		}
	}
	return a
}

// busily looks at something unless that is being done, and returns what was found so far then.
func (p *program) busily(key string, look func(found *[]string)) []string {
	if found := p.busy[key]; found != nil {
		if len(*found) == 0 {
			return []string{hole}
		}
		return slices.Clone(*found)
	}
	found := new([]string)
	p.busy[key] = found
	defer delete(p.busy, key)
	look(found)
	if len(*found) == 0 {
		return []string{hole}
	}
	return *found
}

// named returns the texts that a name may mean.
func (p *program) named(name string, b *body) []string {
	return p.busily(fmt.Sprintf("%p %s", b, name), func(found *[]string) {
		for in := b; in != nil; in = in.outer {
			for i, f := range names(in.typ.Params) {
				if f.Names != nil && f.Names[0].Name == name {
					if isText(names(in.typ.Params), i) {
						*found = p.passed(in, i)
					} else {
						*found = []string{hole}
					}
				}
			}
			if p.assigned(name, in, found); len(*found) > 0 {
				return
			}
		}
		if v := b.in.values[name]; v != nil {
			*found = p.returned(v, 0)
		}
	})
}

// passed returns the texts that a parameter may be.
func (p *program) passed(b *body, i int) []string {
	return p.busily(fmt.Sprintf("%p passed %d", b, i), func(found *[]string) {
		for _, at := range p.calls[b] {
			if i < len(at.call.Args) {
				all := p.texts(at.call.Args[i], at.in)
				for _, one := range all {
					if p.from[one] == "" {
						p.from[one] = at.in.file
					}
				}
				*found = union(*found, all)
			}
		}
	})
}

// assigned adds the texts that a variable of a function is given.
func (p *program) assigned(name string, b *body, found *[]string) {
	is := func(e ast.Expr) bool {
		if element, ok := e.(*ast.IndexExpr); ok {
			e = element.X
		}
		id, ok := e.(*ast.Ident)
		return ok && id.Name == name
	}
	for n := range b.nodes() {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, to := range n.Lhs {
				switch {
				case !is(to):
				case n.Tok == token.ADD_ASSIGN:
					*found = union(*found, join(*found, p.part(n.Rhs[0], b)))
				case len(n.Rhs) == len(n.Lhs) && appended(n.Rhs[i]) != nil:
					for _, e := range appended(n.Rhs[i]) {
						*found = union(*found, p.texts(e, b))
					}
				case len(n.Rhs) == len(n.Lhs):
					again := false
					ast.Inspect(n.Rhs[i], func(n ast.Node) bool {
						e, ok := n.(ast.Expr)
						again = again || ok && is(e)
						return true
					})
					if now := p.texts(n.Rhs[i], b); again {
						*found = now
					} else {
						*found = union(*found, now)
					}
				default:
					if call, ok := n.Rhs[0].(*ast.CallExpr); ok {
						*found = union(*found, p.called(call, b, i))
					}
				}
			}
		case *ast.ValueSpec:
			for i, to := range n.Names {
				if to.Name == name && i < len(n.Values) {
					*found = union(*found, p.texts(n.Values[i], b))
				}
			}
		case *ast.RangeStmt:
			switch {
			case n.Value != nil && is(n.Value):
				*found = union(*found, p.texts(n.X, b))
			case n.Key != nil && is(n.Key):
				*found = union(*found, []string{hole})
			}
		}
	}
}

// appended returns what an expression appends to a list, nil where it does not.
func appended(e ast.Expr) []ast.Expr {
	if call, ok := e.(*ast.CallExpr); ok {
		if f, ok := call.Fun.(*ast.Ident); ok && f.Name == "append" && !call.Ellipsis.IsValid() {
			return call.Args[1:]
		}
	}
	return nil
}

// called returns the texts that the i-th result of a call may be.
func (p *program) called(call *ast.CallExpr, b *body, i int) []string {
	if f, ok := call.Fun.(*ast.Ident); ok && f.Name == "string" && len(call.Args) == 1 {
		return p.texts(call.Args[0], b)
	}
	if f, ok := call.Fun.(*ast.SelectorExpr); ok {
		if x, ok := f.X.(*ast.Ident); ok {
			switch x.Name + "." + f.Sel.Name {
			case "fmt.Sprintf", "fmt.Errorf":
				return p.formatted(call, b)
			case "fmt.Sprint":
				all := []string{""}
				for _, a := range call.Args {
					all = join(all, p.part(a, b))
				}
				return all
			case "cmp.Or":
				var all []string
				for _, a := range call.Args {
					all = union(all, p.texts(a, b))
				}
				return all
			case "errors.New", "strings.TrimSpace", "strings.TrimSuffix", "strings.Join":
				return p.texts(call.Args[0], b)
			}
		}
	}
	var all []string
	for _, of := range p.callees(call, b) {
		if isText(names(of.typ.Results), i) {
			all = union(all, p.returned(of, i))
		}
	}
	if len(all) == 0 {
		return []string{hole}
	}
	return all
}

// returned returns the texts that the i-th result of a function may be.
func (p *program) returned(b *body, i int) []string {
	return p.busily(fmt.Sprintf("%p returned %d", b, i), func(found *[]string) {
		ast.Inspect(b.block, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ReturnStmt:
				switch results := names(b.typ.Results); {
				case len(n.Results) == 0 && i < len(results) && results[i].Names != nil:
					*found = union(*found, p.named(results[i].Names[0].Name, b))
				case i < len(n.Results) && (len(n.Results) == len(results) || len(results) == 0):
					*found = union(*found, p.texts(n.Results[i], b))
				case len(n.Results) == 1:
					if call, ok := n.Results[0].(*ast.CallExpr); ok {
						*found = union(*found, p.called(call, b, i))
					}
				}
			}
			return true
		})
	})
}

// aVerb matches a verb of fmt, or a percent sign.
var aVerb = regexp.MustCompile(`%(?:\[(\d+)\])?[-+# 0]*[\d.]*([a-zA-Z%])`)

// formatted returns the texts of a call of fmt.Sprintf.
func (p *program) formatted(call *ast.CallExpr, b *body) (all []string) {
	for _, format := range p.texts(call.Args[0], b) {
		texts, next := []string{""}, 1
		last := 0
		for _, m := range aVerb.FindAllStringSubmatchIndex(format, -1) {
			value := []string{hole}
			verb := format[m[4]:m[5]]
			if m[2] >= 0 {
				next, _ = strconv.Atoi(format[m[2]:m[3]])
			}
			if verb == "%" {
				value = []string{"%"}
			} else {
				if next < len(call.Args) && !call.Ellipsis.IsValid() && strings.Contains("svw", verb) {
					value = p.part(call.Args[next], b)
				}
				next++
			}
			texts = join(join(texts, []string{format[last:m[0]]}), value)
			last = m[1]
		}
		all = union(all, join(texts, []string{format[last:]}))
	}
	return all
}

// shown are the types whose fields say something to people, each field with its place where
// it is written without its name.
var shown = map[string]map[string]int{
	"fault.Error":         {"Message": 2},
	"notify.Condition":    {"Title": -1, "Text": -1, "Over": -1},
	"notify.Trouble":      {"Title": -1, "Text": -1, "ending": -1},
	"notify.Notification": {"Title": -1, "Text": -1},
	"journal.Event":       {"Text": -1},
	"line.Notice":         {"Text": -1},
	"modem.Notice":        {"Text": -1},
	"main.finding":        {"About": 1, "Text": 2, "Fix": 3},
	"main.Mistake":        {"Message": -1},
	"main.caution":        {"about": 0, "text": 1, "fix": 2},
	"acme.Mistake":        {"Message": 1},
	"certificate.State":   {"Of": -1},
	"modem.way":           {"words": -1},
	"usb.stick":           {"name": 2},
	"line.quarantine":     {"text": -1},
	"line.Called":         {"Text": -1},
	"guard.Rule":          {"Reason": -1},
	"guard.bound":         {"text": 5},
	"phone.condition":     {"detail": 1, "do": 2},
	"line.Setting":        {"Why": 0},
	"modem.Setting":       {"Why": 0},
	"modem.Error":         {"Cause": -1},
}

// spokenBy are functions, by their packages, whose results are said.
var spokenBy = map[string][]string{"simgate/gateway/line": {"whyNot", "remedy"}, "simgate/modem/usb": {"wrongMode"}, "simgate/gateway": {"canaryFate"}, "simgate/modem": {"unlock", "shortcomings"}, "simgate/gateway/forward": {"Title", "where"}}

// why are fields, of any type, with why something is as it is.
var why = []string{"Detail", "lastTry", "full", "silent", "Lacks", "Circuit", "Packet", "LTECalls", "Said"}

// failing are the files and folders whose errors are values in what is said.
var failing = []string{"api/certificate/", "api/dialect/set.go", "api/dialects.go", "cmd/simgate/config/", "gateway/canary/", "gateway/notify/quiet.go", "gateway/schedule/", "gateway/line/phone/", "gateway/speech/espeak.go", "gateway/speech/play.go", "gateway/speech/speech.go",
	"modem/at/", "modem/pdu/address.go", "modem/pdu/text.go", "modem/pdu/ussd.go", "modem/port/", "modem/usb/", "modem/call.go", "modem/diagnose.go", "modem/modem.go",
	"modem/recovery.go", "modem/sim.go", "modem/sound.go", "modem/speak.go", "modem/start.go", "modem/urc.go", "modem/ussd.go"}

// fails reports whether the errors of a file are values in what is said.
func fails(file string) bool {
	return slices.ContainsFunc(failing, func(of string) bool { return strings.HasPrefix(file, of) })
}

// fieldsOf returns the fields of a type that say something.
func (b *body) fieldsOf(typ ast.Expr) map[string]int {
	switch t := typ.(type) {
	case *ast.StarExpr:
		return b.fieldsOf(t.X)
	case *ast.Ident:
		name := filepath.Base(filepath.Dir(b.file))
		if strings.HasPrefix(b.file, "cmd/") {
			name = "main"
		}
		return shown[name+"."+t.Name]
	case *ast.SelectorExpr:
		return shown[fmt.Sprint(t.X)+"."+t.Sel.Name]
	}
	return nil
}

// elements returns the type of the elements of a list or map, nil for other types.
func elements(typ ast.Expr) ast.Expr {
	switch t := typ.(type) {
	case *ast.ArrayType:
		return t.Elt
	case *ast.MapType:
		return t.Value
	}
	return nil
}

// tellFormatted notes what a call makes whose function takes a format and its values.
func (p *program) tellFormatted(call *ast.CallExpr, b *body) {
	for _, of := range p.callees(call, b) {
		for i, param := range names(of.typ.Params) {
			if len(param.Names) > 0 && param.Names[0].Name == "format" && i < len(call.Args) {
				for _, text := range p.formatted(&ast.CallExpr{Args: call.Args[i:]}, b) {
					p.note(b.file, text)
				}
			}
		}
	}
}

// tell notes the sentences that a function shows to people.
func (p *program) tell(b *body) {
	variables := map[string]map[string]int{}
	for _, f := range slices.Concat(names(b.typ.Params), names(b.typ.Results)) {
		if fields := b.fieldsOf(f.Type); fields != nil && f.Names != nil {
			variables[f.Names[0].Name] = fields
		}
	}
	say := func(e ast.Expr) {
		for _, text := range p.texts(e, b) {
			p.note(b.file, text)
		}
	}
	for n := range b.nodes() {
		switch n := n.(type) {
		case *ast.CallExpr:
			f, ok := n.Fun.(*ast.SelectorExpr)
			if ok && f.Sel.Name == "With" { // the values of a cause
				for _, value := range n.Args {
					say(value)
				}
			}
			if fails(b.file) {
				p.tellFormatted(n, b)
			}
			if ok && fails(b.file) && slices.Contains([]string{"errors.New", "fmt.Errorf"}, fmt.Sprint(f.X)+"."+f.Sel.Name) {
				say(n)
			}
		case *ast.CompositeLit:
			if of := elements(n.Type); of != nil && b.fieldsOf(of) != nil {
				for _, e := range n.Elts {
					if pair, ok := e.(*ast.KeyValueExpr); ok {
						e = pair.Value
					}
					if one, ok := e.(*ast.CompositeLit); ok && one.Type == nil {
						one.Type = of
					}
				}
			}
			fields := b.fieldsOf(n.Type)
			for i, e := range n.Elts {
				pair, named := e.(*ast.KeyValueExpr)
				for field, place := range fields {
					switch {
					case named && fmt.Sprint(pair.Key) == field:
						say(pair.Value)
					case !named && place == i && field == "About": // it may be one word
						for _, text := range p.texts(e, b) {
							p.heard(cmp.Or(p.from[text], b.file), about+text)
						}
					case !named && place == i:
						say(e)
					}
				}
			}
		case *ast.AssignStmt:
			for i, to := range n.Lhs {
				if name, ok := to.(*ast.Ident); ok && len(n.Rhs) == len(n.Lhs) {
					made := n.Rhs[i]
					if of, ok := made.(*ast.UnaryExpr); ok {
						made = of.X
					}
					if literal, ok := made.(*ast.CompositeLit); ok && b.fieldsOf(literal.Type) != nil {
						variables[name.Name] = b.fieldsOf(literal.Type)
					}
				}
				if element, ok := to.(*ast.IndexExpr); ok {
					to = element.X
				}
				field, ok := to.(*ast.SelectorExpr)
				if !ok {
					continue
				}
				if _, ok := variables[fmt.Sprint(field.X)][field.Sel.Name]; !ok && !slices.Contains(why, field.Sel.Name) {
					continue
				}
				if len(n.Rhs) == len(n.Lhs) {
					say(n.Rhs[i])
				} else if call, ok := n.Rhs[0].(*ast.CallExpr); ok {
					for _, text := range p.called(call, b, i) {
						p.note(b.file, text)
					}
				}
			}
		}
	}
}

var (
	// wordy matches what has a word of English.
	wordy = regexp.MustCompile(`(?:^|[^A-Za-z])[A-Za-z]?[a-z]{2}`)
	// command matches what is typed as it is.
	command = regexp.MustCompile(`^(?:(?:journalctl|timedatectl|ls|simgate config) [^,:]*|sudo [^,]*)$|/dev/stdin`)
)

// phrases cuts a text into the sentences that translators see, with %s for each value.
func phrases(text string) (all []string) {
	text, title := strings.CutPrefix(text, about)
	for phrase := range strings.SplitSeq(text, "; ") {
		phrase = strings.Trim(strings.TrimLeft(phrase, ":;,. "), " ")
		phrase = regexp.MustCompile(hole+"+").ReplaceAllString(strings.TrimSuffix(phrase, ":"), hole)
		if !wordy.MatchString(phrase) || !title && !strings.Contains(phrase, hole) && !strings.Contains(phrase, " ") || command.MatchString(phrase) {
			continue
		}
		all = append(all, strings.ReplaceAll(strings.ReplaceAll(phrase, "%", "%%"), hole, "%s"))
	}
	return all
}

// Each sentence of the gateway is found by a text that is made of it, and says its values in
// every language.
func TestSentencesOfTheGateway(t *testing.T) {
	n := 0
	for _, at := range used(t) {
		if at.context != ofGateway {
			continue
		}
		n++
		var values []any
		for range strings.Count(at.id, "%s") {
			values = append(values, fmt.Sprintf("+49%d", 1000+len(values)))
		}
		text := fmt.Sprintf(at.id, values...)
		for _, one := range all[1:] {
			said := Say(one.tag, text)
			if said == text || strings.Contains(said, "%!") {
				t.Errorf("%s: %q is %q", one.tag, text, said)
			}
			for _, v := range values {
				if !strings.Contains(said, fmt.Sprint(v)) {
					t.Errorf("%s: %q lacks %v: %q", one.tag, text, v, said)
				}
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d sentences are found", n)
	}
}

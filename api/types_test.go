package api_test

import (
	"os"
	"os/exec"
	"regexp"
	"testing"
)

const typesFile = "client/typescript/simgate.d.ts"

// The types for TypeScript have every call and every object of openapi.yaml; "make openapi"
// compares all of them. With -update they are written anew, where npm is there.
func TestPageTypes(t *testing.T) {
	if *update {
		out, err := exec.Command("../scripts/types.sh", "openapi.yaml", typesFile).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		t.Log(string(out))
	}
	raw, err := os.ReadFile(typesFile)
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^ +(?:"([^"]+)"|(\w+)): |operations\["(\w+)"\]`).FindAllStringSubmatch(string(raw), -1) {
		has[m[1]+m[2]+m[3]] = true
	}
	doc := document(t)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if !has[path] || !has[op.OperationID] {
				t.Errorf("%s lacks %s %s: make types", typesFile, method, path)
			}
		}
	}
	for name := range doc.Components.Schemas {
		if !has[name] {
			t.Errorf("%s lacks the object %s: make types", typesFile, name)
		}
	}
}

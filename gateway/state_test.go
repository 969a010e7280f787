package gateway_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"simgate/gateway"
)

// The schema checks for exactly the states that the types have.
func TestSchemaKnowsTheStates(t *testing.T) {
	var schema strings.Builder
	files, err := filepath.Glob("store/schema/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		schema.Write(raw)
	}
	lists := map[string][][]string{}
	table := ""
	for line := range strings.Lines(schema.String()) {
		if m := regexp.MustCompile(`CREATE TABLE (\w+)`).FindStringSubmatch(line); m != nil {
			table = m[1]
		}
		if m := regexp.MustCompile(`CHECK \(state IN \((.*)\)\)`).FindStringSubmatch(line); m != nil {
			lists[table] = append(lists[table], strings.Split(strings.ReplaceAll(m[1], "'", ""), ", "))
		}
	}
	states := words(gateway.States)
	want := map[string][][]string{"message": {states}, "part": {states}, "verification": {words(gateway.VerificationStates)},
		"call": {words(gateway.CallStates)}, "delivery": {words(gateway.DeliveryStates)}}
	if diff := cmp.Diff(want, lists); diff != "" {
		t.Errorf("types and schema differ (-types +schema):\n%s", diff)
	}
}

func words[S ~string](states []S) []string {
	out := make([]string, len(states))
	for i, s := range states {
		out[i] = string(s)
	}
	return out
}

func TestFinalStatesNeverMove(t *testing.T) {
	for _, from := range gateway.CallStates {
		for _, to := range gateway.CallStates {
			if open := from == gateway.CallQueued || from == gateway.Calling; from.May(to) && !open {
				t.Errorf("a call that is %s may become %s", from, to)
			}
		}
	}
	for _, from := range []gateway.State{gateway.Delivered, gateway.Undelivered, gateway.Failed, gateway.ExpiredOut, gateway.Cancelled} {
		for _, to := range gateway.States {
			if from.May(to) {
				t.Errorf("%s may become %s", from, to)
			}
		}
	}
}

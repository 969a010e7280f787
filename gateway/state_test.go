package gateway_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"simgate/gateway"
)

// The schema checks for exactly the states that the types have.
func TestSchemaKnowsTheStates(t *testing.T) {
	schema, err := os.ReadFile("schema/0001_begin.sql")
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string][][]string{}
	table := ""
	for line := range strings.Lines(string(schema)) {
		if m := regexp.MustCompile(`CREATE TABLE (\w+)`).FindStringSubmatch(line); m != nil {
			table = m[1]
		}
		if m := regexp.MustCompile(`CHECK \(state IN \((.*)\)\)`).FindStringSubmatch(line); m != nil {
			lists[table] = append(lists[table], strings.Split(strings.ReplaceAll(m[1], "'", ""), ", "))
		}
	}
	var states, verifications []string
	for _, s := range gateway.States {
		states = append(states, string(s))
	}
	for _, s := range gateway.VerificationStates {
		verifications = append(verifications, string(s))
	}
	want := map[string][][]string{"message": {states}, "part": {states}, "verification": {verifications}}
	if diff := cmp.Diff(want, lists); diff != "" {
		t.Errorf("types and schema differ (-types +schema):\n%s", diff)
	}
}

func TestFinalStatesNeverMove(t *testing.T) {
	for _, from := range []gateway.State{gateway.Delivered, gateway.Undelivered, gateway.Failed, gateway.ExpiredOut, gateway.Cancelled} {
		for _, to := range gateway.States {
			if from.May(to) {
				t.Errorf("%s may become %s", from, to)
			}
		}
	}
}

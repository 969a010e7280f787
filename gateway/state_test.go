package gateway

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"simgate/gateway/call"
	"simgate/gateway/clock"
	"simgate/gateway/forward"
	"simgate/gateway/journal"
	"simgate/gateway/notify"
	"simgate/gateway/store"
	"simgate/gateway/store/schema"
	"simgate/gateway/store/storetest"
	"simgate/gateway/webhook"
)

// The schema checks for exactly the states that the types have.
func TestSchemaKnowsTheStates(t *testing.T) {
	var all strings.Builder
	files, err := fs.Glob(schema.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := fs.ReadFile(schema.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	lists := map[string][][]string{}
	table := ""
	for line := range strings.Lines(all.String()) {
		if m := regexp.MustCompile(`CREATE TABLE (\w+)`).FindStringSubmatch(line); m != nil {
			table = m[1]
		}
		if m := regexp.MustCompile(`CHECK \(state IN \((.*)\)\)`).FindStringSubmatch(line); m != nil {
			lists[table] = append(lists[table], strings.Split(strings.ReplaceAll(m[1], "'", ""), ", "))
		}
	}
	states := words(States)
	want := map[string][][]string{"message": {states}, "part": {states}, "verification": {words(VerificationStates)},
		"call": {words(call.States)}, "delivery": {words(webhook.States)}, "notification": {words(notify.States)}, "forward": {words(forward.States)}}
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
	neverMove(t, "message", States, Queued, Sending, Sent, Unknown)
	neverMove(t, "verification", VerificationStates, Pending)
	neverMove(t, "call", call.States, call.Queued, call.Calling)
}

func neverMove[S interface {
	~string
	May(next S) bool
}](t *testing.T, noun string, all []S, open ...S) {
	t.Helper()
	for _, from := range all {
		for _, to := range all {
			if from.May(to) && !slices.Contains(open, from) {
				t.Errorf("a %s that is %s may become %s", noun, from, to)
			}
		}
	}
}

// Statements that make a row of a noun with an id and a state.
const (
	newMessageRow = `INSERT INTO message (id, app, recipient, body, custom_id, lane, pinned, line, reference, parts, due, deadline,
		accepted_at, expires_at, state) VALUES (?, 'shop', '', '', '', 0, 0, 0, 0, 1, 0, 0, 0, 0, ?)`
	newVerificationRow = `INSERT INTO verification (id, uuid, app, recipient, purpose, max_tries, deadline, created_at,
		expires_at, state) VALUES (?1, ?1, 'shop', ?1, '', 5, 0, 0, 0, ?2)`
	newCallRow = `INSERT INTO call (id, app, recipient, body, file, locale, custom_id, callback, pinned, line, due, deadline,
		accepted_at, state) VALUES (?, 'shop', '', '', '', '', '', '', 0, 0, 0, 0, 0, ?)`
)

// Every pair of states of every noun: the database changes from one to the other
// exactly where the map allows it.
func TestAChangeOfStateIsOneOfTheMap(t *testing.T) {
	db := storetest.Open(t)
	storetest.Walk(t, db, parts, States, `INSERT INTO part (message_id, seq, line, modem, submitted_at, state) VALUES (1, ?, 0, '', 0, ?)`, `seq = ?`)
	storetest.Walk(t, db, messages, States, newMessageRow, `id = ?`)
	storetest.Walk(t, db, verifications, VerificationStates, newVerificationRow, `id = ?`)
}

func TestARowThatIsGoneChangesToNoState(t *testing.T) {
	db := storetest.Open(t)
	err := db.Write(t.Context(), func(tx *store.Tx) error {
		return messages.MoveOne(tx, Sent, store.Clause{}, store.Where(`id = ?`, 7))
	})
	if want := "there is no such message to become sent"; err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %q", err, want)
	}
}

// Each change of a state that receivers can hear of is one of the journal, whoever makes
// it: each noun is walked through all that its map allows, on a database of a gateway.
func TestChangesOfStatesAreInTheJournal(t *testing.T) {
	db := storetest.Open(t)
	g := &Gateway{journal: journal.New(clock.New(clock.Source{Uptime: func() time.Duration { return time.Hour }, Wall: time.Now}), slog.New(slog.DiscardHandler))}
	db.OnChange(g.changed)
	var want []journal.Change
	expect := func(noun string, id int, from, to string) {
		want = append(want, journal.Change{Kind: noun, Subject: int64(id), App: "shop", From: from, To: to})
	}
	storetest.Walk(t, db, messages, States, newMessageRow, `id = ?`)
	storetest.Walk(t, db, verifications, VerificationStates, newVerificationRow, `id = ?`)
	storetest.Walk(t, db, store.NewNoun("call", call.States, call.State.May), call.States, newCallRow, `id = ?`)
	walked(States, expect, "message")
	walked(VerificationStates, expect, "verification")
	walked(call.States, expect, "call")
	got, err := store.Read(t.Context(), db, func(tx *store.Tx) ([]journal.Change, error) { return journal.Changes(tx, 0, 1000) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(journal.Change{}, "ID", "At")); diff != "" {
		t.Errorf("the journal differs (-want +got):\n%s", diff)
	}
	heard := map[string]bool{NewsReceived: true, NewsAmended: true, NewsMissed: true, NewsTagged: true, NewsOptedOut: true, NewsOptedIn: true} // those are no changes of a noun
	for _, c := range got {
		heard[newsKind(c)] = true
	}
	for _, kind := range NewsKinds {
		if !heard[kind] {
			t.Errorf("no change in the journal is %s", kind)
		}
	}
}

// walked calls expect for each change that [storetest.Walk] has made.
func walked[S interface {
	~string
	May(next S) bool
}](all []S, expect func(noun string, id int, from, to string), noun string) {
	id := 1000
	for _, from := range all {
		for _, to := range all {
			if id++; from.May(to) {
				expect(noun, id, string(from), string(to))
			}
		}
	}
}

// No statement but that of [store.Noun.Move] sets a state, so that none can set one that
// the map does not allow.
func TestStatesAreSetInOnePlace(t *testing.T) {
	set := regexp.MustCompile(`(?is)\bSET\b((?:[^` + "`" + `"]*?,)?)\s*state\s*=`)
	var found []string
	for _, pattern := range []string{"*.go", "*/*.go", "store/schema/*.sql"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range set.FindAllIndex(raw, -1) {
				found = append(found, fmt.Sprintf("%s: %s", file, raw[at[0]:at[1]]))
			}
		}
	}
	if want := []string{"store/state.go: SET state ="}; !slices.Equal(found, want) {
		t.Errorf("states are set in %q, want %q", found, want)
	}
}

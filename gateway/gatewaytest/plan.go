package gatewaytest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"simgate/gateway/store/schema"
	"simgate/gateway/store/sqlite"
)

// heard are the statements that gateways of this process have run, each with the
// arguments of its first time.
var heard sync.Map // query -> []any

func hear(query string, args []any) { heard.LoadOrStore(query, args) }

// Statements returns the SQL that all worlds of this process have run so far.
func Statements() []string {
	var all []string
	heard.Range(func(query, _ any) bool {
		all = append(all, query.(string))
		return true
	})
	slices.Sort(all)
	return all
}

// growing are the tables of which there is no bound but retention.
var growing = []string{"attempt", "audit", "call", "contact", "counter", "delivery", "early_report", "event", "failure", "forward", "guard_number", "idempotency",
	"incoming", "incoming_part", "incoming_seen", "line_outcome", "message", "pace_recipient", "part", "phone_message", "reference", "refusal", "signal", "verification"}

// small are partial indexes of which a whole reading is bounded: by the length of
// the queue, which the configuration limits, by the number of modems, and by the
// most deliveries that are kept.
var small = []string{"message_queue", "message_deadline", "message_held", "verification_deadline", "verification_step", "verification_open", "call_queue",
	"call_deadline", "call_calling", "part_sending", "incoming_gap", "delivery_pending", "forward_pending"}

// scanning explains every statement that was run so far, on an empty database in
// folder, and returns those that read a growing table from end to end, with how.
func scanning(ctx context.Context, folder string) (found []string, err error) {
	db, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(folder, "plans.db")}, schema.FS)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	err = db.Read(ctx, func(tx *sqlite.Tx) error {
		for _, query := range Statements() {
			args, _ := heard.Load(query)
			steps, err := explain(tx, query, args.([]any))
			if err != nil {
				return fmt.Errorf("%s: %w", query, err)
			}
			for _, step := range steps {
				if scans(query, step) {
					found = append(found, step+": "+strings.Join(strings.Fields(query), " "))
				}
			}
		}
		return nil
	})
	return found, err
}

func explain(tx *sqlite.Tx, query string, args []any) ([]string, error) {
	switch word, _, _ := strings.Cut(strings.TrimSpace(query), " "); strings.ToUpper(word) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH":
	default:
		return nil, nil // savepoints and pragmas, and what begins with a comment: that is rare, and asked for by the owner
	}
	return sqlite.All(tx, func(row sqlite.Scanner) (detail string, err error) {
		var id, parent, unused int
		return detail, row.Scan(&id, &parent, &unused, &detail)
	}, "EXPLAIN QUERY PLAN "+query, args...)
}

// anyOfNewest are the conditions of such lists.
const anyOfNewest = `(?:1 = 1|change > 0 AND change > \?|(?:m\.|c\.|d\.)?state = \?|received_at >= \?|(?:m\.|c\.|d\.)?id < (?:\?|\(SELECT b\.id FROM verification b WHERE b\.uuid = \?\)))`

var (
	scanOf   = regexp.MustCompile(`^SCAN (\w+)(?:.* INDEX (\w+))?`)
	tableFor = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?`)
	// newest reads a page of what there is, from the newest on, and stops when that is
	// full. Lists by state or time alone are of these: an index by state would be written
	// three times for every message, and who asks for what is new finds it at once.
	newest = regexp.MustCompile(`WHERE ` + anyOfNewest + `(?: AND ` + anyOfNewest + `)* ORDER BY (?:m\.|c\.|d\.)?id DESC LIMIT \?$`)
)

// scans reports whether a step of a plan reads a growing table from end to end.
func scans(query, step string) bool {
	m := scanOf.FindStringSubmatch(step)
	if m == nil || slices.Contains(small, m[2]) || newest.MatchString(strings.Join(strings.Fields(query), " ")) {
		return false
	}
	table := m[1]
	for _, t := range tableFor.FindAllStringSubmatch(query, -1) {
		if t[2] == m[1] {
			table = t[1]
		}
	}
	if strings.Contains(query, "EXISTS (SELECT 1 FROM "+table+")") {
		return false // it stops at the first row
	}
	return slices.Contains(growing, table)
}

// Main runs the tests of a package and, once these have passed, explains their
// statements: none may read a table that grows from end to end. It returns the code
// with which the process is to exit.
func Main(m *testing.M) int {
	flag.Parse()
	if code := m.Run(); code != 0 {
		return code
	}
	folder, err := os.MkdirTemp("", "plans")
	var found []string
	if err == nil {
		defer func() { _ = os.RemoveAll(folder) }()
		found, err = scanning(context.Background(), folder)
	}
	for _, f := range found {
		fmt.Println("FAIL: a table that grows is read from end to end:", f)
	}
	if err != nil {
		fmt.Println("FAIL: explaining the statements:", err)
	}
	if err != nil || len(found) > 0 {
		return 1
	}
	return 0
}

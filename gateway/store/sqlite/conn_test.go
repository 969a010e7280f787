package sqlite

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mattn/go-sqlite3"
)

// A connection whose commits could be lost is not used, whatever the reason.
func TestConnectionThatIsNotDurableIsRefused(t *testing.T) {
	for name, test := range map[string]struct{ settings, refusal string }{
		"driver's default":  {"_journal_mode=WAL", `synchronous is "1"`},
		"synchronous off":   {"_journal_mode=WAL&_synchronous=OFF", `synchronous is "0"`},
		"rollback journal":  {"_journal_mode=DELETE&_synchronous=FULL", `journal_mode is "delete"`},
		"journal in memory": {"_journal_mode=MEMORY&_synchronous=FULL", `journal_mode is "memory"`},
	} {
		t.Run(name, func(t *testing.T) {
			db := sql.OpenDB(&connector{
				driver: sqlite3.SQLiteDriver{ConnectHook: prove},
				dsn:    "file:" + filepath.Join(t.TempDir(), "test.db") + "?" + test.settings,
			})
			defer db.Close()
			if err := db.Ping(); err == nil || !strings.Contains(err.Error(), test.refusal) {
				t.Errorf("it was answered with %v", err)
			}
		})
	}
}

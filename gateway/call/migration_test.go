package call

import (
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"

	"simgate/gateway/store"
	"simgate/gateway/store/schema"
	"simgate/gateway/store/sqlite"
)

// What calls of codes say was found by the id of the verification, and is by its uuid.
func TestCallsOfAnOlderDatabase(t *testing.T) {
	older := fstest.MapFS{}
	files, err := fs.Glob(schema.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if name >= "0018" {
			continue
		}
		raw, err := fs.ReadFile(schema.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		older[name] = &fstest.MapFile{Data: raw}
	}
	path := filepath.Join(t.TempDir(), "simgate.db")
	in := func(files fs.FS, fn func(*store.Tx) error) {
		t.Helper()
		db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}, files)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		go db.Run(t.Context()) //nolint:errcheck // Close ends it
		if err := db.Write(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	in(older, func(tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO verification (id, uuid, app, recipient, purpose, state, max_tries, deadline, created_at, expires_at)
			VALUES (7, 'the-uuid', 'shop', '+4915112345678', '', 'pending', 5, 0, 0, 0)`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO call (id, app, recipient, body, file, locale, custom_id, callback, verification_id, state, pinned, line, due,
				deadline, accepted_at) VALUES
			(1, 'shop', '+4915112345678', '', '', 'en-gb', '', '', 7, 'queued', 0, 0, 0, 100, 5),
			(2, 'shop', '+4915112345679', 'hi', '', 'en-gb', '', '', NULL, 'completed', 0, 3, 0, 100, 6)`)
		return err
	})
	in(schema.FS, func(tx *store.Tx) error {
		all, err := selectAll(tx, Filter{Limit: 10})
		if err != nil {
			return err
		}
		if len(all) != 2 || all[1].Ref != "the-uuid" || all[1].State != Queued || all[0].Ref != "" || all[0].Text != "hi" || all[0].Line != 3 {
			t.Errorf("the calls are %+v", all)
		}
		waiting, err := queuedFor(tx, "the-uuid")
		if err != nil || len(waiting) != 1 {
			t.Errorf("for the verification wait %+v, %v", waiting, err)
		}
		return nil
	})
}

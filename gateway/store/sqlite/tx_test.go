package sqlite_test

import (
	"errors"
	"slices"
	"testing"

	"simgate/gateway/store/sqlite"
)

func TestStatements(t *testing.T) {
	errScan := errors.New("scan")
	noScan := func(sqlite.Scanner) (int, error) { return 0, errScan }
	for name, fn := range map[string]func(t *testing.T, tx *sqlite.Tx) error{
		"Exec counts": func(t *testing.T, tx *sqlite.Tx) error {
			got, err := tx.Exec("UPDATE note SET body = body || ? WHERE id >= ?", "!", 2)
			if got.RowsAffected != 2 {
				t.Errorf("%d rows affected", got.RowsAffected)
			}
			return err
		},
		"Exec tells the new id": func(t *testing.T, tx *sqlite.Tx) error {
			got, err := tx.Exec("INSERT INTO note (body) VALUES (?)", "d")
			if got.RowsAffected != 1 || got.LastInsertId != 4 {
				t.Errorf("the result is %+v", got)
			}
			return err
		},
		"Get takes the first row": func(t *testing.T, tx *sqlite.Tx) error {
			got, err := sqlite.Get(tx, scanText, "SELECT body FROM note ORDER BY id")
			if got != "a" {
				t.Errorf("got %q", got)
			}
			return err
		},
		"Get without rows": func(t *testing.T, tx *sqlite.Tx) error {
			if _, err := sqlite.Get(tx, scanText, "SELECT body FROM note WHERE id = ?", 99); err != sqlite.ErrNoRows {
				t.Errorf("answered with %v", err)
			}
			return nil
		},
		"Get of a change": func(t *testing.T, tx *sqlite.Tx) error {
			got, err := sqlite.Get(tx, scanText, "UPDATE note SET body = 'z' WHERE id = ? RETURNING body", 1)
			if got != "z" {
				t.Errorf("got %q", got)
			}
			return err
		},
		"Get of a conflict": func(t *testing.T, tx *sqlite.Tx) error {
			if _, err := sqlite.Get(tx, scanText, "INSERT INTO note (body) VALUES ('a') RETURNING body"); !sqlite.IsUnique(err) {
				t.Errorf("answered with %v", err)
			}
			return nil
		},
		"Get whose scan fails": func(t *testing.T, tx *sqlite.Tx) error {
			if _, err := sqlite.Get(tx, noScan, "SELECT id FROM note"); err != errScan {
				t.Errorf("answered with %v", err)
			}
			return nil
		},
		"All in order": func(t *testing.T, tx *sqlite.Tx) error {
			got, err := sqlite.All(tx, scanText, "SELECT body FROM note ORDER BY body DESC")
			if !slices.Equal(got, []string{"c", "b", "a"}) {
				t.Errorf("got %q", got)
			}
			return err
		},
		"All without rows": func(t *testing.T, tx *sqlite.Tx) error {
			got, err := sqlite.All(tx, scanText, "SELECT body FROM note WHERE id > 99")
			if len(got) != 0 {
				t.Errorf("got %q", got)
			}
			return err
		},
		"All whose scan fails": func(t *testing.T, tx *sqlite.Tx) error {
			if got, err := sqlite.All(tx, noScan, "SELECT id FROM note"); err != errScan || got != nil {
				t.Errorf("answered with %v, %v", got, err)
			}
			return nil
		},
		"one query inside another": func(t *testing.T, tx *sqlite.Tx) error {
			got, err := sqlite.All(tx, func(row sqlite.Scanner) (string, error) {
				id, err := scanInt(row)
				if err != nil {
					return "", err
				}
				return sqlite.Get(tx, scanText, "SELECT body FROM note WHERE id = ?", id)
			}, "SELECT id FROM note ORDER BY id")
			if !slices.Equal(got, []string{"a", "b", "c"}) {
				t.Errorf("got %q", got)
			}
			return err
		},
		"a savepoint is kept": func(t *testing.T, tx *sqlite.Tx) error {
			err := tx.Savepoint(func() error { return insert("d")(tx) })
			if n, _ := sqlite.Get(tx, scanInt, "SELECT count(*) FROM note"); n != 4 {
				t.Errorf("%d rows", n)
			}
			return err
		},
		"a savepoint that fails is undone alone": func(t *testing.T, tx *sqlite.Tx) error {
			err := tx.Savepoint(func() error {
				if err := tx.Savepoint(func() error { return insert("d")(tx) }); err != nil {
					return err
				}
				_, err := tx.Exec("INSERT INTO note (id, body) VALUES (1, 'x')")
				return err
			})
			if !sqlite.IsUnique(err) {
				t.Errorf("answered with %v", err)
			}
			if n, _ := sqlite.Get(tx, scanInt, "SELECT count(*) FROM note"); n != 3 {
				t.Errorf("%d rows", n)
			}
			return insert("e")(tx)
		},
		"primary key taken": func(t *testing.T, tx *sqlite.Tx) error {
			if _, err := tx.Exec("INSERT INTO note (id, body) VALUES (1, 'x')"); !sqlite.IsUnique(err) {
				t.Errorf("answered with %v", err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, sqlite.Config{})
			err := db.Write(t.Context(), func(tx *sqlite.Tx) error {
				for _, body := range []string{"a", "b", "c"} {
					if err := insert(body)(tx); err != nil {
						return err
					}
				}
				return fn(t, tx)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTransactionEndsWithItsFunction(t *testing.T) {
	db := open(t, sqlite.Config{})
	for name, run := range map[string]func(func(*sqlite.Tx) error) error{
		"Write": func(fn func(*sqlite.Tx) error) error { return db.Write(t.Context(), fn) },
		"Read":  func(fn func(*sqlite.Tx) error) error { return db.Read(t.Context(), fn) },
	} {
		t.Run(name, func(t *testing.T) {
			var kept *sqlite.Tx
			if err := run(func(tx *sqlite.Tx) error { kept = tx; return nil }); err != nil {
				t.Fatal(err)
			}
			if err := insert("late")(kept); err == nil {
				t.Error("a statement ran after the transaction")
			}
			if _, err := sqlite.All(kept, scanText, "SELECT body FROM note"); err == nil {
				t.Error("a query ran after the transaction")
			}
		})
	}
}

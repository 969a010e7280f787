package bookmark

import (
	"context"
	"fmt"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Bookmark is a search that has a name.
type Bookmark struct {
	Name   string
	Number string // that is looked for, as people write numbers; E.164 of one that is kept; "" for any
	Query  string // all other conditions, as the query of a URL
}

// The limits of bookmarks.
const (
	MaxName  = 40 // characters
	MaxQuery = 2000
	Max      = 50 // that there may be
)

// Bookmarks are all bookmarks. It is safe for concurrent use.
type Bookmarks struct {
	db    *store.DB
	clock *clock.Clock
	read  func(number string) (string, error)
}

// New returns the bookmarks of a database. read reads a number as people write it.
func New(db *store.DB, c *clock.Clock, read func(number string) (string, error)) *Bookmarks {
	return &Bookmarks{db, c, read}
}

// List returns all bookmarks by their names.
func (b *Bookmarks) List(ctx context.Context) ([]Bookmark, error) {
	return store.Read(ctx, b.db, selectAll)
}

// Set keeps a bookmark, in the place of one with the same name.
func (b *Bookmarks) Set(ctx context.Context, one Bookmark) (err error) {
	if one.Name == "" {
		return fault.NewInvalid("name", "a search is kept under a name: give it one")
	}
	if err := fault.CheckName("name", one.Name, MaxName); err != nil {
		return err
	}
	if len(one.Query) > MaxQuery {
		return fault.NewInvalid("query", "this search is too long to be kept")
	}
	if one.Number, err = b.read(one.Number); err != nil {
		return err
	}
	_, err = store.Write(ctx, b.db, func(tx *store.Tx) (bool, error) {
		all, err := selectAll(tx)
		if err != nil {
			return false, err
		}
		if known := contains(all, one.Name); !known && len(all) >= Max {
			return false, &fault.Error{Code: fault.Conflict, Message: fmt.Sprintf("there are %d searches: remove one that nobody needs", len(all))}
		}
		return true, upsert(tx, one, b.clock.Wall())
	})
	return err
}

// Remove removes the bookmark with a name, if there is one.
func (b *Bookmarks) Remove(ctx context.Context, name string) error {
	return store.Error(b.db.Commit(ctx, func(tx *store.Tx) error { return remove(tx, name) }))
}

func contains(all []Bookmark, name string) bool {
	for _, b := range all {
		if b.Name == name {
			return true
		}
	}
	return false
}

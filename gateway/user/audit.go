package user

import (
	"context"
	"time"

	"simgate/gateway/store"
)

// Action is what somebody did on the pages, or tried.
type Action string

// The actions of this package. Others are the patterns of the routes of pages.
const (
	ActLogin        Action = "login"
	ActProxy        Action = "login.proxy" // by a proxy that says who it is
	ActWait         Action = "login.wait"  // too many wrong passwords
	ActLink         Action = "user.link"
	ActPassword     Action = "user.password"
	ActUserAdded    Action = "user.added"
	ActUserRole     Action = "user.role"
	ActUserRemoved  Action = "user.removed"
	ActSessionEnded Action = "session.ended"
)

// KeepAudit is how long it is kept what was done.
const KeepAudit = 365 * 24 * time.Hour

// mostNoted is how much of it is kept.
const mostNoted = 50_000

// Entry says who did what, from where.
type Entry struct {
	ID int64 // grows with time
	At time.Time
	By
	Action Action
	Detail string
}

// Note writes down that somebody did something.
func (u *Users) Note(ctx context.Context, by By, a Action, detail string) error {
	return store.Error(u.db.Commit(ctx, func(tx *store.Tx) error { return u.note(tx, by, a, detail) }))
}

// NoteIn writes down that somebody did something, in the transaction of what was done.
func (u *Users) NoteIn(tx *store.Tx, by By, a Action, detail string) error {
	return u.note(tx, by, a, detail)
}

func (u *Users) note(tx *store.Tx, by By, a Action, detail string) error {
	return insertEntry(tx, Entry{By: by, Action: a, Detail: cut(detail, 500)}, u.clock.Wall())
}

// Audit returns at most limit of what was done before the entry with an id, or lately for 0;
// the newest first.
func (u *Users) Audit(ctx context.Context, before int64, limit int) ([]Entry, error) {
	return store.Read(ctx, u.db, func(tx *store.Tx) ([]Entry, error) { return selectEntries(tx, before, limit) })
}

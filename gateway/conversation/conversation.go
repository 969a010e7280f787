package conversation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Side is what went out, or what came in. An app of "" stands for all apps.
type Side[T any] struct {
	// Newest returns the newest with ids below one, at most limit.
	Newest func(tx *store.Tx, app string, below int64, limit int) ([]store.Mark, error)
	// Later reports whether a number has any with an id above one.
	Later func(tx *store.Tx, app, number string, above int64) (bool, error)
	// Of returns the newest of a number with ids below one, at most limit.
	Of func(tx *store.Tx, app, number string, below int64, limit int) ([]T, error)
	// Get returns the one with an id.
	Get func(tx *store.Tx, id int64) (T, error)
	// Mark returns its place.
	Mark func(T) store.Mark
}

// Conversations are all conversations. They are safe for concurrent use.
type Conversations[Out, In any] struct {
	db     *store.DB
	out    Side[Out]
	in     Side[In]
	unread func(tx *store.Tx, app, number string) (int, error)
}

// New returns the conversations of two sides; unread counts what came from a number for an
// app and was not read.
func New[Out, In any](db *store.DB, out Side[Out], in Side[In], unread func(tx *store.Tx, app, number string) (int, error)) *Conversations[Out, In] {
	return &Conversations[Out, In]{db: db, out: out, in: in, unread: unread}
}

// View says whose entries are shown.
type View struct {
	Sent    bool   // what went out is shown
	SentApp string // of this app, "" all
	CameApp string // what came in for this app, "" all
}

// Place is where a page ends: the ids below which the next one goes on.
type Place struct{ Out, In int64 }

// start is the place of the first page.
var start = Place{math.MaxInt64, math.MaxInt64}

func (p Place) orStart() Place { return Place{cmp.Or(p.Out, start.Out), cmp.Or(p.In, start.In)} }

// Entry is something that went out, or that came in: one of both is set.
type Entry[Out, In any] struct {
	Out *Out
	In  *In
}

// Conversation is what went to a number and came from it.
type Conversation[Out, In any] struct {
	Number  string
	Unread  int              // of what came in, up to 1000
	Entries []Entry[Out, In] // the newest first; in a list only the last
	Next    Place            // of the next page; zero: there is none
}

const (
	maxPage = 500
	// maxLooked is how many entries a page of conversations looks at.
	maxLooked = 1000
	// atOnce is how many marks are read at a time.
	atOnce = 200
)

func checkLimit(limit int) (int, error) {
	if limit = cmp.Or(limit, 50); limit < 1 || limit > maxPage {
		return 0, fault.NewInvalid("limit", fmt.Sprintf("at most %d at a time", maxPage))
	}
	return limit, nil
}

// With returns the conversation with a number, a page of its entries from a place on.
func (c *Conversations[Out, In]) With(ctx context.Context, v View, number string, from Place, limit int) (Conversation[Out, In], error) {
	limit, err := checkLimit(limit)
	if err != nil {
		return Conversation[Out, In]{}, err
	}
	return store.Read(ctx, c.db, func(tx *store.Tx) (talk Conversation[Out, In], err error) {
		talk.Number, talk.Next = number, from.orStart()
		if talk.Unread, err = c.unread(tx, v.CameApp, number); err != nil {
			return talk, err
		}
		var sent []Out
		if v.Sent {
			if sent, err = c.out.Of(tx, v.SentApp, number, talk.Next.Out, limit+1); err != nil {
				return talk, err
			}
		}
		came, err := c.in.Of(tx, v.CameApp, number, talk.Next.In, limit+1)
		if err != nil {
			return talk, err
		}
		for len(talk.Entries) < limit && len(sent)+len(came) > 0 {
			if len(came) == 0 || len(sent) > 0 && c.out.Mark(sent[0]).At.After(c.in.Mark(came[0]).At) {
				talk.Entries, talk.Next.Out = append(talk.Entries, Entry[Out, In]{Out: &sent[0]}), c.out.Mark(sent[0]).ID
				sent = sent[1:]
			} else {
				talk.Entries, talk.Next.In = append(talk.Entries, Entry[Out, In]{In: &came[0]}), c.in.Mark(came[0]).ID
				came = came[1:]
			}
		}
		if len(sent)+len(came) == 0 {
			talk.Next = Place{}
		}
		return talk, nil
	})
}

// List returns conversations from a place on, the one with the newest entry first, each
// with its last entry, and the place of the next page, zero where there is none. It looks at
// a bounded number of entries, so that a page takes no time: it may have fewer
// conversations than the limit, even none, though there is a next one.
func (c *Conversations[Out, In]) List(ctx context.Context, v View, unread bool, from Place, limit int) (list []Conversation[Out, In], next Place, err error) {
	if limit, err = checkLimit(limit); err != nil {
		return nil, next, err
	}
	list, err = store.Read(ctx, c.db, func(tx *store.Tx) (list []Conversation[Out, In], err error) {
		out := newSide(c.out, v.SentApp, from.orStart().Out, v.Sent)
		in := newSide(c.in, v.CameApp, from.orStart().In, true)
		seen := map[string]bool{}
		for range maxLooked {
			if len(list) == limit {
				next = Place{out.below, in.below}
				return list, nil
			}
			if err := errors.Join(out.fill(tx), in.fill(tx)); err != nil {
				return nil, err
			}
			if len(out.marks)+len(in.marks) == 0 {
				next = Place{}
				return list, nil
			}
			went := len(in.marks) == 0 || len(out.marks) > 0 && out.marks[0].At.After(in.marks[0].At)
			var m store.Mark
			var later bool
			if went {
				m = out.take()
			} else {
				m = in.take()
			}
			if m.Number == "" || seen[m.Number] {
				continue
			}
			seen[m.Number] = true
			// One that has anything newer was on a page before.
			if later, err = out.later(tx, m.Number, went); err == nil && !later {
				later, err = in.later(tx, m.Number, !went)
			}
			if err != nil {
				return nil, err
			}
			if later {
				continue
			}
			talk := Conversation[Out, In]{Number: m.Number}
			if talk.Unread, err = c.unread(tx, v.CameApp, m.Number); err != nil {
				return nil, err
			}
			if unread && talk.Unread == 0 {
				continue
			}
			if talk.Entries, err = c.entry(tx, m.ID, went); err != nil {
				return nil, err
			}
			list = append(list, talk)
		}
		next = Place{out.below, in.below}
		return list, nil
	})
	return list, next, err
}

// entry returns the one that went out or came in with an id.
func (c *Conversations[Out, In]) entry(tx *store.Tx, id int64, went bool) ([]Entry[Out, In], error) {
	if went {
		m, err := c.out.Get(tx, id)
		return []Entry[Out, In]{{Out: &m}}, err
	}
	m, err := c.in.Get(tx, id)
	return []Entry[Out, In]{{In: &m}}, err
}

// side is a side of which the marks are read one after the other.
type side[T any] struct {
	Side[T]
	app   string
	below int64 // the id of the last that was taken
	marks []store.Mark
	more  bool // there may be others than marks
}

func newSide[T any](s Side[T], app string, below int64, shown bool) *side[T] {
	return &side[T]{Side: s, app: app, below: below, more: shown}
}

// fill reads more marks where there are none left.
func (s *side[T]) fill(tx *store.Tx) (err error) {
	if len(s.marks) == 0 && s.more {
		s.marks, err = s.Newest(tx, s.app, s.below, atOnce)
		s.more = len(s.marks) == atOnce
	}
	return err
}

func (s *side[T]) take() store.Mark {
	m := s.marks[0]
	s.marks, s.below = s.marks[1:], m.ID
	return m
}

// later reports whether a number has any among those that were taken, of this page or one
// before; but for the last where that is the number's own.
func (s *side[T]) later(tx *store.Tx, number string, own bool) (bool, error) {
	switch {
	case s.below == math.MaxInt64:
		return false, nil
	case own:
		return s.Later(tx, s.app, number, s.below)
	}
	return s.Later(tx, s.app, number, s.below-1)
}

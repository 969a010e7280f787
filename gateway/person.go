package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"simgate/gateway/bookmark"
	"simgate/gateway/call"
	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/contact"
	"simgate/gateway/fault"
	"simgate/gateway/forward"
	"simgate/gateway/guard"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/notify"
	"simgate/gateway/optout"
	"simgate/gateway/person"
	"simgate/gateway/setting"
	"simgate/gateway/store"
	"simgate/gateway/store/sqlite"
	"simgate/gateway/user"
	"simgate/gateway/webhook"
)

// personal are the tables that hold numbers of people. What refers to a row stands before
// it.
var personal = slices.Concat(personalAttempts, personalMessages, call.Personal, personalVerifications, personalReports,
	contact.Personal, inbox.Personal, webhook.Personal, guard.Personal, line.Personal, journal.Personal, notify.Personal, bookmark.Personal, optout.Personal, user.Personal, forward.Personal, setting.Personal)

// Export is all that is stored about a number.
type Export struct {
	Number  msisdn.Number
	At      time.Time
	Records map[string][]person.Record // by the names of the tables
}

// Export returns all that is stored about a number, of all apps. Codes are masked.
func (g *Gateway) Export(ctx context.Context, number string) (Export, error) {
	n, err := g.ReadNumber("", number, msisdn.Reading{})
	if err != nil {
		return Export{}, err
	}
	ledger, err := person.FindLedger(g.folder())
	if err != nil {
		return Export{}, err
	}
	mark := ""
	if ledger != nil {
		mark = ledger.Mark(string(n))
	}
	records, err := store.Read(ctx, g.db, func(tx *store.Tx) (map[string][]person.Record, error) {
		return person.Export(tx, personal, string(n), mark)
	})
	return Export{n, g.clock.Wall().Time(), records}, err
}

// Forgotten is what came of forgetting a number.
type Forgotten struct {
	Number                         msisdn.Number
	Removed                        map[string]int64 // rows, by the names of the tables
	Messages, Calls, Verifications int64            // that waited, and go out no more
	Backups                        []string         // the copies that hold the number still
}

// Forget removes all that is stored about a number. What waits for it is cancelled without a
// word to its app, as nothing can be told any more of what is forgotten. While something
// goes out to it, it is refused.
func (g *Gateway) Forget(ctx context.Context, number string) (Forgotten, error) {
	n, err := g.ReadNumber("", number, msisdn.Reading{})
	if err != nil {
		return Forgotten{}, err
	}
	ledger, err := person.OpenLedger(g.folder())
	if err != nil {
		return Forgotten{}, &fault.Error{Code: fault.Unavailable, Message: err.Error() + ": nothing was forgotten; make it readable and writable for the service"}
	}
	f, err := store.Write(ctx, g.db, func(tx *store.Tx) (f Forgotten, err error) {
		open, err := selectOpenFor(tx, n)
		if err != nil {
			return f, err
		}
		if open.underWay > 0 {
			return f, &fault.Error{Code: fault.Conflict, RetryAfter: time.Minute, Message: "a message or a call to " + string(n) + " is just going out: try again in a minute"}
		}
		f = Forgotten{Number: n, Messages: open.messages, Calls: open.calls, Verifications: open.verifications}
		told, err := person.Told(tx, personal, string(n))
		if err != nil {
			return f, err
		}
		if err := webhook.DeletePending(tx, func(kind string, id int64) bool { return told[nounOf(kind)][id] }); err != nil {
			return f, err
		}
		if f.Removed, err = person.Delete(tx, personal, string(n), ledger.Mark(string(n))); err != nil {
			return f, err
		}
		return f, ledger.Note(tx, string(n), g.clock.Wall())
	})
	if err != nil {
		return f, err
	}
	g.guard.Forget(n)
	g.optOuts.Marked(ledger.Mark)
	if err := g.forwarder.Refresh(ctx); err != nil {
		return f, store.Error(err)
	}
	if fewer := g.cfg.Load().Fewer; fewer != nil && f.Removed[setting.Personal[0].Name] > 0 {
		if err := fewer(ctx); err != nil {
			return f, err
		}
	}
	if err := g.backups.WriteBeside(ctx); err != nil {
		return f, &fault.Error{Code: fault.Unavailable, Message: fmt.Sprintf("%s is forgotten, but the list that restores look at could not be written, so that a restore would bring it back: forget it again when this is mended: %v", n, err)}
	}
	if err := g.db.EmptyLog(ctx); err != nil {
		g.log.Warn("what was forgotten stays in the write-ahead log of the database for a while", "err", err)
	}
	f.Backups, err = g.backupsWith(ctx, n)
	return f, err
}

// folder is where the database is, and what lies beside it.
func (g *Gateway) folder() string { return filepath.Dir(g.cfg.Load().Database) }

// openOptOuts opens the list of those who want no messages. Where there is no key to numbers
// that were forgotten, none was, or they are not known again.
func (g *Gateway) openOptOuts(ctx context.Context, cfg Config) (*optout.List, error) {
	list, err := optout.Open(ctx, cfg.OptOut, optout.World{
		Read:    func(app, s string) (msisdn.Number, error) { return g.ReadNumber(app, s, msisdn.Reading{}) },
		Writers: writersTo,
		Cancel: func(tx *store.Tx, app string, to msisdn.Number, why cause.Cause) error {
			now := g.clock.Wall()
			return errors.Join(cancelUnwanted(tx, app, to, why, now), call.CancelTo(tx, app, to, why, now))
		},
		Answer: g.answerOptOut,
		Save:   func(ctx context.Context) error { return g.backups.WriteBeside(ctx) },
	}, g.db, g.clock, g.journal, cfg.Log)
	if err != nil {
		return nil, err
	}
	ledger, err := person.FindLedger(g.folder())
	if err == nil && ledger != nil {
		list.Marked(ledger.Mark)
	}
	return list, err
}

// writeLists writes down beside backups what a restore does again.
func (g *Gateway) writeLists(tx *store.Tx, folder string) error {
	return errors.Join(person.WriteForgotten(tx, folder), g.writeOptOuts(tx, folder))
}

func (g *Gateway) writeOptOuts(tx *store.Tx, folder string) error {
	all, err := optout.Standing(tx)
	if err != nil || len(all) == 0 {
		return err
	}
	ledger, err := person.OpenLedger(g.folder())
	if err != nil {
		return err
	}
	notes := make([]person.Note, len(all))
	for i, l := range all {
		notes[i] = person.Note{Hash: ledger.Hash(cmp.Or(l.Number, l.Mark)), At: l.At, What: l.What}
	}
	return person.OptOutList.Add(folder, notes)
}

// optOutAgain lets numbers opt out of messages, and in, that have done so after a backup was
// made, and returns how many have.
func optOutAgain(tx *store.Tx, again person.Again, now clock.Wall) (int, error) {
	named, err := again.OptOuts(tx, personal)
	if err != nil {
		return 0, err
	}
	list := make([]optout.Listed, len(named))
	for i, n := range named {
		list[i] = optout.Listed{Number: n.Number, Mark: n.Mark, At: n.At, What: n.What}
	}
	changed, err := optout.PutBack(tx, list)
	for _, e := range changed {
		if err == nil && e.Undone.IsZero() { // where only its mark is known nothing waits for the number
			err = errors.Join(cancelUnwanted(tx, e.App, e.Number, cause.OptedOut.With(), now), call.CancelTo(tx, e.App, e.Number, cause.OptedOut.With(), now))
		}
	}
	return len(changed), err
}

// answerLifetime is how long an answer to STOP is worth anything.
const answerLifetime = time.Hour

// answerOptOut tells a number that it has opted out, by the SIM that it wrote to. Where the
// guard lets nothing go to the number, nothing goes.
func (g *Gateway) answerOptOut(ctx context.Context, a optout.Answer, take func(*store.Tx) (bool, error)) error {
	m := NewMessage{App: cmp.Or(a.App, OwnerApp), To: string(a.To), Reading: msisdn.International(), Text: a.Text, Lifetime: answerLifetime, Line: a.Line}
	planned, err := g.planMessages(ctx, []NewMessage{m})
	if fault.CodeOf(err) == fault.Invalid {
		planned = nil // to what is no number nothing can be sent
	} else if err != nil {
		return err
	}
	err = g.db.Commit(ctx, func(tx *store.Tx) error {
		wanted, err := take(tx)
		if err != nil || !wanted || planned == nil {
			return err
		}
		if err := line.Check(tx, a.Line); err != nil {
			return nil //nolint:nilerr // the SIM is not known any more, and no other has the number that was written to
		}
		_, err = g.pass(tx, planned[0], g.clock.Now())
		if refusalOf(err) != nil {
			err = nil
		}
		return err
	})
	g.dispatcher.poke()
	return err
}

// backupsWith returns the copies of the database on this machine that hold a number, or
// cannot be read: backups, and what upgrades and restores have left.
func (g *Gateway) backupsWith(ctx context.Context, n msisdn.Number) (holding []string, err error) {
	backups, err := g.backups.List()
	if err != nil {
		return nil, err
	}
	var copies []string
	for _, b := range backups {
		copies = append(copies, b.Path)
	}
	folder, name := filepath.Split(g.cfg.Load().Database)
	beside, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, f := range beside {
		rest, ours := strings.CutPrefix(f.Name(), name+".")
		replaced := strings.HasPrefix(rest, "replaced-") && !strings.HasSuffix(rest, "-wal") && !strings.HasSuffix(rest, "-shm")
		if ours && (replaced || strings.HasSuffix(rest, ".bak")) {
			copies = append(copies, filepath.Join(folder, f.Name()))
		}
	}
	for _, path := range copies {
		holds := false
		err := sqlite.Inspect(ctx, path, func(tx *store.Tx) (err error) {
			holds, err = person.Holds(tx, personal, string(n))
			return err
		})
		if holds || err != nil {
			holding = append(holding, path)
		}
	}
	slices.Sort(holding)
	return holding, ctx.Err()
}

package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"simgate/gateway"
	"simgate/gateway/backup"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/notify"
	"simgate/gateway/user"
)

// trouble is what is wrong, and what the page can do about it.
type trouble struct {
	notify.Trouble
	Mends []mend
}

// mend is something that can be done about a trouble.
type mend struct {
	Title string
	Path  string // of a form, or of a page
	Do    string // what the form is to do; "" for a page
}

// TodayGateway is what the page uses of a [gateway.Gateway].
type TodayGateway interface {
	Gateway
	ReleaseQueue(ctx context.Context) (gateway.HeldQueue, error)
	DropQueue(ctx context.Context) (gateway.HeldQueue, error)
	Ready(ctx context.Context) error
	OldestCode(ctx context.Context) (gateway.Message, error)
	Backups() *backup.Maker
}

// mends returns what a reader can do about a trouble here.
func (t *today) mends(r *http.Request, one notify.Trouble) (all []mend) {
	who := Who(r)
	if who.May(user.Owner) {
		switch one.Kind {
		case journal.QueueHeld:
			return []mend{{Title: "Send what waits", Path: mendPath, Do: "release"}, {Title: "Drop what waits", Path: mendPath, Do: "drop"}}
		case journal.LineQuarantined:
			return []mend{{Title: "It may send again", Path: mendPath, Do: "line " + strconv.FormatInt(one.Line, 10)}}
		case journal.BackupFailed:
			return []mend{{Title: "Make a backup now", Path: backupPath, Do: "backup"}}
		}
	}
	name := pageAbout(one.Kind)
	if name == "" || !t.pages.shows(r, name) {
		return all
	}
	to := mend{Title: "Look there", Path: Root + name}
	if name == "lines" && one.Modem != "" {
		to.Path = Line{Info: line.Info{Status: line.Status{Name: one.Modem}}}.Path()
	}
	if one.Kind == journal.ModemLocked && who.May(user.Owner) {
		to.Title = "Type the PIN"
	}
	return append(all, to)
}

// The forms of Today.
const (
	mendPath   = Root + "today/mend"
	backupPath = Root + "today/backup"
)

// pageAbout returns the name of the page that shows more about a kind of trouble, "" for
// none.
func pageAbout(kind journal.Kind) string {
	area, _, _ := strings.Cut(string(kind), ".")
	switch {
	case kind == journal.WebhookDead:
		return "webhooks"
	case area == "guard" || kind == journal.CodesUnchecked:
		return "guard"
	case slices.Contains([]string{"modem", "line", "lines", "balance", "storage", "canary"}, area):
		return "lines"
	}
	return ""
}

// shows reports whether there is a page with a name that the reader may see.
func (p *Pages) shows(r *http.Request, name string) bool {
	return slices.ContainsFunc(p.pages, func(one *Page) bool { return one.Name == name && Who(r).May(one.Role) })
}

// mend does what an owner wants about a trouble.
func (t *today) mend(w http.ResponseWriter, r *http.Request) {
	do, id, _ := strings.Cut(r.FormValue("do"), " ")
	Note(r, r.FormValue("do"))
	var err error
	switch do {
	case "release":
		_, err = t.gateway.ReleaseQueue(r.Context())
	case "drop":
		_, err = t.gateway.DropQueue(r.Context())
	case "line":
		n, _ := strconv.ParseInt(id, 10, 64) // there is no line with the id 0
		err = t.gateway.Lines().Release(r.Context(), n)
	default:
		err = fault.NewInvalid("do", "there is nothing of that kind to be done")
	}
	t.pages.Done(w, r, Root+"today", err)
}

// backup makes a backup.
func (t *today) backup(w http.ResponseWriter, r *http.Request) {
	longest(w)
	_, err := t.gateway.Backups().Make(r.Context())
	t.pages.Done(w, r, Root+"today", err)
}

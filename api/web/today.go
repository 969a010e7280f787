package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"simgate/gateway"
	"simgate/gateway/backup"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/notify"
	"simgate/gateway/user"
)

// AddToday adds the page that answers one question: can a code reach somebody now?
func AddToday(p *Pages, g TodayGateway) {
	t := &today{pages: p, gateway: g}
	p.Add(nil, &Page{Name: "today", Title: "Today", Role: user.Viewer, Data: t.look,
		Regions: func(data any) []Region { return []Region{{ID: "today", Template: "day", Data: data}} }})
	p.Dangerous(user.Owner, "POST "+mendPath, t.mend)
	p.HandleFunc("POST "+backupPath, t.backup)
}

type today struct {
	pages   *Pages
	gateway TodayGateway

	mu      sync.Mutex
	counted time.Time
	day     day
}

// status is what the page shows.
type status struct {
	Tone     string // good, odd or bad
	Answer   string // to the question, as a sentence
	Why      string // why not, where it is not for the lines
	Waits    string // path of the story of a code that waits
	Lines    []Line
	Stopped  []Line // that send nothing now
	Day      day
	Troubles []trouble
}

// recount is how old what is counted of the day may be.
const recount = 5 * time.Second

func (t *today) look(r *http.Request) (any, error) {
	ctx := r.Context()
	lines, err := lookLines(ctx, t.gateway)
	if err != nil {
		return nil, err
	}
	s := answer(lines)
	if s.Tone != "bad" {
		if err := t.doubt(ctx, &s); err != nil {
			return nil, err
		}
	}
	troubles, err := t.gateway.Notifier().Troubles(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range troubles {
		if one.Kind == journal.LineQuarantined { // the button and the card of the SIM say the rest
			one.Text = reasonOf(one.Text)
		}
		s.Troubles = append(s.Troubles, trouble{one, t.mends(r, one)})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.counted) > recount {
		if t.day, err = countDay(ctx, t.gateway, time.Now()); err != nil {
			return nil, err
		}
		t.counted = time.Now()
	}
	s.Day = t.day
	return s, nil
}

// answer says whether a code can go out by these lines. Why not each of them says itself.
func answer(lines []Line) status {
	s := status{Lines: lines, Tone: "good", Answer: "Codes go out."}
	for _, l := range lines {
		if l.State != line.Ready && l.State != line.InCall || l.Held() { // after a call it goes on
			s.Stopped = append(s.Stopped, l)
		}
	}
	switch {
	case len(lines) == 0:
		s.Tone, s.Answer = "bad", "No code can go out: there is no modem."
	case len(s.Stopped) == len(lines):
		s.Tone, s.Answer = "bad", "No code can go out now."
	case len(s.Stopped) > 0:
		s.Tone, s.Answer = "odd", "Codes go out, but not by every SIM."
	}
	return s
}

// tooLong is how long a code waits for a SIM that can send before that is worth a word.
const tooLong = 10 * time.Second

// doubt looks whether codes that could go out by the lines do: whether they are accepted, and
// whether one waits nevertheless.
func (t *today) doubt(ctx context.Context, s *status) error {
	if err := t.gateway.Accepts(ctx); err != nil {
		s.Tone, s.Answer, s.Why = "bad", "No code is accepted now.", fault.MessageOf(err)
		return nil
	}
	oldest, err := t.gateway.OldestCode(ctx)
	if err != nil || oldest.ID == 0 || time.Since(oldest.Accepted) < tooLong {
		return err
	}
	s.Tone, s.Answer, s.Why = "odd", "A code is waiting.", oldest.Waiting.Text
	s.Waits = Root + "why/message/" + strconv.FormatInt(oldest.ID, 10)
	if oldest.Verification != "" {
		s.Waits = Root + "why/code/" + oldest.Verification
	}
	return nil
}

// day is what became of the codes and messages of the last 24 hours.
type day struct {
	Few                                           int // how many of the newest messages Times are of, 0: all
	Asked, Right, Waiting, Late, Wrong, Cancelled int
	Hours                                         []hour // oldest first, the last is this one
	Times                                         []bucket
	Half, Most                                    time.Duration // in which half and 95 of 100 messages were confirmed
	Last                                          time.Time     // when a phone confirmed the last one
	Cut                                           bool          // there were more than were counted
}

// hour is an hour of codes.
type hour struct {
	Begin              time.Time
	Right, Open, Ended int // of those that were asked for in it
}

// bucket is how many messages took a time.
type bucket struct {
	Below time.Duration // 0: more than the last
	N     int
}

var bounds = []time.Duration{2 * time.Second, 4 * time.Second, 6 * time.Second, 10 * time.Second, 20 * time.Second, time.Minute}

// What is counted of a day at most.
const (
	dayPages = 10
	dayPage  = 500
)

// Percent returns how many of a hundred codes that are over were right.
func (d day) Percent() int {
	over := d.Asked - d.Waiting
	if over == 0 {
		return 0
	}
	return (100*d.Right + over/2) / over
}

// Over returns how many codes are over.
func (d day) Over() int { return d.Asked - d.Waiting }

// Busiest returns how many codes the hour with the most had.
func (d day) Busiest() int {
	most := 0
	for _, h := range d.Hours {
		most = max(most, h.Right+h.Open+h.Ended)
	}
	return most
}

func countDay(ctx context.Context, g Gateway, now time.Time) (d day, err error) {
	begin := now.Add(-24 * time.Hour)
	for i := range 24 {
		d.Hours = append(d.Hours, hour{Begin: now.Truncate(time.Hour).Add(time.Duration(i-23) * time.Hour)})
	}
	d.Cut = true
	filter := gateway.VerificationFilter{Limit: dayPage}
	for range dayPages {
		all, err := g.Verifications(ctx, filter)
		if err != nil {
			return d, err
		}
		for _, v := range all {
			if v.Created.Before(begin) {
				d.Cut = false
				break
			}
			d.count(v)
			filter.Before = v.ID
		}
		if d.Cut = d.Cut && len(all) == dayPage; !d.Cut {
			break
		}
	}
	return d, d.countTimes(ctx, g, begin)
}

func (d *day) count(v gateway.Verification) {
	d.Asked++
	h := &hour{}
	if i := slices.IndexFunc(d.Hours, func(h hour) bool { return v.Created.Before(h.Begin.Add(time.Hour)) }); i >= 0 {
		h = &d.Hours[i]
	}
	switch v.State {
	case gateway.Verified:
		d.Right++
		h.Right++
		return
	case gateway.Pending:
		d.Waiting++
		h.Open++
		return
	case gateway.VerificationExpired:
		d.Late++
	case gateway.Exhausted:
		d.Wrong++
	default:
		d.Cancelled++
	}
	h.Ended++
}

// countTimes counts how long the newest messages took until their phone confirmed them.
func (d *day) countTimes(ctx context.Context, g Gateway, begin time.Time) error {
	page, err := g.MessagePage(ctx, gateway.MessageFilter{State: gateway.Delivered, Since: begin, Limit: dayPage})
	if err != nil {
		return err
	}
	if page.Next != 0 {
		d.Few = len(page.Messages)
	}
	var took []time.Duration
	d.Times = make([]bucket, len(bounds)+1)
	for i, below := range bounds {
		d.Times[i].Below = below
	}
	for _, m := range page.Messages {
		one := max(0, m.Ended.Sub(m.Accepted))
		took = append(took, one)
		i := slices.IndexFunc(bounds, func(below time.Duration) bool { return one < below })
		if i < 0 {
			i = len(bounds)
		}
		d.Times[i].N++
		if m.Ended.After(d.Last) {
			d.Last = m.Ended
		}
	}
	if len(took) > 0 {
		slices.Sort(took)
		d.Half, d.Most = took[len(took)/2], took[len(took)*95/100]
	}
	return nil
}

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
	Accepts(ctx context.Context) error
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

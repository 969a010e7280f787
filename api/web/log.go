package web

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/gateway"
	"simgate/gateway/bookmark"
	"simgate/gateway/call"
	"simgate/gateway/fault"
	"simgate/gateway/user"
)

// Bookmarks are the searches of the log that people have named.
type Bookmarks interface {
	List(ctx context.Context) ([]bookmark.Bookmark, error)
	Set(ctx context.Context, b bookmark.Bookmark) error
	Remove(ctx context.Context, name string) error
}

// AddLog adds the log: all messages, codes and calls. Its filters are in its path, so that
// a search can be kept as an address, and has a name among the bookmarks.
func AddLog(p *Pages, g Gateway, b Bookmarks) {
	l := &log{p, g, b}
	p.Add(nil, &Page{Name: "log", Title: "Log", Role: user.Viewer, Data: l.look, Regions: logRegions, Every: time.Second, Mark: func(data any) string { return data.(logged).mark }})
	p.HandleFor(user.Operator, "POST "+Root+"log.csv", l.export)
	p.HandleFor(user.Operator, "POST "+Root+"log/save", l.save)
	p.HandleFor(user.Operator, "POST "+Root+"log/remove", l.remove)
}

type log struct {
	pages     *Pages
	gateway   Gateway
	bookmarks Bookmarks
}

// filter is what a log is filtered by, as it stands in its path.
type filter struct {
	Kind            string // message, code or call
	To, State, App  string
	Text            string // of messages
	Line            string
	Last            string // how far back it goes, as "24h"
	From, Until     string // days, of messages
	Before          string // the cursor of a page
	begin, from, to time.Time
	line            int64
}

// kind is a kind of what a log has, and how its states are called.
type kind struct {
	Kind, Title string
	States      []string
}

var logKinds = []kind{
	{"message", "Messages", words(gateway.States)},
	{"code", "Codes", words(gateway.VerificationStates)},
	{"call", "Calls", words(call.States)},
}

func words[S ~string](all []S) (out []string) {
	for _, s := range all {
		out = append(out, string(s))
	}
	return out
}

// span is how far back a log may be asked to go.
type span struct{ Value, Title string }

var spans = []span{{"1h", "the last hour"}, {"24h", "the last 24 hours"}, {"168h", "the last 7 days"}, {"720h", "the last 30 days"}}

// readFilter reads the filter of a request. What is wrong with it is an error in words.
func readFilter(r *http.Request, now time.Time) (f filter, err error) {
	word := func(name string) string { return strings.TrimSpace(r.FormValue(name)) }
	f = filter{Kind: word("kind"), To: word("to"), State: word("state"), App: word("app"), Text: r.FormValue("text"), Line: word("line"),
		Last: word("last"), From: word("from"), Until: word("until"), Before: word("before")}
	i := max(0, slices.IndexFunc(logKinds, func(k kind) bool { return k.Kind == f.Kind }))
	if f.Kind = logKinds[i].Kind; !slices.Contains(logKinds[i].States, f.State) {
		f.State = "" // that of another kind
	}
	if err := mayLookFor(r, f.To+f.Text); err != nil {
		return f, err
	}
	say := Printer(r)
	if f.Line != "" {
		if f.line, err = strconv.ParseInt(f.Line, 10, 64); err != nil {
			return f, fault.NewInvalid("line", say.Sprintf("A SIM is named by its number in the list of lines."))
		}
	}
	if f.Last != "" {
		d, err := time.ParseDuration(f.Last)
		if err != nil || d <= 0 {
			return f, fault.NewInvalid("last", say.Sprintf("How far back is said in hours, as 24h."))
		}
		f.begin = now.Add(-d)
	}
	for _, day := range []struct {
		s  string
		to *time.Time
	}{{f.From, &f.from}, {f.Until, &f.to}} {
		if day.s == "" {
			continue
		}
		if *day.to, err = time.ParseInLocation(time.DateOnly, day.s, time.Local); err != nil {
			return f, fault.NewInvalid("from", say.Sprintf("A day is written as 2026-11-29."))
		}
	}
	if !f.to.IsZero() {
		f.to = f.to.AddDate(0, 0, 1) // the day itself belongs to it
	}
	if f.from.After(f.begin) {
		f.begin = f.from
	}
	return f, nil
}

// mayLookFor refuses a search for numbers and texts to who does not see them: what is found
// would tell.
func mayLookFor(r *http.Request, what string) error {
	if what == "" || Who(r).May(user.Operator) {
		return nil
	}
	return fault.NewInvalid("to", Printer(r).Sprintf("Your role does not look for numbers and texts."))
}

// values returns the filter as the query of a path, without its page.
func (f filter) values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	if f.Kind != logKinds[0].Kind {
		set("kind", f.Kind)
	}
	set("to", f.To)
	set("state", f.State)
	set("app", f.App)
	set("line", f.Line)
	set("last", f.Last)
	if f.Kind == logKinds[0].Kind {
		set("text", f.Text)
		set("from", f.From)
		set("until", f.Until)
	}
	return v
}

// Query returns the filter as a query, "" for one that lets all pass.
func (f filter) Query() string { return f.values().Encode() }

// Path returns the path of the newest page, and At of what else there is with the filter.
func (f filter) Path() string { return f.At("log") }

// At returns a path with the filter.
func (f filter) At(name string) string { return pathOf(name, f.values()) }

// As returns the path of the log of another kind with the same filter.
func (f filter) As(kind string) string {
	if f.Kind != kind {
		f.Kind, f.State = kind, "" // each has states of its own
	}
	return f.Path()
}

// Older returns the path of the page that begins at a cursor.
func (f filter) Older(cursor string) string {
	v := f.values()
	v.Set("before", cursor)
	return pathOf("log", v)
}

// pathOf returns the path of a page with a query.
func pathOf(name string, v url.Values) string {
	if len(v) == 0 {
		return Root + name
	}
	return Root + name + "?" + v.Encode()
}

// Conditions returns how many conditions the filter has.
func (f filter) Conditions() int {
	v := f.values()
	v.Del("kind")
	return len(v)
}

// logged is what the page shows.
type logged struct {
	Filter  filter
	Kinds   []kind
	States  []string // of the kind
	Spans   []span
	Apps    []string
	Lines   []Line
	Names   map[int64]string // of the lines
	Rows    []Item
	Next    string // the cursor of the next page, "" for none
	Fresh   int    // how many are newer than what is shown
	Gone    bool   // so much is new that the rows cannot be found again
	Problem string // what is wrong with the filter
	Saved   []savedSearch

	Operator bool // the reader may export it, and keep searches

	mark string // when the newest row was accepted
}

// rowsOfPage is how many rows a page of a log has.
const rowsOfPage = 50

func (l *log) look(r *http.Request) (any, error) {
	ctx := r.Context()
	d := logged{Kinds: logKinds, Spans: spans, Names: map[int64]string{}}
	var err error
	if d.Filter, err = readFilter(r, time.Now()); err == nil {
		err = l.rows(ctx, &d, r.FormValue("mark"))
	}
	if fault.CodeOf(err) == fault.Invalid {
		d.Problem, err = sayError(r, err), nil
	}
	if err != nil {
		return nil, err
	}
	for _, k := range logKinds {
		if k.Kind == d.Filter.Kind {
			d.States = k.States
		}
	}
	if d.Lines, err = lookLines(ctx, l.gateway); err != nil {
		return nil, err
	}
	for _, one := range d.Lines {
		d.Names[one.ID] = one.Title()
	}
	if d.Apps, err = apps(ctx, l.gateway); err != nil {
		return nil, err
	}
	if d.Operator = Who(r).May(user.Operator); !d.Operator { // searches may be for the number of somebody
		return d, nil
	}
	saved, err := l.bookmarks.List(ctx)
	for _, b := range saved {
		v, _ := url.ParseQuery(b.Query) // it was made by Encode
		if b.Number != "" {
			v.Set("to", b.Number)
		}
		d.Saved = append(d.Saved, savedSearch{b.Name, pathOf("log", v), v.Encode() == d.Filter.Query()})
	}
	return d, err
}

// savedSearch is a search that has a name.
type savedSearch struct {
	Name, Path string
	Here       bool // it is the one that is shown
}

// rows fills in the rows of a page. mark is when the newest row that a live page has shown
// was accepted: what is newer is counted and not shown, so that nothing moves that is being
// read.
func (l *log) rows(ctx context.Context, d *logged, mark string) (err error) {
	limit := rowsOfPage
	shown, _ := strconv.ParseInt(mark, 10, 64) // what is no time is the first look
	if shown != 0 && d.Filter.Before == "" {
		limit *= 2
	}
	if d.Rows, d.Next, err = l.list(ctx, d.Filter, limit); err != nil {
		return err
	}
	if limit > rowsOfPage {
		for d.Fresh < len(d.Rows) && d.Rows[d.Fresh].At.UnixMilli() > shown {
			d.Fresh++
		}
		d.Gone = d.Fresh == limit
		d.Rows = d.Rows[d.Fresh:]
		if len(d.Rows) > rowsOfPage {
			d.Rows = d.Rows[:rowsOfPage]
			d.Next = d.Rows[rowsOfPage-1].ID
		}
	}
	d.mark = strconv.FormatInt(time.Now().UnixMilli(), 10)
	if len(d.Rows) > 0 {
		d.mark = strconv.FormatInt(d.Rows[0].At.UnixMilli(), 10)
	}
	return nil
}

// logRegions leaves the rows as they are where they would change their places: what is not
// in a state any more is not among those that are.
func logRegions(data any) []Region {
	d := data.(logged)
	all := []Region{{ID: "fresh", Template: "fresh", Data: d}}
	if !d.Gone && d.Filter.State == "" {
		all = append(all, Region{ID: "rows", Template: "logrows", Data: d})
	}
	return all
}

// list returns what a filter selects, newest first and at most limit, and the cursor of
// what follows; of that there may be some though nothing was found yet.
func (l *log) list(ctx context.Context, f filter, limit int) (all []Item, next string, err error) {
	switch f.Kind {
	case "code":
		return l.codes(ctx, f, limit)
	case "call":
		return l.calls(ctx, f, limit)
	}
	before, _ := strconv.ParseInt(f.Before, 10, 64) // what is no id is the first page
	page, err := l.gateway.MessagePage(ctx, gateway.MessageFilter{App: f.App, State: gateway.State(f.State), To: f.To, Line: f.line, Text: f.Text,
		Since: f.begin, Until: f.to, Before: before, Limit: limit})
	for _, m := range page.Messages {
		all = append(all, messageItem(m))
	}
	if page.Next != 0 {
		next = strconv.FormatInt(page.Next, 10)
	}
	return all, next, err
}

func (l *log) codes(ctx context.Context, f filter, limit int) (all []Item, next string, err error) {
	codes, err := l.gateway.Verifications(ctx, gateway.VerificationFilter{App: f.App, State: gateway.VerificationState(f.State), To: f.To, Before: f.Before, Limit: limit})
	if err != nil {
		return nil, "", err
	}
	if len(codes) == limit {
		next = codes[limit-1].ID
	}
	if i := slices.IndexFunc(codes, func(v gateway.Verification) bool { return v.Created.Before(f.begin) }); i >= 0 {
		codes, next = codes[:i], ""
	}
	all, err = codeItems(ctx, l.gateway, codes)
	return all, next, err
}

func (l *log) calls(ctx context.Context, f filter, limit int) (all []Item, next string, err error) {
	before, _ := strconv.ParseInt(f.Before, 10, 64)
	calls, err := l.gateway.Calls().List(ctx, call.Filter{App: f.App, State: call.State(f.State), To: f.To, Before: before, Limit: limit})
	if len(calls) == limit {
		next = strconv.FormatInt(calls[limit-1].ID, 10)
	}
	for _, c := range calls {
		if c.Accepted.Before(f.begin) {
			return all, "", err
		}
		all = append(all, callItem(c))
	}
	return all, next, err
}

// apps returns the names of all apps that have or had a key.
func apps(ctx context.Context, g Gateway) (names []string, err error) {
	keys, err := g.Keys().List(ctx)
	for _, k := range keys {
		names = append(names, k.App)
	}
	slices.Sort(names)
	return slices.Compact(names), err
}

func (l *log) save(w http.ResponseWriter, r *http.Request) {
	Note(r, r.FormValue("name"))
	f, err := readFilter(r, time.Now())
	if err == nil {
		query := f.values()
		query.Del("to")
		err = l.bookmarks.Set(r.Context(), bookmark.Bookmark{Name: strings.TrimSpace(r.FormValue("name")), Number: f.To, Query: query.Encode()})
	}
	l.pages.Done(w, r, f.Path(), err)
}

func (l *log) remove(w http.ResponseWriter, r *http.Request) {
	Note(r, r.FormValue("name"))
	f, err := readFilter(r, time.Now())
	if err == nil {
		err = l.bookmarks.Remove(r.Context(), r.FormValue("name"))
	}
	l.pages.Done(w, r, f.Path(), err)
}

// export answers with all that a filter selects, as a table for a spreadsheet. It is a form,
// so that it is noted who has taken the numbers along.
func (l *log) export(w http.ResponseWriter, r *http.Request) {
	Note(r, maskLine(r.URL.RawQuery))
	f, err := readFilter(r, time.Now())
	f.Before = ""
	var rows []Item
	var next string
	if err == nil {
		rows, next, err = l.list(r.Context(), f, exported)
	}
	if err != nil {
		l.pages.Refuse(w, r, statusOf(err), sayError(r, err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="simgate-%ss-%s.csv"`, f.Kind, time.Now().UTC().Format("20060102-1504")))
	_, _ = w.Write([]byte("\ufeff")) // spreadsheets take it for UTF-8 then
	c, rc := csv.NewWriter(w), http.NewResponseController(w)
	_ = c.Write([]string{"time", "kind", "id", "to", "app", "state", "sim", "seconds", "reason", "text"})
	for {
		for _, i := range rows {
			_ = c.Write(cells(i.At.UTC().Format(time.RFC3339), i.Kind, i.ID, i.To, i.App, i.State, l.sim(i.Line), tookSeconds(i.Took), i.Why, i.Text))
		}
		_ = rc.SetWriteDeadline(time.Now().Add(patience)) // else it has that of others
		c.Flush()
		if next == "" || c.Error() != nil {
			return
		}
		f.Before = next
		if rows, next, err = l.list(r.Context(), f, exported); err != nil {
			l.pages.log.Warn("a log is exported in part only", "err", err)
			panic(http.ErrAbortHandler) // so that it is not taken for all
		}
	}
}

// exported is how many rows of an export are read at once.
const exported = 500

// sim returns how an export names a line.
func (l *log) sim(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

func tookSeconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64)
}

// cells returns the cells of a row. One that a spreadsheet would take for a formula has an
// apostrophe before it: a stranger may have written it.
func cells(all ...string) []string {
	for i, s := range all {
		if s != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(s[0])) {
			all[i] = "'" + s
		}
	}
	return all
}

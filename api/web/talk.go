package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"simgate/gateway"
	"simgate/gateway/conversation"
	"simgate/gateway/fault"
	"simgate/gateway/inbox"
	"simgate/gateway/optout"
	"simgate/gateway/user"
)

// Talker is a gateway by which people have conversations.
type Talker interface {
	Sender
	Conversations() *conversation.Conversations[gateway.Message, inbox.Message]
	OptOuts() *optout.List
}

// AddTalk adds the pages of conversations: what went to each number and came from it, codes
// left out.
func AddTalk(p *Pages, g Talker) {
	t := &talker{pages: p, gateway: g}
	t.page = &Page{Name: "talk", Template: "thread", Path: "/{number}", Role: user.Operator, Every: time.Second,
		Data: func(r *http.Request) (any, error) { return t.with(r) },
		Regions: func(data any) []Region {
			all := []Region{{ID: "thread", Template: "entries", Data: data}, {ID: "talks", Template: "talklist", Data: data.(thread).Beside}}
			if data.(thread).First {
				all = append(all, Region{ID: "unread", Template: "markread", Data: data})
			}
			return all
		}}
	p.Add(nil, &Page{Name: "talk", Title: "Talk", Role: user.Operator, Data: t.list, Every: time.Second,
		Regions: func(data any) []Region { return []Region{{ID: "talks", Template: "talklist", Data: data}} }}, t.page)
	p.HandleFor(user.Operator, "POST "+Root+"talk/{number}", t.reply)
	p.HandleFor(user.Operator, "POST "+Root+"talk/{number}/read", t.read)
}

type talker struct {
	pages   *Pages
	gateway Talker
	page    *Page // of one conversation
}

// everything is what the pages show: what all apps have sent, and all that came in.
var everything = conversation.View{Sent: true}

// talkList is what the page of all conversations shows.
type talkList struct {
	Talks  []talk
	Unread bool   // only those with something that nobody has read
	Next   string // path of the next page, "" for none
	Newest string // path of the first page, "" on that
}

// talk is a conversation in the list: the last that was said.
type talk struct {
	Number, Path string
	Unread       int
	Here         bool // it is the one that is read
	said
}

// said is an entry of a conversation.
type said struct {
	At     time.Time
	Out    bool
	Text   string
	Missed bool   // a call that nobody has taken
	Other  string // what came in that is no text, in a word
	State  string // of what went out
	Line   string
	Story  string // path of what became of it, "" for none
	Why    string
	Raw    string // as it came
}

// How many conversations and entries a page has, and conversations beside one that is read.
const (
	talksOfPage = 40
	talksBeside = 20
	saidOfPage  = 50
)

// placeOf reads where a page begins.
func placeOf(r *http.Request) (at conversation.Place) {
	at.Out, _ = strconv.ParseInt(r.FormValue("out"), 10, 64) // what is no id is the first page
	at.In, _ = strconv.ParseInt(r.FormValue("in"), 10, 64)
	return at
}

// pageAt returns the path of the page that begins at a place, "" for none.
func pageAt(path string, at conversation.Place, v url.Values) string {
	if at == (conversation.Place{}) {
		return ""
	}
	v.Set("out", strconv.FormatInt(at.Out, 10))
	v.Set("in", strconv.FormatInt(at.In, 10))
	return path + "?" + v.Encode()
}

// talkPath returns the path of the conversation with a number or name.
func talkPath(number string) string { return Root + "talk/" + url.PathEscape(number) }

func (t *talker) list(r *http.Request) (any, error) {
	d := talkList{Unread: r.FormValue("unread") != ""}
	lines, err := lookLines(r.Context(), t.gateway)
	if err != nil {
		return nil, err
	}
	at := placeOf(r)
	var next conversation.Place
	d.Talks, next, err = t.talks(r, d.Unread, at, talksOfPage, titlesOf(lines))
	v := url.Values{}
	if d.Unread {
		v.Set("unread", "1")
	}
	if at != (conversation.Place{}) {
		d.Newest = pathOf("talk", v)
	}
	d.Next = pageAt(Root+"talk", next, v)
	return d, err
}

func (t *talker) talks(r *http.Request, unread bool, at conversation.Place, limit int, names map[int64]string) (all []talk, next conversation.Place, err error) {
	list, next, err := t.gateway.Conversations().List(r.Context(), everything, unread, at, limit)
	for _, c := range list {
		one := talk{Number: c.Number, Path: talkPath(c.Number), Unread: c.Unread}
		if len(c.Entries) > 0 {
			one.said = saidIn(c.Entries[0], names)
		}
		all = append(all, one)
	}
	return all, next, err
}

// titlesOf returns how lines are called.
func titlesOf(lines []Line) map[int64]string {
	names := map[int64]string{}
	for _, l := range lines {
		names[l.ID] = l.Title()
	}
	return names
}

func saidIn(e conversation.Entry[gateway.Message, inbox.Message], names map[int64]string) said {
	if m := e.Out; m != nil {
		return said{At: m.Accepted, Out: true, Text: m.Text, State: string(m.State), Line: names[m.Line], Story: fmt.Sprintf("%swhy/message/%d", Root, m.ID), Why: m.Cause.Text}
	}
	m := e.In
	s := said{At: m.Received, Text: m.Text, Line: names[m.Line], Missed: m.Kind == inbox.Call, Raw: m.PDU}
	if m.Kind != inbox.Text && m.Kind != inbox.Call {
		s.Other = string(m.Kind)
	}
	return s
}

// thread is what the page of one conversation shows.
type thread struct {
	Number  string
	Named   bool   // a name has sent it, to which nobody can answer
	Said    []said // oldest first
	Unread  int
	Newest  int64  // the newest that came in
	Older   string // path of the page before, "" for none
	First   bool   // it is the page with the newest
	Reply   string // that was written and could not be sent
	Problem string
	Once    string
	Line    string // that the person has written to last
	Lines   []Line
	Beside  talkList // the newest conversations
	Stopped []string // the apps whose messages the number does not want; "": of all
}

// Path returns the path of the page of the conversation.
func (d thread) Path() string { return talkPath(d.Number) }

func (t *talker) with(r *http.Request) (d thread, err error) {
	at := placeOf(r)
	c, err := t.gateway.Conversations().With(r.Context(), everything, r.PathValue("number"), at, saidOfPage)
	if err != nil {
		return d, err
	}
	d = thread{Number: c.Number, Unread: c.Unread, Once: token(), First: at == (conversation.Place{}), Older: pageAt(talkPath(c.Number), c.Next, url.Values{})}
	if d.Lines, err = lookLines(r.Context(), t.gateway); err != nil {
		return d, err
	}
	names := titlesOf(d.Lines)
	for _, e := range c.Entries {
		d.Said = append(d.Said, saidIn(e, names))
		if e.In != nil && d.Newest == 0 {
			d.Newest, d.Named, d.Line = e.In.ID, e.In.Named, strconv.FormatInt(e.In.Line, 10)
		}
	}
	slices.Reverse(d.Said)
	if !d.Named {
		entries, err := t.gateway.OptOuts().Entries(r.Context(), optout.Filter{Number: d.Number})
		if err != nil && fault.CodeOf(err) != fault.Invalid { // a short number cannot opt out
			return d, err
		}
		for _, e := range entries {
			d.Stopped = append(d.Stopped, e.App)
		}
	}
	d.Beside.Talks, _, err = t.talks(r, false, conversation.Place{}, talksBeside, names)
	for i := range d.Beside.Talks {
		d.Beside.Talks[i].Here = d.Beside.Talks[i].Number == d.Number
	}
	return d, err
}

// reply sends an answer, and marks as read what it answers.
func (t *talker) reply(w http.ResponseWriter, r *http.Request) {
	m := gateway.NewMessage{App: App, To: r.PathValue("number"), Text: r.FormValue("text")}
	m.Line, _ = strconv.ParseInt(r.FormValue("line"), 10, 64) // what is no line is any
	m.Once = once("talk"+r.FormValue("once"), m.To, m.Text, r.FormValue("line"))
	Note(r, "")
	sent, err := t.gateway.Send(r.Context(), m)
	if err == nil {
		t.read(w, r)
		Note(r, strconv.FormatInt(sent.ID, 10))
		return
	}
	d, failed := t.with(r)
	if failed != nil {
		t.pages.Refuse(w, r, statusOf(failed), sayError(r, failed))
		return
	}
	d.Reply, d.Problem = m.Text, sayError(r, err)
	t.pages.Show(w, r, t.page, d)
}

// read marks as read what somebody has seen.
func (t *talker) read(w http.ResponseWriter, r *http.Request) {
	Note(r, "")
	newest, _ := strconv.ParseInt(r.FormValue("newest"), 10, 64) // where nothing came in there is nothing to read
	var err error
	if newest > 0 {
		_, err = t.gateway.Inbox().MarkRead(r.Context(), "", r.PathValue("number"), newest)
	}
	t.pages.Done(w, r, talkPath(r.PathValue("number")), err)
}

package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/idempotency"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/schedule"
	"simgate/gateway/text"
	"simgate/gateway/user"
)

// Sender is a gateway that messages are sent by.
type Sender interface {
	Gateway
	Send(ctx context.Context, m gateway.NewMessage) (gateway.Message, error)
	SendMailing(ctx context.Context, m gateway.Mailing) (recipients []gateway.Recipient, replayed bool, err error)
	RehearseMessage(ctx context.Context, m gateway.NewMessage) (gateway.Rehearsal, error)
	RehearseMailing(ctx context.Context, m gateway.Mailing) ([]gateway.Recipient, error)
	CancelMessage(ctx context.Context, app string, id int64) (gateway.Message, error)
}

// App is the app to which the messages belong that people send by these pages.
const App = "page"

// AddSend adds the pages for sending: a message to one number, and one to many.
func AddSend(p *Pages, g Sender) {
	s := &send{pages: p, gateway: g}
	s.one = &Page{Name: "send", Title: "Send", Role: user.Operator, Data: func(r *http.Request) (any, error) { return s.draft(r) }}
	s.many = &Page{Name: "send", Template: "sendmany", Path: "/many", Role: user.Operator, Data: s.one.Data}
	s.progress = &Page{Name: "send", Template: "sent", Path: "/many/{mailing}", Role: user.Operator, Data: s.look, Every: 2 * time.Second,
		Regions: func(data any) []Region { return []Region{{ID: "progress", Template: "progress", Data: data}} }}
	p.Add(nil, s.one, s.many, s.progress)
	p.HandleFor(user.Operator, "POST "+Root+"send", s.post)
	p.HandleFor(user.Operator, "POST "+Root+"send/check", s.check)
	p.HandleFor(user.Operator, "POST "+Root+"send/many", s.postMany)
	p.HandleFor(user.Operator, "POST "+Root+"why/message/{id}/cancel", s.cancel)
}

type send struct {
	pages               *Pages
	gateway             Sender
	one, many, progress *Page
}

// draft is a message as it is being written, and what would come of it.
type draft struct {
	To, Text string
	Line     string
	Lane     string
	At, Zone string // when it goes: as of a field datetime-local, and the zone of the reader
	Once     string // names the request, so that it is carried out once
	Here     string // the zone of this machine
	Lines    []Line
	Lanes    []string
	Field    string // that has a problem
	Problem  string
	Size     *size    // of the text; nil while there is none
	Verdict  *verdict // nil: nobody has asked
	Preview  *preview // of a message to many
	Numbers  int      // in To and Table
	Table    string   // of people, as CSV with titles; of a message to many
	People   table    // in Table
}

// size is the room that a text takes.
type size struct {
	text.Size
	Room  int // in as many parts, in the same units
	Wide  []wide
	Plain bool // there is something like each of Wide
}

// wide is a character for which a text needs the alphabet with fewer characters in a part.
type wide struct {
	Char, Instead string
	Known         bool // there is something like it
}

// verdict is what would come of a send.
type verdict struct {
	Refusal string // "" it would be accepted
	Country bool   // it is refused as the country is not open
	To      string
	Price   string // "" nobody knows
	When    time.Time
}

// measure returns the room that a text takes, nil for none.
func measure(s string) *size {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	m, err := text.Measure(s)
	if err != nil {
		return nil // what is wrong with it says who sends it
	}
	one, each := 160, 153
	if m.Unicode {
		one, each = 70, 67
	}
	z := &size{Size: m, Room: one, Plain: true}
	if m.Parts > 1 {
		z.Room = each * m.Parts
	}
	for _, r := range text.Wide(s) {
		with, ok := text.Instead(r)
		z.Wide = append(z.Wide, wide{string(r), with, ok})
		z.Plain = z.Plain && ok
	}
	return z
}

// Replaceable reports whether something can be written instead of some of the characters.
func (z size) Replaceable() bool {
	return slices.ContainsFunc(z.Wide, func(w wide) bool { return w.Known })
}

// draft reads what was written so far.
func (s *send) draft(r *http.Request) (d draft, err error) {
	word := func(name string) string { return strings.TrimSpace(r.FormValue(name)) }
	d = draft{To: word("to"), Text: r.FormValue("text"), Line: word("line"), Lane: cmp.Or(word("lane"), line.Normal.String()), At: word("at"), Zone: word("zone"),
		Once: word("once"), Table: r.FormValue("table"), Lanes: []string{line.Urgent.String(), line.Normal.String(), line.Bulk.String()}, Here: time.Now().Format("MST")}
	d.Text = strings.ReplaceAll(d.Text, "\r\n", "\n") // as forms send it
	if len(d.Once) != sha256.Size {
		d.Once = token()
	}
	if again, _ := strconv.ParseInt(r.FormValue("again"), 10, 64); again != 0 { // 0 is no message
		m, err := s.gateway.Message(r.Context(), again)
		if err != nil {
			return d, err
		}
		if m.Verification == "" { // of that the text is hidden
			d.To, d.Text = string(m.To), m.Text
		}
	}
	d.Size = measure(d.Text)
	d.Numbers = len(numbersIn(d.To))
	d.Lines, err = lookLines(r.Context(), s.gateway)
	return d, err
}

func token() string {
	raw := make([]byte, sha256.Size/2)
	_, _ = rand.Read(raw) // it never fails
	return hex.EncodeToString(raw)
}

// message returns what is to be sent, without a number.
func (d *draft) message(r *http.Request) (m gateway.NewMessage, err error) {
	m = gateway.NewMessage{App: App, Text: d.Text}
	if m.Priority, err = line.ParseLane(d.Lane); err != nil {
		return m, err
	}
	if d.Line != "" {
		if m.Line, err = strconv.ParseInt(d.Line, 10, 64); err != nil {
			return m, fault.NewInvalid("line", Printer(r).Sprintf("Choose a SIM of the list."))
		}
	}
	if d.At != "" {
		zone := time.Local
		if d.Zone != "" { // else nobody has said another, as without scripts
			if zone, err = schedule.Zone(d.Zone); err != nil {
				return m, fault.NewInvalid("at", fault.MessageOf(err))
			}
		}
		if m.NotBefore, err = time.ParseInLocation("2006-01-02T15:04", d.At, zone); err != nil {
			return m, fault.NewInvalid("at", Printer(r).Sprintf("A time is written as 2026-11-29T18:30."))
		}
	}
	m.Once = once(d.Once, d.To, d.Text, d.Line, d.Lane, d.At, d.Zone, d.Table)
	return m, nil
}

// once makes one request of a form that comes twice, and another of one that was changed.
// token is of the form.
func once(token string, fields ...string) idempotency.Request {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", fields))
	return idempotency.Request{Key: token + hex.EncodeToString(sum[:8]), Route: "page", Fingerprint: sum[:]}
}

// note says what is wrong, beside the field that it is about.
func (d *draft) note(r *http.Request, err error) {
	d.Problem = sayError(r, err)
	if e, ok := errors.AsType[*fault.Error](err); ok {
		d.Field = e.Field
	}
}

// rehearse finds out what would come of the message.
func (s *send) rehearse(r *http.Request, d *draft) error {
	m, err := d.message(r)
	if err != nil {
		return err
	}
	m.To, m.Once = d.To, idempotency.Request{}
	v, err := s.gateway.RehearseMessage(r.Context(), m)
	if err != nil {
		return err
	}
	d.Verdict = &verdict{To: string(v.To), When: m.NotBefore, Price: s.price(r, m.Line, v.To, v.Text.Parts)}
	if v.Refusal != nil {
		d.Verdict.Refusal, d.Verdict.Country = v.Refusal.Message, v.Refusal.Reason == fault.CountryClosed
	}
	return nil
}

// price says what parts to a number cost, "" where nobody knows.
func (s *send) price(r *http.Request, id int64, to msisdn.Number, parts int) string {
	micros, ok := s.gateway.Lines().PriceBy(id, to)
	if id == 0 {
		micros, ok = s.gateway.Lines().Price(to)
	}
	if !ok {
		return ""
	}
	return money(r, micros*int64(parts))
}

// money writes an amount in millionths. The prices of SIMs have no currency: all of them are
// in one.
func money(r *http.Request, micros int64) string {
	return Printer(r).Sprintf("%.2f", float64(micros)/1e6)
}

// check shows what would come of the message while it is being written.
func (s *send) check(w http.ResponseWriter, r *http.Request) {
	Note(r, "")
	d, err := s.draft(r)
	if err == nil && d.To != "" && d.Size != nil {
		if err := s.rehearse(r, &d); err != nil {
			d.note(r, err)
		}
	}
	if err != nil {
		s.pages.Refuse(w, r, statusOf(err), sayError(r, err))
		return
	}
	s.pages.Fragment(w, r, "verdict", d)
}

// post sends the message, or shows what would come of it.
func (s *send) post(w http.ResponseWriter, r *http.Request) {
	Note(r, "")
	d, err := s.draft(r)
	if err != nil {
		s.pages.Refuse(w, r, statusOf(err), sayError(r, err))
		return
	}
	switch r.FormValue("do") {
	case "plain":
		d.Text = text.Plain(d.Text)
		d.Size = measure(d.Text)
	case "check":
		err = s.rehearse(r, &d)
	default:
		var m gateway.NewMessage
		if m, err = d.message(r); err == nil {
			m.To = d.To
			var sent gateway.Message
			if sent, err = s.gateway.Send(r.Context(), m); err == nil {
				Note(r, strconv.FormatInt(sent.ID, 10))
				http.Redirect(w, r, fmt.Sprintf("%swhy/message/%d", Root, sent.ID), http.StatusSeeOther)
				return
			}
		}
	}
	if err != nil {
		d.note(r, err)
	}
	s.pages.Show(w, r, s.one, d)
}

// cancel takes a message out of the queue.
func (s *send) cancel(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64) // there is none with the id 0
	Note(r, r.PathValue("id"))
	_, err := s.gateway.CancelMessage(r.Context(), "", id)
	s.pages.Done(w, r, Root+"why/message/"+r.PathValue("id"), err)
}

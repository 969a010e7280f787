package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/idempotency"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
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
	Numbers  int      // in To
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

// preview is what would come of a message to many.
type preview struct {
	Accepted, Parts int
	Price           string
	Refused         []refusedNumber // the first of them
	More            int             // that are refused besides
}

// refusedNumber is a number of a mailing that gets nothing, and why.
type refusedNumber struct{ Number, Why string }

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
		Once: word("once"), Lanes: []string{line.Urgent.String(), line.Normal.String(), line.Bulk.String()}, Here: time.Now().Format("MST")}
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
		if named, err := time.LoadLocation(d.Zone); err == nil && d.Zone != "" {
			zone = named
		}
		if m.NotBefore, err = time.ParseInLocation("2006-01-02T15:04", d.At, zone); err != nil {
			return m, fault.NewInvalid("at", Printer(r).Sprintf("A time is written as 2026-11-29T18:30."))
		}
	}
	// The same form that comes twice is one request, and one that was changed another.
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %q", d.To, d.Text, d.Line, d.Lane, d.At, d.Zone))
	m.Once = idempotency.Request{Key: d.Once + hex.EncodeToString(sum[:8]), Route: "page", Fingerprint: sum[:]}
	return m, nil
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
	d.Verdict = &verdict{To: string(v.To), When: m.NotBefore, Price: s.price(m.Line, v.To, v.Text.Parts)}
	if v.Refusal != nil {
		d.Verdict.Refusal, d.Verdict.Country = v.Refusal.Message, v.Refusal.Reason == fault.CountryClosed
	}
	return nil
}

// price says what parts to a number cost, "" where nobody knows.
func (s *send) price(id int64, to msisdn.Number, parts int) string {
	micros, ok := s.gateway.Lines().PriceBy(id, to)
	if id == 0 {
		micros, ok = s.gateway.Lines().Price(to)
	}
	if !ok {
		return ""
	}
	return money(micros * int64(parts))
}

// money writes an amount in millionths. The prices of SIMs have no currency: all of them are
// in one.
func money(micros int64) string { return strconv.FormatFloat(float64(micros)/1e6, 'f', 2, 64) }

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

// numbersIn returns the numbers that somebody has written down: one on each line, or with
// commas between.
func numbersIn(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("\n\r,;\t", r) })
}

// readTable returns the numbers of a table: of the column whose title says so, or else of
// the first in which there is one.
func readTable(raw []byte) ([]string, error) {
	s := strings.TrimPrefix(string(raw), "\ufeff")
	if !utf8.ValidString(s) {
		return nil, fault.NewInvalid("file", "the file is not in UTF-8: save it as CSV in UTF-8")
	}
	first, _, _ := strings.Cut(s, "\n")
	c := csv.NewReader(strings.NewReader(s))
	c.LazyQuotes, c.FieldsPerRecord, c.ReuseRecord = true, -1, true
	for _, comma := range ";\t" {
		if strings.Count(first, string(comma)) > strings.Count(first, string(c.Comma)) {
			c.Comma = comma
		}
	}
	var numbers []string
	column := -1
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fault.NewInvalid("file", "this is no table as CSV: "+err.Error())
		}
		if column < 0 {
			title := slices.IndexFunc(row, func(cell string) bool {
				return slices.Contains(titles, strings.ToLower(strings.Trim(cell, " '")))
			})
			if column = title; title >= 0 {
				continue
			}
			column = slices.IndexFunc(row, looksLikeNumber)
		}
		if column >= 0 && column < len(row) {
			if cell := strings.Trim(row[column], " '"); cell != "" { // an apostrophe: against formulas
				numbers = append(numbers, cell)
			}
		}
	}
	if len(numbers) == 0 {
		return nil, fault.NewInvalid("file", "there is no number in this file: give the column with the numbers the title number")
	}
	return numbers, nil
}

// titles are those of columns with numbers.
var titles = []string{"number", "numbers", "phone", "phone_number", "mobile", "msisdn", "to", "recipient", "telefon", "nummer", "handy"}

func looksLikeNumber(cell string) bool {
	digits := 0
	for _, r := range strings.Trim(cell, " '") {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune("+ -/()", r):
			return false
		}
	}
	return digits >= 6
}

// sendingMany is how long a message to many may take to be accepted.
const sendingMany = 2 * time.Minute

// postMany shows what would come of a message to many and then, once that was seen, sends it.
func (s *send) postMany(w http.ResponseWriter, r *http.Request) {
	patient(w, sendingMany)
	Note(r, "")
	var uploaded []string
	err := error(nil)
	if f, _, noFile := r.FormFile("file"); noFile == nil {
		var raw []byte
		if raw, err = io.ReadAll(f); err == nil && len(raw) > 0 {
			uploaded, err = readTable(raw)
		}
		_ = f.Close()
	}
	d, failed := s.draft(r)
	if failed != nil {
		s.pages.Refuse(w, r, statusOf(failed), sayError(r, failed))
		return
	}
	d.To = strings.Join(append(numbersIn(d.To), uploaded...), "\n")
	d.Numbers = len(numbersIn(d.To))
	switch {
	case err != nil:
	case r.FormValue("do") == "plain":
		d.Text = text.Plain(d.Text)
		d.Size = measure(d.Text)
	case r.FormValue("do") == "send":
		var mailing string
		if mailing, err = s.sendAll(r, &d); err == nil {
			Note(r, strconv.Itoa(d.Numbers))
			http.Redirect(w, r, Root+"send/many/"+mailing, http.StatusSeeOther)
			return
		}
	default:
		err = s.preview(r, &d)
	}
	if err != nil {
		d.note(r, err)
	}
	s.pages.Show(w, r, s.many, d)
}

func (d *draft) mailing(r *http.Request) (gateway.Mailing, error) {
	m, err := d.message(r)
	m.Origin.Request = "page-" + m.Once.Key
	return gateway.Mailing{NewMessage: m, Numbers: numbersIn(d.To)}, err
}

// shownRefused is how many numbers that get nothing a preview shows.
const shownRefused = 50

func (s *send) preview(r *http.Request, d *draft) error {
	m, err := d.mailing(r)
	if err != nil {
		return err
	}
	all, err := s.gateway.RehearseMailing(r.Context(), m)
	if err != nil {
		return err
	}
	p := &preview{}
	priced, micros := true, int64(0)
	for _, one := range all {
		why := ""
		switch {
		case one.Err != nil:
			why = fault.MessageOf(one.Err)
		case one.Rehearsal.Refusal != nil:
			why = one.Rehearsal.Refusal.Message
		default:
			p.Accepted++
			p.Parts += one.Rehearsal.Text.Parts
			price, ok := s.gateway.Lines().Price(one.Rehearsal.To)
			priced, micros = priced && ok, micros+price*int64(one.Rehearsal.Text.Parts)
			continue
		}
		if len(p.Refused) < shownRefused {
			p.Refused = append(p.Refused, refusedNumber{one.Number, why})
		} else {
			p.More++
		}
	}
	if priced && p.Accepted > 0 {
		p.Price = money(micros)
	}
	d.Preview = p
	return nil
}

func (s *send) sendAll(r *http.Request, d *draft) (mailing string, err error) {
	m, err := d.mailing(r)
	if err != nil {
		return "", err
	}
	all, _, err := s.gateway.SendMailing(r.Context(), m)
	if err != nil {
		return "", err
	}
	for _, one := range all {
		if one.Err == nil {
			return m.Origin.Request, nil
		}
	}
	return "", all[0].Err
}

// progress is what became of a message to many so far.
type progress struct {
	Mailing string
	All     int
	States  []stateCount
	Over    int // that are not under way any more
	Begun   time.Time
}

// stateCount is how many messages are in a state.
type stateCount struct {
	State gateway.State
	N     int
}

// Percent returns how much of it is over.
func (p *progress) Percent() string { return share(p.Over, p.All) }

// look counts what became of a mailing.
func (s *send) look(r *http.Request) (any, error) {
	p := &progress{Mailing: r.PathValue("mailing")}
	counts := map[gateway.State]int{}
	f := gateway.MessageFilter{App: App, Request: p.Mailing, Limit: 500}
	for {
		page, err := s.gateway.MessagePage(r.Context(), f)
		if err != nil {
			return nil, err
		}
		for _, m := range page.Messages {
			counts[m.State]++
			p.All++
			p.Begun = m.Accepted
		}
		if f.Before = page.Next; f.Before == 0 {
			break
		}
	}
	if p.All == 0 {
		return nil, fault.NewNotFound("there is no such mailing, or it is gone")
	}
	for _, state := range gateway.States {
		if n := counts[state]; n > 0 {
			p.States = append(p.States, stateCount{state, n})
			if state != gateway.Queued && state != gateway.Sending {
				p.Over += n
			}
		}
	}
	return p, nil
}

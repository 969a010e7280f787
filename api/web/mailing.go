package web

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"simgate/api/web/chart"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/text"
)

// preview is what would come of a message to many.
type preview struct {
	Accepted, Parts int
	Price           string
	Refused         []refusedNumber // the first of them
	More            int             // that are refused besides
}

// refusedNumber is a number of a mailing that gets nothing, and why.
type refusedNumber struct{ Number, Why string }

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
	Patient(w, sendingMany)
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
		p.Price = money(r, micros)
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
func (p *progress) Percent() string { return chart.Share(p.Over, p.All) }

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

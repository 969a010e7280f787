package web

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"simgate/api/web/chart"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/text"
)

// preview is what would come of a message to many.
type preview struct {
	Accepted, Parts int
	Price           string
	Refused         []refusedNumber // the first of them
	More            int             // that are refused besides
	Samples         []sample        // the first texts, where each number gets its own
	Empty           int             // texts in which a field is empty
	Twice           int             // numbers that are there already: each gets the first text
}

// sample is a message as it will be sent.
type sample struct {
	Number, Text string
	Parts        int
}

// shownSamples is how many texts a preview shows.
const shownSamples = 5

// refusedNumber is a number of a mailing that gets nothing, and why.
type refusedNumber struct{ Number, Why string }

// numbersIn returns the numbers that somebody has written down: one on each line, or with
// commas between.
func numbersIn(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("\n\r,;\t", r) })
}

// table is a table of people: a number in each row.
type table struct {
	Titles []string // of its columns; nil: it has none
	Rows   [][]string
	number int // the column with the numbers
}

// readTable reads a table, whose numbers are in the column whose title says so, or else in
// the first in which there is one. Rows without a number are left out. Between the cells there
// are commas, or any of others where the first row has more of that.
func readTable(raw []byte, others string) (t table, err error) {
	s := strings.TrimPrefix(string(raw), "\ufeff")
	if !utf8.ValidString(s) {
		return t, fault.NewInvalid("file", "the file is not in UTF-8: save it as CSV in UTF-8")
	}
	first, _, _ := strings.Cut(s, "\n")
	c := csv.NewReader(strings.NewReader(s))
	c.LazyQuotes, c.FieldsPerRecord = true, -1
	for _, comma := range others {
		if strings.Count(first, string(comma)) > strings.Count(first, string(c.Comma)) {
			c.Comma = comma
		}
	}
	t.number = -1
	for n := 0; ; n++ {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return t, fault.NewInvalid("file", "this is no table as CSV: "+err.Error())
		}
		if t.number < 0 {
			title := slices.IndexFunc(row, func(cell string) bool {
				return slices.Contains(titles, strings.ToLower(strings.Trim(cell, " '")))
			})
			if t.number = title; title >= 0 {
				t.Titles = row
				continue
			}
			if t.number = slices.IndexFunc(row, looksLikeNumber); n == 0 && t.number < 0 {
				t.Titles = row // as it seems: the numbers may have another title
			}
		}
		if t.numberOf(row) != "" {
			t.Rows = append(t.Rows, row)
		}
	}
	if len(t.Rows) == 0 {
		return t, fault.NewInvalid("file", "there is no number in this file: give the column with the numbers the title number")
	}
	return t, nil
}

// numberOf returns the number of a row, "" for none.
func (t table) numberOf(row []string) string {
	if t.number < 0 || t.number >= len(row) {
		return ""
	}
	return strings.Trim(row[t.number], " '") // an apostrophe: against formulas
}

// numbers returns the numbers of all rows.
func (t table) numbers() (all []string) {
	for _, row := range t.Rows {
		all = append(all, t.numberOf(row))
	}
	return all
}

// write returns the table as CSV, as it is read.
func (t table) write() string {
	var b strings.Builder
	c := csv.NewWriter(&b)
	_ = c.Write(t.Titles) // a builder takes all
	_ = c.WriteAll(t.Rows)
	return b.String()
}

// fieldForm is a field in a text, in the place of which there is what a row of the table has
// in the column with its title; two braces are one that begins no field.
var fieldForm = regexp.MustCompile(`\{\{|\{([^{}\n]{1,100})\}`)

// Fields returns the titles that can be fields of a text.
func (t table) Fields() (all []string) {
	for _, title := range t.Titles {
		if title = cell(title); fieldForm.FindString("{"+title+"}") == "{"+title+"}" {
			all = append(all, title)
		}
	}
	return all
}

// sameTitle reports whether a field is meant by a title, however its accents are written: some
// systems write them as signs of their own.
func sameTitle(field, title string) bool {
	return strings.EqualFold(norm.NFC.String(strings.TrimSpace(field)), norm.NFC.String(cell(title)))
}

// fieldsIn returns the fields of a text.
func fieldsIn(text string) (all []string) {
	for _, m := range fieldForm.FindAllStringSubmatch(text, -1) {
		if m[1] != "" && !slices.Contains(all, m[1]) {
			all = append(all, m[1])
		}
	}
	return all
}

// filled returns a text with its fields filled in.
func filled(text string, value func(field string) string) string {
	return fieldForm.ReplaceAllStringFunc(text, func(found string) string {
		if found == "{{" {
			return "{"
		}
		return value(found[1 : len(found)-1])
	})
}

// maxMerged is how many octets the texts of a mailing have at most in all.
const maxMerged = 8 << 20

// merge returns a text for each row, and how many of them have an empty field. Each field
// must be the title of one column.
func (t table) merge(r *http.Request, text string) (texts []string, empty int, err error) {
	columns := map[string]int{}
	for _, field := range fieldsIn(text) {
		named := 0
		for i, title := range t.Titles {
			if sameTitle(field, title) {
				columns[field] = i
				named++
			}
		}
		switch {
		case len(t.Titles) == 0:
			return nil, 0, fault.NewInvalid("text", Printer(r).Sprintf("The text has the field {%s}, and there is no table with titles. Choose one, or write {{ for a brace.", field))
		case named == 0:
			var has []string
			for _, title := range t.Fields() {
				has = append(has, "{"+title+"}")
			}
			return nil, 0, fault.NewInvalid("text", Printer(r).Sprintf("The table has no column for the field {%s}. It has %s.", field, strings.Join(has, ", ")))
		case named > 1:
			return nil, 0, fault.NewInvalid("text", Printer(r).Sprintf("The table has several columns for the field {%s}: give each a title of its own.", field))
		}
	}
	size := 0
	for _, row := range t.Rows {
		without := false
		one := filled(text, func(field string) string {
			value := ""
			if i := columns[field]; i < len(row) {
				value = cell(row[i])
			}
			without = without || value == ""
			return value
		})
		if without {
			empty++
		}
		if size += len(one); size > maxMerged {
			return nil, 0, fault.NewInvalid("text", Printer(r).Sprintf("The texts are too long in all: send them in several parts."))
		}
		texts = append(texts, one)
	}
	return texts, empty, nil
}

// cell returns what is in a cell of a table: without the apostrophe that keeps a spreadsheet
// from taking it for a formula.
func cell(s string) string {
	s = strings.TrimSpace(s)
	if rest, quoted := strings.CutPrefix(s, "'"); quoted && strings.ContainsAny(rest[:min(len(rest), 1)], "=+-@") {
		return rest
	}
	return s
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
	var uploaded *table
	err := error(nil)
	if f, _, noFile := r.FormFile("file"); noFile == nil {
		var raw []byte
		if raw, err = io.ReadAll(f); err == nil && len(raw) > 0 {
			var t table
			if t, err = readTable(raw, ";\t"); err == nil {
				uploaded = &t
			}
		}
		_ = f.Close()
	}
	d, failed := s.draft(r)
	if failed != nil {
		s.pages.Refuse(w, r, statusOf(failed), sayError(r, failed))
		return
	}
	d.To = strings.Join(numbersIn(d.To), "\n")
	if err == nil {
		err = d.take(uploaded)
	}
	d.Numbers = len(numbersIn(d.To)) + len(d.People.Rows)
	switch {
	case err != nil:
	case r.FormValue("do") == "plain":
		d.Text = text.Plain(d.Text)
		if d.Size != nil {
			d.Size = measure(d.Text)
		}
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

// take puts the table of a form into the draft, or one that was just chosen in its place. The
// numbers of one without titles are put to those that were written down.
func (d *draft) take(uploaded *table) (err error) {
	switch {
	case uploaded != nil && uploaded.Titles == nil:
		d.To = strings.TrimPrefix(d.To+"\n"+strings.Join(uploaded.numbers(), "\n"), "\n")
		d.Table = ""
	case uploaded != nil:
		d.Table = uploaded.write()
		fallthrough
	case d.Table != "":
		d.People, err = readTable([]byte(d.Table), "")
	}
	if len(fieldsIn(d.Text)) > 0 {
		d.Size = nil // it is not what is sent
	}
	return err
}

// mailing returns what is to be sent, and how many texts have an empty field.
func (d *draft) mailing(r *http.Request) (all gateway.Mailing, empty int, err error) {
	m, err := d.message(r)
	if err != nil {
		return all, 0, err
	}
	m.Origin.Request = "page-" + m.Once.Key
	written := numbersIn(d.To)
	all = gateway.Mailing{NewMessage: m, Numbers: append(written, d.People.numbers()...)}
	if len(fieldsIn(d.Text)) == 0 {
		all.Text = filled(d.Text, nil)
		return all, 0, nil
	}
	all.Texts, empty, err = d.People.merge(r, d.Text)
	if err == nil && len(written) > 0 {
		err = fault.NewInvalid("to", Printer(r).Sprintf("The text has fields of the table, and these numbers are in no row of it: put them there, or leave them out."))
	}
	return all, empty, err
}

// shownRefused is how many numbers that get nothing a preview shows.
const shownRefused = 50

func (s *send) preview(r *http.Request, d *draft) error {
	m, empty, err := d.mailing(r)
	if err != nil {
		return err
	}
	all, err := s.gateway.RehearseMailing(r.Context(), m)
	if err != nil {
		return err
	}
	p := &preview{Empty: empty}
	longest := ""
	priced, micros := true, int64(0)
	seen := map[msisdn.Number]bool{}
	for i, one := range all {
		why := ""
		switch to := one.Rehearsal.To; {
		case one.Err != nil:
			why = sayError(r, one.Err)
		case one.Rehearsal.Refusal != nil:
			why = sayError(r, one.Rehearsal.Refusal)
		case seen[to]:
			p.Twice++
			continue
		default:
			seen[to] = true
			p.Accepted++
			p.Parts += one.Rehearsal.Text.Parts
			price, ok := s.gateway.Lines().Price(one.Rehearsal.To)
			priced, micros = priced && ok, micros+price*int64(one.Rehearsal.Text.Parts)
			if m.Texts != nil {
				if len(p.Samples) < shownSamples {
					p.Samples = append(p.Samples, sample{one.Number, m.Texts[i], one.Rehearsal.Text.Parts})
				}
				if len(m.Texts[i]) > len(longest) {
					longest = m.Texts[i]
				}
			}
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
	if d.Preview = p; longest != "" {
		d.Size = measure(longest)
	}
	return nil
}

func (s *send) sendAll(r *http.Request, d *draft) (mailing string, err error) {
	m, _, err := d.mailing(r)
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

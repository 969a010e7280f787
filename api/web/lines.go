package web

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"simgate/api/web/chart"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/line/balance"
	"simgate/gateway/line/signal"
	"simgate/gateway/user"
)

// AddLines adds the pages of the SIMs: all of them, and what there is to know and to do of
// each.
func AddLines(p *Pages, g Gateway) {
	l := &lines{p, g, &Page{Name: "lines", Template: "aline", Path: "/{name}", Role: user.Viewer}}
	l.page.Data = l.one
	l.page.Regions = func(data any) []Region {
		return []Region{{ID: "line-state", Template: "linestate", Data: data}, {ID: "line-facts", Template: "linefacts", Data: data}}
	}
	p.Add(nil, &Page{Name: "lines", Title: "SIMs", Wide: true, Role: user.Viewer, Data: l.all,
		Regions: func(data any) []Region { return []Region{{ID: "lines", Template: "linelist", Data: data}} }}, l.page)
	p.HandleFor(user.Operator, "POST "+Root+"lines/{name}/release", l.release)
	p.HandleFor(user.Operator, "POST "+Root+"lines/{name}/restart", l.restart)
	p.HandleFor(user.Operator, "POST "+Root+"lines/{name}/balance", l.balance)
	p.Dangerous(user.Owner, "POST "+Root+"lines/{name}/ussd", l.ussd) // a code may buy something
	p.Dangerous(user.Owner, "POST "+Root+"lines/{name}/pin", l.pin)
}

type lines struct {
	pages   *Pages
	gateway Gateway
	page    *Page // of one line
}

// Path returns the path of the page of the line.
func (l Line) Path() string { return Root + "lines/" + url.PathEscape(l.Name) }

// lineStep is a step on the way from a plug to a call.
type lineStep struct {
	Title string
	Tone  string // good, bad, odd or busy; "" where the step before is not done
	Says  string // what there is, or what is wrong, as the modem or network says it
	Hint  string // the same in a sentence of ours
}

// Steps returns how far the line has come. The first step that is not good says why, and
// what comes after it is not known.
func (l Line) Steps() []lineStep {
	ready := l.State == line.Ready || l.State == line.InCall
	on := ready || l.State == line.Searching
	wrong := func(while bool) string { // how a step is marked that is not done
		if while && l.Detail == "" && time.Since(l.Since) < passing {
			return "busy"
		}
		return "bad"
	}
	if l.Kind == line.Phone {
		return l.cut([]lineStep{
			{Title: "Address", Tone: l.tone(l.State != line.Absent && l.State != line.Opening, wrong(l.State == line.Opening)), Says: l.Port},
			{Title: "Phone", Tone: l.tone(on, wrong(l.State == line.Starting)), Says: strings.TrimSpace(l.Manufacturer + " " + l.Model)},
			{Title: "Messages", Tone: l.tone(ready && !l.Held(), "odd"), Says: cmp.Or(l.Hold.Text, l.Detail)},
		}, 2)
	}
	// What is known of modem and SIM may be of the last that were there.
	steps := []lineStep{
		{Title: "Port", Tone: l.tone(l.State != line.Absent && l.State != line.Opening, wrong(l.State == line.Opening)), Says: l.Port},
		{Title: "Modem", Tone: l.tone(on || l.Model != "" || l.State == line.Locked, wrong(l.State == line.Starting)), Says: strings.TrimSpace(l.Manufacturer + " " + l.Model)},
		{Title: "SIM", Tone: l.tone(on || l.State == line.Locked, wrong(l.State == line.Starting))},
		{Title: "PIN", Tone: l.tone(on, wrong(l.State == line.Starting))},
		{Title: "Network", Tone: l.tone(ready, wrong(l.State == line.Searching)), Says: cmp.Or(l.Operator, l.Registration)},
		{Title: "SMS centre", Tone: l.tone(ready, wrong(false)), Says: l.SMSC},
		{Title: "Messages", Tone: l.tone(ready && !l.Held(), "odd"), Says: l.Hold.Text},
		{Title: "Calls", Tone: "good"},
	}
	switch {
	case l.Voice == line.VoiceNone:
		steps[7].Tone, steps[7].Hint = "odd", "This modem cannot speak in calls."
	case l.Voice == "":
		steps[7].Tone, steps[7].Hint = "busy", "It shows with the first call whether this modem can speak."
	case l.VoLTE == "off":
		steps[7].Tone, steps[7].Hint = "odd", "Each call needs an older network: LTE carries none here."
	default:
		steps[7].Hint = voices[l.Voice]
	}
	return l.cut(steps, 6) // messages are held, and calls may go
}

// cut has the first of the steps before one that is not good say why, and what comes after it
// be not known.
func (l Line) cut(steps []lineStep, before int) []lineStep {
	for i := range before {
		if steps[i].Tone == "good" {
			continue
		}
		steps[i].Says = cmp.Or(l.Detail, steps[i].Says)
		for j := i + 1; j < len(steps); j++ {
			steps[j].Tone, steps[j].Says, steps[j].Hint = "", "", ""
		}
		break
	}
	return steps
}

func (l Line) tone(done bool, otherwise string) string {
	if done {
		return "good"
	}
	return otherwise
}

// voices says how a line speaks.
var voices = map[line.Voice]string{line.VoiceTTY: "It speaks over a serial port.", line.VoiceALSA: "It speaks over a sound card of the modem.",
	line.VoiceFile: "It plays files in the modem.", line.VoiceTTS: "The modem reads texts itself."}

// hidden returns an identity of a SIM or modem without all but its end.
func hidden(s string) string {
	if len(s) <= 4 {
		return s
	}
	return strings.Repeat("•", len(s)-4) + s[len(s)-4:]
}

func (l *lines) all(r *http.Request) (any, error) { return lookLines(r.Context(), l.gateway) }

// aLine is what the page of one line shows.
type aLine struct {
	Line
	Balance  *balance.Balance // nil: it is not known
	Signal   picture
	Events   []journal.Event
	USSD     *asked // nil: nothing was asked
	Identity []identity

	Operates, Owns bool // the reader may do what operators and owners do
}

// identity is a number that names a SIM or modem.
type identity struct{ Title, Value string }

// asked is a USSD code and what the network has said.
type asked struct {
	Code, Text, Problem string
	More                bool // it is a menu, and waits for an answer
}

// eventsOfLine is how many events a line shows.
const eventsOfLine = 30

func (l *lines) one(r *http.Request) (any, error) { return l.find(r) }

func (l *lines) find(r *http.Request) (d aLine, err error) {
	ctx, name, who := r.Context(), r.PathValue("name"), Who(r)
	d.Operates, d.Owns = who.May(user.Operator), who.May(user.Owner)
	all, err := lookLines(ctx, l.gateway)
	if err != nil {
		return d, err
	}
	for _, one := range all {
		if one.Name == name {
			d.Line = one
		}
	}
	if d.Name == "" {
		return d, fault.NewNotFound("there is no modem with this name")
	}
	for _, i := range []identity{{Title: "Number", Value: d.Number}, {Title: "SIM card (ICCID)", Value: d.ICCID}, {Title: "Subscription (IMSI)", Value: d.IMSI}, {Title: "Modem (IMEI)", Value: d.IMEI}} {
		if i.Value != "" && d.Owns {
			d.Identity = append(d.Identity, i)
		}
	}
	if d.ID == 0 {
		return d, nil
	}
	if b, known, err := l.gateway.Lines().Balance(ctx, d.ID); err != nil {
		return d, err
	} else if known {
		d.Balance = &b
	}
	now := time.Now()
	kept, err := l.gateway.Signals().Since(ctx, d.ID, now.Add(-signalSpan))
	if err != nil {
		return d, err
	}
	d.Signal = newSignal(kept, d.SignalDBm, now)
	d.Events, err = l.gateway.Events(ctx, journal.Filter{Line: d.ID, Limit: eventsOfLine})
	return d, err
}

func (l *lines) release(w http.ResponseWriter, r *http.Request) {
	Note(r, r.PathValue("name"))
	d, err := l.find(r)
	if err == nil {
		err = l.gateway.Lines().Release(r.Context(), d.ID)
	}
	l.pages.Done(w, r, d.Path(), err)
}

// restart restarts the modem of a line.
func (l *lines) restart(w http.ResponseWriter, r *http.Request) {
	Note(r, r.PathValue("name"))
	d, err := l.find(r)
	if err == nil {
		err = l.gateway.Lines().Restart(d.Name)
	}
	l.pages.Done(w, r, d.Path(), err)
}

// pin gives a SIM the PIN that it asks for.
func (l *lines) pin(w http.ResponseWriter, r *http.Request) {
	Note(r, r.PathValue("name"))
	err := l.gateway.Lines().EnterPIN(r.PathValue("name"), r.FormValue("pin"))
	l.pages.Done(w, r, Line{Info: line.Info{Status: line.Status{Name: r.PathValue("name")}}}.Path(), err)
}

// asking is how long the network may take to answer a USSD code.
const asking = 2 * time.Minute

func (l *lines) balance(w http.ResponseWriter, r *http.Request) {
	Patient(w, asking)
	Note(r, r.PathValue("name"))
	d, err := l.find(r)
	if err == nil {
		_, err = l.gateway.Lines().AskBalance(r.Context(), d.ID)
	}
	l.pages.Done(w, r, d.Path(), err)
}

// ussd sends a code, or the answer to a menu, and shows what the network says.
func (l *lines) ussd(w http.ResponseWriter, r *http.Request) {
	Patient(w, asking)
	ctx := r.Context()
	Note(r, r.PathValue("name"))
	d, err := l.find(r)
	if err != nil {
		l.pages.Refuse(w, r, statusOf(err), sayError(r, err))
		return
	}
	d.USSD = &asked{Code: strings.TrimSpace(r.FormValue("code"))}
	if r.FormValue("end") != "" {
		d.USSD, err = nil, l.gateway.Lines().EndUSSD(ctx, d.ID)
	} else {
		var answer line.USSDAnswer
		answer, err = l.gateway.Lines().USSD(ctx, d.ID, d.USSD.Code)
		d.USSD.Text, d.USSD.More = answer.Text, answer.More
	}
	if err != nil && ctx.Err() == nil {
		d.USSD = &asked{Code: r.FormValue("code"), Problem: sayError(r, err)}
	}
	l.pages.Show(w, r, l.page, d)
}

// Patient gives a form more time than others have: it waits for a network or a server.
func Patient(w http.ResponseWriter, limit time.Duration) {
	rc := http.NewResponseController(w)
	_ = errors.Join(rc.SetReadDeadline(time.Now().Add(limit)), rc.SetWriteDeadline(time.Now().Add(limit+patience))) // else it has that of others
}

// signalSpan is how far back the picture of a signal goes.
const signalSpan = 24 * time.Hour

// picture is how strong a signal was over a day, as a picture and as a table.
type picture struct {
	Path          string // of the line of the picture
	Weakest, Best int    // in dBm
	Hours         []signalHour
}

// signalHour is the signal of an hour.
type signalHour struct {
	Begin         time.Time
	Weakest, Best int
}

// The picture of a signal: its size, and the signals at its bottom and top.
const (
	signalWidth, signalHeight = 480, 64
	signalLow, signalHigh     = -115, -51
)

// newSignal returns the picture of what was kept and of what there is now, 0 for nothing.
func newSignal(kept []signal.Strength, dbm int, now time.Time) (s picture) {
	if dbm != 0 {
		kept = append(kept, signal.Strength{At: now, DBm: dbm})
	}
	if len(kept) < 2 {
		return s
	}
	var path strings.Builder
	s.Weakest, s.Best = math.MaxInt, math.MinInt
	last := time.Time{}
	for _, one := range kept {
		s.Weakest, s.Best = min(s.Weakest, one.DBm), max(s.Best, one.DBm)
		x := signalWidth * (1 - now.Sub(one.At).Seconds()/signalSpan.Seconds())
		y := float64(signalHigh-min(max(one.DBm, signalLow), signalHigh)) / (signalHigh - signalLow) * signalHeight
		command := "L"
		if one.At.Sub(last) > time.Hour { // nobody knows what was between
			command = "M"
		}
		path.WriteString(command + chart.Coordinate(max(0, x)) + " " + chart.Coordinate(y))
		last = one.At
		begin := one.At.Truncate(time.Hour)
		if n := len(s.Hours); n == 0 || !s.Hours[n-1].Begin.Equal(begin) {
			s.Hours = append(s.Hours, signalHour{begin, one.DBm, one.DBm})
		}
		h := &s.Hours[len(s.Hours)-1]
		h.Weakest, h.Best = min(h.Weakest, one.DBm), max(h.Best, one.DBm)
	}
	s.Path = path.String()
	return s
}

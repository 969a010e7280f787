package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"simgate/api/timeline"
	"simgate/api/web/translation"
	"simgate/gateway"
	"simgate/gateway/call"
	"simgate/gateway/cause"
	wall "simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/user"
	"simgate/gateway/webhook"
)

// NewWhy returns the pages that say what became of a code, message or call, and why: a
// search for a number, and the story of each.
func NewWhy(g Gateway) []*Page {
	w := why{g}
	return []*Page{
		{Name: "why", Title: "Why", Wide: true, Role: user.Viewer, Data: w.search,
			Regions: func(data any) []Region { return []Region{{ID: "found", Template: "found", Data: data}} }},
		{Name: "why", Template: "story", Path: "/{kind}/{id}", Role: user.Viewer, Data: w.story,
			Regions: func(data any) []Region { return []Region{{ID: "story", Template: "steps", Data: data}} }},
	}
}

type why struct{ gateway Gateway }

// found is what a search has found.
type found struct {
	Number  string // that was looked for; "" for any
	Typed   string // the same, where somebody has typed it
	Problem string // why nothing was looked for; "" for nothing
	Items   []Item
	Seeks   bool // the reader may look for numbers
}

// mostFound is how many of what a number got are shown.
const mostFound = 50

func (w why) search(r *http.Request) (any, error) {
	typed := strings.TrimSpace(r.FormValue("number"))
	f := found{Number: typed, Typed: typed, Seeks: Who(r).May(user.Operator)}
	var err error
	if kind, id, ok := strings.Cut(r.FormValue("of"), "/"); ok { // whoever does not see the number asks so
		if f.Number, err = w.numberOf(r.Context(), kind, id); err != nil {
			return nil, err
		}
	}
	if err = mayLookFor(r, typed); err == nil {
		f.Items, err = w.items(r, f.Number, typed != "")
	}
	if fault.CodeOf(err) == fault.Invalid {
		f.Problem, err = sayError(r, err), nil
	}
	return f, err
}

// items returns what was asked for lately for a number, "" for any, and what the guard has refused of
// it: who asks why somebody got no code most often finds it there.
func (w why) items(r *http.Request, number string, typed bool) ([]Item, error) {
	all, err := items(r.Context(), w.gateway, number, mostFound)
	if err != nil || number == "" {
		return all, err
	}
	refused, err := w.gateway.Refusals(number)
	for i, one := range refused {
		all = append(all, refusalItem(i, one, Who(r), typed))
	}
	slices.SortStableFunc(all, func(a, b Item) int { return b.At.Compare(a.At) })
	return all, err
}

// numberOf returns to whom a code, message or call went.
func (w why) numberOf(ctx context.Context, kind, id string) (string, error) {
	n, _ := strconv.ParseInt(id, 10, 64) // there is nothing with the id 0
	switch kind {
	case "code":
		v, err := w.gateway.Verification(ctx, id)
		return string(v.To), err
	case "message":
		m, err := w.gateway.Message(ctx, n)
		return string(m.To), err
	case "call":
		c, err := w.gateway.Calls().Get(ctx, n)
		return string(c.To), err
	}
	return "", fault.NewNotFound("There is no such page.")
}

// story is what became of a code, message or call.
type story struct {
	Kind, ID, To, App, State string
	Steps                    []step // oldest first
	Next                     string // what can be done; "" for nothing
	Copy                     string // all of it as a text without numbers
	Cancel, Again            string // paths: of what takes it out of the queue, and of what sends it once more; "" for none

	lines map[int64]bool // that had a part in it
}

// step is something that happened.
type step struct {
	At    time.Time
	After string // since the first step
	What  string
	Why   string     // "" for nothing
	Code  cause.Code // of Why, "" for none
	Help  string     // path of what Why means, "" for none
	Tone  string     // good, bad, odd or busy
	Link  string     // path of the page that it is about, "" for none
}

// teller tells a story in the language of its reader.
type teller struct {
	*message.Printer
	lang    language.Tag
	gateway Gateway
	modems  []Line
	names   map[int64]string // of lines
	paths   map[int64]string // of their pages
	who     Reader
	passed  string // which SIMs could not take what goes to one in the next step, and why
	story
}

func (w why) story(r *http.Request) (any, error) {
	ctx := r.Context()
	t := &teller{Printer: Printer(r), lang: languageOf(r), gateway: w.gateway, names: map[int64]string{}, paths: map[int64]string{}, who: Who(r), story: story{Kind: r.PathValue("kind"), ID: r.PathValue("id"), lines: map[int64]bool{}}}
	lines, err := lookLines(ctx, w.gateway)
	if err != nil {
		return nil, err
	}
	t.modems = lines
	for _, l := range lines {
		t.names[l.ID], t.paths[l.ID] = l.Title(), l.Path()
	}
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64) // there is nothing with the id 0
	var over bool
	switch t.Kind {
	case "code":
		over, err = t.code(ctx, r.PathValue("id"))
	case "message":
		over, err = t.message(ctx, id)
	case "call":
		over, err = t.call(ctx, id)
	default:
		err = fault.NewNotFound("There is no such page.")
	}
	if err == nil {
		err = t.meanwhile(ctx, over)
	}
	if err == nil {
		err = t.told(ctx, r.PathValue("id"))
	}
	t.finish()
	return t.story, err
}

// add adds a step, with its reason as the gateway says it.
func (t *teller) add(at time.Time, tone, what, reason string) {
	t.Steps = append(t.Steps, step{At: at, Tone: tone, What: what, Why: translation.Say(t.lang, reason)})
}

// because adds a step with its cause. That some SIMs were passed over needs no more words.
func (t *teller) because(at time.Time, tone, what string, c cause.Cause) {
	if c.Code == cause.PassedOver {
		c.Code = ""
	}
	t.add(at, tone, what, c.Text)
	last := &t.Steps[len(t.Steps)-1]
	last.Code, last.Help = c.Code, means(c.Code)
}

// link says which page the last step is about.
func (t *teller) link(path string) { t.Steps[len(t.Steps)-1].Link = path }

// line returns how a line is called, and notes that it had a part in the story.
func (t *teller) line(id int64) string {
	t.lines[id] = true
	if name := t.names[id]; name != "" {
		return name
	}
	return t.Sprintf("SIM %d", id)
}

// chosen says why it went to a line, where that is known: "" else, and where it has been told.
// Which of several that could take it was cheaper, or had rested longer, is written nowhere.
func (t *teller) chosen(line, pinned int64, passed string) string {
	switch {
	case t.lines[line]:
		return ""
	case line == pinned:
		return t.Sprintf("This SIM was asked for.")
	}
	others := 0
	for _, modem := range t.modems {
		if modem.ID == line {
			continue
		}
		if others++; !strings.Contains("; "+passed, "; "+modem.Name+" ") {
			return ""
		}
	}
	if others == 0 {
		return t.Sprintf("There is no other SIM.")
	}
	return t.Sprintf("No other SIM could take it.")
}

// code tells what became of a verification.
func (t *teller) code(ctx context.Context, id string) (over bool, err error) {
	v, err := t.gateway.Verification(ctx, id)
	if err != nil {
		return false, err
	}
	t.add(v.Created, "busy", t.Sprintf("The app %s asked for a code.", v.App), "")
	heard := false
	for _, a := range v.Attempts {
		way := map[string]string{"sms": "Attempt %d: a message (%s)", "voice": "Attempt %d: a call (%s)"}[string(a.Channel)]
		if way == "" {
			way = "Attempt %d: the person writes to us (%s)"
		}
		t.add(a.At, "busy", t.Sprintf(way, a.N, t.Sprintf(a.Reason)), "")
		switch {
		case a.Message != 0:
			_, err = t.message(ctx, a.Message)
		case a.Call != 0:
			_, err = t.call(ctx, a.Call)
		case a.State == gateway.TextReceived:
			heard = true
			t.because(a.At, "good", t.Sprintf("The text of the person has come."), a.Cause)
		case a.State == gateway.TextAwaited && a.Cause.Text != "":
			t.because(a.At, "odd", t.Sprintf("A text came that does not count."), a.Cause)
		case a.Cause.Text != "":
			t.because(a.At, "bad", t.Sprintf("It did not go out."), a.Cause)
		}
		if err != nil {
			return false, err
		}
	}
	t.To, t.App, t.State = string(v.To), v.App, string(v.State)
	t.helpCode(v)
	took := seconds(t.Printer, v.Ended.Sub(v.Created))
	compared := ""
	if v.Tries > 0 {
		compared = t.Sprintf("%d codes were compared", v.Tries)
	}
	switch v.State {
	case gateway.Pending:
		if v.Asked != nil {
			t.add(time.Now(), "busy", t.Sprintf("It waits for a text of the person until %s.", v.Expires.Local().Format(wall.ToTheSecond)), compared)
			break
		}
		t.add(time.Now(), "busy", t.Sprintf("It waits for the right code until %s.", v.Expires.Local().Format(wall.ToTheSecond)), compared)
	case gateway.Verified:
		if heard && v.Tries == 0 {
			t.add(v.Ended, "good", t.Sprintf("The number is verified, %s after it was asked for.", took), "")
			break
		}
		t.add(v.Ended, "good", t.Sprintf("The right code was given, %s after it was asked for.", took), compared)
	case gateway.VerificationExpired:
		t.add(v.Ended, "bad", t.Sprintf("Nobody gave the right code in time."), compared)
	case gateway.Exhausted:
		t.add(v.Ended, "bad", t.Sprintf("All tries were spent on wrong codes."), compared)
	default:
		t.add(v.Ended, "odd", t.Sprintf("It was cancelled."), compared)
	}
	return v.State != gateway.Pending, nil
}

// message tells what became of a message.
func (t *teller) message(ctx context.Context, id int64) (over bool, err error) {
	m, err := t.gateway.Message(ctx, id)
	if err != nil {
		return false, err
	}
	t.To, t.App, t.State = string(m.To), m.App, string(m.State)
	steps, err := timeline.OfMessage(ctx, t.gateway, m)
	if err != nil {
		return false, err
	}
	for _, s := range steps {
		if s.What != timeline.Meanwhile { // it is told of the whole story
			t.step(s, m)
		}
	}
	t.helpMessage(m)
	return m.State != gateway.Queued && m.State != gateway.Sending, nil
}

// step tells a step of a message.
func (t *teller) step(s timeline.Step, m gateway.Message) {
	if s.What == timeline.Accepted {
		if t.Kind == "message" {
			t.add(s.At, "busy", t.Sprintf("The app %s sent a message.", m.App), t.Sprintf("%d parts in all", m.Total))
		}
		return
	}
	which := ""
	if s.Part != 0 && m.Total > 1 {
		which = t.Sprintf("Part %d of %d", s.Part, m.Total) + ": "
	}
	tone, what, why := "odd", "", s.Cause
	switch s.What {
	case timeline.Edited:
		what = t.Sprintf("It was changed.")
	case timeline.Scheduled:
		tone, what = "busy", t.Sprintf("It is to go at %s.", s.Until.Local().Format(wall.ToTheSecond))
	case timeline.Held:
		what = t.Sprintf("It was put aside.")
	case timeline.Waiting:
		tone, what = "busy", t.Sprintf("It waits.")
	case timeline.PassedOver:
		what, t.passed = t.Sprintf("Not every SIM could take it."), s.Cause.Text
	case timeline.Submitted:
		why.Text = t.chosen(s.Line, m.Pinned, t.passed)
		t.passed = ""
		tone, what = "busy", t.Sprintf("It went to %s.", t.line(s.Line))
	case timeline.Refused:
		if what = t.Sprintf("It did not leave, and is tried again."); s.Times > 1 {
			what = t.Sprintf("It did not leave %d times, and is tried again.", s.Times)
		}
	case timeline.Sent:
		if tone, what = "busy", t.Sprintf("The network took it."); m.State == gateway.Sent {
			what = t.Sprintf("The network took it; no phone has confirmed it yet.")
		}
	case timeline.Delivered:
		tone, what = "good", t.Sprintf("The phone confirmed it.")
	case timeline.Undelivered:
		tone, what = "bad", t.Sprintf("The network reports that it did not arrive.")
	case timeline.Failed:
		tone, what = "bad", t.Sprintf("It was refused.")
	case timeline.Unknown:
		what = t.Sprintf("No answer came: it may have left, and nobody can know.")
	case timeline.Expired:
		tone, what = "bad", t.Sprintf("Its time was over before it could leave.")
	case timeline.Cancelled:
		what = t.Sprintf("It was cancelled before it left.")
	case timeline.Notified:
		t.delivery(*s.Delivery)
		return
	}
	t.because(s.At, tone, which+what, why)
	switch {
	case s.What == timeline.Submitted:
		t.link(t.paths[s.Line])
	case s.What == timeline.Waiting && s.Cause.Text != "":
		t.link(cmp.Or(t.paths[m.Line], Root+"lines"))
	}
}

// call tells what became of a call.
func (t *teller) call(ctx context.Context, id int64) (over bool, err error) {
	c, err := t.gateway.Calls().Get(ctx, id)
	if err != nil {
		return false, err
	}
	if t.Kind == "call" {
		t.add(c.Accepted, "busy", t.Sprintf("The app %s asked for a call.", c.App), "")
	}
	t.To, t.App, t.State = string(c.To), c.App, string(c.State)
	t.helpCall(c.State)
	if c.Waiting != "" {
		t.add(time.Now(), "busy", t.Sprintf("It waits."), c.Waiting)
	}
	if !c.Dialled.IsZero() {
		if c.Passed != "" {
			t.add(c.Dialled, "odd", t.Sprintf("Not every SIM could take it."), c.Passed)
		}
		why := t.chosen(c.Line, c.Pinned, c.Passed)
		t.add(c.Dialled, "busy", t.Sprintf("It was dialled by %s.", t.line(c.Line)), why)
		t.link(t.paths[c.Line])
	}
	if c.Answered && !c.Ended.IsZero() {
		t.add(c.Ended.Add(-c.Duration), "busy", t.Sprintf("It was answered."), "")
	}
	if !c.State.Ended() {
		return false, nil
	}
	keys := ""
	if c.Keys != "" {
		keys = t.Sprintf("keys that were pressed: %s", c.Keys)
	}
	tone := "bad"
	switch c.State {
	case call.Completed:
		tone = "good"
	case call.HungUp, call.Unknown, call.Cancelled:
		tone = "odd"
	}
	t.because(c.Ended, tone, t.Sprintf(endings[c.State]), c.Cause)
	last := &t.Steps[len(t.Steps)-1]
	last.Why = strings.Trim(last.Why+"; "+keys, "; ")
	return true, nil
}

// endings says how a call ended.
var endings = map[call.State]string{
	call.Completed: "All was said.",
	call.HungUp:    "It was hung up before all was said.",
	call.NoKey:     "Nobody pressed a key: a voicemail has answered.",
	call.Unknown:   "The modem was lost after dialling: nobody can know what was heard.",
	call.Cancelled: "It was not wanted any more.",
	call.Busy:      "It ended: busy.",
	call.NoAnswer:  "It ended: no answer.",
	call.Refused:   "It ended: refused.",
	call.Failed:    "It ended: failed.",
	call.Expired:   "It ended: expired.",
}

// meanwhile adds what happened to the lines of the story while it went on.
func (t *teller) meanwhile(ctx context.Context, over bool) error {
	var known []timeline.Step
	for _, s := range t.Steps {
		known = append(known, timeline.Step{At: s.At})
	}
	for id := range t.lines {
		known = append(known, timeline.Step{At: t.Steps[0].At, Line: id})
	}
	during, err := timeline.During(ctx, t.gateway, known, over)
	for _, s := range during {
		t.add(s.At, "odd", t.Sprintf("Meanwhile, at %s:", t.line(s.Line)), s.Cause.Text)
		t.link(t.paths[s.Line])
	}
	return err
}

// told adds what webhooks were told of a code or call; of a message its steps say it.
func (t *teller) told(ctx context.Context, id string) error {
	noun := map[string]string{"code": "verification", "call": "call"}[t.Kind]
	if noun == "" {
		return nil
	}
	all, err := t.gateway.Deliveries(ctx, noun, id)
	for _, d := range all {
		t.delivery(d)
	}
	return err
}

// delivery adds what a webhook was told.
func (t *teller) delivery(d webhook.Delivery) {
	switch d.State {
	case webhook.Delivered:
		t.add(d.Ended, "busy", t.Sprintf("The app was told: %s.", d.Kind), "")
	case webhook.Failed:
		t.because(d.Ended, "bad", t.Sprintf("The app could not be told: %s.", d.Kind), d.Cause)
	default:
		t.because(d.At, "busy", t.Sprintf("The app is to be told: %s.", d.Kind), d.Cause)
	}
	if d.Webhook != 0 && t.who.May(user.Owner) {
		t.link(fmt.Sprintf("%swebhooks/%d", Root, d.Webhook))
	}
}

// nouns are what stories are of.
var nouns = map[string]string{"code": "Code", "message": "Message", "call": "Call"}

// finish puts the steps into their order, and writes the text to copy.
func (t *teller) finish() {
	if len(t.Steps) == 0 {
		return
	}
	slices.SortStableFunc(t.Steps, func(a, b step) int { return a.At.Compare(b.At) })
	var b strings.Builder
	b.WriteString(t.Sprintf("simgate, %s to %s: %s", t.Sprintf(nouns[t.Kind]), t.To, t.Sprintf(word(t.State))) + "\n")
	for i, s := range t.Steps {
		if d := s.At.Sub(t.Steps[0].At); d >= 50*time.Millisecond {
			t.Steps[i].After = "+" + seconds(t.Printer, d)
		}
		b.WriteString(s.At.UTC().Format("2006-01-02 15:04:05.000 UTC") + "  " + s.What)
		if s.Why != "" {
			b.WriteString(" (" + s.Why + ")")
		}
		if s.Code != "" {
			b.WriteString(" " + string(s.Code))
		}
		b.WriteString("\n")
	}
	t.Copy = quote(mask(b.String()))
}

var numbers = regexp.MustCompile(`\+?\d[\d ]{5,17}\d`)

// mask is maskLine for lines that begin with a time, but for the first.
func mask(s string) string {
	lines := strings.SplitAfter(s, "\n")
	for i, l := range lines {
		stamp := 0
		if i > 0 && len(l) > 27 { // the time at its begin is no number
			stamp = 27
		}
		lines[i] = l[:stamp] + maskLine(l[stamp:])
	}
	return strings.Join(lines, "")
}

// maskLine hides all but the ends of the numbers in a text.
func maskLine(s string) string {
	return numbers.ReplaceAllStringFunc(s, func(n string) string {
		return n[:min(4, len(n)-2)] + strings.Repeat("•", 5) + n[len(n)-2:]
	})
}

package web

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/message"

	"simgate/gateway"
	"simgate/gateway/call"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
)

// NewWhy returns the pages that say what became of a code, message or call, and why: a
// search for a number, and the story of each.
func NewWhy(g Gateway) []*Page {
	w := why{g}
	return []*Page{
		{Name: "why", Title: "Why", Data: w.search,
			Regions: func(data any) []Region { return []Region{{ID: "found", Template: "found", Data: data}} }},
		{Name: "why", Template: "story", Path: "/{kind}/{id}", Data: w.story,
			Regions: func(data any) []Region { return []Region{{ID: "story", Template: "steps", Data: data}} }},
	}
}

type why struct{ gateway Gateway }

// found is what a search has found.
type found struct {
	Number  string // that was looked for, as it was typed
	Problem string // why nothing was looked for; "" for nothing
	Items   []Item
}

// mostFound is how many of what a number got are shown.
const mostFound = 50

func (w why) search(r *http.Request) (any, error) {
	f := found{Number: strings.TrimSpace(r.FormValue("number"))}
	var err error
	f.Items, err = items(r.Context(), w.gateway, f.Number, mostFound)
	if fault.CodeOf(err) == fault.Invalid {
		f.Problem, err = fault.MessageOf(err), nil
	}
	return f, err
}

// story is what became of a code, message or call.
type story struct {
	Kind, To, App, State string
	Steps                []step // oldest first
	Next                 string // what can be done; "" for nothing
	Copy                 string // all of it as a text without numbers

	lines map[int64]bool // that had a part in it
}

// step is something that happened.
type step struct {
	At    time.Time
	After string // since the first step
	What  string
	Why   string // "" for nothing
	Tone  string // good, bad, odd or busy
}

// teller tells a story in the language of its reader.
type teller struct {
	*message.Printer
	gateway Gateway
	names   map[int64]string // of lines
	story
}

func (w why) story(r *http.Request) (any, error) {
	ctx := r.Context()
	t := &teller{Printer: Printer(r), gateway: w.gateway, names: map[int64]string{}, story: story{Kind: r.PathValue("kind"), lines: map[int64]bool{}}}
	lines, err := w.gateway.Lines().List(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		t.names[l.ID] = l.Name
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
	t.finish()
	return t.story, err
}

func (t *teller) add(at time.Time, tone, what, reason string) {
	t.Steps = append(t.Steps, step{At: at, Tone: tone, What: what, Why: reason})
}

// line returns how a line is called, and notes that it had a part in the story.
func (t *teller) line(id int64) string {
	t.lines[id] = true
	if name := t.names[id]; name != "" {
		return name
	}
	return t.Sprintf("SIM %d", id)
}

// code tells what became of a verification.
func (t *teller) code(ctx context.Context, id string) (over bool, err error) {
	v, err := t.gateway.Verification(ctx, id)
	if err != nil {
		return false, err
	}
	t.add(v.Created, "busy", t.Sprintf("The app %s asked for a code.", v.App), "")
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
		case a.Cause != "":
			t.add(a.At, "bad", t.Sprintf("It did not go out."), a.Cause)
		}
		if err != nil {
			return false, err
		}
	}
	t.To, t.App, t.State = string(v.To), v.App, string(v.State)
	if v.State != gateway.Pending {
		t.Next = "" // what became of its messages matters no more
	}
	took := seconds(v.Ended.Sub(v.Created))
	compared := ""
	if v.Tries > 0 {
		compared = t.Sprintf("%d codes were compared", v.Tries)
	}
	switch v.State {
	case gateway.Pending:
		t.add(time.Now(), "busy", t.Sprintf("It waits for the right code until %s.", v.Expires.Local().Format("15:04:05")), compared)
		if at := v.NextResend; t.Next == "" && at.After(time.Now()) {
			t.Next = t.Sprintf("The app may ask for the code again at %s.", at.Local().Format("15:04:05"))
		}
	case gateway.Verified:
		t.add(v.Ended, "good", t.Sprintf("The right code was given, %s after it was asked for.", took), compared)
	case gateway.VerificationExpired:
		t.add(v.Ended, "bad", t.Sprintf("Nobody gave the right code in time."), compared)
		t.Next = t.Sprintf("If it was delivered, the person did not type it in; if not, the step before says why.")
	case gateway.Exhausted:
		t.add(v.Ended, "bad", t.Sprintf("All tries were spent on wrong codes."), compared)
		t.Next = t.Sprintf("The app may ask for a new code.")
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
	if t.Kind == "message" {
		t.add(m.Accepted, "busy", t.Sprintf("The app %s sent a message.", m.App), t.Sprintf("%d parts in all", m.Total))
	}
	t.To, t.App, t.State = string(m.To), m.App, string(m.State)
	for _, p := range m.Parts {
		which := ""
		if m.Total > 1 {
			which = t.Sprintf("Part %d of %d", p.Seq, m.Total) + ": "
		}
		if p.Passed != "" {
			t.add(p.Submitted, "odd", which+t.Sprintf("Not every SIM could take it."), p.Passed)
		}
		t.add(p.Submitted, "busy", which+t.Sprintf("It went to %s.", t.line(p.Line)), "")
		switch p.State {
		case gateway.Delivered:
			t.add(p.Ended, "good", which+t.Sprintf("The phone confirmed it."), "")
		case gateway.Sent:
			t.add(p.Ended, "busy", which+t.Sprintf("The network took it; no phone has confirmed it yet."), "")
		case gateway.Undelivered:
			t.add(p.Ended, "bad", which+t.Sprintf("The network reports that it did not arrive."), p.Cause)
		case gateway.Failed:
			t.add(p.Ended, "bad", which+t.Sprintf("It was refused."), p.Cause)
		case gateway.Unknown:
			t.add(p.Ended, "odd", which+t.Sprintf("No answer came: it may have left, and nobody can know."), p.Cause)
		case gateway.Queued:
			t.add(p.Ended, "odd", which+t.Sprintf("It did not leave, and is tried again."), p.Cause)
		}
	}
	told := slices.ContainsFunc(t.Steps, func(s step) bool { return s.Why == m.Cause })
	if !told && m.Tries > 0 && (m.State == gateway.Queued || m.State == gateway.Sending) {
		t.add(m.Accepted, "odd", t.Sprintf("It was refused, and is tried again."), m.Cause)
	}
	switch m.State {
	case gateway.Queued:
		t.add(time.Now(), "busy", t.Sprintf("It waits."), m.Waiting)
	case gateway.ExpiredOut:
		t.add(m.Ended, "bad", t.Sprintf("Its time was over before it could leave."), m.Cause)
	case gateway.Cancelled:
		t.add(m.Ended, "odd", t.Sprintf("It was cancelled before it left."), m.Cause)
	case gateway.Failed:
		if len(m.Parts) == 0 || m.Parts[len(m.Parts)-1].State != gateway.Failed {
			t.add(m.Ended, "bad", t.Sprintf("It was refused."), m.Cause)
		}
		t.Next = t.Sprintf("The reason above says what to do; then send it again.")
	case gateway.Undelivered:
		t.Next = t.Sprintf("Ask whether the number is right and its phone in reach; then send it again.")
	case gateway.Unknown:
		t.Next = t.Sprintf("Ask the person, or send it again, knowing that it may arrive twice.")
	case gateway.Sent:
		t.Next = t.Sprintf("The phone may be off, and some networks never confirm: wait, or ask the person.")
	}
	return m.State != gateway.Queued && m.State != gateway.Sending, nil
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
	if c.Waiting != "" {
		t.add(time.Now(), "busy", t.Sprintf("It waits."), c.Waiting)
	}
	if !c.Dialled.IsZero() {
		if c.Passed != "" {
			t.add(c.Dialled, "odd", t.Sprintf("Not every SIM could take it."), c.Passed)
		}
		t.add(c.Dialled, "busy", t.Sprintf("It was dialled by %s.", t.line(c.Line)), "")
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
	said, tone := "It ended: "+word(string(c.State))+".", "bad"
	switch c.State {
	case call.Completed:
		said, tone = "All was said.", "good"
	case call.HungUp:
		said, tone = "It was hung up before all was said.", "odd"
	case call.NoKey:
		said = "Nobody pressed a key: a voicemail has answered."
	case call.Unknown:
		said, tone = "The modem was lost after dialling: nobody can know what was heard.", "odd"
	case call.Cancelled:
		said, tone = "It was not wanted any more.", "odd"
	}
	t.add(c.Ended, tone, t.Sprintf(said), strings.Trim(c.Cause+"; "+keys, "; "))
	return true, nil
}

// around is how long before its begin, and after its end, what happens to a line may have
// to do with a story.
const around = 30 * time.Second

// meanwhile adds what happened to the lines of the story while it went on.
func (t *teller) meanwhile(ctx context.Context, over bool) error {
	if len(t.Steps) == 0 {
		return nil
	}
	begin, end := t.Steps[0].At.Add(-around), time.Now()
	if last := t.Steps[len(t.Steps)-1].At; over {
		end = last.Add(around)
	}
	for id := range t.lines {
		if id == 0 {
			continue
		}
		events, err := t.gateway.Events(ctx, journal.Filter{Line: id, Limit: 100})
		if err != nil {
			return err
		}
		for _, e := range events {
			if e.At.After(begin) && e.At.Before(end) {
				t.add(e.At, "odd", t.Sprintf("Meanwhile, at %s:", t.line(id)), e.Text)
			}
		}
	}
	return nil
}

// finish puts the steps into their order, and writes the text to copy.
func (t *teller) finish() {
	if len(t.Steps) == 0 {
		return
	}
	slices.SortStableFunc(t.Steps, func(a, b step) int { return a.At.Compare(b.At) })
	var b strings.Builder
	b.WriteString(t.Sprintf("simgate, %s to %s: %s", t.Kind, t.To, word(t.State)) + "\n")
	for i, s := range t.Steps {
		if d := s.At.Sub(t.Steps[0].At); d >= 50*time.Millisecond {
			t.Steps[i].After = "+" + seconds(d)
		}
		b.WriteString(s.At.UTC().Format("2006-01-02 15:04:05.000 UTC") + "  " + s.What)
		if s.Why != "" {
			b.WriteString(" (" + s.Why + ")")
		}
		b.WriteString("\n")
	}
	t.Copy = mask(b.String())
}

var numbers = regexp.MustCompile(`\+?\d[\d ]{5,17}\d`)

// mask hides all but the ends of the numbers in a text.
func mask(s string) string {
	lines := strings.SplitAfter(s, "\n")
	for i, l := range lines {
		stamp := 0
		if i > 0 && len(l) > 27 { // the time at its begin is no number
			stamp = 27
		}
		lines[i] = l[:stamp] + numbers.ReplaceAllStringFunc(l[stamp:], func(n string) string {
			return n[:min(4, len(n)-2)] + strings.Repeat("•", 5) + n[len(n)-2:]
		})
	}
	return strings.Join(lines, "")
}

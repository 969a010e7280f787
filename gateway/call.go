package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/speech"
	"simgate/gateway/store"
	"simgate/gateway/text"
)

// CallState is the state of a call.
//
//	CallQueued --> Calling --> CallCompleted | CallHungUp | CallBusy | CallNoAnswer
//	  |     ^        |  |      | CallRefused | CallNoKey
//	  |     '--------'  |
//	  |                 |--> CallFailed   the modem could not: nobody was rung
//	  |                 '--> CallUnknown  the link was lost after dialling
//	  '--> CallExpired | CallCancelled    it was never dialled
//
// Calling is written, durably, before the modem is asked to dial. What is unknown
// is never dialled again by itself: a phone that rings twice is worse than one
// that does not.
type CallState string

// The states of a call.
const (
	CallQueued    CallState = "queued"
	Calling       CallState = "calling"
	CallCompleted CallState = CallState(line.CallCompleted)
	CallHungUp    CallState = CallState(line.CallHungUp)
	CallBusy      CallState = CallState(line.CallBusy)
	CallNoAnswer  CallState = CallState(line.CallNoAnswer)
	CallRefused   CallState = CallState(line.CallRefused)
	CallNoKey     CallState = CallState(line.CallNotHeard)
	CallFailed    CallState = CallState(line.CallFailed)
	CallUnknown   CallState = CallState(line.CallUnknown)
	CallExpired   CallState = "expired"
	CallCancelled CallState = "cancelled"
)

// CallStates lists all states; the schema checks for the same.
var CallStates = []CallState{CallQueued, Calling, CallCompleted, CallHungUp, CallBusy, CallNoAnswer, CallRefused, CallNoKey, CallFailed,
	CallUnknown, CallExpired, CallCancelled}

var callTransitions = map[CallState][]CallState{
	CallQueued: {Calling, CallExpired, CallCancelled},
	Calling:    {CallQueued, CallCompleted, CallHungUp, CallBusy, CallNoAnswer, CallRefused, CallNoKey, CallFailed, CallUnknown},
}

// May reports whether a call in state s may change to state next.
func (s CallState) May(next CallState) bool { return slices.Contains(callTransitions[s], next) }

// hopeless reports whether a code that was called out like this was not heard.
// Who has hung up may have heard it.
func (s CallState) hopeless() bool {
	switch s {
	case CallBusy, CallNoAnswer, CallRefused, CallNoKey, CallFailed, CallExpired:
		return true
	}
	return false
}

// VoiceConfig is how calls speak.
type VoiceConfig struct {
	Engine     *speech.Engine // nil: no calls
	RequireKey bool           // the code is said once 1 was pressed, so that no voicemail records it
	Ring       time.Duration  // until it is answered
	Limit      time.Duration  // of a call, from the answer on
}

// Call is a call that says something.
type Call struct {
	ID           int64
	App          string
	To           msisdn.Number
	Text         string // what is said; "" where that is a code or a file
	File         string
	Locale       string
	CustomID     string
	Verification string // uuid of the verification whose code it says
	State        CallState
	Line         int64 // that it took
	Voice        string
	Cause        string // in words
	Passed       string // the lines that could not take it, and why
	Waiting      string // what a queued call waits for, in words; of [Gateway.Call] alone
	Accepted     time.Time
	Dialled      time.Time
	Ended        time.Time
	Answered     bool
	Duration     time.Duration // from the answer to the end
	Keys         string        // that were pressed
	Replayed     bool          // of [Gateway.PlaceCall] alone: the same request was answered before
}

// NewCall asks for a call.
type NewCall struct {
	App      string
	To       string
	Reading  msisdn.Reading // what To means without a plus; zero: as [Gateway.ReadNumber] says
	Text     string         // what is said, or
	File     string         // the name of what is played, of the folder of the configuration
	Locale   string         // of Text; "" that of the number's country
	CustomID string
	Callback Callback
	ClientIP string
	Line     int64
	Lifetime time.Duration // to be dialled in; 0: 10 minutes, at most 24 hours
	Once     Once
}

const (
	callLifetime    = 10 * time.Minute
	maxCallLifetime = 24 * time.Hour
	maxCallTries    = 5
	callPause       = 10 * time.Second // before a call that could not be dialled is tried again
)

// PlaceCall accepts a call. What it says is spoken once before it is accepted, so
// that a text that cannot be spoken is refused here. Calls go where the guard lets
// codes go, and to the countries for calls.
func (g *Gateway) PlaceCall(ctx context.Context, n NewCall) (Call, error) {
	to, err := g.readPerson(n.To, n.Reading.Or(g.reading(n.App, n.Line, g.cfg.Guard.VoiceCountries)))
	if err != nil {
		return Call{}, err
	}
	p := &plan{NewVerification: NewVerification{App: n.App, Callback: n.Callback}, to: to, region: to.Region(), voice: true}
	if p.client, err = parseClient(n.ClientIP); err != nil {
		return Call{}, err
	}
	if n.CustomID != "" {
		if err := fault.CheckName("custom_id", n.CustomID, maxCustomID); err != nil {
			return Call{}, err
		}
	}
	n.Lifetime = cmp.Or(n.Lifetime, callLifetime)
	if n.Lifetime < time.Second || n.Lifetime > maxCallLifetime {
		return Call{}, fault.NewInvalid("lifetime", "a call is dialled within 1 second to 24 hours")
	}
	n.Locale = cmp.Or(n.Locale, speakable(text.LocaleOf(p.region)))
	if why := g.mute(content{locale: n.Locale, recorded: n.File != ""}); why != "" {
		return Call{}, &fault.Error{Code: fault.Unavailable, Message: "no call can be made: " + why}
	}
	if _, err := g.sounds(ctx, utterance{text: n.Text, file: n.File, locale: n.Locale}); err != nil {
		return Call{}, err
	}
	type outcome struct {
		Call
		refused *fault.Error
	}
	o, err := write(ctx, g, func(tx *store.Tx) (outcome, error) {
		if id, done, err := replay(tx, n.App, n.Once); err != nil || done {
			c, err := calledBefore(tx, id, err)
			return outcome{Call: c}, err
		}
		if err := line.Check(tx, n.Line); err != nil {
			return outcome{}, err
		}
		if err := g.checkCallback(tx, n.App, n.Callback); err != nil {
			return outcome{}, err
		}
		tick := int64(g.clock.Tick())
		err := g.inspect(tx, p.request(), tick)
		if e := refusalOf(err); e != nil {
			return outcome{refused: e}, g.keepRefusal(tx, p.request(), err, e)
		}
		if err != nil {
			return outcome{}, err
		}
		if err := g.countSend(tx, n.App, p.client, to, tick); err != nil {
			return outcome{}, err
		}
		c, err := g.enqueueCall(tx, callRow{Call: Call{App: n.App, To: to, Text: n.Text, File: n.File, Locale: n.Locale, CustomID: n.CustomID},
			pinned: n.Line, callback: n.Callback.column()}, n.Lifetime)
		if err != nil {
			return outcome{}, err
		}
		return outcome{Call: c}, remember(tx, n.App, n.Once, strconv.FormatInt(c.ID, 10), clock.Tick(tick))
	})
	if err == nil && o.refused != nil {
		err = o.refused
	}
	if err != nil {
		return Call{}, err
	}
	return o.Call, nil
}

// calledBefore answers a request whose call was accepted before.
func calledBefore(tx *store.Tx, id string, err error) (Call, error) {
	if err != nil {
		return Call{}, err
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return Call{}, err
	}
	row, err := selectCall(tx, n)
	row.Replayed = err == nil
	return row.Call, err
}

// Call returns one call.
func (g *Gateway) Call(ctx context.Context, id int64) (Call, error) {
	lines, err := store.Read(ctx, g.db, g.lines.Look)
	if err != nil {
		return Call{}, err
	}
	return store.Read(ctx, g.db, func(tx *store.Tx) (Call, error) {
		row, err := selectCall(tx, id)
		if err == nil && row.State == CallQueued {
			_, row.Waiting = routeCall(row.pinned, g.speakers(row, lines))
		}
		return row.Call, err
	})
}

// CallFilter selects calls; zero fields select all.
type CallFilter struct {
	App    string
	State  CallState
	To     string
	Before int64 // only ids below
	Limit  int   // 1 to 500, 0 means 50
}

// Calls returns calls, newest first.
func (g *Gateway) Calls(ctx context.Context, f CallFilter) ([]Call, error) {
	if f.Limit = cmp.Or(f.Limit, 50); f.Limit < 1 || f.Limit > 500 {
		return nil, fault.NewInvalid("limit", "at most 500 calls at a time")
	}
	if f.State != "" && !slices.Contains(CallStates, f.State) {
		return nil, fault.NewInvalid("state", "there is no state "+fault.Quote(string(f.State)))
	}
	var err error
	if f.To, err = g.readFilter(f.App, f.To); err != nil {
		return nil, err
	}
	return store.Read(ctx, g.db, func(tx *store.Tx) ([]Call, error) { return selectCalls(tx, f) })
}

// CancelCall ends a call of an app that has not been dialled yet. What has been is
// a [Conflict].
func (g *Gateway) CancelCall(ctx context.Context, app string, id int64) (Call, error) {
	return write(ctx, g, func(tx *store.Tx) (Call, error) {
		row, err := selectCall(tx, id)
		switch {
		case err != nil:
			return Call{}, err
		case row.App != app:
			return Call{}, fault.NewNotFound("there is no call with this id")
		case row.State != CallQueued:
			return row.Call, &fault.Error{Code: fault.Conflict, Reason: fault.NotPending, Message: "this call is " + string(row.State) + " already"}
		}
		row.State, row.Cause, row.Ended = CallCancelled, "it was cancelled", g.clock.Wall().Time()
		return row.Call, endCall(tx, row)
	})
}

// mute says why no call can bring something to a person now, "" if one can.
func (g *Gateway) mute(c content) string {
	why := "no modem here can speak"
	if g.cfg.Voice.Engine == nil {
		return why
	}
	for _, l := range g.lines.All() {
		voices := l.Status().Voices
		if w := g.cannotSay(c, voices); w == "" {
			return ""
		} else if len(voices) > 0 {
			why = w
		}
	}
	return why
}

// content is what a call is to say, as far as it matters who can say it.
type content struct {
	locale   string
	recorded bool // a file
	code     bool
}

// cannotSay says why a modem that speaks in these ways cannot say something, "" if
// it can.
func (g *Gateway) cannotSay(c content, voices []line.Voice) string {
	first := "cannot speak"
	for i, v := range voices {
		why := ""
		switch {
		case v != line.VoiceTTS && !c.recorded:
			why = g.speechless
		case v != line.VoiceTTS:
		case c.recorded:
			why = "plays no files"
		case c.code && g.cfg.Voice.RequireKey:
			why = "cannot ask for a key"
		case !readable(c.locale):
			why = "speaks English and Chinese only"
		}
		if why == "" {
			return ""
		}
		if i == 0 {
			first = why
		}
	}
	return first
}

// readable reports whether modules with speech of their own have a language.
func readable(locale string) bool {
	return strings.HasPrefix(locale, "en-") || strings.HasPrefix(locale, "zh-")
}

// speakable returns a language that calls can be in: that one, or English.
func speakable(locale string) string {
	if slices.Contains(speech.Locales(), locale) {
		return locale
	}
	return text.Default
}

// utterance is what a call is to say.
type utterance struct {
	text, file  string // or
	brand, code string
	locale      string
}

// spokenCall is what a call says, as a modem takes it.
type spokenCall struct {
	speech, prompt []int16
	text           string // the same in words
}

// sounds makes the sound of a call, or says what is wrong with what it is to say.
func (g *Gateway) sounds(ctx context.Context, u utterance) (s spokenCall, err error) {
	engine := g.cfg.Voice.Engine
	switch {
	case u.code != "":
		s.speech, err = engine.Render(ctx, speech.Request{Locale: u.locale, Brand: u.brand, Code: u.code})
		s.text = strings.Join(append([]string{u.brand}, strings.Split(u.code, "")...), ". ")
		if err == nil && g.cfg.Voice.RequireKey {
			s.prompt, err = engine.Prompt(ctx, u.locale, u.brand)
		}
	case u.file != "" && u.text != "":
		return s, fault.NewInvalid("file", "a call says a text or plays a file: leave one out")
	case u.file != "":
		s.speech, err = engine.Play(u.file)
	case strings.TrimSpace(u.text) == "":
		return s, fault.NewInvalid("text", "the text is empty: write what is to be said")
	default:
		s.speech, err = engine.Say(ctx, u.text, u.locale)
		s.text = u.text
	}
	switch e, wrong := errors.AsType[*speech.InvalidError](err); {
	case err == nil:
	case wrong:
		err = fault.NewInvalid(e.Field, e.Message)
	case readable(u.locale) && u.file == "":
		return spokenCall{text: s.text}, nil // a module may read it
	default:
		err = &fault.Error{Code: fault.Unavailable, Message: fmt.Sprintf("this cannot be spoken now: %v", err), Err: err}
	}
	return s, err
}
